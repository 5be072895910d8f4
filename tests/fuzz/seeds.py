"""One small file of every format, and every parser entry that a stranger's bytes reach: what fuzzing starts from."""

from collections.abc import Callable

from evals.extraction_samples import Text, docx, numbered, numbering, paragraph, pdf, samples, zipped
from ingestion.extraction import Limits, extract
from ingestion.extraction.pdf_careful import read_with_pypdf
from ingestion.extraction.smime import signed_content

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

SEEDS: dict[str, bytes] = {
    "a.pdf": pdf([[Text(50, 700, "Article 1 : Objet"), Text(50, 680, "Le preneur paie 900 euros.")]]),
    "a.docx": docx(
        numbered("Objet", 0) + paragraph("Le preneur."), {"numbering": numbering(("decimal", "Article %1 –"))}
    ),
    "a.odt": _ODT,
    "a.eml": _MAIL,
    "a.p7m": _SIGNED,
    "a.rtf": b"{\\rtf1\\ansi{\\fonttbl{\\f0 Arial;}}\\f0 Le preneur\\'e9\\par {\\*\\x a}\\u233?}",
    "a.html": b"<html><body><h1>Bail</h1><ol><li>a<li>b</ol><table><tr><td>a<td>b<tr><td>c<td>d</table></body>",
    "a.zip": zipped({"a.txt": "Le preneur.", "b/a.eml": _MAIL}),
    "a.csv": b"Nom;Montant\nLoyer;900\nCharges;80\n",
    "a.md": b"# Bail\n\n- un\n- deux\n\n| a | b |\n|---|---|\n| c | d |\n",
} | {sample.name: sample.data for sample in samples()}


def read(name: str) -> Callable[[bytes], object]:
    """The whole way of a file by that name. In this process: PDFium may end it, so PDFs go by the second engine."""
    if name.endswith(".pdf"):
        return lambda data: read_with_pypdf(data, LIMITS)
    return lambda data: extract(data, name, LIMITS)


ENTRIES: dict[str, Callable[[bytes], object]] = {name: read(name) for name in SEEDS} | {"der": signed_content}
