"""What a file is, by its content; its name only settles what content leaves open (CSV, Markdown, a bare mail).

One table of rows, format → readers. A new format is one reader and one row. A format may have several readers, the best
first: the sandbox asks for the next one when a reader dies.
"""

import io
import re
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from struct import error as struct_error
from zlib import error as zlib_error

import olefile

from ingestion.errors import ParkReason
from ingestion.extraction.appointments import read_appointments
from ingestion.extraction.archive import read_archive
from ingestion.extraction.docx import read_docx
from ingestion.extraction.html import read_html
from ingestion.extraction.mail import read_mail, read_mailbox
from ingestion.extraction.msg import read_msg
from ingestion.extraction.ocr import read_image
from ingestion.extraction.opendocument import read_opendocument
from ingestion.extraction.pdf import read_pdf, read_without_forms
from ingestion.extraction.pdf_careful import read_with_pypdf
from ingestion.extraction.plain import read_csv, read_markdown, read_text
from ingestion.extraction.reading import Reader
from ingestion.extraction.rtf import read_rtf
from ingestion.extraction.saved_page import read_saved_page
from ingestion.extraction.sheets import read_sheets
from ingestion.extraction.slides import read_slides
from ingestion.extraction.smime import ENVELOPED_DATA, SIGNED_DATA, read_signed
from ingestion.extraction.tnef import SIGNATURE as TNEF
from ingestion.extraction.tnef import read_tnef

_OOXML = "application/vnd.openxmlformats-officedocument."
_ODF = "application/vnd.oasis.opendocument."


@dataclass(frozen=True, slots=True)
class Format:
    """A kind of file. No readers: known, and refused."""

    name: str
    media_type: str
    readers: tuple[Reader, ...] = ()
    container: bool = False  # its children can be left unread
    extensions: frozenset[str] = frozenset()
    refusal: ParkReason = ParkReason.UNSUPPORTED


def _format(name: str, media_type: str, *readers: Reader, ext: str = "", container: bool = False) -> tuple[str, Format]:
    return name, Format(name, media_type, readers, container, frozenset(ext.split() or [name]))


FORMATS: dict[str, Format] = dict(
    [
        _format("pdf", "application/pdf", read_pdf, read_without_forms, read_with_pypdf, container=True),
        _format("docx", f"{_OOXML}wordprocessingml.document", read_docx, ext="docx docm dotx dotm", container=True),
        _format("xlsx", f"{_OOXML}spreadsheetml.sheet", read_sheets, ext="xlsx xlsm xltx xltm"),
        _format("xlsb", "application/vnd.ms-excel.sheet.binary.macroEnabled.12", read_sheets),
        _format("xls", "application/vnd.ms-excel", read_sheets, ext="xls xlt"),
        _format("pptx", f"{_OOXML}presentationml.presentation", read_slides, ext="pptx pptm ppsx ppsm", container=True),
        _format("odt", f"{_ODF}text", read_opendocument, ext="odt ott"),
        _format("odp", f"{_ODF}presentation", read_opendocument, ext="odp otp"),
        _format("ods", f"{_ODF}spreadsheet", read_sheets, ext="ods ots"),
        _format("rtf", "application/rtf", read_rtf, ext="rtf doc"),
        _format("html", "text/html", read_html, ext="html htm xhtml mht mhtml"),
        _format("mhtml", "multipart/related", read_saved_page, ext="mht mhtml"),
        _format("p7m", "application/pkcs7-mime", read_signed, ext="p7m p7s", container=True),
        _format("eml", "message/rfc822", read_mail, ext="eml mht mhtml p7m", container=True),
        _format("mbox", "application/mbox", read_mailbox, ext="mbox mbx", container=True),
        _format("msg", "application/vnd.ms-outlook", read_msg, container=True),
        _format("tnef", "application/vnd.ms-tnef", read_tnef, ext="dat", container=True),
        _format("ics", "text/calendar", read_appointments, ext="ics vcs ifb"),
        _format("vcf", "text/vcard", read_appointments, ext="vcf vcard"),
        _format("txt", "text/plain", read_text, ext="txt text log"),
        _format("md", "text/markdown", read_markdown, ext="md markdown"),
        _format("csv", "text/csv", read_csv, ext="csv tsv"),
        _format("image", "image/*", read_image, ext="png jpg jpeg tif tiff bmp gif webp"),
        _format("zip", "application/zip", read_archive, container=True),
        _format("doc", "application/msword", ext="doc dot"),
        _format("ppt", "application/vnd.ms-powerpoint", ext="ppt pps pot"),
        _format("unknown", "application/octet-stream"),
    ]
)  # fmt: skip
FORMATS["encrypted"] = Format("encrypted", "application/octet-stream", refusal=ParkReason.ENCRYPTED)
FORMATS["malformed"] = Format("malformed", "application/octet-stream", refusal=ParkReason.MALFORMED)

_BINARY = frozenset(
    "pdf docx docm xlsx xlsm xlsb xls pptx pptm odt ods odp msg zip".split()  # noqa: SIM905  (a word a line: a page)
)
_MAIN_TYPES = {  # the main part's content type says what an OOXML package is, whatever its members are called
    b"wordprocessingml": "docx", b"spreadsheetml": "xlsx", b"presentationml": "pptx", b"ms-excel.sheet.binary": "xlsb",
    b"ms-word.": "docx", b"ms-excel.": "xlsx", b"ms-powerpoint.": "pptx",
}  # fmt: skip
_MAIN = re.compile(
    rb'ContentType="application/vnd\.(?:openxmlformats-officedocument\.)?([\w.-]+?)\.?main', re.IGNORECASE
)
_PICTURES = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"II*\x00", b"MM\x00*", b"GIF8", b"BM")
_HTML = re.compile(
    rb"\s*(?:<\?xml[^>]{0,200}>\s*)?(?:<!--.{0,2000}?-->\s*)*"
    rb"<(?:!doctype\s+html|html|head|body|div|p|table|meta|title|h1)\b",
    re.IGNORECASE | re.DOTALL,
)
_HEADER = re.compile(rb"(?:[A-Za-z][A-Za-z0-9-]{1,60}:[^\n]*\n(?:[ \t][^\n]*\n)*)+")
_MAIL_NAMES = re.compile(
    rb"^(?:From|To|Date|Subject|Received|Return-Path|Message-ID|MIME-Version|Delivered-To|Content-Type|Reply-To|X-[\w-]+):",
    re.IGNORECASE | re.MULTILINE,
)
_TELLING = re.compile(
    rb"^(?:From|Received|Return-Path|Message-ID|MIME-Version|Delivered-To):", re.IGNORECASE | re.MULTILINE
)
_MBOX = re.compile(rb"From \S+[^\r\n]{5,100}\d{4}[^\r\n]{0,10}\r?\n[A-Za-z-]{2,40}:")
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_OLE_STREAMS = (("encryptedpackage", "encrypted"), ("__properties_version1.0", "msg"), ("worddocument", "doc"),
                ("workbook", "xls"), ("book", "xls"), ("powerpoint document", "ppt"))  # fmt: skip
_SAVED_PAGE = re.compile(rb"^(?:Snapshot-Content-Location:|From:\s*[<\"]?Saved by )", re.IGNORECASE | re.MULTILINE)
_CARD = re.compile(rb"(?:\xef\xbb\xbf)?\s*BEGIN:(VCALENDAR|VCARD)\s", re.IGNORECASE)
_RELATED = re.compile(rb"^Content-Type:\s*multipart/related", re.IGNORECASE | re.MULTILINE)


def detect(data: bytes, name: str) -> Format:
    """The file's format. Never raises: what is unknown, encrypted or malformed is a format without readers."""
    extension = name.rpartition(".")[2].lower() if "." in name else ""
    found = next((kind for sniff in _SNIFFERS if (kind := sniff(data, extension))), None)
    if found is None:
        found = "malformed" if extension in _BINARY else "unknown"
    return FORMATS[found]


def _sealed(data: bytes, _extension: str) -> str | None:
    """S/MIME, before what is sealed in it shows through."""
    if data[:1] != b"\x30":
        return None
    return "encrypted" if ENVELOPED_DATA in data[:64] else "p7m" if SIGNED_DATA in data[:64] else None


def _pdf(data: bytes, _extension: str) -> str | None:
    return "pdf" if b"%PDF-" in data[:1_024] else None


def _zip(data: bytes, _extension: str) -> str | None:
    if data[:4] not in (b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08"):
        return None
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as zipped:
            names = set(zipped.namelist())
            types = zipped.open("[Content_Types].xml").read(1 << 20) if "[Content_Types].xml" in names else b""
            kind = zipped.open("mimetype").read(200).decode("ascii", "replace") if "mimetype" in names else ""
    except (
        zipfile.BadZipFile,
        OSError,
        ValueError,
        EOFError,
        NotImplementedError,
        RuntimeError,
        struct_error,
        zlib_error,
    ):
        return "malformed"
    if types:
        return _ooxml(types)
    odf = kind.strip().removeprefix(_ODF).removesuffix("-template")
    return {"text": "odt", "spreadsheet": "ods", "presentation": "odp"}.get(odf, "zip")


def _ooxml(types: bytes) -> str:
    for match in _MAIN.finditer(types):
        for word, kind in _MAIN_TYPES.items():
            if match.group(1).startswith(word) or word in match.group(1):
                return kind
    return "xlsb" if b"ms-excel.sheet.binary" in types else "zip"


def _ole(data: bytes, _extension: str) -> str | None:
    if not data.startswith(_OLE):
        return None
    try:
        with olefile.OleFileIO(io.BytesIO(data)) as ole:
            names = {path[0].lower() for path in ole.listdir(streams=True, storages=True)}
    except (OSError, ValueError, IndexError, KeyError, TypeError, struct_error, RecursionError):
        return "malformed"
    return next((kind for stream, kind in _OLE_STREAMS if stream in names), "unknown")


def _signature(data: bytes, _extension: str) -> str | None:
    if data.startswith(b"{\\rtf"):
        return "rtf"
    if data.startswith(TNEF):
        return "tnef"
    if data.startswith(_PICTURES) or (data[:4] == b"RIFF" and data[8:12] == b"WEBP"):
        return "image"
    return None


def _card(data: bytes, _extension: str) -> str | None:
    """An invitation or an address card, before its lines pass for a mail's headers."""
    match = _CARD.match(data[:200])
    return None if match is None else "ics" if match.group(1).upper() == b"VCALENDAR" else "vcf"


def _mail(data: bytes, extension: str) -> str | None:
    if _MBOX.match(data):
        return "mbox"
    head = _HEADER.match(data[:16_384].lstrip(b"\xef\xbb\xbf\r\n"))
    if head is None:
        return None
    if _SAVED_PAGE.search(head.group()) or (extension in ("mht", "mhtml") and _RELATED.search(head.group())):
        return "mhtml"
    known = len(set(_MAIL_NAMES.findall(head.group())))
    telling = bool(_TELLING.search(head.group()))
    return "eml" if (known >= 2 and telling) or (known >= 1 and extension in ("eml", "mht", "mhtml", "p7m")) else None


def _html(data: bytes, _extension: str) -> str | None:
    head = data[:8_192]
    if head[:2] in (b"\xff\xfe", b"\xfe\xff"):
        head = head.decode("utf-16", "replace").encode("utf-8")
    return "html" if _HTML.match(head.removeprefix(b"\xef\xbb\xbf")) else None


def _text(data: bytes, extension: str) -> str | None:
    sample = data[:65_536]
    wide = sample[:2] in (b"\xff\xfe", b"\xfe\xff") or (
        sample[1:400:2].count(0) > 100 and sample[::2][:200].count(0) < 5
    )
    odd = sum(1 for byte in sample if byte < 0x20 and byte not in b"\t\n\r\x0c\x1b\x1a\x0b")
    if not wide and odd > len(sample) * 0.005:
        return None
    if extension in FORMATS and extension in ("md", "csv"):
        return extension
    return {"tsv": "csv", "markdown": "md", "eml": "eml"}.get(extension, "txt")


_SNIFFERS: tuple[Callable[[bytes, str], str | None], ...] = (
    _sealed,
    _pdf,
    _zip,
    _ole,
    _signature,
    _card,
    _mail,
    _html,
    _text,
)
