"""Exact token counts in cl100k_base, the encoding of the text-embedding-3 models, without any network.

The encoding cuts a text into pre-tokens, by a pattern, and merges bytes within each: so a count is the sum of those of
its pre-tokens, and a word that was met before is a look-up. A language has few words: this counts several times as
fast as encoding does, and gives the same number. What is not ordinary Latin script and signs is encoded instead.

The ranks travel in this package and are checked against their SHA-256 before the first use; a file that does not
match is refused, never replaced. The encoding is built from the ranks directly, so that tiktoken's own registry,
which would download them, is never asked. Special tokens are not honoured: in a document, `<|endoftext|>` is text.
"""

import binascii
import hashlib
import re
from collections.abc import Iterable
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

# The same pattern for Python's `re`, over the characters that French is written with: there, the classes are short.
_L, _N, _S = "A-Za-zªµºÀ-ÖØ-öø-ɏ", "0-9²³¹¼½¾", r"\t-\r \x85\xa0\u2000-\u200a\u2028\u2029\u202f\u205f"
_PRE_TOKENS = re.compile(
    rf"'(?:[sdmtSDMTſ]|[lL][lL]|[vV][eE]|[rR][eE])|[^\r\n{_L}{_N}]?+[{_L}]++|[{_N}]{{1,3}}+| ?[^{_S}{_L}{_N}]++[\r\n]*+"
    rf"|[{_S}]++\Z|[{_S}]*[\r\n]|[{_S}]+(?![^{_S}])|[{_S}]"
)
# Anything else may be a letter, a digit or a blank to the tokenizer: no letters, digits or blanks in these ranges but
# those above. Combining accents, punctuation, arrows, mathematics, boxes, dingbats, private use (bullets of old fonts).
_UNUSUAL = re.compile(
    "[^\x00-\u0241\u0300-\u0344\u0346-\u036f\u2000-\u2064\u20a0-\u20bf\u2122\u2190-\u23ff\u2500-\u2775"
    "\ue000-\uf8ff\ufffd]"
)
_MOST_KNOWN = 200_000  # pre-tokens whose count is kept: about 20 MB; a year of one firm's documents knows fewer words
_LONGEST_KNOWN = 40  # characters

_LONGER_RUN = re.compile(f"  [{_S}]")
_BLANKS = frozenset(filter(re.compile(f"[{_S}]").match, map(chr, range(0x2030))))

_SURROGATE = re.compile("[\ud800-\udfff]")
_LOADING = Lock()


class RanksError(RuntimeError):
    """The token ranks of the package are missing or damaged: the installation must be repaired."""


def count(text: str) -> int:
    """The number of tokens of `text`, as the embedding service meters it."""
    try:
        return _by_words(text)
    except _Unusual:
        return len(encode(text))


def cumulated(text: str, start: int, offsets: Iterable[int], before: int = 0) -> list[int]:
    """`before`, and the tokens from `start` to each of `offsets`, which rise; each stretch is counted by itself."""
    counts = []
    word, first, last = _WORD.__getitem__, _FIRST, _LAST
    for end in offsets:  # once for each line of a document: `_by_words`, written out
        piece = text[start:end]
        words = piece.split(" ")
        try:
            if "  " in piece or not words[2:]:
                before += _by_words(piece)
            else:
                before += first[words[0]] + last[words[-1]] + sum(map(word, words[1:-1]))
        except (_Run, _Unusual):
            before += count(piece)
        counts.append(before)
        start = end
    return counts


def forget() -> None:
    """Drop what is known of words met: it holds words of documents, in memory only, and makes the next ones faster."""
    for known in (_PRE_TOKEN_COUNTS, _FIRST, _WORD, _LAST):
        known.clear()


def encode(text: str) -> list[int]:
    """The tokens of `text`. A lone surrogate, which no encoder accepts, counts as U+FFFD: one character for one."""
    try:
        return encoding().encode_ordinary(text)
    except UnicodeEncodeError:
        return encoding().encode_ordinary(_SURROGATE.sub("\ufffd", text))


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
def _ranks() -> dict[bytes, int]:
    return read_ranks()


@cache
def _encoding() -> "tiktoken.Encoding":
    import tiktoken

    return tiktoken.Encoding("cl100k_base", pat_str=PATTERN, mergeable_ranks=_ranks(), special_tokens=SPECIAL_TOKENS)


class _Unusual(Exception):
    """A character that our copy of the pattern does not know."""


class _Run(Exception):
    """Two blanks in a row: the second may not begin a pre-token."""


class _Counts(dict[str, int]):
    """The number of tokens of what was met. Threads may share it: at worst something is counted twice."""

    def kept(self, text: str, tokens: int) -> int:
        if len(text) <= _LONGEST_KNOWN:
            if len(self) >= _MOST_KNOWN:
                self.clear()
            self[text] = tokens
        return tokens


class _PreTokens(_Counts):
    def __missing__(self, pre_token: str) -> int:
        if _UNUSUAL.search(pre_token):
            raise _Unusual
        if pre_token.encode() in _ranks():  # most words are one token
            return self.kept(pre_token, 1)
        return self.kept(pre_token, len(encoding().encode_ordinary(pre_token)))


class _Firsts(_Counts):
    """What comes before the first space of a text."""

    def __missing__(self, word: str) -> int:
        if word and word[-1] in _BLANKS:
            raise _Run
        return self.kept(word, _by_pre_tokens(word))


class _Words(_Counts):
    """Words between two spaces, with the first of them and what punctuation they have."""

    def __missing__(self, word: str) -> int:
        if not word or word[-1] in _BLANKS:
            raise _Run
        return self.kept(word, _by_pre_tokens(f" {word}"))


class _Lasts(_Counts):
    """What comes after the last space, with it; the end of a line as well."""

    def __missing__(self, word: str) -> int:
        return self.kept(word, _by_pre_tokens(f" {word}"))


_PRE_TOKEN_COUNTS = _PreTokens()
_FIRST, _WORD, _LAST = _Firsts(), _Words(), _Lasts()


def _by_pre_tokens(text: str) -> int:
    return sum(map(_PRE_TOKEN_COUNTS.__getitem__, _PRE_TOKENS.findall(text)))


def _by_words(text: str) -> int:
    """A space after a letter or a sign begins a pre-token, whatever follows it: so a text can be counted by words."""
    if "  " in text:
        return _by_spaced_words(text)
    words = text.split(" ")
    if len(words) < 3:
        return _by_pre_tokens(text)
    try:
        return sum(map(_WORD.__getitem__, words[1:-1]), _FIRST[words[0]] + _LAST[words[-1]])
    except _Run:
        return _by_pre_tokens(text)


def _by_spaced_words(text: str) -> int:
    """Indented and justified lines: of the spaces before a word, all but the last are one token together."""
    body = text.lstrip(" ")
    indent = len(text) - len(body)
    if body[-1:] in {"", " "} or body[0] in _BLANKS or _LONGER_RUN.search(body):
        return _by_pre_tokens(text)
    once = f"{' ' * bool(indent)}{body.replace('  ', ' ')}"
    return (indent > 1) + body.count("  ") + _by_words(once)
