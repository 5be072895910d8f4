"""Chunks that a lawyer would cut: exact tokens, legal structure, stable under edits, and references that can be found.

`chunk` is a pure function from the blocks of a document (redacted by then) to its chunks. It touches no network, no
clock and no file but the token ranks of this package, and knows nothing of where documents come from or go.

This face holds the vocabulary only, so that whoever speaks it need not load a tokenizer: `chunk` is in `assembly`.
"""

from chunking.blocks import Block, BlockKind, Chunk, Part
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
]
