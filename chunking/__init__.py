"""Chunks that a lawyer would cut: exact tokens, legal structure, stable under edits, and references that can be found.

`chunk` is a pure function from the blocks of a document (redacted by then) to its chunks. It touches no network, no
clock and no file but the token ranks of this package, and knows nothing of where documents come from or go.
"""

from chunking.assembly import chunk, content_hash
from chunking.blocks import Block, BlockKind, Chunk, Part
from chunking.outline import text_of
from chunking.settings import CHUNKING_VERSION, ChunkingError, ChunkSettings, TooManyChunks

__all__ = [
    "CHUNKING_VERSION",
    "Block",
    "BlockKind",
    "Chunk",
    "ChunkSettings",
    "ChunkingError",
    "Part",
    "TooManyChunks",
    "chunk",
    "content_hash",
    "text_of",
]
