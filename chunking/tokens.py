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
from collections.abc import Callable, Iterable
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

_MOST_KNOWN = 200_000  # words whose count is kept: about 20 MB; a year of one firm's documents knows fewer
_LONGEST_KNOWN = 40  # characters

BLANKS = frozenset(
    " \t\n\r\x0b\x0c\x85\xa0\u1680\u2028\u2029\u202f\u205f\u3000" + "".join(map(chr, range(0x2000, 0x200B)))
)
"""What the tokenizer's \\s is: Unicode's White_Space. Python's `isspace` has four control characters more."""
_OPEN = (BLANKS - {"\n"}) | {""}  # where a word ends so, the space after it may begin no pre-token
_ANY_BLANK = "".join(sorted(BLANKS))
_SPACES = re.compile(rf"(?<! ) {{2,80}}(?=[^{_ANY_BLANK}])")  # 80 spaces are one token
_MORE_THAN_TWO = re.compile(rf"  [{_ANY_BLANK}]")

_SURROGATE = re.compile("[\ud800-\udfff]")
_LOADING = Lock()


class RanksError(RuntimeError):
    """The token ranks of the package are missing or damaged: the installation must be repaired."""


def count(text: str) -> int:
    """The number of tokens of `text`, as the embedding service meters it."""
    try:
        return _by_words(text)
    except _Run:
        return len(encode(text))


def cumulated(text: str, start: int, offsets: Iterable[int], before: int = 0) -> list[int]:
    """`before`, and the tokens from `start` to each of `offsets`, which rise; each stretch is counted by itself."""
    counts = []
    word, first = _WORD.__getitem__, _FIRST
    is_spaced = "  " in text or "\n " in text
    for end in offsets:  # once for each line of a document: `count`, written out
        stretch = text[start:end]
        try:
            if is_spaced and ("  " in stretch or "\n " in stretch):
                before += _by_words(stretch)
            else:
                words = iter(stretch.split(" "))
                before += first[next(words)] + sum(map(word, words))
        except _Run:
            before += len(encode(stretch))
        counts.append(before)
        start = end
    return counts


def forget() -> None:
    """Drop what is known of words met: it holds words of documents, in memory only, and makes the next ones faster."""
    for known in (_FIRST, _WORD):
        known.clear()


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


class _Run(Exception):
    """Two blanks in a row: the second may not begin a pre-token."""


class _Counts(dict[str, int]):
    """The number of tokens of what was met, after `before`. Threads may share it: at worst one counts twice."""

    def __init__(self, before: str) -> None:
        self.before = before

    def __missing__(self, word: str) -> int:
        if word[-1:] in _OPEN and (word or self.before):
            raise _Run
        tokens = len(encode(self.before + word))
        if len(word) <= _LONGEST_KNOWN:
            if len(self) >= _MOST_KNOWN:
                self.clear()
            self[word] = tokens
        return tokens


_FIRST, _WORD = _Counts(""), _Counts(" ")  # what a text begins with; what follows a space, up to the next


def _by_words(text: str) -> int:
    """A space after what is no blank begins a pre-token, whatever follows it: so a text can be counted by words.

    Raises:
        _Run: blanks follow each other otherwise than spaces do before a word.
    """
    runs = 0
    if "\n " in text:  # the space may be part of a blank line, which is one pre-token
        raise _Run
    if "  " in text and not _MORE_THAN_TWO.search(text):
        single = text.replace("  ", " ")
        text, runs = single, len(text) - len(single)
    elif "  " in text:  # indented and justified lines: of the spaces before a word, all but the last are one token
        text, runs = _SPACES.subn(" ", text)
    first, *words = text.split(" ")
    return runs + _FIRST[first] + sum(map(_WORD.__getitem__, words))
