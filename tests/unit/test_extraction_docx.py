"""DOCX: numbers as displayed, tracked changes, notes, boxes, hidden text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chunking.blocks import Block, BlockKind, Part
from evals.extraction_samples import docx, numbered, numbering, paragraph
from ingestion.errors import Park, ParkReason
from ingestion.extraction import Limits, extract
from ingestion.extraction.docx_numbering import formatted

_LEGAL = numbering(("upperRoman", "TITRE %1"), ("decimal", "Article %2"), ("decimal", "%2.%3"), ("lowerLetter", "%4)"))


def _part(body: str, parts: dict[str, str] | None = None, members: dict[str, bytes | str] | None = None) -> Part:
    return extract(docx(body, parts, members), "contrat.docx", Limits())[0]


def _texts(body: str, parts: dict[str, str] | None = None) -> list[str]:
    return [block.text for block in _part(body, parts).blocks]


def _run(text: str) -> str:
    return f'<w:r><w:t xml:space="preserve">{text}</w:t></w:r>'


def test_automatic_numbers_are_shown_as_word_shows_them() -> None:
    body = "".join(
        numbered(text, level)
        for text, level in [
            ("Bail", 0),
            ("Objet", 1),
            ("loué", 2),
            ("cave", 3),
            ("lot", 3),
            ("Durée", 1),
            ("neuf ans", 2),
            ("Vente", 0),
            ("Prix", 1),
        ]
    )
    assert _texts(body, {"numbering": _LEGAL}) == [
        "TITRE I Bail",
        "Article 1 Objet",
        "1.1 loué",
        "a) cave",
        "b) lot",
        "Article 2 Durée",
        "2.1 neuf ans",
        "TITRE II Vente",
        "Article 1 Prix",
    ]


def test_numbers_come_through_the_style_and_its_level() -> None:
    styles = (
        '<w:style w:type="paragraph" w:styleId="Titre1"><w:name w:val="heading 1"/><w:pPr><w:numPr><w:numId w:val="1"/>'
        "</w:numPr></w:pPr></w:style>"
        '<w:style w:type="paragraph" w:styleId="Clause"><w:name w:val="Clause"/><w:basedOn w:val="Titre1"/></w:style>'
    )
    body = paragraph("Objet", '<w:pStyle w:val="Titre1"/>') + paragraph("Durée", '<w:pStyle w:val="Clause"/>')
    part = _part(body, {"styles": styles, "numbering": numbering(("decimal", "Article %1 –"))})
    assert [(b.kind, b.level, b.text) for b in part.blocks] == [
        (BlockKind.HEADING, 1, "Article 1 – Objet"),
        (BlockKind.HEADING, 1, "Article 2 – Durée"),
    ]


def test_insertions_stay_deletions_go_and_the_change_is_flagged() -> None:
    body = (
        f"<w:p>{_run('Le loyer est de ')}<w:del><w:r><w:delText>900</w:delText></w:r></w:del>"
        f"<w:ins>{_run('1 150')}</w:ins>{_run(' euros.')}</w:p>"
    )
    part = _part(body)
    assert [block.text for block in part.blocks] == ["Le loyer est de 1 150 euros."]
    assert "tracked_changes" in part.flags


def test_content_controls_fields_hyperlinks_and_smart_tags_are_read() -> None:
    body = (
        f"<w:sdt><w:sdtContent><w:p>{_run('Entre ')}<w:sdt><w:sdtContent>{_run('Mme Aubépine')}</w:sdtContent></w:sdt>"
        f"<w:hyperlink>{_run(' et M. Bruyère')}</w:hyperlink><w:r><w:instrText>PAGE</w:instrText></w:r>"
        f"<w:fldSimple>{_run(', le 3 mai')}</w:fldSimple></w:p></w:sdtContent></w:sdt>"
    )
    assert _texts(body) == ["Entre Mme Aubépine et M. Bruyère, le 3 mai"]


def test_a_text_box_is_read_once_though_word_stores_it_twice() -> None:
    box = f"<w:txbxContent>{paragraph('Encadré')}</w:txbxContent>"
    body = (
        f"<w:p>{_run('Avant')}<w:r><mc:AlternateContent><mc:Choice>{box}</mc:Choice><mc:Fallback>{box}</mc:Fallback>"
        "</mc:AlternateContent></w:r></w:p>"
    )
    assert _texts(body) == ["Avant", "Encadré"]


def test_a_footnote_follows_its_paragraph_with_its_number() -> None:
    notes = f'<w:footnote w:id="7">{paragraph("Cass. com., 4 mai 2022.")}</w:footnote>'
    body = f'<w:p>{_run("Attendu que.")}<w:r><w:footnoteReference w:id="7"/></w:r></w:p>' + paragraph("Suite.")
    blocks = _part(body, {"footnotes": notes}).blocks
    assert [(b.kind, b.text) for b in blocks] == [
        (BlockKind.PARAGRAPH, "Attendu que."),
        (BlockKind.FOOTNOTE, "1 Cass. com., 4 mai 2022."),
        (BlockKind.PARAGRAPH, "Suite."),
    ]


@pytest.mark.parametrize(
    "run", ["<w:vanish/>", '<w:color w:val="FFFFFF"/>', '<w:sz w:val="2"/>'], ids=["vanish", "white", "tiny"]
)
def test_hidden_runs_come_apart_and_marked(run: str) -> None:
    body = f"<w:p>{_run('Visible.')}<w:r><w:rPr>{run}</w:rPr><w:t>Caché.</w:t></w:r></w:p>"
    part = _part(body)
    assert [(b.text, b.hidden) for b in part.blocks] == [("Visible.", False), ("Caché.", True)]
    assert "hidden_text" in part.flags


def test_tables_give_rows_with_nested_tables_and_notes_inside_their_cells() -> None:
    inner = f"<w:tbl><w:tr><w:tc>{paragraph('dont TVA')}</w:tc></w:tr></w:tbl>"
    rows = [("Lot", "Loyer"), ("A1", "900 €")]
    cells = "".join(
        "<w:tr>"
        + "".join(f"<w:tc>{paragraph(cell)}{inner if cell == '900 €' else ''}</w:tc>" for cell in row)
        + "</w:tr>"
        for row in rows
    )
    blocks = _part(f"<w:tbl>{cells}</w:tbl>").blocks
    assert [(b.kind, b.text) for b in blocks] == [
        (BlockKind.TABLE_HEADER, "Lot | Loyer"),
        (BlockKind.TABLE_ROW, "A1 | 900 € dont TVA"),
    ]


def test_headers_come_once_and_comments_apart() -> None:
    parts = {"header": paragraph("Étude Aubépine"), "comments": f"<w:comment>{paragraph('à revoir')}</w:comment>"}
    blocks = _part(paragraph("Texte."), parts).blocks
    assert [(b.text, b.style) for b in blocks] == [
        ("Étude Aubépine", "header"),
        ("Texte.", ""),
        ("à revoir", "comment"),
    ]


def test_macros_and_embedded_workbooks_are_flagged_and_not_run() -> None:
    part = _part(paragraph("Texte."), members={"word/vbaProject.bin": b"x", "word/embeddings/a.bin": b"x"})
    assert {"macros", "embedded_objects"} <= set(part.flags)


def test_entities_are_never_expanded() -> None:
    data = docx(paragraph("avant"), members={"word/document.xml": _WITH_ENTITY})
    assert "racine" not in "".join(block.text for block in extract(data, "a.docx", Limits())[0].blocks)


_WITH_ENTITY = (
    '<!DOCTYPE w:document [<!ENTITY e "racine"><!ENTITY f SYSTEM "file:///etc/hostname">]>'
    '<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:body><w:p><w:r>'
    "<w:t>avant &e; &f; après</w:t></w:r></w:p></w:body></w:document>"
)


def test_a_package_without_its_document_is_malformed() -> None:
    data = docx("", members={"_rels/.rels": "<Relationships/>"})
    with pytest.raises(Park) as refused:
        extract(data, "a.docx", Limits())
    assert refused.value.reason is ParkReason.MALFORMED


@given(
    st.integers(0, 40_000),
    st.sampled_from(["decimal", "lowerRoman", "upperLetter", "ordinal", "cardinalText", "autre"]),
)
def test_every_number_has_a_short_form(number: int, fmt: str) -> None:
    assert len(formatted(number, fmt)) <= 60


@given(
    st.lists(
        st.text(st.characters(codec="utf-8", categories=["L", "N", "P", "Zs"]), min_size=1, max_size=40), max_size=8
    )
)
def test_no_visible_word_of_any_paragraph_is_lost(texts: list[str]) -> None:
    escaped = [t.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;") for t in texts]
    if not any(text.strip() for text in texts):
        return
    blocks: tuple[Block, ...] = _part("".join(paragraph(text) for text in escaped)).blocks
    found = " ".join(block.text for block in blocks)
    assert all(word in found for text in texts for word in text.split() if word.isascii())


def _field(kind: str) -> str:
    return f'<w:r><w:fldChar w:fldCharType="{kind}"/></w:r>'


def test_an_instruction_is_never_text_even_where_fields_nest_in_it() -> None:
    nested = f"{_field('begin')}<w:r><w:instrText>MERGEFIELD genre</w:instrText></w:r>{_field('separate')}{_run('F')}"
    body = (
        f"<w:p>{_run('Convoque ')}{_field('begin')}<w:r><w:instrText>IF </w:instrText></w:r>{nested}{_field('end')}"
        f"<w:r><w:instrText> = F</w:instrText></w:r>{_field('separate')}{_run('Madame')}{_field('end')}{_run(' Roux.')}"
        "</w:p>"
    )
    assert _texts(body) == ["Convoque Madame Roux."]


def test_a_field_that_never_ends_takes_no_other_paragraph_with_it() -> None:
    body = f"<w:p>{_run('Avant.')}{_field('begin')}{_run('perdu')}</w:p>" + paragraph("Après.")
    assert _texts(body) == ["Avant.", "Après."]


def test_boxes_and_lists_of_a_form_show_their_state() -> None:
    def form(inside: str) -> str:
        return f'<w:r><w:fldChar w:fldCharType="begin"><w:ffData>{inside}</w:ffData></w:fldChar></w:r>{_field("end")}'

    marked = form('<w:checkBox><w:default w:val="0"/><w:checked/></w:checkBox>')
    empty = form('<w:checkBox><w:default w:val="0"/></w:checkBox>')
    chosen = form('<w:ddList><w:result w:val="1"/><w:listEntry w:val="bail"/><w:listEntry w:val="vente"/></w:ddList>')
    body = f"<w:p>{marked}{_run(' oui ')}{empty}{_run(' non, acte : ')}{chosen}</w:p>"
    assert _texts(body) == ["☒ oui ☐ non, acte : vente"]


def test_an_empty_paragraph_of_a_list_counts_in_it() -> None:
    body = numbered("Objet", 0) + numbered("", 0) + numbered("Durée", 0)
    assert _texts(body, {"numbering": numbering(("decimal", "Article %1"))}) == ["Article 1 Objet", "Article 3 Durée"]


def test_rows_that_are_numbered_by_an_empty_cell_show_their_number() -> None:
    rows = "".join(f"<w:tr><w:tc>{numbered('', 0)}</w:tc><w:tc>{paragraph(it)}</w:tc></w:tr>" for it in ("bail", "RIB"))
    assert _texts(f"<w:tbl>{rows}</w:tbl>", {"numbering": numbering(("decimal", "%1."))}) == ["1. | bail", "2. | RIB"]


def test_a_deleted_paragraph_mark_joins_what_is_left_and_counts_nothing() -> None:
    gone = '<w:numPr><w:ilvl w:val="0"/><w:numId w:val="1"/></w:numPr><w:rPr><w:del/></w:rPr>'
    body = (
        numbered("Objet", 0)
        + f"<w:p><w:pPr>{gone}</w:pPr><w:del><w:r><w:delText>Ancien</w:delText></w:r></w:del></w:p>"
        + f"<w:p><w:pPr>{gone}</w:pPr>{_run('Durée ')}</w:p>"
        + numbered("du bail", 0)
    )
    part = _part(body, {"numbering": numbering(("decimal", "%1."))})
    assert [block.text for block in part.blocks] == ["1. Objet", "2. Durée du bail"]
    assert "tracked_changes" in part.flags


def test_a_large_first_letter_begins_its_paragraph() -> None:
    letter = f'<w:p><w:pPr><w:framePr w:dropCap="drop" w:lines="3"/></w:pPr>{_run("L")}</w:p>'
    assert _texts(letter + paragraph("e tribunal statue.")) == ["Le tribunal statue."]


def test_entries_of_a_table_of_contents_are_no_headings() -> None:
    styles = '<w:style w:type="paragraph" w:styleId="TM1"><w:name w:val="toc 1"/></w:style>'
    body = paragraph("Article 1 – Objet\t3", '<w:pStyle w:val="TM1"/>')
    assert [b.kind for b in _part(body, {"styles": styles}).blocks] == [BlockKind.PARAGRAPH]


@pytest.mark.parametrize(
    ("fmt", "number", "shown"),
    [
        ("decimalZero", 7, "07"),
        ("upperRoman", 14, "XIV"),
        ("lowerLetter", 28, "bb"),
        ("ordinal", 1, "1er"),
        ("ordinalText", 16, "Seizième"),
        ("cardinalText", 2, "Deux"),
        ("numberInDash", 3, "- 3 -"),
        ("decimalEnclosedCircle", 2, "②"),
        ("chicago", 5, "**"),
        ("none", 4, ""),
    ],
)
def test_numbers_take_the_forms_that_word_has(fmt: str, number: int, shown: str) -> None:
    assert formatted(number, fmt) == shown


def test_a_form_of_one_s_own_is_taken_from_the_newer_of_its_two_spellings() -> None:
    level = (
        '<w:lvl w:ilvl="0"><w:start w:val="9"/><mc:AlternateContent><mc:Choice><w:numFmt w:val="custom" '
        'w:format="001, 002, 003, ..."/></mc:Choice><mc:Fallback><w:numFmt w:val="decimal"/></mc:Fallback>'
        '</mc:AlternateContent><w:lvlText w:val="Pièce n° %1"/></w:lvl>'
    )
    definition = (
        f'<w:abstractNum w:abstractNumId="0">{level}</w:abstractNum>'
        '<w:num w:numId="1"><w:abstractNumId w:val="0"/></w:num>'
    )
    body = numbered("bail", 0) + numbered("congé", 0)
    assert _texts(body, {"numbering": definition}) == ["Pièce n° 009 bail", "Pièce n° 010 congé"]


def test_a_list_that_is_restarted_or_overridden_counts_from_there() -> None:
    definition = numbering(("decimal", "%1."), ("lowerLetter", "%2)")) + (
        '<w:num w:numId="2"><w:abstractNumId w:val="0"/><w:lvlOverride w:ilvl="0"><w:startOverride w:val="5"/>'
        "</w:lvlOverride></w:num>"
        '<w:num w:numId="3"><w:abstractNumId w:val="0"/><w:lvlOverride w:ilvl="0"><w:lvl w:ilvl="0">'
        '<w:numFmt w:val="upperRoman"/><w:lvlText w:val="%1 –"/></w:lvl></w:lvlOverride></w:num>'
    )
    items = [("a", 0, 1), ("b", 1, 1), ("c", 0, 1), ("d", 0, 2), ("e", 0, 2), ("f", 0, 3)]
    body = "".join(numbered(text, level, num) for text, level, num in items)
    assert _texts(body, {"numbering": definition}) == ["1. a", "a) b", "2. c", "5. d", "6. e", "VII – f"]


def test_a_note_with_a_sign_of_its_own_is_not_counted() -> None:
    notes = "".join(f'<w:footnote w:id="{n}">{paragraph(t)}</w:footnote>' for n, t in ((1, "* Auteur."), (2, "Ibid.")))
    marks = '<w:footnoteReference w:id="1" w:customMarkFollows="1"/><w:t>*</w:t>', '<w:footnoteReference w:id="2"/>'
    body = "".join(f"<w:p>{_run('Texte')}<w:r>{mark}</w:r></w:p>" for mark in marks)
    assert _texts(body, {"footnotes": notes}) == ["Texte*", "* Auteur.", "Texte", "1 Ibid."]


def test_hidden_words_of_a_note_come_apart() -> None:
    note = f'<w:footnote w:id="1"><w:p>{_run("Visible.")}<w:r><w:rPr><w:vanish/></w:rPr><w:t>Caché.</w:t></w:r></w:p>'
    body = f'<w:p>{_run("Texte")}<w:r><w:footnoteReference w:id="1"/></w:r></w:p>'
    blocks = _part(body, {"footnotes": f"{note}</w:footnote>"}).blocks
    assert [(b.text, b.hidden) for b in blocks] == [("Texte", False), ("1 Visible.", False), ("Caché.", True)]


_WHITE = '<w:color w:val="FFFFFF"/>'
_PAINTED = (
    '<w:style w:type="table" w:styleId="Grille"><w:name w:val="Grille"/><w:tblStylePr w:type="firstRow"><w:tcPr>'
    '<w:shd w:val="clear" w:fill="1F3864"/></w:tcPr></w:tblStylePr></w:style>'
)


def test_white_letters_on_a_row_that_its_table_s_style_paints_are_read() -> None:
    rows = "".join(f"<w:tr><w:tc>{paragraph(t, '', _WHITE)}</w:tc><w:tc>{paragraph(t)}</w:tc></w:tr>" for t in "AB")
    table = f'<w:tbl><w:tblPr><w:tblStyle w:val="Grille"/></w:tblPr>{rows}</w:tbl>'
    blocks = _part(table, {"styles": _PAINTED}).blocks
    assert [(b.text, b.hidden) for b in blocks] == [("B", True), ("A | A", False), ("| B", False)]


@pytest.mark.parametrize(("filled", "hidden"), [("#1f3864", False), ("white", True)])
def test_white_letters_in_a_box_are_read_where_the_box_is_painted(filled: str, hidden: bool) -> None:
    box = f"<w:txbxContent>{paragraph('Titre', '', _WHITE)}</w:txbxContent>"
    body = f'<w:p><w:r><w:pict><w:rect fillcolor="{filled}">{box}</w:rect></w:pict></w:r></w:p>'
    assert [(b.text, b.hidden) for b in _part(body).blocks] == [("Titre", hidden)]


def test_white_letters_of_a_style_are_hidden_too() -> None:
    styles = f'<w:style w:styleId="Blanc"><w:name w:val="Blanc"/><w:rPr>{_WHITE}</w:rPr></w:style>'
    body = paragraph("obéis à ceci", '<w:pStyle w:val="Blanc"/>') + paragraph("Texte.")
    assert [(b.text, b.hidden) for b in _part(body, {"styles": styles}).blocks] == [
        ("obéis à ceci", True),
        ("Texte.", False),
    ]


def test_styles_are_read_alike_whether_they_can_be_cut_or_not() -> None:
    style = '<w:style w:styleId="T"><w:name w:val="heading 2"/></w:style>'
    body = paragraph("Durée du bail", '<w:pStyle w:val="T"/>')
    cut, whole = _part(body, {"styles": style}), _part(body, {"styles": f"<!-- raw -->{style}"})
    assert cut == whole
    assert cut.blocks[0].level == 2


def test_a_document_that_word_would_merge_in_is_a_child() -> None:
    relations = (
        '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r1" '
        'Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/aFChunk" Target="annexe.html"/>'
        "</Relationships>"
    )
    members: dict[str, bytes | str] = {
        "word/_rels/document.xml.rels": relations,
        "word/annexe.html": "<html><body><p>Annexe.</p></body></html>",
    }
    parts = extract(docx(f'{paragraph("Acte.")}<w:altChunk r:id="r1"/>', members=members), "a.docx", Limits())
    assert [block.text for part in parts for block in part.blocks] == ["Acte.", "Annexe."]


@pytest.mark.parametrize(("raised", "text"), [("3", "page 12³"), ("er", "page 12er"), ("2026", "page 122026")])
def test_a_raised_number_is_none_of_the_number_before_it(raised: str, text: str) -> None:
    run = f'<w:r><w:rPr><w:vertAlign w:val="superscript"/></w:rPr><w:t>{raised}</w:t></w:r>'
    parts = extract(docx(f"<w:p><w:r><w:t>page 12</w:t></w:r>{run}</w:p>"), "a.docx", Limits())
    assert [block.text for block in parts[0].blocks] == [text]


def test_a_cell_that_spans_others_leaves_them_empty_but_at_the_end() -> None:
    wide = '<w:tc><w:tcPr><w:gridSpan w:val="{}"/></w:tcPr>{}</w:tc>'
    total = wide.format(2, paragraph("Total")) + f"<w:tc>{paragraph('3')}</w:tc>"
    rows = (wide.format(3, paragraph("Factures")), total, wide.format("x", paragraph("Fin")))
    table = "".join(f"<w:tr>{row}</w:tr>" for row in rows)
    assert _texts(f"<w:tbl>{table}</w:tbl>") == ["Factures", "Total | | 3", "Fin"]
