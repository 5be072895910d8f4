"""E-mail (EML, MBOX): headers, the body as it was meant to be read, its quoted thread, attachments as children.

The stdlib's old `compat32` parser with our own decoding: the newer policies hang on hostile headers. Header values are
bounded before they are decoded, and the number of parts before they are walked.
"""

import email
import email.header
import email.message
import email.policy
import email.utils
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from chunking.blocks import BlockKind
from ingestion.errors import Park, ParkReason
from ingestion.extraction.hygiene import clean, one_line
from ingestion.extraction.limits import Limits
from ingestion.extraction.plain import decode
from ingestion.extraction.reading import Attachment, Composer, Reading
from ingestion.extraction.smime import signed_content
from ingestion.extraction.thread import write_body, write_html_body

_HEADERS = (("from", "From"), ("to", "To"), ("cc", "Cc"), ("date", "Date"), ("subject", "Subject"))
_LONGEST_HEADER = 20_000  # characters: 500 addresses
_DEEPEST = 40  # multiparts in multiparts; real mails nest 5
_BEFORE_HEADERS = b"\xef\xbb\xbf\r\n"  # a byte-order mark, or blank lines, hide every header behind them
_ESCAPED_FROM = re.compile(rb"^>From ", re.MULTILINE)  # how a mailbox writes a line that begins as its next message
_MBOX_FROM = re.compile(rb"^From [^\r\n]{1,200}\r?\n(?=[A-Za-z-]{2,40}:)", re.MULTILINE)
_MOST_MIME_PARTS = 2_000
_SIGNED = {"application/pkcs7-signature", "application/x-pkcs7-signature", "application/pgp-signature"}
_UNNAMED = {"text/calendar": "invitation.ics", "text/vcard": "contact.vcf", "text/x-vcard": "contact.vcf"}
_SEALED = {"application/pkcs7-mime", "application/x-pkcs7-mime"}

Message = email.message.Message


@dataclass(slots=True)
class _Content:
    plain: list[str] = field(default_factory=list)
    html: list[str] = field(default_factory=list)
    attachments: list[Attachment] = field(default_factory=list)
    signed: bool = False
    encrypted: bool = False
    parts: int = 0


def read_mail(data: bytes, limits: Limits) -> Reading:
    """One message. Park(ENCRYPTED, MALFORMED, BOMB, EMPTY)."""
    if boundaries(data) > _MOST_MIME_PARTS:
        raise Park(ParkReason.BOMB)
    try:
        message = email.message_from_bytes(data.lstrip(_BEFORE_HEADERS), policy=email.policy.compat32)
    except (RecursionError, ValueError, LookupError):
        raise Park(ParkReason.MALFORMED) from None
    content = _Content()
    _collect(message, content, 0, limits)
    composer = Composer(limits)
    headers = {name: shown for name, key in _HEADERS if (shown := header(message, key))}
    for name, key in _HEADERS:
        if name in headers:
            composer.add(BlockKind.MAIL_HEADER, f"{key}: {headers[name]}")
    _write_content(content, composer)
    if content.encrypted and not (content.plain or content.html):
        raise Park(ParkReason.ENCRYPTED)
    if not composer.blocks and not content.attachments:
        raise Park(ParkReason.EMPTY)
    if content.signed:
        composer.flag("signed")
    return Reading(composer.blocks, 0, headers.get("subject", ""), headers, composer.flags, tuple(content.attachments))


def read_mailbox(data: bytes, _limits: Limits) -> Reading:
    """An MBOX: every message a child."""
    starts = [match.start() for match in _MBOX_FROM.finditer(data)]
    messages = [data[start:end] for start, end in zip(starts, [*starts[1:], len(data)], strict=True)]
    attachments = tuple(
        Attachment(f"{number}.eml", _ESCAPED_FROM.sub(b"From ", re.sub(rb"^From [^\n]*\n", b"", message, count=1)))
        for number, message in enumerate(messages, start=1)
    )
    if not attachments:
        raise Park(ParkReason.EMPTY)
    return Reading((), attachments=attachments)


def boundaries(data: bytes) -> int:
    return data.lower().count(b"boundary=")


def header(message: Message, key: str) -> str:
    """A header as people read it: encoded words decoded, folded lines joined, raw bytes guessed."""
    raw: object = message.get(key)
    if raw is None:
        return ""
    text = _raw(raw) if isinstance(raw, email.header.Header) else str(raw)[:_LONGEST_HEADER]
    if "\udc80" <= max(text, default="") <= "\udcff":
        text = decode(text.encode("utf-8", "surrogateescape"))
    if "=?" in text:
        text = _decoded_words(text)
    return one_line(text)


def _raw(value: email.header.Header) -> str:
    """compat32 wraps headers with raw bytes in a Header of charset "unknown-8bit"."""
    pieces = (
        chunk if isinstance(chunk, str) else chunk.decode("utf-8", "surrogateescape") for chunk, _ in _pairs(value)
    )
    return "".join(pieces)[:_LONGEST_HEADER]


def _pairs(value: email.header.Header | str) -> list[tuple[str | bytes, str | None]]:
    try:
        return list(email.header.decode_header(value))
    except (email.errors.HeaderParseError, ValueError, LookupError):
        return [(str(value), None)]


def _decoded_words(text: str) -> str:
    pieces = []
    for chunk, charset in _pairs(text):
        pieces.append(chunk if isinstance(chunk, str) else decode(chunk, charset))
    return "".join(pieces)


def _collect(message: Message, content: _Content, depth: int, limits: Limits) -> None:
    content.parts += 1
    if depth > _DEEPEST or content.parts > _MOST_MIME_PARTS:
        raise Park(ParkReason.BOMB)
    kind = message.get_content_type()
    if kind == "message/rfc822":
        for inner in parts_of(message):
            content.attachments.append(Attachment(_name(message) or "message.eml", _bytes_of(inner)))
    elif message.is_multipart():
        content.signed = content.signed or kind == "multipart/signed"
        for part in parts_of(message):
            _collect(part, content, depth + 1, limits)
    else:
        _leaf(message, kind, content, depth, limits)
    if len(content.attachments) > limits.attachments:
        raise Park(ParkReason.TOO_LARGE)


def parts_of(message: Message) -> Iterator[Message]:
    payload = message.get_payload()
    for part in payload if isinstance(payload, list) else ():
        if isinstance(part, Message):
            yield part


def _leaf(message: Message, kind: str, content: _Content, depth: int, limits: Limits) -> None:
    name = _name(message)
    attached = "attachment" in str(message.get("Content-Disposition", "")).lower()[:40] or bool(name)
    if kind in _SIGNED:
        content.signed = True
    elif kind in _SEALED:
        _sealed(message, name, content, depth, limits)
    elif not attached and kind in ("text/plain", "text/html"):
        text = decode(payload_of(message), charset_of(message))
        (content.plain if kind == "text/plain" else content.html).append(text)
    elif data := payload_of(message):
        inline_picture = kind.startswith("image/") and message.get("Content-ID") is not None and not attached
        if not inline_picture:
            content.attachments.append(
                Attachment(name or _UNNAMED.get(kind) or f"piece.{kind.partition('/')[2][:20]}", data)
            )


def _sealed(message: Message, name: str, content: _Content, depth: int, limits: Limits) -> None:
    """S/MIME in one piece: what was signed is part of this message; what was encrypted is said to be."""
    try:
        signed = signed_content(payload_of(message))
    except Park as park:
        content.encrypted = True
        if content.parts > 1:
            content.attachments.append(Attachment(name or "smime.p7m", b"", park.reason))
        return
    content.signed = True
    _collect(email.message_from_bytes(signed, policy=email.policy.compat32), content, depth + 1, limits)


def payload_of(message: Message) -> bytes:
    try:
        payload = message.get_payload(decode=True)
    except (ValueError, LookupError, AssertionError):
        payload = None
    return payload if isinstance(payload, bytes) else b""


def charset_of(message: Message) -> str | None:
    try:
        charset = message.get_content_charset()
    except (ValueError, LookupError):
        return None
    return charset if charset and charset.isascii() and len(charset) < 40 else None


def _name(message: Message) -> str:
    try:
        raw = message.get_filename()
    except (ValueError, LookupError, TypeError):
        return ""
    text = str(raw or "")[:1_000]
    return one_line(_decoded_words(text) if "=?" in text else text)


def _bytes_of(message: Message) -> bytes:
    try:
        return message.as_bytes(policy=email.policy.compat32)
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
        return b""


def _write_content(content: _Content, composer: Composer) -> None:
    """Plain text where there is some, else what the HTML shows."""
    plain = "\n\n".join(text for text in content.plain if text.strip())
    if plain:
        write_body(clean(plain), composer)
        return
    for html in content.html:
        write_html_body(html, composer)
