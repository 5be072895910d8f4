"""Exact token counts in cl100k_base, the encoding of the text-embedding-3 models, without any network.

The encoding cuts a text into pre-tokens, by a pattern, and merges bytes within each: so a count is the sum of those of
its pre-tokens. A space that follows no blank begins one, in every script: so a text can be counted by its words, and
a word that was met before is a look-up. A language has few words: this is several times as fast as encoding a text
once its words are known, and not slower while they are not; and the number is the same.

The ranks travel in this package and are checked against their SHA-256 before the first use; a file that does not
match is refused, never replaced. The encoding is built from the ranks directly, so that tiktoken's own registry,
which would download them, is never asked. Special tokens are not honoured: in a document, `<|endoftext|>` is text.
"""

import binascii
import hashlib
import re
from collections.abc import Callable, Iterable, Sequence
from functools import cache
from itertools import accumulate, pairwise
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

_MOST_KNOWN = 200_000  # words whose count is kept: about 20 MB; a year of one firm's documents knows fewer
_LONGEST_KNOWN = 100  # characters: the dots of a table of contents, the address of a page

BLANKS = frozenset(
    " \t\n\r\x0b\x0c\x85\xa0\u1680\u2028\u2029\u202f\u205f\u3000" + "".join(map(chr, range(0x2000, 0x200B)))
)
"""What the tokenizer's \\s is: Unicode's White_Space. Python's `isspace` has four control characters more."""
_NO_NEWLINE = BLANKS - {"\n"}  # what a word may not end with: the space after it may begin no pre-token
_LONGER_THAN_A_TOKEN = " " * 81

_SURROGATE = re.compile("[\ud800-\udfff]")
_LOADING = Lock()


class RanksError(RuntimeError):
    """The token ranks of the package are missing or damaged: the installation must be repaired."""


def count(text: str) -> int:
    """The number of tokens of `text`, as the embedding service meters it."""
    return _counts(text, (0, len(text)))[0]


def cumulated(text: str, start: int, offsets: Iterable[int], before: int = 0) -> list[int]:
    """`before`, and the tokens from `start` to each of `offsets`, which rise; each stretch is counted by itself."""
    return list(accumulate(_counts(text, (start, *offsets)), initial=before))[1:]


def forget() -> None:
    """Drop what is known of words met: it holds words of documents, in memory only, and makes the next ones faster."""
    _KNOWN.clear()


def encode(text: str) -> list[int]:
    """The tokens of `text`. A lone surrogate, which no encoder accepts, counts as U+FFFD: one character for one."""
    try:
        return _encode()(text)
    except UnicodeEncodeError:
        return _encode()(_SURROGATE.sub("\ufffd", text))


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
def _encode() -> Callable[[str], list[int]]:
    return encoding().encode_ordinary


_FIRST = "\0"  # stands before the first word of what is counted, as a space does before the others
_NOT_BY_WORDS = -(1 << 40)  # what it is added to is below zero, as no number of tokens is


class _Known(dict[str, int]):
    """The tokens of a word that was met, with the space before it. Threads may share it: at worst one counts twice."""

    def __missing__(self, word: str) -> int:
        if word and (word[-1] in _NO_NEWLINE or word[0] in _NO_NEWLINE):
            return _NOT_BY_WORDS
        # No word: of two spaces, the first is a token by itself.
        tokens = len(encode(word[1:] if word.startswith(_FIRST) else f" {word}"))
        if len(word) <= _LONGEST_KNOWN:
            if len(self) >= _MOST_KNOWN:
                forget()
            self[word] = tokens
        return tokens


_KNOWN = _Known()


def _counts(text: str, edges: Sequence[int]) -> list[int]:
    """The tokens of each stretch between two of `edges`: by its words, or else by the tokenizer.

    A space begins a pre-token, whatever follows it, unless it stands between two blanks, or between one and the end.
    """
    if _FIRST in text:
        return [len(encode(text[start:end])) for start, end in pairwise(edges)]
    known, first = _KNOWN.__getitem__, _FIRST
    if "  " in text or "\n " in text:
        counts = [
            sum(map(known, words.split(" ")))
            if "  " not in (words := first + text[start:end]) and "\n " not in words
            else _spaced(words)
            for start, end in pairwise(edges)
        ]
    else:
        counts = [sum(map(known, (first + text[start:end]).split(" "))) for start, end in pairwise(edges)]
    if min(counts, default=0) < 0:
        for at, tokens in enumerate(counts):
            if tokens < 0:
                counts[at] = len(encode(text[edges[at] : edges[at + 1]]))
    return counts


def _spaced(words: str) -> int:
    """The sum over `words`, among which are several spaces in a row, or one that begins a line."""
    if "   " in words:  # indented and justified lines: of the spaces before a word, all but the last are one token
        if _LONGER_THAN_A_TOKEN in words:
            return _NOT_BY_WORDS
        while "   " in words:
            words = words.replace("   ", "  ")
    if words[-1] == " " or "\n  " in words or "  \n" in words or "\n \n" in words:
        return _NOT_BY_WORDS
    return sum(map(_KNOWN.__getitem__, words.split(" ")))
