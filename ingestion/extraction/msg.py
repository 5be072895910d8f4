"""Outlook messages (MSG) by python-oxmsg: headers, body and attachments in the same shape as an EML.

Nested messages are refused with a reason of their own rather than read badly: python-oxmsg hands over no bytes of them.
"""

import io
from struct import error as struct_error

from oxmsg import Message

from chunking.blocks import BlockKind
from ingestion.errors import Park, ParkReason
from ingestion.extraction.html import write_html
from ingestion.extraction.hygiene import clean, one_line
from ingestion.extraction.limits import Limits
from ingestion.extraction.reading import Attachment, Composer, Reading
from ingestion.extraction.thread import write_body

_BROKEN = (
    OSError,
    ValueError,
    KeyError,
    IndexError,
    AttributeError,
    TypeError,
    struct_error,
    AssertionError,
    OverflowError,
)
_LABELS = {"from": "From", "to": "To", "cc": "Cc", "date": "Date", "subject": "Subject"}


def read_msg(data: bytes, limits: Limits) -> Reading:
    """Park(MALFORMED, TOO_LARGE, EMPTY)."""
    try:
        message = Message.load(io.BytesIO(data))
        headers = _headers(message)
        body, html = message.body or "", message.html_body or ""
        attachments = tuple(_attachments(message))
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
        write_html(html, composer)
    if not composer.blocks and not attachments:
        raise Park(ParkReason.EMPTY)
    return Reading(composer.blocks, 0, headers.get("subject", ""), headers, composer.flags, attachments)


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


def _attachments(message: Message) -> list[Attachment]:
    found = []
    for item in message.attachments:
        data = item.file_bytes
        refused = ParkReason.UNSUPPORTED if data is None else None
        found.append(Attachment(item.file_name or "", data or b"", refused))
    return found
