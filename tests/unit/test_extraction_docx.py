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
