"""Web pages saved as one file (MHTML): the page that was saved, without the pictures and styles saved with it.

A browser writes a mail without a reader: multipart/related, the page first, its address in `Content-Location`.
"""

import email
import email.message
import email.policy
from collections.abc import Iterator
from dataclasses import replace

from ingestion.errors import Park, ParkReason
from ingestion.extraction.html import read_html_text
from ingestion.extraction.hygiene import one_line
from ingestion.extraction.limits import Limits
from ingestion.extraction.mail import boundaries, charset_of, header, parts_of, payload_of
from ingestion.extraction.plain import decode
from ingestion.extraction.reading import Reading

_MOST_PARTS = 2_000


def read_saved_page(data: bytes, limits: Limits) -> Reading:
    """The first HTML part as a web page. Park(MALFORMED, BOMB, EMPTY)."""
    if boundaries(data) > _MOST_PARTS:
        raise Park(ParkReason.BOMB)
    try:
        message = email.message_from_bytes(data, policy=email.policy.compat32)
    except (RecursionError, ValueError, LookupError):
        raise Park(ParkReason.MALFORMED) from None
    page = next(_pages(message), None)
    if page is None:
        raise Park(ParkReason.EMPTY)
    reading = read_html_text(decode(payload_of(page), charset_of(page)), limits)
    address = header(message, "Snapshot-Content-Location") or header(page, "Content-Location")
    found = {"title": header(message, "Subject"), "address": address, "date": header(message, "Date")}
    metadata = {name: one_line(text)[:500] for name, text in found.items() if text}
    return replace(reading, metadata={**reading.metadata, **metadata})


def _pages(message: email.message.Message) -> Iterator[email.message.Message]:
    waiting = [message]
    while waiting:
        part = waiting.pop()
        if part.get_content_type() in ("text/html", "application/xhtml+xml"):
            yield part
        else:
            waiting += reversed(list(parts_of(part)))
