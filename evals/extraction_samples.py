"""Small fictional files with known text, built in code: what extraction is checked with where no corpus is at hand.

Builders of minimal PDF, DOCX and ZIP files; tests use them too. Everything here is invented.
"""

import io
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

_W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_R = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_CT = "application/vnd.openxmlformats-officedocument.wordprocessingml"


@dataclass(frozen=True, slots=True)
class Sample:
    kind: str
    name: str
    data: bytes
    truth: str
    numbers: tuple[str, ...] = ()  # automatic numbers as displayed
    rows: tuple[str, ...] = ()  # table rows as stored


@dataclass(frozen=True, slots=True)
class Text:
    """A line on a PDF page, in points from the bottom left."""

    x: float
    y: float
    text: str
    size: float = 10.0
    bold: bool = False
    operators: str = ""  # before the text, such as "1 1 1 rg" or "3 Tr"


def pdf(pages: Sequence[Sequence[Text | str]], *, extra: Mapping[str, str] | None = None) -> bytes:
    """A PDF in Helvetica; a plain `str` on a page is raw content, such as "0 0 100 50 re S"."""
    objects: list[bytes] = [b"", b""]
    fonts = "/F1 3 0 R /F2 4 0 R"
    for name in ("Helvetica", "Helvetica-Bold"):
        font = f"<< /Type /Font /Subtype /Type1 /BaseFont /{name} /Encoding /WinAnsiEncoding >>"
        objects.append(font.encode())
    kids = []
    for page in pages:
        content = "\n".join(item if isinstance(item, str) else _shown(item) for item in page).encode("cp1252")
        objects.append(b"<< /Length %d >>\nstream\n%b\nendstream" % (len(content), content))
        box = f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents {len(objects)} 0 R"
        objects.append(f"{box} /Resources << /Font << {fonts} >> >> >>".encode())
        kids.append(f"{len(objects)} 0 R")
    more = " ".join(f"/{key} {value}" for key, value in (extra or {}).items())
    objects[0] = f"<< /Type /Catalog /Pages 2 0 R {more} >>".encode()
    objects[1] = f"<< /Type /Pages /Count {len(kids)} /Kids [{' '.join(kids)}] >>".encode()
    return assembled(objects)


def _shown(item: Text) -> str:
    escaped = item.text.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)")
    font = "F2" if item.bold else "F1"
    return f"q {item.operators} BT /{font} {item.size} Tf {item.x} {item.y} Td ({escaped}) Tj ET Q"


def assembled(objects: Sequence[bytes]) -> bytes:
    """A PDF of these objects, numbered from 1; the first is its catalogue."""
    out = io.BytesIO(b"%PDF-1.7\n")
    out.seek(0, io.SEEK_END)
    offsets = []
    for number, body in enumerate(objects, start=1):
        offsets.append(out.tell())
        out.write(b"%d 0 obj\n%b\nendobj\n" % (number, body))
    start = out.tell()
    out.write(b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1))
    out.writelines(b"%010d 00000 n \n" % offset for offset in offsets)
    out.write(b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, start))
    return out.getvalue()


def zipped(members: Mapping[str, bytes | str]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target:
        for name, content in members.items():
            target.writestr(name, content)
    return out.getvalue()


def docx(body: str, parts: Mapping[str, str] | None = None, members: Mapping[str, bytes | str] | None = None) -> bytes:
    """A Word document: `body` is the XML within w:body; `parts` the XML within others, such as {"numbering": …}."""
    roots = {
        "numbering": "numbering",
        "styles": "styles",
        "footnotes": "footnotes",
        "comments": "comments",
        "header": "hdr",
    }
    files: dict[str, bytes | str] = {}
    relations = types = ""
    for number, (kind, content) in enumerate((parts or {}).items(), start=1):
        files[f"word/{kind}.xml"] = _part(roots[kind], content)
        relations += f'<Relationship Id="r{number}" Type="{_R}/{kind}" Target="{kind}.xml"/>'
        types += f'<Override PartName="/word/{kind}.xml" ContentType="{_CT}.{kind}+xml"/>'
    package = "http://schemas.openxmlformats.org/package/2006"
    files |= {
        "[Content_Types].xml": f'<Types xmlns="{package}/content-types"><Override PartName="/word/document.xml" '
        f'ContentType="{_CT}.document.main+xml"/>{types}</Types>',
        "_rels/.rels": f'<Relationships xmlns="{package}/relationships"><Relationship Id="r0" '
        f'Type="{_R}/officeDocument" Target="word/document.xml"/></Relationships>',
        "word/_rels/document.xml.rels": f'<Relationships xmlns="{package}/relationships">{relations}</Relationships>',
        "word/document.xml": _part("document", f"<w:body>{body}</w:body>"),
    }
    return zipped(files | dict(members or {}))


def _part(root: str, content: str) -> str:
    spaces = f'xmlns:w="{_W}" xmlns:r="{_R}" xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006"'
    return f"<w:{root} {spaces}>{content}</w:{root}>"


def paragraph(text: str, properties: str = "", run: str = "") -> str:
    """A w:p with one run; `properties` and `run` are the XML of its w:pPr and w:rPr."""
    return (
        f'<w:p><w:pPr>{properties}</w:pPr><w:r><w:rPr>{run}</w:rPr><w:t xml:space="preserve">{text}</w:t></w:r></w:p>'
    )


def numbered(text: str, level: int, num: int = 1) -> str:
    return paragraph(text, f'<w:numPr><w:ilvl w:val="{level}"/><w:numId w:val="{num}"/></w:numPr>')


def numbering(*levels: tuple[str, str]) -> str:
    """A list's definition: the format and the text of each level, such as ("decimal", "Article %1 –")."""
    shown = "".join(
        f'<w:lvl w:ilvl="{i}"><w:start w:val="1"/><w:numFmt w:val="{fmt}"/><w:lvlText w:val="{text}"/></w:lvl>'
        for i, (fmt, text) in enumerate(levels)
    )
    return (
        f'<w:abstractNum w:abstractNumId="0">{shown}</w:abstractNum>'
        '<w:num w:numId="1"><w:abstractNumId w:val="0"/></w:num>'
    )


def samples() -> list[Sample]:
    """One of each kind that can be checked word for word."""
    return [_lease(), _judgment(), *_schedules()]


def _lease() -> Sample:
    clauses = [("Objet du bail", 0), ("Le bailleur loue au preneur un local de 42 m².", 1), ("l'entrée", 2),
               ("la cave", 2), ("Durée", 0), ("Le bail est conclu pour neuf années.", 1),
               ("Il se renouvelle tacitement.", 1)]  # fmt: skip
    shown = ("Article 1 –", "1.1", "a)", "b)", "Article 2 –", "2.1", "2.2")
    levels = numbering(("decimal", "Article %1 –"), ("decimal", "%1.%2"), ("lowerLetter", "%3)"))
    data = docx("".join(numbered(text, level) for text, level in clauses), {"numbering": levels})
    truth = "\n".join(f"{number} {text}" for number, (text, _) in zip(shown, clauses, strict=True))
    return Sample("docx", "bail.docx", data, truth, numbers=shown)


def _judgment() -> Sample:
    """Two pages with running head and foot, a word broken at a line's end, and a footnote."""
    first = [Text(50, 700, "EXPOSÉ DU LITIGE", 12, bold=True),
             Text(50, 670, "1. La société Aubépine a cédé son fonds de commerce à la société"),
             Text(50, 658, "Bruyère par un acte du 3 mars 2021, sous la condition suspen-"),
             Text(50, 646, "sive d'un prêt."),
             Text(50, 80, "1 Cass. com., 4 mai 2022, n° 21-10.001.", 8)]  # fmt: skip
    second = [Text(50, 700, "PAR CES MOTIFS", 12, bold=True), Text(50, 670, "REJETTE la demande.")]
    pages = [
        [Text(50, 810, "Tribunal de Valmont, affaire Aubépine", 8), *lines, Text(50, 30, f"page {number} sur 2", 8)]
        for number, lines in enumerate((first, second), start=1)
    ]
    truth = (
        "EXPOSÉ DU LITIGE 1. La société Aubépine a cédé son fonds de commerce à la société Bruyère par un acte du "
        "3 mars 2021, sous la condition suspensive d'un prêt. 1 Cass. com., 4 mai 2022, n° 21-10.001. "
        "PAR CES MOTIFS REJETTE la demande."
    )
    return Sample("pdf", "jugement.pdf", pdf(pages), truth)


_ROWS = (("Lot", "Surface", "Loyer"), ("A1", "42 m²", "900 €"), ("B2", "57 m²", "1 150 €"), ("C3", "9 m²", "80 €"))
_ACROSS, _DOWN = (700, 680, 660), (170, 290)  # where the inner rules of the schedule run, in points
_RULINGS: Mapping[str, tuple[str, ...]] = {
    "grid": tuple(f"{50 + 120 * j} {640 + 20 * i} 120 20 re S" for i in range(4) for j in range(3)),
    "inner": (*(f"50 {y} m 410 {y} l S" for y in _ACROSS), *(f"{x} 720 m {x} 640 l S" for x in _DOWN)),
    "invoice": ("50 640 360 80 re S", "50 700 m 410 700 l S", *(f"{x} 720 m {x} 640 l S" for x in _DOWN)),
    "head": tuple(f"50 {y} m 410 {y} l S" for y in (720, 700, 640)),
    "bands": ("0.9 g 50 700 360 20 re f 50 660 360 20 re f 0 g",),
    "none": (),
}


def _schedules() -> list[Sample]:
    """One table, ruled as tables are: by cells, without a frame, as an invoice, at its head, by bands, not at all."""
    return [_schedule(name, rules) for name, rules in _RULINGS.items()]


def _schedule(name: str, rules: Sequence[str]) -> Sample:
    page: list[Text | str] = [Text(50, 760, "Annexe 1 : état locatif", 12, bold=True), *rules]
    page += [Text(55 + 120 * j, 706 - 20 * i, cell) for i, row in enumerate(_ROWS) for j, cell in enumerate(row)]
    shown = tuple(" | ".join(row) for row in _ROWS)
    truth = "Annexe 1 : état locatif " + " ".join(shown)
    return Sample(f"table_{name}", "annexe.pdf", pdf([page]), truth, rows=shown)
