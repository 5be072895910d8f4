"""The vocabulary between extraction, redaction and chunking: a document as blocks, and as chunks.

Plain frozen data, owned here because chunking is the most downhill of its users; `ingestion.model` re-exports it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import partial
from typing import NamedTuple


def maker[T: tuple[object, ...]](kind: type[T]) -> Callable[[tuple[object, ...]], T]:
    """What `kind._make` does, in a third of the time: a long document has thousands of each kind."""
    return partial(tuple.__new__, kind)


class BlockKind(StrEnum):
    HEADING = "heading"
    PARAGRAPH = "paragraph"
    LIST_ITEM = "list_item"
    TABLE_HEADER = "table_header"
    TABLE_ROW = "table_row"
    FOOTNOTE = "footnote"
    MAIL_HEADER = "mail_header"
    QUOTE = "quote"  # the quoted thread of an e-mail
    SIGNATURE = "signature"


@dataclass(frozen=True, slots=True)
class Block:
    """One piece of a document in reading order. `text` is never empty and holds no form feed or NUL."""

    kind: BlockKind
    text: str  # a list item includes its number as displayed; a table row is its cells joined by " | "
    level: int = 0  # headings: 1 (highest) to 9; list items: nesting depth; 0 otherwise
    page: int | None = None  # 1-based; None where the format has no pages
    table: int | None = None  # rows and header of one table share a number, unique in the part
    hidden: bool = False  # invisible to a human reader (white, tiny, off-page, vanished)
    style: str = ""  # a hint, such as "bold", the name of a style, or why it is hidden: "white", "tiny", "off_page"
    position: tuple[float, float] | None = None  # of its first line: points from the page's left and bottom, as shown


class Chunk(NamedTuple):
    """A run of a part's text that is embedded and searched as one. A pure function of its input.

    A tuple, because a frozen dataclass of that many fields takes four times as long to make: a third of a chunk's cost.
    """

    ordinal: int  # 0-based in the document, across all its parts
    part: str  # "" for the document itself, "1", "1.2" for its attachments
    title: str  # of its part, redacted: a file's name, a mail's subject; searched and shown, not embedded
    heading_path: tuple[str, ...]  # outermost first
    text: str
    tokens: int  # of `text`, in the embedding model's encoding
    content_hash: str  # sha256 hex of what is embedded: see `embedded_text`
    start: int = 0  # offset of `text` in the part's text, in characters
    page_first: int | None = None
    page_last: int | None = None
    article_refs: tuple[str, ...] = ()
    case_refs: tuple[str, ...] = ()
    flags: tuple[str, ...] = ()  # such as "hidden_text", "ocr"
    articles: tuple[str, ...] = ()  # those of `article_refs` that the chunk is the text of: its title's, its headings'
    repeated: str = ""  # the header row of the table, or of the e-mail, that the chunk starts inside: not in `text`

    @property
    def context(self) -> str:
        """The deterministic prefix that situates the chunk. The title is no part of it: that is a file's name."""
        return context_of(self.heading_path)

    @property
    def content(self) -> str:
        """What is searched and shown: the text, after the header row that it would lack."""
        return f"{self.repeated}\n{self.text}" if self.repeated else self.text

    @property
    def embedded_text(self) -> str:
        return embedded_text(self.heading_path, self.repeated, self.text)


def context_of(heading_path: tuple[str, ...]) -> str:
    return " › ".join(heading_path)


def embedded_text(heading_path: tuple[str, ...], repeated: str, text: str) -> str:
    """What is embedded of a chunk: its context, an empty line, its content.

    All of it is of the document's own text, so that a file which is renamed or moved costs no token.
    """
    content = f"{repeated}\n{text}" if repeated else text
    context = context_of(heading_path)
    return f"{context}\n\n{content}" if context else content


@dataclass(frozen=True, slots=True)
class Part:
    """A document, or one of its attachments, as blocks: what extraction gives."""

    path: str  # "" for the document itself, "1" for its first attachment, "1.2" for that one's second
    title: str
    blocks: tuple[Block, ...]
    media_type: str
    pages: int = 0  # 0 where the format has none
    metadata: Mapping[str, str] = field(
        default_factory=dict
    )  # author, date, from, to, subject: content, to be redacted
    flags: tuple[str, ...] = ()
