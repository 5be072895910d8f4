"""A DOCX as Word keeps it: numbers that stand in styles and not in the text, footnotes, a table, a running head.

Readers that look at paragraphs alone lose "Article 9 –", "9.2" and "a)": this file is here to show that ours does not.
"""

import io
import re
import zipfile
from xml.sax.saxutils import escape

from samples.text_blocks import CALL, Piece

W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
R = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
OFFICE = "application/vnd.openxmlformats-officedocument.wordprocessingml"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
WRITTEN = (2026, 1, 5, 9, 0, 0)
STYLE_OF = {"title": "Titre", "centred": "Centre", "heading": "Article", "clause": "Clause", "item": "Alinea"}
# Style, level of the numbering, its format and what is printed.
LEVELS = (
    ("Article", 0, "decimal", "Article %1 –", 0),
    ("Clause", 1, "decimal", "%1.%2", 0),
    ("Alinea", 2, "lowerLetter", "%3)", 567),
)


def written(pieces: list[Piece], title: str, author: str, head: str) -> bytes:
    notes = {number: text for piece in pieces for number, text in piece.notes.items()}
    parts = {
        "[Content_Types].xml": content_types(),
        "_rels/.rels": relations({"rId1": ("officeDocument", "word/document.xml")}, core="docProps/core.xml"),
        "docProps/core.xml": core_properties(title, author),
        "word/document.xml": document(pieces),
        "word/styles.xml": styles(),
        "word/numbering.xml": numbering(),
        "word/footnotes.xml": footnotes(notes),
        "word/header1.xml": header(head),
        "word/footer1.xml": footer(),
        "word/_rels/document.xml.rels": relations(
            {
                "rId1": ("styles", "styles.xml"),
                "rId2": ("numbering", "numbering.xml"),
                "rId3": ("footnotes", "footnotes.xml"),
                "rId4": ("header", "header1.xml"),
                "rId5": ("footer", "footer1.xml"),
            }
        ),
    }
    return zipped(parts)


def zipped(parts: dict[str, str]) -> bytes:
    """Stored, not deflated, and dated: the same parts give the same bytes on every machine."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for name, content in parts.items():
            archive.writestr(zipfile.ZipInfo(name, WRITTEN), HEAD + content)
    return buffer.getvalue()


def document(pieces: list[Piece]) -> str:
    body = "".join(block(piece) for piece in pieces)
    section = (
        '<w:sectPr><w:headerReference w:type="default" r:id="rId4"/><w:footerReference w:type="default" r:id="rId5"/>'
        '<w:pgSz w:w="11906" w:h="16838"/><w:pgMar w:top="1417" w:right="1417" w:bottom="1417" w:left="1417" '
        'w:header="708" w:footer="708" w:gutter="0"/></w:sectPr>'
    )
    return f'<w:document xmlns:w="{W}" xmlns:r="{R}"><w:body>{body}{section}</w:body></w:document>'


def block(piece: Piece) -> str:
    if piece.kind == "table":
        return table(piece.rows) + paragraph("", "Normal")
    if piece.kind == "break":
        return '<w:p><w:r><w:br w:type="page"/></w:r></w:p>'
    return paragraph(piece.text, STYLE_OF.get(piece.kind, "Normal"))


def paragraph(text: str, style: str) -> str:
    return f'<w:p><w:pPr><w:pStyle w:val="{style}"/></w:pPr>{runs(text)}</w:p>'


def runs(text: str) -> str:
    """Bold between **, a footnote's mark where it is called, and the rest as it is."""
    made = []
    for part in re.split(r"(\*\*.+?\*\*|\[\^\d+\])", text):
        if call := CALL.fullmatch(part):
            mark = f'<w:footnoteReference w:id="{call[1]}"/>'
            made.append(f'<w:r><w:rPr><w:rStyle w:val="Appel"/></w:rPr>{mark}</w:r>')
        elif part.startswith("**"):
            made.append(run(part.strip("*"), "<w:rPr><w:b/></w:rPr>"))
        elif part:
            made.append(run(part))
    return "".join(made)


def run(text: str, properties: str = "") -> str:
    return f'<w:r>{properties}<w:t xml:space="preserve">{escape(text)}</w:t></w:r>'


def table(rows: tuple[tuple[str, ...], ...]) -> str:
    sides = "".join(
        f'<w:{side} w:val="single" w:sz="4" w:space="0" w:color="auto"/>'
        for side in ("top", "left", "bottom", "right", "insideH", "insideV")
    )
    grid = '<w:gridCol w:w="2300"/>' * len(rows[0])
    lines = "".join(
        "<w:tr>" + "".join(f"<w:tc><w:tcPr/>{paragraph(cell, 'Normal')}</w:tc>" for cell in row) + "</w:tr>"
        for row in rows
    )
    return f"<w:tbl><w:tblPr><w:tblBorders>{sides}</w:tblBorders></w:tblPr><w:tblGrid>{grid}</w:tblGrid>{lines}</w:tbl>"


def numbering() -> str:
    levels = "".join(
        f'<w:lvl w:ilvl="{level}"><w:start w:val="1"/><w:numFmt w:val="{form}"/><w:pStyle w:val="{style}"/>'
        f'<w:suff w:val="space"/><w:lvlText w:val="{text}"/><w:lvlJc w:val="left"/>'
        f'<w:pPr><w:ind w:left="{indent}"/></w:pPr></w:lvl>'
        for style, level, form, text, indent in LEVELS
    )
    abstract = f'<w:abstractNum w:abstractNumId="0"><w:multiLevelType w:val="multilevel"/>{levels}</w:abstractNum>'
    return f'<w:numbering xmlns:w="{W}">{abstract}<w:num w:numId="1"><w:abstractNumId w:val="0"/></w:num></w:numbering>'


def styles() -> str:
    """The numbered styles name the numbering; their paragraphs say nothing of it."""
    numbered = "".join(
        style(name, number=level, outline=0 if level == 0 else None, bold=level == 0) for name, level, *_ in LEVELS
    )
    plain = style("Titre", bold=True, centred=True, size=32) + style("Centre", centred=True)
    normal = '<w:style w:type="paragraph" w:default="1" w:styleId="Normal"><w:name w:val="Normal"/></w:style>'
    call = (
        '<w:style w:type="character" w:styleId="Appel"><w:name w:val="footnote reference"/>'
        '<w:rPr><w:vertAlign w:val="superscript"/></w:rPr></w:style>'
    )
    fonts = '<w:rFonts w:ascii="Garamond" w:hAnsi="Garamond"/><w:sz w:val="23"/><w:lang w:val="fr-FR"/>'
    defaults = f"<w:docDefaults><w:rPrDefault><w:rPr>{fonts}</w:rPr></w:rPrDefault></w:docDefaults>"
    return f'<w:styles xmlns:w="{W}">{defaults}{normal}{plain}{numbered}{call}</w:styles>'


def style(
    name: str,
    *,
    number: int | None = None,
    outline: int | None = None,
    bold: bool = False,
    centred: bool = False,
    size: int = 23,
) -> str:
    paragraph_properties = '<w:spacing w:before="60" w:after="120"/>'
    if number is not None:
        paragraph_properties = (
            f'<w:numPr><w:ilvl w:val="{number}"/><w:numId w:val="1"/></w:numPr>' + paragraph_properties
        )
    if centred:
        paragraph_properties += '<w:jc w:val="center"/>'
    if outline is not None:
        paragraph_properties += f'<w:outlineLvl w:val="{outline}"/>'
    text = ("<w:b/>" if bold else "") + f'<w:sz w:val="{size}"/>'
    return (
        f'<w:style w:type="paragraph" w:customStyle="1" w:styleId="{name}"><w:name w:val="{name}"/>'
        f'<w:basedOn w:val="Normal"/><w:pPr>{paragraph_properties}</w:pPr><w:rPr>{text}</w:rPr></w:style>'
    )


def footnotes(notes: dict[str, str]) -> str:
    mark = '<w:r><w:rPr><w:rStyle w:val="Appel"/></w:rPr><w:footnoteRef/></w:r>'
    separators = (
        '<w:footnote w:type="separator" w:id="-1"><w:p><w:r><w:separator/></w:r></w:p></w:footnote>'
        '<w:footnote w:type="continuationSeparator" w:id="0"><w:p><w:r><w:continuationSeparator/></w:r></w:p>'
        "</w:footnote>"
    )
    real = "".join(
        f'<w:footnote w:id="{number}"><w:p>{mark}{run(" " + text)}</w:p></w:footnote>' for number, text in notes.items()
    )
    return f'<w:footnotes xmlns:w="{W}">{separators}{real}</w:footnotes>'


def header(text: str) -> str:
    return f'<w:hdr xmlns:w="{W}">{paragraph(text, "Centre")}</w:hdr>'


def footer() -> str:
    page = '<w:fldSimple w:instr=" PAGE "><w:r><w:t>1</w:t></w:r></w:fldSimple>'
    return f'<w:ftr xmlns:w="{W}"><w:p><w:pPr><w:pStyle w:val="Centre"/></w:pPr>{run("Page ")}{page}</w:p></w:ftr>'


def relations(targets: dict[str, tuple[str, str]], core: str = "") -> str:
    links = "".join(
        f'<Relationship Id="{name}" Type="{R}/{kind}" Target="{target}"/>' for name, (kind, target) in targets.items()
    )
    if core:
        kind = f"{PACKAGE}/relationships/metadata/core-properties"
        links += f'<Relationship Id="rId9" Type="{kind}" Target="{core}"/>'
    return f'<Relationships xmlns="{PACKAGE}/relationships">{links}</Relationships>'


def content_types() -> str:
    parts = {
        "document": "document.main",
        "styles": "styles",
        "numbering": "numbering",
        "footnotes": "footnotes",
        "header1": "header",
        "footer1": "footer",
    }
    overrides = "".join(
        f'<Override PartName="/word/{part}.xml" ContentType="{OFFICE}.{kind}+xml"/>' for part, kind in parts.items()
    )
    core = "application/vnd.openxmlformats-package.core-properties+xml"
    return (
        f'<Types xmlns="{PACKAGE}/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        '<Default Extension="xml" ContentType="application/xml"/>'
        f'{overrides}<Override PartName="/docProps/core.xml" ContentType="{core}"/></Types>'
    )


def core_properties(title: str, author: str) -> str:
    date = '<dcterms:{0} xsi:type="dcterms:W3CDTF">2026-01-05T09:00:00Z</dcterms:{0}>'
    return (
        f'<cp:coreProperties xmlns:cp="{PACKAGE}/metadata/core-properties" xmlns:dc="http://purl.org/dc/elements/1.1/" '
        'xmlns:dcterms="http://purl.org/dc/terms/" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">'
        f"<dc:title>{escape(title)}</dc:title><dc:creator>{escape(author)}</dc:creator>"
        f"{date.format('created')}{date.format('modified')}</cp:coreProperties>"
    )
