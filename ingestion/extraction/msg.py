"""Outlook messages (MSG) by python-oxmsg: headers, body and attachments in the same shape as an EML.

A message attached to a message is a storage within the file, not bytes: it is handed on as the mail that it is, in the
form of an EML. Nothing is read twice, and the depth is bounded.
"""

import io
from email.header import Header
from email.mime.application import MIMEApplication
from email.mime.message import MIMEMessage
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText
from struct import error as struct_error

from oxmsg import Message
from oxmsg.attachment import Attachment as Attached
from oxmsg.domain.model import UnrecognizedCodePageError, UnsupportedEncodingError
from oxmsg.storage import Storage, Stream

from chunking.blocks import BlockKind
from ingestion.errors import Park, ParkReason
from ingestion.extraction.hygiene import clean, one_line
from ingestion.extraction.limits import Limits
from ingestion.extraction.plain import decode
from ingestion.extraction.reading import Attachment, Composer, Reading
from ingestion.extraction.thread import write_body, write_html_body
from ingestion.extraction.tnef import write_compressed

_BROKEN = (
    OSError,
    ValueError,
    LookupError,
    AttributeError,
    TypeError,
    struct_error,
    AssertionError,
    OverflowError,
    RecursionError,
    UnrecognizedCodePageError,
    UnsupportedEncodingError,
)
_EMBEDDED = "__substg1.0_3701000D"
_HTML, _RTF = 0x1013, 0x1009  # names of MAPI properties
_LABELS = {"from": "From", "to": "To", "cc": "Cc", "date": "Date", "subject": "Subject"}


def read_msg(data: bytes, limits: Limits) -> Reading:
    """Park(MALFORMED, TOO_LARGE, EMPTY)."""
    try:
        message = Message.load(io.BytesIO(data))
        headers = _headers(message)
        body, html, rtf = _bodies(message)
        attachments = tuple(_attachment(item, limits) for item in message.attachments)
    except _BROKEN:
        raise Park(ParkReason.MALFORMED) from None
    if len(attachments) > limits.attachments:
        raise Park(ParkReason.TOO_LARGE)
    composer = Composer(limits)
    for name, label in _LABELS.items():
        if headers.get(name):
            composer.add(BlockKind.MAIL_HEADER, f"{label}: {headers[name]}")
    if body.strip():
        write_body(clean(body), composer)
    elif html.strip():
        write_html_body(html, composer)
    elif rtf:
        write_compressed(rtf, composer, limits)
    if not composer.blocks and not attachments:
        raise Park(ParkReason.EMPTY)
    return Reading(composer.blocks, 0, headers.get("subject", ""), headers, composer.flags, attachments)


def _bodies(message: Message) -> tuple[str, str, bytes]:
    """Plain, HTML and compressed RTF, of which a message has some; an HTML whose charset lies is guessed."""
    found = message.properties
    html = found.binary_prop_value(_HTML)
    return (
        message.body or "",
        decode(html) if html else found.str_prop_value(_HTML) or "",
        found.binary_prop_value(_RTF) or b"",
    )


def _headers(message: Message) -> dict[str, str]:
    raw = {key.lower(): value for key, value in message.message_headers.items()}
    date = message.sent_date
    found = {
        "from": message.sender or raw.get("from", ""),
        "to": raw.get("to", "") or ", ".join(_address(r.name, r.email_address) for r in message.recipients),
        "cc": raw.get("cc", ""),
        "date": raw.get("date", "") or (date.isoformat() if date is not None else ""),
        "subject": message.subject or raw.get("subject", ""),
    }
    return {name: one_line(text[:20_000]) for name, text in found.items() if text}


def _address(name: str, address: str) -> str:
    return f"{name} <{address}>" if name and name != address else address


def _attachment(item: Attached, limits: Limits) -> Attachment:
    nested = _nested(item)
    if nested is not None:
        subject = one_line(nested.subject or "") or "message"
        return Attachment(f"{subject[:200]}.eml", _as_mail(nested, limits.nesting).as_bytes())
    data = item.file_bytes
    return Attachment(item.file_name or "", data or b"", ParkReason.UNSUPPORTED if data is None else None)


def _nested(item: Attached) -> Message | None:
    """The message that is attached as an object ([MS-OXMSG] 2.2.2.1)."""
    storages = getattr(item, "_storage").storages  # noqa: B009  (the package has no name for it)
    found = next((storage for storage in storages if storage.name == _EMBEDDED), None)
    return None if found is None else Message(_as_top_level(found))


def _as_top_level(storage: Storage) -> Storage:
    """An embedded message's properties have a header of 24 bytes, a file's of 32: eight reserved ones go in."""
    streams = tuple(
        Stream(stream.path, stream.bytes_[:24] + bytes(8) + stream.bytes_[24:])
        if stream.name == "__properties_version1.0" else stream
        for stream in storage.streams
    )  # fmt: skip
    return Storage(storage.path, streams, storage.storages)


def _as_mail(message: Message, depth: int) -> MIMEMultipart:
    mail = MIMEMultipart()
    for name, value in _headers(message).items():
        mail[_LABELS[name]] = Header(value, "utf-8").encode()
    body, html, _ = _bodies(message)
    if body.strip() or html.strip():
        mail.attach(MIMEText(clean(body), "plain", "utf-8") if body.strip() else MIMEText(html, "html", "utf-8"))
    for item in message.attachments:
        nested = _nested(item) if depth > 0 else None
        if nested is not None:
            mail.attach(MIMEMessage(_as_mail(nested, depth - 1)))
        elif data := item.file_bytes:
            part = MIMEApplication(data)
            part.add_header("Content-Disposition", "attachment", filename=("utf-8", "", one_line(item.file_name or "")))
            mail.attach(part)
    return mail
