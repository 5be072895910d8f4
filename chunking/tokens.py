"""Exact token counts in cl100k_base, the encoding of the text-embedding-3 models, without any network.

The ranks travel in this package and are checked against their SHA-256 before the first use; a file that does not
match is refused, never replaced. The encoding is built from the ranks directly, so that tiktoken's own registry,
which would download them, is never asked. Special tokens are not honoured: in a document, `<|endoftext|>` is text.
"""

import binascii
import hashlib
import re
from functools import cache
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import tiktoken  # at run time only when something is counted: what takes events in imports this package, too

RANKS_FILE = Path(__file__).with_name("cl100k_base.tiktoken")
RANKS_SHA256 = "223921b76ee99bde995b7ff738513eef100fb51d18c93597a113bcffe865b2a7"

# tiktoken_ext/openai_public.py (MIT), `cl100k_base`: a test holds this copy against the installed tiktoken.
PATTERN = (
    r"'(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?+\p{L}++|\p{N}{1,3}+| ?[^\s\p{L}\p{N}]++[\r\n]*+"
    r"|\s++$|\s*[\r\n]|\s+(?!\S)|\s"
)
SPECIAL_TOKENS = {
    "<|endoftext|>": 100257,
    "<|fim_prefix|>": 100258,
    "<|fim_middle|>": 100259,
    "<|fim_suffix|>": 100260,
    "<|endofprompt|>": 100276,
}

_SURROGATE = re.compile("[\ud800-\udfff]")
_LOADING = Lock()


class RanksError(RuntimeError):
    """The token ranks of the package are missing or damaged: the installation must be repaired."""


def count(text: str) -> int:
    """The number of tokens of `text`, as the embedding service meters it."""
    return len(encode(text))


def encode(text: str) -> list[int]:
    """The tokens of `text`. A lone surrogate, which no encoder accepts, counts as U+FFFD: one character for one."""
    try:
        return encoding().encode_ordinary(text)
    except UnicodeEncodeError:
        return encoding().encode_ordinary(_SURROGATE.sub("\ufffd", text))


def byte_lengths() -> list[int]:
    """The length in UTF-8 of each token, by its number."""
    with _LOADING:
        return _byte_lengths()


def encoding() -> "tiktoken.Encoding":
    """cl100k_base, built once per process (about 0.3 s, 30 MB) by whichever thread asks first."""
    with _LOADING:
        return _encoding()


def read_ranks(path: Path = RANKS_FILE) -> dict[bytes, int]:
    """The ranks in `path`, or RanksError when the file is not, byte for byte, the one that belongs here."""
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        raise RanksError(f"The token ranks ({path.name}) are missing. Install Greffe again.") from None
    if hashlib.sha256(data).hexdigest() != RANKS_SHA256:
        raise RanksError(
            f"The token ranks ({path.name}) do not have the SHA-256 {RANKS_SHA256}. "
            "The file is damaged or was replaced: install Greffe again. Nothing is downloaded in its place."
        )
    return {binascii.a2b_base64(token): int(rank) for token, rank in map(bytes.split, data.splitlines())}


@cache
def _encoding() -> "tiktoken.Encoding":
    import tiktoken

    return tiktoken.Encoding(
        "cl100k_base", pat_str=PATTERN, mergeable_ranks=read_ranks(), special_tokens=SPECIAL_TOKENS
    )


@cache
def _byte_lengths() -> list[int]:
    single = _encoding().decode_single_token_bytes
    return [len(single(token)) for token in range(len(_encoding().token_byte_values()))]
