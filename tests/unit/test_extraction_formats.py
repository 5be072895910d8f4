"""Everything that is neither PDF, Word nor mail: detection, sheets, slides, text, pages, archives, hygiene."""

import unicodedata
import zipfile
from io import BytesIO

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from chunking.blocks import Block, BlockKind, Part
from evals.extraction_samples import Text, docx, paragraph, pdf, zipped
from ingestion.errors import Park, ParkReason
from ingestion.extraction import Limits, extract
from ingestion.extraction.detect import detect
from ingestion.extraction.french import heading_level, join_broken, list_level
from ingestion.extraction.hygiene import clean
from ingestion.extraction.plain import decode

_ODF = "urn:oasis:names:tc:opendocument:xmlns:"
_PML = "http://schemas.openxmlformats.org/presentationml/2006/main"
_DML = "http://schemas.openxmlformats.org/drawingml/2006/main"
_REL = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"


def _blocks(data: bytes, name: str) -> tuple[Block, ...]:
    return extract(data, name, Limits())[0].blocks


def _parts_or_refused(data: bytes, name: str) -> tuple[Part, ...]:
    """Anything but parts or a Park fails the test."""
    try:
        return extract(data, name, Limits())
    except Park:
        return ()


def _refusal(data: bytes, name: str, limits: Limits | None = None) -> ParkReason:
    with pytest.raises(Park) as refused:
        extract(data, name, limits or Limits())
    return refused.value.reason


def _workbook(cells: str, formats: str = "") -> bytes:
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml"
    return zipped(
        {
            "[Content_Types].xml": f'<Types xmlns="{_PACKAGE}/content-types"><Override PartName="/xl/workbook.xml" '
            f'ContentType="{kind}.sheet.main+xml"/></Types>',
            "_rels/.rels": f'<Relationships xmlns="{_PACKAGE}/relationships"><Relationship Id="r1" '
            f'Type="{_REL}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
            "xl/workbook.xml": f'<workbook xmlns="{main}" xmlns:r="{_REL}"><sheets><sheet name="Loyers" sheetId="1" '
            'r:id="r1"/></sheets></workbook>',
            "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{_PACKAGE}/relationships"><Relationship Id="r1" '
            f'Type="{_REL}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>',
            "xl/worksheets/sheet1.xml": f'<worksheet xmlns="{main}"><sheetData>{cells}</sheetData></worksheet>',
        }
        | ({"xl/styles.xml": f'<styleSheet xmlns="{main}">{formats}</styleSheet>'} if formats else {})
    )


def _cell(place: str, value: str) -> str:
    return f'<c r="{place}" t="inlineStr"><is><t>{value}</t></is></c>'


def _text_document(body: str, extra: str = "", named: str = "") -> bytes:
    spaces = " ".join(f'xmlns:{name}="{_ODF}{name}:1.0"' for name in ("office", "text", "table", "style", "drawing"))
    spaces += f' xmlns:fo="{_ODF}xsl-fo-compatible:1.0"'
    content = (
        f"<office:document-content {spaces}>{extra}<office:body><office:text>{body}</office:text></office:body>"
        "</office:document-content>"
    )
    styles = {"styles.xml": f"<office:document-styles {spaces}>{named}</office:document-styles>"} if named else {}
    return zipped({"mimetype": "application/vnd.oasis.opendocument.text", "content.xml": content, **styles})


@pytest.mark.parametrize(
    ("data", "name", "kind"),
    [
        (pdf([[Text(50, 700, "a")]]), "trompeur.docx", "pdf"),
        (docx(paragraph("a")), "trompeur.pdf", "docx"),
        (b"{\\rtf1 a}", "a.doc", "rtf"),
        (b"<!DOCTYPE html><p>a", "a.docx", "html"),
        (b"\xef\xbb\xbf<html><p>a", "a.txt", "html"),
        ("<html><p>a".encode("utf-16"), "a.htm", "html"),
        (b"From: a@exemple.fr\nSubject: b\n\nc", "a.txt", "eml"),
        (b"From: le bureau\n\nc'est une lettre", "a.txt", "txt"),
        (b"Objet : bail\nDe : Ana\n\nBonjour", "a.txt", "txt"),
        (b"a;b\n1;2", "a.csv", "csv"),
        (b"# a", "a.md", "md"),
        (b"\x89PNG\r\n\x1a\n", "a", "image"),
        (zipped({"a.txt": b"a"}), "a.docx", "zip"),
        (b"PK\x03\x04 rien", "a.zip", "malformed"),
        (b"\x00\x01\x02\x03" * 50, "a.bin", "unknown"),
        (b"\x00\x01\x02\x03" * 50, "a.pdf", "malformed"),
    ],
)
def test_a_file_is_what_its_content_says(data: bytes, name: str, kind: str) -> None:
    assert detect(data, name).name == kind


def test_a_name_that_lies_about_the_content_is_flagged() -> None:
    assert "wrong_extension" in extract(pdf([[Text(50, 700, "a")]]), "a.docx", Limits())[0].flags


def test_the_title_is_the_name_without_its_extension() -> None:
    assert extract(b"texte", "Bail (v2).1 Aubépine.txt", Limits())[0].title == "Bail (v2).1 Aubépine"


def test_a_workbook_gives_its_sheet_as_a_heading_and_its_rows() -> None:
    first = f'<row r="1">{_cell("A1", "Lot")}{_cell("B1", "Loyer")}</row>'
    rows = f'{first}<row r="2">{_cell("A2", "A1")}<c r="B2"><v>900.5</v></c></row>'
    assert [(b.kind, b.text) for b in _blocks(_workbook(rows), "a.xlsx")] == [
        (BlockKind.HEADING, "Loyers"),
        (BlockKind.TABLE_HEADER, "Lot | Loyer"),
        (BlockKind.TABLE_ROW, "A1 | 900,5"),
    ]


def test_a_title_above_the_names_of_a_sheet_s_columns_is_no_row() -> None:
    title = f'<row r="1">{_cell("A1", "Lots au 3 mars 2024")}</row>'
    head = f'<row r="3">{_cell("A3", "Lot")}{_cell("B3", "Loyer")}</row>'
    rows = f'{title}{head}<row r="4">{_cell("A4", "A1")}<c r="B4"><v>900.5</v></c></row>'
    assert [(b.kind, b.text) for b in _blocks(_workbook(rows), "a.xlsx")][1:] == [
        (BlockKind.PARAGRAPH, "Lots au 3 mars 2024"),
        (BlockKind.TABLE_HEADER, "Lot | Loyer"),
        (BlockKind.TABLE_ROW, "A1 | 900,5"),
    ]


def test_a_percentage_and_a_sum_read_as_the_sheet_shows_them() -> None:
    own = '<numFmt numFmtId="164" formatCode="0.0\\ %"/><numFmt numFmtId="165" formatCode="0&quot; % HT&quot;"/>'
    kinds = "".join(f'<xf numFmtId="{number}"/>' for number in (0, 10, 164, 165))
    cells = "".join(f'<c r="{"BCDE"[at]}3" s="{at}"><v>0.055</v></c>' for at in range(4))
    rows = f'<row r="3">{cells}<c r="F3"><v>0.30000000000000004</v></c></row>'
    formats = f"<numFmts>{own}</numFmts><cellXfs>{kinds}</cellXfs>"
    assert _blocks(_workbook(rows, formats), "a.xlsx")[1].text == "0,055 | 5,5\xa0% | 5,5\xa0% | 0,055 | 0,3"


def test_one_cell_in_the_far_corner_is_a_bomb_and_costs_nothing() -> None:
    rows = f'<row r="1">{_cell("A1", "a")}</row><row r="1048576">{_cell("XFD1048576", "b")}</row>'
    assert _refusal(_workbook(rows), "a.xlsx") is ParkReason.BOMB


def test_slides_are_pages_with_their_title_as_a_heading() -> None:
    def shape(text: str, kind: str = "") -> str:
        holder = f'<p:nvSpPr><p:nvPr><p:ph type="{kind}"/></p:nvPr></p:nvSpPr>' if kind else ""
        return f"<p:sp>{holder}<p:txBody><a:p><a:r><a:t>{text}</a:t></a:r></a:p></p:txBody></p:sp>"

    spaces = f'xmlns:p="{_PML}" xmlns:a="{_DML}" xmlns:r="{_REL}"'
    kind = "application/vnd.openxmlformats-officedocument.presentationml"
    data = zipped(
        {
            "[Content_Types].xml": f'<Types><Override PartName="/p.xml" ContentType="{kind}.presentation.main+xml"/>'
            "</Types>",
            "_rels/.rels": f'<R xmlns="x"><Relationship Id="r" Type="{_REL}/officeDocument" Target="p.xml"/></R>',
            "p.xml": f'<p:presentation {spaces}><p:sldIdLst><p:sldId r:id="b"/><p:sldId r:id="a"/></p:sldIdLst>'
            "</p:presentation>",
            "_rels/p.xml.rels": '<R xmlns="x"><Relationship Id="a" Type="s/slide" Target="1.xml"/>'
            '<Relationship Id="b" Type="s/slide" Target="2.xml"/></R>',
            "1.xml": f"<p:sld {spaces}>{shape('Durée')}</p:sld>",
            "2.xml": f"<p:sld {spaces}>{shape('Le bail', 'title')}{shape('12', 'sldNum')}{shape('Objet')}</p:sld>",
        }
    )
    assert [(b.kind, b.text, b.page) for b in _blocks(data, "a.pptx")] == [
        (BlockKind.HEADING, "Le bail", 1),
        (BlockKind.PARAGRAPH, "Objet", 1),
        (BlockKind.PARAGRAPH, "Durée", 2),
    ]


def _level(number: int, shown: str) -> str:
    return f'<text:list-level-style-number text:level="{number}" {shown}/>'


def test_opendocument_headings_and_lists_are_numbered_by_named_styles() -> None:
    outline = (
        '<text:outline-style style:name="Outline">'
        '<text:outline-level-style text:level="1" style:num-prefix="Article " style:num-suffix=" –" '
        'style:num-format="1"/><text:outline-level-style text:level="2" style:num-format="1" '
        'text:display-levels="2"/></text:outline-style>'
    )
    level = _level(1, 'style:num-format="a" style:num-suffix=")"')
    letters = f'<text:list-style style:name="L">{level}</text:list-style>'
    heads = "".join(
        f'<text:h text:outline-level="{n}">{t}</text:h>' for n, t in ((1, "Objet"), (2, "Lieu"), (1, "Prix"))
    )
    items = "".join(f"<text:list-item><text:p>{t}</text:p></text:list-item>" for t in ("cave", "lot"))
    lists = f'<text:list text:style-name="L">{items}</text:list>Hors liste'
    more = f'<text:list text:style-name="L" text:continue-numbering="true">{items}</text:list>'
    blocks = _blocks(_text_document(heads + lists + more, named=outline + letters), "a.odt")
    assert [block.text for block in blocks] == [
        "Article 1 – Objet",
        "1.1 Lieu",
        "Article 2 – Prix",
        "a) cave",
        "b) lot",
        "c) cave",
        "d) lot",
    ]


def test_an_inner_list_goes_on_where_the_list_around_it_does() -> None:
    levels = _level(1, 'style:num-format="1" style:num-suffix="."') + _level(2, 'style:num-format="a"')
    style = f'<text:list-style style:name="L">{levels}</text:list-style>'

    def item(text: str, *, inner: bool) -> str:
        found = f"<text:list-item><text:p>{text}</text:p></text:list-item>"
        found = f"<text:list-item><text:list>{found}</text:list></text:list-item>" if inner else found
        return f'<text:list text:style-name="L" text:continue-numbering="true">{found}</text:list>'

    body = item("un", inner=False) + item("deux", inner=True) + item("trois", inner=True) + item("quatre", inner=False)
    assert [b.text for b in _blocks(_text_document(body, style), "a.odt")] == [
        "1. un",
        "a deux",
        "b trois",
        "2. quatre",
    ]


def test_opendocument_boxes_margins_and_hidden_words_come_apart() -> None:
    named = (
        '<style:style style:name="Caché"><style:text-properties text:display="none"/></style:style>'
        '<style:style style:name="Blanc"><style:text-properties fo:color="#FFFFFF"/></style:style>'
        "<style:master-page><style:header><text:p>Étude Aubépine</text:p></style:header></style:master-page>"
    )
    body = (
        "<text:p>Avant<drawing:frame><drawing:text-box><text:p>Encadré</text:p></drawing:text-box></drawing:frame>"
        ' après<text:span text:style-name="Caché">secret</text:span>'
        '<text:span text:style-name="Blanc">blanc</text:span></text:p>'
    )
    found = [(b.text, b.style, b.hidden) for b in _blocks(_text_document(body, named=named), "a.odt")]
    assert found == [
        ("Étude Aubépine", "header", False),
        ("Avant après", "", False),
        ("secret blanc", "", True),
        ("Encadré", "", False),
    ]


@pytest.mark.parametrize("position", ["super 58%", "33% 58%"])
def test_an_opendocument_s_raised_number_is_none_of_the_number_before_it(position: str) -> None:
    raised = (
        f'<style:style style:name="T1" style:family="text"><style:text-properties style:text-position="{position}"/>'
    )
    automatic = f"<office:automatic-styles>{raised}</style:style></office:automatic-styles>"
    body = (
        '<text:p>page 12<text:span text:style-name="T1">3</text:span>, 1<text:span text:style-name="T1">er</text:span>'
    )
    found = _blocks(_text_document(f"{body} lot</text:p>", automatic), "a.odt")
    assert [block.text for block in found] == ["page 12³, 1er lot"]


def test_a_nested_opendocument_table_is_read_once() -> None:
    inner = "<table:table><table:table-row><table:table-cell><text:p>b</text:p></table:table-cell></table:table-row>"
    cells = f"<table:table-cell><text:p>a</text:p>{inner}</table:table></table:table-cell>"
    body = f"<table:table><table:table-row>{cells}</table:table-row></table:table>"
    assert [b.text for b in _blocks(_text_document(body), "a.odt")] == ["a b"]


def test_an_opendocument_text_gives_headings_lists_notes_and_tables() -> None:
    style = (
        '<text:list-style style:name="L"><text:list-level-style-number text:level="1" style:num-format="1" '
        'style:num-suffix="."/></text:list-style>'
    )
    body = (
        '<text:h text:outline-level="2">Objet</text:h><text:list text:style-name="L"><text:list-item>'
        "<text:p>un</text:p>"
        "</text:list-item><text:list-item><text:p>deux</text:p></text:list-item></text:list>"
        "<text:p>Texte<text:note><text:note-citation>1</text:note-citation><text:note-body><text:p>Note.</text:p>"
        "</text:note-body></text:note> suivi.</text:p><table:table><table:table-row><table:table-cell>"
        "<text:p>a</text:p>"
        "</table:table-cell><table:table-cell><text:p>b</text:p></table:table-cell></table:table-row></table:table>"
    )
    assert [(b.kind, b.text) for b in _blocks(_text_document(body, style), "a.odt")] == [
        (BlockKind.HEADING, "Objet"),
        (BlockKind.LIST_ITEM, "1. un"),
        (BlockKind.LIST_ITEM, "2. deux"),
        (BlockKind.PARAGRAPH, "Texte suivi."),
        (BlockKind.FOOTNOTE, "1 Note."),
        (BlockKind.TABLE_ROW, "a | b"),
    ]


def test_a_web_page_gives_its_main_part_without_scripts_and_navigation() -> None:
    page = """<html><head><title>T</title><script>vol()</script></head><body><nav>Menu</nav><main><h1>Le bail</h1>
    <p>Un <b>texte</b> qui court<br>sur deux lignes.</p><ol><li>un<ul><li>dedans</li></ul></li><li>deux</li></ol>
    <table><tr><th>Lot</th><th>Loyer</th></tr><tr><td>A1</td><td>900 €</td></tr></table>
    <p style="display:none">caché</p></main><footer>Pied</footer></body></html>"""
    assert [(b.kind, b.text, b.hidden) for b in _blocks(page.encode(), "a.html")] == [
        (BlockKind.HEADING, "Le bail", False),
        (BlockKind.PARAGRAPH, "Un texte qui court", False),
        (BlockKind.PARAGRAPH, "sur deux lignes.", False),
        (BlockKind.LIST_ITEM, "1. un", False),
        (BlockKind.LIST_ITEM, "• dedans", False),
        (BlockKind.LIST_ITEM, "2. deux", False),
        (BlockKind.TABLE_HEADER, "Lot | Loyer", False),
        (BlockKind.TABLE_ROW, "A1 | 900 €", False),
        (BlockKind.PARAGRAPH, "caché", True),
    ]


def test_rtf_gives_its_text_without_its_pictures() -> None:
    data = rb"{\rtf1\ansi\ansicpg1252 L\'e9t\'e9 dernier.{\pict\jpegblip ffd8ffe0}\par Suite.}"
    assert [block.text for block in _blocks(data, "a.rtf")] == ["L'été dernier.".replace("L'", "L"), "Suite."]


def test_an_archive_is_a_folder_of_children_and_its_names_are_only_names() -> None:
    parts = extract(zipped({"../../etc/acte.txt": b"un", "b/note.md": b"# deux"}), "dossier.zip", Limits())
    assert [(part.path, part.title) for part in parts] == [("", "dossier"), ("1", "acte"), ("2", "note")]


def test_an_archive_that_unpacks_to_far_too_much_is_a_bomb() -> None:
    assert _refusal(zipped({"a.txt": b"0" * (64 << 20)}), "a.zip") is ParkReason.BOMB
    assert _refusal(zipped({f"{n}": b"" for n in range(30)}), "a.zip", Limits(archive_entries=20)) is ParkReason.BOMB


def test_an_office_file_that_unpacks_to_far_too_much_is_a_bomb() -> None:
    assert _refusal(docx(paragraph(" " * (64 << 20))), "a.docx") is ParkReason.BOMB


def test_an_archive_under_a_password_is_refused_as_such() -> None:
    data = bytearray(zipped({"a.txt": b"secret"}))
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.index(mark) + offset] |= 1
    assert _refusal(bytes(data), "a.zip") is ParkReason.ENCRYPTED


@pytest.mark.parametrize(
    ("data", "name", "limits", "reason"),
    [
        (b"", "a.txt", Limits(), ParkReason.EMPTY),
        (b" \n ", "a.txt", Limits(), ParkReason.EMPTY),
        (b"abcdef", "a.txt", Limits(document_bytes=5), ParkReason.TOO_LARGE),
        (b"abcdef", "a.txt", Limits(characters=5), ParkReason.TOO_LARGE),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "a.doc", Limits(), ParkReason.MALFORMED),
        (b"\x7fELF\x00\x00\x01\x02" * 9, "a", Limits(), ParkReason.UNSUPPORTED),
        (b"{\\rtf1 " + b"{" * 3_000, "a.rtf", Limits(), ParkReason.BOMB),
    ],
)
def test_each_refusal_says_why(data: bytes, name: str, limits: Limits, reason: ParkReason) -> None:
    assert _refusal(data, name, limits) is reason


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp1252"])
def test_french_text_is_read_in_every_encoding_that_offices_write(encoding: str) -> None:
    text = "L’arrêt du 3 mai déboute l’œuvre « Aubépine » de ses demandes à l’encontre du garçon d’étage."
    assert clean(decode(text.encode(encoding))) == text


@given(st.text())
@example("\x92\ufffe\x00\ud800ﬁ\xad")
def test_clean_text_holds_nothing_forbidden_and_cleaning_is_idempotent(text: str) -> None:
    found = clean(text)
    assert clean(found) == found
    assert unicodedata.is_normalized("NFC", found)
    assert not set(found) & set("\x00\x0c\ufffe\uffff\xadﬁﬂﬀ\u200b\u202e")
    assert not any(0xD800 <= ord(c) < 0xE000 or (ord(c) < 32 and c not in "\n\t") for c in found)


def test_no_apostrophe_is_lost() -> None:
    assert clean("l'été, l’été, l\x92été") == "l'été, l’été, l’été"


@settings(deadline=None)  # a bound on time is the sandbox’s business
@given(st.binary(max_size=400), st.sampled_from(["a.pdf", "a.docx", "a.eml", "a.html", "a.rtf", "a.csv", "a", "a.zip"]))
@example(b"%PDF-1.4\n%%EOF", "a.pdf")
@example(b"{\\rtf1 \\'zz}", "a.rtf")
def test_any_bytes_end_in_blocks_or_in_a_typed_refusal(data: bytes, name: str) -> None:
    parts = _parts_or_refused(data, name)
    assert all(block.text and "\x00" not in block.text for part in parts for block in part.blocks)


@given(st.data())
def test_a_damaged_package_ends_in_blocks_or_in_a_typed_refusal(data: st.DataObject) -> None:
    whole = bytearray(docx(paragraph("Le bail est conclu pour neuf années.")))
    for _ in range(data.draw(st.integers(1, 6))):
        whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    assert all(block.text for part in _parts_or_refused(bytes(whole), "a.docx") for block in part.blocks)


@pytest.mark.parametrize(
    ("text", "level"),
    [
        ("TITRE II", 1),
        ("CHAPITRE 3 – Des charges", 2),
        ("Article 5 : Durée", 5),
        ("Article L. 145-4", 5),
        ("PAR CES MOTIFS", 1),
        ("Faits et procédure", 2),
        ("I.2 Acceptation des CGU", 3),
        ("Article 5 du code civil, le juge tranche le litige", 0),
        ("le bailleur", 0),
        ("Titre de propriété", 0),
        ("1.2 Le preneur paie.", 0),
    ],
)
def test_french_headings_are_known_by_their_words(text: str, level: int) -> None:
    assert heading_level(text) == level


@pytest.mark.parametrize("mark", ["- ", "• ", "1. ", "1°/ ", "2° ", "a) ", "iii) ", "IV. ", "1.2.3 ", "« 1°/ ", "(b) "])
def test_list_marks_are_known(mark: str) -> None:
    assert list_level(f"{mark}le preneur") > 0


@pytest.mark.parametrize(
    ("left", "right", "whole"),
    [
        ("celui", "ci dit", "celui-ci dit"),
        ("trans", "port", "transport"),
        ("dit", "il", "dit-il"),
        ("VMC", "plomberie", "VMC-plomberie"),
        ("CONDI", "TIONS", "CONDITIONS"),
        ("23", "19.510", "23-19.510"),
        ("Marie", "Claude", "Marie-Claude"),
        ("ce", "lui", "celui"),
    ],
)
def test_a_word_cut_at_a_line_s_end_is_mended_as_french_would(left: str, right: str, whole: str) -> None:
    assert join_broken(left, right, frozenset()) == whole


def test_a_package_whose_sizes_lie_is_refused() -> None:
    out = BytesIO(zipped({"a.txt": b"0123456789" * 100}))
    data = bytearray(out.getvalue())
    at = data.index(b"PK\x01\x02") + 24
    data[at : at + 4] = (5).to_bytes(4, "little")
    parts = extract(bytes(data), "a.zip", Limits())
    assert zipfile.is_zipfile(BytesIO(bytes(data)))
    assert parts[1].flags == ("parked:malformed",) or len(parts[1].blocks[0].text) <= 1_000


_RTF = (
    r"{\rtf1\ansi\ansicpg1252{\fonttbl{\f0 Arial;}{\f1\fcharset2 Symbol;}{\f2\fcharset204 Times;}}"
    r"{\colortbl;\red255\green255\blue255;\red0\green0\blue0;}{\stylesheet{\s1 heading 1;}}{\info{\title Bail}}"
)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (r"Un {\v cach\'e9} mot\par", [("Un mot", False), ("caché", True)]),
        (r"\cf1 blanc\cf2  noir\par", [("noir", False), ("blanc", True)]),
        (r"{\fs2 obéis}Texte\par", [("Texte", False), ("obéis", True)]),
        (r"Loyer {\deleted 900}{\revised 950} euros\par", [("Loyer 950 euros", False)]),
        (r"{\listtext\pard 1.1\tab}Dur\'e9e\par", [("1.1 Durée", False)]),
        (r"Texte{\footnote {\chftn} Note.} suite\par", [("Texte suite", False), ("1 Note.", False)]),
        (r"{\field{\*\fldinst HYPERLINK x}{\fldrslt lien}} ici\par", [("lien ici", False)]),
        (r"{\shp{\*\shpinst{\sp{\sn a}{\sv 1}}{\shptxt Boite\par}}{\shprslt{\*\do x}}}Texte\par",
         [("Texte", False), ("Boite", False)]),
        (r"\uc1 l\u8217 'acte \u-10179 ?\u-8704 ? {\f1 \'b7} {\f2 \'c4\'e0}\par", [("l’acte 😀 • Да", False)]),
        (r"\trowd\cellx1\cellx2\intbl Lot\cell Loyer\cell\row\trowd\intbl A1\cell 900\cell\row\pard Fin\par",
         [("Lot | Loyer", False), ("A1 | 900", False), ("Fin", False)]),
        (r"{\header \'c9tude\par}{\footer Pied\par}Texte\par", [("Étude", False), ("Texte", False), ("Pied", False)]),
        (r"page 12{\super 3}, 1{\super er} lot, 9 m\super 2\nosupersub  1\par", [("page 12³, 1er lot, 9 m² 1", False)]),
        (r"{\upr{a?}{\*\ud{\u233?}}} {\pict 00ff}{\*\inconnu b}c\bin3 }}}d\par", [("é cd", False)]),
    ],
    ids=["hidden", "white", "tiny", "tracked", "numbers", "notes", "fields", "boxes", "letters", "tables", "margins",
         "raised numbers", "groups for others"],
)  # fmt: skip
def test_rtf_gives_what_its_reader_sees(text: str, found: list[tuple[str, bool]]) -> None:
    data = f"{_RTF}{text}}}".encode("cp1252")
    assert [(b.text, b.hidden) for b in _blocks(data, "a.rtf")] == found


def test_rtf_headings_come_from_styles_and_outline() -> None:
    data = f"{_RTF}\\s1 Bail\\par\\pard\\outlinelevel2 Objet\\par\\pard Texte.\\par}}".encode()
    blocks = _blocks(data, "a.rtf")
    assert [(b.kind, b.level) for b in blocks] == [
        (BlockKind.HEADING, 1),
        (BlockKind.HEADING, 3),
        (BlockKind.PARAGRAPH, 0),
    ]


@pytest.mark.parametrize(
    "hidden",
    [
        '<span style="display:none">obéis</span>',
        '<span style="font-size:1px">obéis</span>',
        '<font color="#FFFFFF">obéis</font>',
        '<span style="color: white">obéis</span>',
        "<span hidden>obéis</span>",
    ],
)
@pytest.mark.parametrize(
    "page", ["<p>Texte {} suite.</p>", "<table><tr><td>Texte {} suite.<td>b<tr><td>c<td>d</table>"]
)
def test_html_that_nobody_sees_comes_apart_also_within_a_line_or_a_cell(page: str, hidden: str) -> None:
    blocks = _blocks(f"<html><body>{page.format(hidden)}</body></html>".encode(), "a.html")
    assert [block.text for block in blocks if block.hidden] == ["obéis"]
    assert "obéis" not in " ".join(block.text for block in blocks if not block.hidden)


@pytest.mark.parametrize("ground", ['style="background-color:#1f3864"', 'bgcolor="navy"', 'style="background:#222"'])
def test_white_html_on_a_dark_ground_is_read(ground: str) -> None:
    data = f'<html><body><div {ground}><p><span style="color:#fff">Titre</span></p></div></body></html>'.encode()
    assert [(b.text, b.hidden) for b in _blocks(data, "a.html")] == [("Titre", False)]


@pytest.mark.parametrize(
    ("sheet", "hidden"),
    [
        (".bandeau, td.tete { color: white; background-color: #1a2b3c }", False),
        ("/* .bandeau { background: #000 } */ .autre { background: #000 }", True),
        ("@media print { .bandeau { background: #000 } }", True),
        (".bandeau { background: #fff }", True),
        ("p:hover { background: #000 }", True),
    ],
)
def test_a_page_s_own_style_sheet_says_where_white_letters_stand(sheet: str, hidden: bool) -> None:
    body = '<div class="x bandeau"><p><span style="color:#fff">Titre</span></p></div>'
    data = f"<html><head><style>{sheet}</style></head><body>{body}<p>Texte.</p></body></html>".encode()
    assert [(b.text, b.hidden) for b in _blocks(data, "a.html")] == [("Titre", hidden), ("Texte.", False)]


@pytest.mark.parametrize(
    ("page", "texts"),
    [
        ("<h1>COUR D'APPEL<br>DE PARIS</h1>", ["COUR D'APPEL DE PARIS"]),
        ("<p>annexe 1<sup>2</sup>, 1<sup>er</sup> avril, 45 m<sup>2</sup></p>", ["annexe 1², 1er avril, 45 m²"]),
        ("<ol><li><p>un</p><p>suite</p></li><li>deux</li></ol>", ["1. un", "suite", "2. deux"]),
        ('<ol start="3" type="a"><li>trois</li><li>quatre</li></ol>', ["c. trois", "d. quatre"]),
        ('<ol style="list-style-type:upper-roman"><li value="4">x</li><li>y</li></ol>', ["IV. x", "V. y"]),
        ("<ol><li>un<ol><li>sous</li></ol></li><li>deux</li></ol>", ["1. un", "1. sous", "2. deux"]),
        ("<table><tr><td>L<b>oyer</b></td><td>par<br>an</td></tr><tr><td>a<p>b</p></td><td>1</td></tr></table>",
         ["Loyer | par an", "a b | 1"]),
        ('<section role="doc-endnotes"><ol><li><p>Voir p. 2.<a class="footnote-back">↩</a></p></li></ol></section>',
         ["1 Voir p. 2."]),
        ("<header><h1>Bail</h1></header><p>a</p>", ["Bail", "a"]),
        ("<header><h1><a href='/'>Cabinet</a></h1></header><p>a</p>", ["a"]),
    ],
)  # fmt: skip
def test_a_web_page_reads_as_a_browser_shows_it(page: str, texts: list[str]) -> None:
    blocks = _blocks(f"<!DOCTYPE html><html><body>{page}</body></html>".encode(), "a.html")
    assert [block.text for block in blocks] == texts


def test_markdown_reads_without_its_marks() -> None:
    head = '---\ntitle: "Bail"\nlang: fr\n---\n'
    text = head + "\nVoir *ici* [l'article](https://a.fr/x_(y)).\n\n> Cité.\n\n---\n\n```\ncode\n```\n"
    blocks = _blocks(text.encode(), "a.md")
    assert [(block.kind, block.text) for block in blocks] == [
        (BlockKind.HEADING, "Bail"),
        (BlockKind.PARAGRAPH, "Voir ici l'article."),
        (BlockKind.QUOTE, "Cité."),
        (BlockKind.PARAGRAPH, "code"),
    ]


def test_a_slide_s_automatic_numbers_are_read_as_shown() -> None:
    def paragraph(text: str, numbering: str = "", level: int = 0) -> str:
        properties = f'<a:pPr lvl="{level}"><a:buAutoNum type="{numbering}"/></a:pPr>' if numbering else ""
        return f"<a:p>{properties}<a:r><a:t>{text}</a:t></a:r></a:p>"

    items = [paragraph("un", "arabicPeriod"), paragraph("sous", "alphaLcParenR", 1), paragraph("deux", "arabicPeriod")]
    spaces = f'xmlns:p="{_PML}" xmlns:a="{_DML}" xmlns:r="{_REL}"'
    kind = "application/vnd.openxmlformats-officedocument.presentationml.presentation.main+xml"
    data = zipped({
        "[Content_Types].xml": f'<Types><Override PartName="/p.xml" ContentType="{kind}"/></Types>',
        "_rels/.rels": f'<R xmlns="x"><Relationship Id="r" Type="{_REL}/officeDocument" Target="p.xml"/></R>',
        "p.xml": f'<p:presentation {spaces}><p:sldIdLst><p:sldId r:id="a"/></p:sldIdLst></p:presentation>',
        "_rels/p.xml.rels": '<R xmlns="x"><Relationship Id="a" Type="s/slide" Target="1.xml"/></R>',
        "1.xml": f"<p:sld {spaces}><p:sp><p:txBody>{''.join(items)}{paragraph('fin')}</p:txBody></p:sp></p:sld>",
    })  # fmt: skip
    assert [block.text for block in _blocks(data, "a.pptx")] == ["1. un", "a) sous", "2. deux", "fin"]


def test_typed_words_whose_letters_are_set_apart_are_put_together_where_it_is_sure_which() -> None:
    lines = ("P A R   C E S   M O T I F S", "D E C I D E :", "A B C D E", "P A R C E S M O T I F S", "Il y a 3 M et N")
    found = extract("\n\n".join(lines).encode(), "acte.txt", Limits())[0].blocks
    assert [block.text for block in found] == ["PAR CES MOTIFS", "DECIDE :", *lines[2:]]


def test_cells_of_a_web_page_stand_in_their_columns_also_beside_cells_that_span_others() -> None:
    page = (
        "<table><tr><th rowspan=2>Durée<th colspan=2>Indemnité<tr><th>Min<th>Max<tr><td>1 an<td>1<td>2"
        "<tr><td colspan=2>Total<td>3<tr><td colspan=3>Fin<tr><td colspan=99999999>a<td rowspan=x>b</table>"
    )
    found = [block.text for block in _blocks(f"<html><body>{page}".encode(), "a.html")]
    assert found == ["Durée | Indemnité", "| Min | Max", "1 an | 1 | 2", "Total | | 3", "Fin", "a | b"]


def test_an_opendocument_cell_that_spans_others_leaves_them_empty() -> None:
    cell, covered = "<table:table-cell><text:p>{}</text:p></table:table-cell>", "<table:covered-table-cell/>"
    rows = ((cell.format("Total"), covered, cell.format("3")), (cell.format("Fin"), covered, covered))
    table = "".join(f"<table:table-row>{''.join(row)}</table:table-row>" for row in rows)
    found = _blocks(_text_document(f"<table:table>{table}</table:table>"), "a.odt")
    assert [block.text for block in found] == ["Total | | 3", "Fin"]
