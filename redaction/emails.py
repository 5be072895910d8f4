"""E-mail addresses, also as people spell them out («jean [at] exemple.fr»), and handles («Instagram @mimi_13»)."""

import re
from collections.abc import Iterator

import regex

from redaction.anchors import Anchored, anchors, occurrences
from redaction.spans import Entity, Span

_LOCAL = regex.compile(r"(?r)(?<![\p{L}\p{N}._%+'\-])[\p{L}\p{N}_][\p{L}\p{N}._%+'\-]{0,63}")
_DOMAIN = regex.compile(r"(?:[\p{L}\p{N}](?:[\p{L}\p{N}\-]{0,62})\.)+[\p{L}]{2,24}(?![\p{L}\p{N}])")
_HANDLE = regex.compile(r"@(?=[\p{N}_.]*\p{L})[\p{L}\p{N}_](?:[.]?[\p{L}\p{N}_]){2,30}")  # «Instagram @mimi_13»
_SPELLED_AT = re.compile(r"[\[({](?:at|arobase|AT)[\])}] ?")
_SPELLED = anchors(*(f"{bracket}{at}" for bracket in "[({" for at in ("at", "arobase", "AT")))


def find_emails(whole: Anchored) -> Iterator[Span]:
    """Looks at each @ (or «[at]») and around it: no scan of the text for anything else."""
    text = whole.text
    for start, end in _ats(whole):
        domain = _DOMAIN.match(text, end, end + 254)
        before = start - 1 if text[start - 1 : start] == " " and end - start > 1 else start
        local = _LOCAL.search(text, max(0, before - 65), before)
        if domain and local and local.end() == before:
            canonical = f"{local[0]}@{domain[0]}".lower()
            yield Span(local.start(), domain.end(), Entity.EMAIL, 0.95, "FR_EMAIL:form", canonical=canonical)
        elif not text[max(0, start - 1) : start].strip(" \n(:") and (handle := _HANDLE.match(text, start)):
            yield Span(*handle.span(), Entity.EMAIL, 0.7, "FR_EMAIL:handle", canonical=handle[0].lower())


def _ats(whole: Anchored) -> Iterator[tuple[int, int]]:
    yield from ((at, at + 1) for at in occurrences(whole.text, "@"))
    if whole.has(_SPELLED):
        yield from (match.span() for match in _SPELLED_AT.finditer(whole.text))
