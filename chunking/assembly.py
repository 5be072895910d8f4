"""From parts to chunks: text, outline and references go in; pieces come back with what makes them findable.

What a chunk says beside its text (title, heading path, the header row of its table or of its e-mail, pages, articles)
is looked up by offset. Nothing here depends on where a chunk stands among others, but its ordinal and offset.
"""

import hashlib
import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from itertools import chain

from chunking import tokens
from chunking.blocks import Block, BlockKind, Chunk, Part, embedded_text, maker
from chunking.cases import case_refs, find_cases
from chunking.codes import name_in
from chunking.outline import Outline, Place, outline_of
from chunking.references import find_articles, unique_forms
from chunking.settings import ChunkSettings, TooManyChunks
from chunking.sieve import Sieve
from chunking.splitter import Spans, split
from chunking.structure import MAX_LABEL
from chunking.titles import title_at
from chunking.weighing import Piece

MAX_REPEATED = 400  # characters of a table's header row, or of an e-mail's header, that each chunk repeats
MAX_CITATION = 300  # characters: a longer list of articles may be cut between two of them
MAX_TITLE = 200
_ROWS = frozenset({BlockKind.TABLE_ROW, BlockKind.TABLE_HEADER})
_BRACKETED = {
    opening: re.compile(rf"{re.escape(opening)}[^{re.escape(opening + closing)}\n]{{1,60}}{re.escape(closing)}")
    for opening, closing in ("[]", "<>", "⟦⟧", "‹›")
}
_new_chunk = maker(Chunk)
DEFAULTS = ChunkSettings()


def chunk(parts: Sequence[Part], settings: ChunkSettings = DEFAULTS) -> tuple[Chunk, ...]:
    """The chunks of a document, in order; a part's concatenate to `text_of(part)`. A blank part gives none.

    TooManyChunks above `settings.max_chunks`. A pure function of its arguments and CHUNKING_VERSION.
    """
    chunks: list[Chunk] = []
    for part in parts:
        found = _chunks_of(part, settings, len(chunks))
        chunks += found
    return tuple(chunks)


def content_hash(embedded: str) -> str:
    """SHA-256 of what is embedded, in hex: equal for equal text and context, in whatever document."""
    return hashlib.sha256(embedded.encode("utf-8", "surrogatepass")).hexdigest()


def _chunks_of(part: Part, settings: ChunkSettings, first: int) -> list[Chunk]:
    reading = _Reading(part)
    if all(character in tokens.BLANKS for character in reading.outline.text):
        return []
    protected = Spans([*reading.citations(), *_rows(reading.outline, settings.maximum)])
    pieces = split(reading.outline.text, reading.outline.boundaries, protected, settings)
    if first + len(pieces) > settings.max_chunks:
        raise TooManyChunks(first + len(pieces), settings.max_chunks)
    return [reading.chunk(piece, first + index) for index, piece in enumerate(pieces)]


def _rows(outline: Outline, maximum: int) -> Iterator[tuple[int, int]]:
    """The rows of tables that a chunk can hold whole. (A character is at most four tokens.)"""
    if not outline.has_tables:
        return
    for block, start in zip(outline.blocks, outline.starts, strict=True):
        if block.kind in _ROWS and (4 * len(block.text) <= maximum or tokens.count(block.text) <= maximum):
            yield start, start + len(block.text)


class _Reading:
    """A part, and all that is known of it before it is cut: what each of its chunks then inherits by offset."""

    def __init__(self, part: Part) -> None:
        self.part = part
        self.outline = outline_of(part)
        text = self.outline.text
        self.title = shortened(part.title)
        own = title_at(part.blocks)
        self.code = name_in(part.title) or (name_in(part.blocks[own].text) if own >= 0 else "")
        sieve = Sieve(text)
        self.articles = find_articles(text, self.code, sieve)
        self.forms = [ref.forms for ref in self.articles]
        self.article_starts = [ref.start for ref in self.articles]
        self.cases = find_cases(text, sieve)
        self.place_offsets = [place.offset for place in self.outline.places]
        self.titled = unique_forms(find_articles(part.title, self.code))
        self.titled_cases = case_refs(part.title)
        # Of the first article that is cited at each offset: a heading's is where the heading starts.
        self.forms_at = dict(zip(reversed(self.article_starts), reversed(self.forms), strict=True))
        kinds = self.outline.kinds
        self.headers = _table_headers(self.outline) if BlockKind.TABLE_HEADER in kinds else {}
        self.mail_header, self.mail_header_end = (
            _mail_header(self.outline) if BlockKind.MAIL_HEADER in kinds else ("", 0)
        )
        self.repeats = bool(self.headers or self.mail_header)
        self.varies = not ({it.page for it in part.blocks} <= {None} and {it.hidden for it in part.blocks} <= {False})

    def citations(self) -> Iterator[tuple[int, int]]:
        """What no cut may fall in: references to articles and decisions, and what redaction put in brackets."""
        yield from [(start, end) for _, _, start, end in self.articles if end - start <= MAX_CITATION]
        yield from [(start, end) for _, start, end in self.cases]
        for opening, pattern in _BRACKETED.items():
            if opening in self.outline.text:
                yield from (found.span() for found in pattern.finditer(self.outline.text))

    def chunk(self, piece: Piece, ordinal: int) -> Chunk:
        start, end, before, after = piece
        text = self.outline.text[start:end]
        places = self._places(start, end)
        path = heading_path(places, start)
        repeated = self._repeated(piece) if self.repeats else ""
        page_first, page_last, flags = self._seen(piece) if self.varies else (None, None, self.part.flags)
        own = self._own_articles(places) if self.forms_at else self.titled
        fields = (
            ordinal,
            self.part.path,
            self.title,
            path,
            text,
            after - before,
            content_hash(embedded_text(path, repeated, text)),
            start,
            page_first,
            page_last,
            self._all_articles(own, start, end) if self.articles else own,
            self._all_cases(piece) if self.cases else self.titled_cases,
            flags,
            own,
            repeated,
        )
        return _new_chunk(fields)

    def _places(self, start: int, end: int) -> list[Place]:
        """Where the piece starts, and every heading inside it."""
        first = bisect_right(self.place_offsets, start)
        return self.outline.places[first - 1 : bisect_left(self.place_offsets, end, first)]

    def _blocks(self, piece: Piece) -> Sequence[Block]:
        inside = self.outline.blocks_in(piece.start, piece.end)
        return self.outline.blocks[inside.start : inside.stop]

    def _seen(self, piece: Piece) -> tuple[int | None, int | None, tuple[str, ...]]:
        """The first page of a piece and the last, and its flags."""
        blocks = self._blocks(piece)
        pages = [block.page for block in blocks if block.page is not None]
        hidden = ("hidden_text",) if any(block.hidden for block in blocks) else ()
        flags = tuple(dict.fromkeys((*self.part.flags, *hidden))) if hidden else self.part.flags
        return min(pages, default=None), max(pages, default=None), flags

    def _own_articles(self, places: Sequence[Place]) -> tuple[str, ...]:
        """The articles that the chunk is the text of: named by the title, or by the headings that govern it."""
        if len(places) == 1 and not self.titled:
            return self.forms_at.get(places[0].article, ())
        named = [self.forms_at.get(place.article, ()) for place in places]
        return tuple(dict.fromkeys(chain(self.titled, *named)))

    def _all_articles(self, own: tuple[str, ...], start: int, end: int) -> tuple[str, ...]:
        first = bisect_left(self.article_starts, start)
        last = bisect_left(self.article_starts, end, first)
        if first == last or (last - first == 1 and self.forms[first] == own):
            return own
        return tuple(dict.fromkeys((*own, *chain.from_iterable(self.forms[first:last]))))

    def _all_cases(self, piece: Piece) -> tuple[str, ...]:
        cited = [number for number, start, _ in self.cases if piece.start <= start < piece.end]
        return tuple(dict.fromkeys((*self.titled_cases, *cited)))

    def _repeated(self, piece: Piece) -> str:
        """The header row of the table that the chunk starts inside, or the header of the e-mail that it continues."""
        first = self._blocks(piece)[0]
        if first.table in self.headers and first.table is not None:
            text, start = self.headers[first.table]
            return text if start < piece.start else ""
        return self.mail_header if piece.start >= self.mail_header_end else ""


def heading_path(places: Sequence[Place], start: int) -> tuple[str, ...]:
    """The headings over a chunk: of its first line, or "Article 3 … Article 5" where it holds several of one rank."""
    opening = places[0]
    if len(places) == 1:
        return opening.path
    for place in places[1:]:  # a chunk that opens with "TITRE I", "Chapitre 1", "Article 1" stands under all three
        if place.path[: len(opening.path)] != opening.path or place.offset - max(opening.offset, start) > 2 * MAX_LABEL:
            break
        opening = place
    first, last = opening.path, places[-1].path
    for depth, (one, other) in enumerate(zip(first, last, strict=False)):
        if one != other:
            return (*first[:depth], f"{one} … {other}")
    return last if len(last) < len(first) else first


def shortened(title: str) -> str:
    title = " ".join(title.split())
    return title if len(title) <= MAX_TITLE else title[:MAX_TITLE].rsplit(" ", 1)[0] + "…"


def _table_headers(outline: Outline) -> dict[int, tuple[str, int]]:
    headers: dict[int, tuple[str, int]] = {}
    for block, start in zip(outline.blocks, outline.starts, strict=True):
        if block.kind is BlockKind.TABLE_HEADER and block.table is not None and len(block.text) <= MAX_REPEATED:
            headers.setdefault(block.table, (block.text, start))
    return headers


def _mail_header(outline: Outline) -> tuple[str, int]:
    """The lines of an e-mail's header that are short enough to repeat, and where the header ends."""
    lines = [
        (block.text, start)
        for block, start in zip(outline.blocks, outline.starts, strict=True)
        if block.kind is BlockKind.MAIL_HEADER
    ]
    repeated = ""
    for text, _ in lines:
        if len(repeated) + len(text) < MAX_REPEATED:
            repeated = f"{repeated}\n{text}" if repeated else text
    return repeated, lines[-1][1] + 1 if lines else 0
