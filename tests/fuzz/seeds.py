"""One small file of every format, and every parser entry that a stranger's bytes reach: what fuzzing starts from."""

import struct
from collections.abc import Callable

from evals.extraction_samples import Text, docx, numbered, numbering, paragraph, pdf, samples, zipped
from ingestion.extraction import Limits, extract
from ingestion.extraction.pdf_careful import read_with_pypdf
from ingestion.extraction.smime import signed_content
from tests.compound_file import compound_file

LIMITS = Limits(unpacked_bytes=16 << 20, characters=200_000, pages=50, cells=20_000, attachments=50)

_MAIL = (
    b"From: =?utf-8?q?Ana?= <ana@exemple.fr>\r\nSubject: Bail\r\nMIME-Version: 1.0\r\n"
    b'Content-Type: multipart/mixed; boundary="b"\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\nBonjour,\r\n'
    b"Le lun. 15 nov. 2021, Jean a =C3=A9crit :\r\n> Ancien\r\n--b\r\nContent-Type: message/rfc822\r\n\r\n"
    b"From: b@exemple.fr\r\nSubject: x\r\n\r\nSuite.\r\n--b--\r\n"
)
_SIGNED = bytes.fromhex("302a06092a864886f70d010702a01d301b0201013100301406092a864886f70d010701a0070405626f6e6a6f")
_ODT = zipped(
    {
        "mimetype": "application/vnd.oasis.opendocument.text",
        "content.xml": '<o:document-content xmlns:o="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
        'xmlns:t="urn:oasis:names:tc:opendocument:xmlns:text:1.0"><o:body><o:text><t:h t:outline-level="1">Bail</t:h>'
        "<t:p>Le preneur.</t:p></o:text></o:body></o:document-content>",
    }
)

_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_RELATIONS = "http://schemas.openxmlformats.org/package/2006/relationships"


def _package(kind: str, main: str, members: dict[str, str], targets: dict[str, str]) -> bytes:
    """An Office file: its main part, the others, and the relations of the main one, id → target."""
    folder, _, base = main.rpartition("/")
    links = "".join(
        f'<Relationship Id="{name}" Type="{_OFFICE}/{target.partition("/")[0].rstrip("s")}" Target="{target}"/>'
        for name, target in targets.items()
    )
    first = f'<Relationship Id="r0" Type="{_OFFICE}/officeDocument" Target="{main}"/>'
    return zipped(
        {
            "[Content_Types].xml": f'<Types xmlns="{_RELATIONS[:-13]}content-types"><Override PartName="/{main}" '
            f'ContentType="application/vnd.openxmlformats-officedocument.{kind}.main+xml"/></Types>',
            "_rels/.rels": f'<Relationships xmlns="{_RELATIONS}">{first}</Relationships>',
            f"{folder}/_rels/{base}.rels": f'<Relationships xmlns="{_RELATIONS}">{links}</Relationships>',
            **members,
        }
    )


_SML = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_XLSX = _package(
    "spreadsheetml.sheet",
    "xl/workbook.xml",
    {
        "xl/workbook.xml": f'<workbook xmlns="{_SML}" xmlns:r="{_OFFICE}"><sheets><sheet name="Loyers" sheetId="1" '
        'r:id="r1"/></sheets></workbook>',
        "xl/worksheets/sheet1.xml": f'<worksheet xmlns="{_SML}"><sheetData><row r="1"><c r="A1" t="inlineStr"><is>'
        '<t>Lot</t></is></c><c r="B1"><v>900</v></c></row></sheetData></worksheet>',
    },
    {"r1": "worksheets/sheet1.xml"},
)
_PML, _DML = (f"http://schemas.openxmlformats.org/{name}/2006/main" for name in ("presentationml", "drawingml"))
_PPTX = _package(
    "presentationml.presentation",
    "ppt/presentation.xml",
    {
        "ppt/presentation.xml": f'<p:presentation xmlns:p="{_PML}" xmlns:r="{_OFFICE}"><p:sldIdLst><p:sldId id="256" '
        'r:id="r1"/></p:sldIdLst></p:presentation>',
        "ppt/slides/slide1.xml": f'<p:sld xmlns:p="{_PML}" xmlns:a="{_DML}"><p:sp><p:txBody><a:p><a:r><a:t>Bail</a:t>'
        "</a:r></a:p></p:txBody></p:sp></p:sld>",
    },
    {"r1": "slides/slide1.xml"},
)

_RTF = (
    b"{\\rtf1\\ansi{\\fonttbl{\\f0 Arial;}{\\f1\\fcharset2 S;}}{\\colortbl;\\red255\\green255\\blue255;}"
    b"{\\stylesheet{\\s1 heading 1;}}{\\info{\\title a}}\\s1 Le preneur\\'e9\\par {\\*\\x a}\\u233?{\\footnote b}"
    b"{\\v c}{\\deleted d}{\\cf1 e}{\\f1\\'b7}\\par\\trowd\\intbl f\\cell g\\cell\\row\\pard"
    b"{\\shp{\\*\\shpinst{\\shptxt h}}}\\bin2 }}}"
)

_MSG = compound_file(
    {
        "__properties_version1.0": bytes(32)
        + b"".join(struct.pack("<HHIQ", 0x1F, key, 6, 8) for key in (0x0037, 0x1000))
        + struct.pack("<HHIQ", 0x0003, 0x3FDE, 6, 1252),
        "__substg1.0_0037001F": "Bail".encode("utf-16-le"),
        "__substg1.0_1000001F": "Texte.".encode("utf-16-le"),
        "__attach_version1.0_#00000000/__properties_version1.0": bytes(8),
    }
)


def _record(name: int, content: bytes) -> bytes:
    return struct.pack("<BII", 2, name, len(content)) + content + b"\0\0"


_WINMAIL = b"\x78\x9f\x3e\x22\0\0" + b"".join(
    _record(name, content)
    for name, content in (
        (0x0006_9003, struct.pack("<IHHII", 1, 0x102, 0x1009, 1, 30)
         + bytes.fromhex("1a0000001c0000004c5a4675e2d44b51410004205758595a0d6e7d010eb0") + b"\0\0"),
        (0x0006_9002, b"\0" * 14),
        (0x0001_8010, b"a.txt\0"),
        (0x0006_800F, b"Le preneur."),
        (0x0006_9005, struct.pack("<IHHII", 1, 0x1E, 0x3707, 1, 6) + b"b.txt\0\0\0"),
    )
)  # fmt: skip

SEEDS: dict[str, bytes] = {
    "a.pdf": pdf([[Text(50, 700, "Article 1 : Objet"), Text(50, 680, "Le preneur paie 900 euros.")]]),
    "a.docx": docx(
        numbered("Objet", 0) + paragraph("Le preneur."), {"numbering": numbering(("decimal", "Article %1 –"))}
    ),
    "a.odt": _ODT,
    "a.xlsx": _XLSX,
    "a.pptx": _PPTX,
    "a.mbox": b"From ana@exemple.fr Mon Jan  5 09:00:00 2026\n"
    + _MAIL
    + b"\nFrom b@exemple.fr Mon Jan  5 2026\n"
    + _MAIL,
    "a.eml": _MAIL,
    "a.p7m": _SIGNED,
    "a.msg": _MSG,
    "winmail.dat": _WINMAIL,
    "a.rtf": _RTF,
    "a.html": b"<html><body><h1>Bail</h1><ol><li>a<li>b</ol><table><tr><td>a<td>b<tr><td>c<td>d</table></body>",
    "a.zip": zipped({"a.txt": "Le preneur.", "b/a.eml": _MAIL}),
    "a.ics": b'BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART;TZID="a":20250412T093000\nSUMMARY;A=b:Audience\\, salle\n'
    b" 4\nATTENDEE;CN=Me A:mailto:a@exemple.fr\nEND:VEVENT\nEND:VCALENDAR\n",
    "a.csv": b"Nom;Montant\nLoyer;900\nCharges;80\n",
    "a.md": b"# Bail\n\n- un\n- deux\n\n| a | b |\n|---|---|\n| c | d |\n",
} | {sample.name: sample.data for sample in samples()}


def read(name: str) -> Callable[[bytes], object]:
    """The whole way of a file by that name. In this process: PDFium may end it, so PDFs go by the second engine."""
    if name.endswith(".pdf"):
        return lambda data: read_with_pypdf(data, LIMITS)
    return lambda data: extract(data, name, LIMITS)


ENTRIES: dict[str, Callable[[bytes], object]] = {name: read(name) for name in SEEDS} | {"der": signed_content}
