"""Looks for planted words in whatever a cloud wrote, in every spelling in which a word could travel.

A word is looked for as text (composed, taken apart, without accents, in either case, in UTF-8 and UTF-16), escaped as
in JSON, percent-encoded as in URLs, and inside base64 at each of its three alignments, since queue messages are base64.
"""

import base64
import json
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path
from urllib.parse import quote

# What may hold what a firm wrote, under a cloud's home, and why. Everything else is searched, also what comes later.
EXEMPT: Mapping[str, str] = {
    "azurite/data/__azurite_db_blob__.json": "the source itself: names of blobs; Event Grid's dead letters among them",
    "azurite/data/__blobstorage__": "the source itself: the bytes; Event Grid's dead letters, in Azure's own format",
    "azurite/access": "Azurite's access log, which stands in for the change feed of the source",
    "blob_events": "stands in for the storage account's own side of its events",
    "event_grid": "Event Grid's own store: Microsoft's events carry the subject, and so the path",
    "graph": "SharePoint itself: its drives, and what people did in them",
    "ai_search": "the index holds redacted text by design; names and identifiers are looked for there all the same",
}


@cache
def spellings(word: str) -> frozenset[bytes]:
    """Every byte string that gives the word away."""
    found: set[bytes] = set()
    for text in forms(word):
        for cased in (text, text.lower(), text.upper()):
            found |= {cased.encode(), cased.encode("utf-16-le"), cased.encode("utf-16-be")}
            found |= {escaped(cased), escaped(cased).upper().replace(b"\\U", b"\\u")}
            found |= {quote(cased).encode(), quote(cased).lower().encode()}
        for carried in (text.encode(), text.encode("utf-16-le"), escaped(text)):
            found |= set(in_base64(carried))
    return frozenset(found)


def forms(word: str) -> set[str]:
    apart = unicodedata.normalize("NFD", word)
    plain = "".join(it for it in apart if not unicodedata.combining(it))
    return {unicodedata.normalize("NFC", word), apart, plain}


def escaped(text: str) -> bytes:
    return json.dumps(text)[1:-1].encode()


def in_base64(data: bytes) -> Iterator[bytes]:
    """What is the same in every base64 text that holds `data`, by where it begins among three bytes; both alphabets."""
    for before in range(3):
        whole = base64.b64encode(b"\0" * before + data).rstrip(b"=")
        first = (0, 2, 3)[before]  # characters that also carry bits of what stands before
        last = len(whole) - ((before + len(data)) % 3 != 0)  # and the one that carries bits of what follows
        yield whole[first:last]
        yield whole[first:last].replace(b"+", b"-").replace(b"/", b"_")


def leaks(written: bytes, words: Iterable[str]) -> set[str]:
    return {word for word in words if any(spelling in written for spelling in spellings(word))}


def files(home: Path) -> Iterator[tuple[str, bytes]]:
    """Every file of a cloud's home that nothing exempts: its path, and its path and bytes to be searched."""
    for file in sorted(it for it in home.rglob("*") if it.is_file()):
        name = file.relative_to(home).as_posix()
        if not any(name == it or name.startswith(f"{it}/") for it in EXEMPT):
            yield name, name.encode() + b"\n" + file.read_bytes()
