"""How large chunks are, and what is refused. Part of the pipeline's fingerprint: another setting, other chunks."""

from dataclasses import dataclass

CHUNKING_VERSION = 4
"""Raised whenever the same document and settings may give other chunks: it makes every index stale."""


class ChunkingError(Exception):
    """Base of what this package raises about a document. Its text holds figures, never content."""


class TooManyChunks(ChunkingError):
    """The document would give more chunks than the limit."""

    def __init__(self, chunks: int, limit: int) -> None:
        super().__init__(f"The document gives {chunks} chunks, and the limit is {limit}.")
        self.chunks, self.limit = chunks, limit


@dataclass(frozen=True, slots=True)
class ChunkSettings:
    """Sizes in tokens of cl100k_base. The defaults come from `python -m evals chunking`: see docs/retrieval.md.

    Below `minimum`, no boundary is made but where the maximum forces one. Around `target`, a section is
    cut at its paragraphs: from two thirds of it at the best place, from `maximum` at the worst. Above `maximum` nothing
    is let through; a paragraph below it stays whole.
    """

    minimum: int = 48  # a short clause with its heading; less says too little to be found or read by itself
    target: int = 192  # an article, or a few paragraphs: an edit re-embeds that much
    maximum: int = 384  # a long paragraph of a judgment; four hits and their contexts fit in 2,000 tokens
    max_chunks: int = 20_000  # a document: 20 batches of the index; some 6,000 pages

    def __post_init__(self) -> None:
        if not 1 <= self.minimum <= self.target <= self.maximum:
            raise ValueError("Chunk sizes must satisfy 1 <= minimum <= target <= maximum.")
        if self.maximum < 16 or self.maximum < 2 * self.minimum:
            raise ValueError("The maximum must be at least 16 tokens, and at least twice the minimum.")
        if self.maximum > 8000:
            raise ValueError("The maximum must leave room for a chunk's context under the model's 8,192 tokens.")
