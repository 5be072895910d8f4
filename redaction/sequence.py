"""Persons that no rule announces, by a small sequence model: a linear-chain CRF over the words around capitals.

Promises: deterministic, no network, no native code, linear time; reads only windows around words that may begin a
name. What the model learned from, under which licences: `data/README.md`; how: `evals/train_names.py`. A voter beside
the rules, never in their place. What a word weighs is summed once per process: a word met again costs a look-up.
"""

import gzip
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from itertools import accumulate

from redaction.candidates import CANDIDATE, CAPITAL, is_capital, opening, windows
from redaction.lexicon import ordinary_words
from redaction.name_parts import split_name
from redaction.name_runs import Name
from redaction.normalise import fold
from redaction.policy import LABELS
from redaction.pseudonyms import is_token
from redaction.traits import EDGE, Token, Traits, joint, placed, traits
from redaction.vocabulary import HONORIFICS, LEADING, TITLES

FILE = "names.crf.gz"
# Log-odds given to "a person" before a word is read. Outside legal writing names come unannounced, and a missed one
# costs more than a false one. Legal writing announces its people, and its bare capitals are companies and institutions.
ANYWHERE = 0.5
IN_LEGAL_WRITING = -1.0
IN_A_SHORT_ACT = 0.5  # a note or a letter announces fewer of its people, and names fewer companies
LONG = 8_000  # characters: three pages
LEGAL_SHARE = 40 / 10_000  # of legal words to words; nine in ten pages of press have less, decisions 147 and more
_SCALE = 1000.0  # weights are kept in thousandths
_LEGAL = (
    "rticle ", "rticles ", "ode civil", "ode d", "ode pénal", " cour ", "Cour ", "COUR ", "ribunal", "RIBUNAL",
    "pourvoi", "requérant", "demandeur", "demanderesse", "éfende", "appelant", "intimé", "ociété", "SARL", "SAS ",
    "SCI ", "contrat", "arrêt ", "jugement", "clause", " bail ", "Bailleur", "Preneur", "soussigné", "alinéa",
    "présent acte", "parties",
)  # fmt: skip
_NEVER_BEFORE = -1e9

Vector = tuple[float, float, float]  # outside, begins, goes on


@dataclass(frozen=True, slots=True)
class _Weighed:
    """A word and what it adds to the labels of itself and of its neighbours."""

    traits: Traits
    own: Vector
    to_right: Vector
    to_left: Vector
    to_right2: Vector
    to_left2: Vector


class Model:
    """Weights by feature, and how labels follow each other: `moves[before][after]`."""

    def __init__(self, weights: dict[str, Vector], moves: Sequence[Vector]) -> None:
        self._weights = weights
        self._moves = moves
        self._words: dict[str, _Weighed] = {}
        self._joint: dict[tuple[str, str, str, str, str, str, str], Vector] = {}

    @classmethod
    def parsed(cls, text: str) -> "Model":
        """Three lines of moves, then one line for each feature: its name, a tab, three thousandths."""
        *moves, features = text.split("\n", 3)
        fields = features.replace("\n", "\t").split("\t")
        return cls(dict(zip(fields[::2], _vectors(fields[1::2]), strict=True)), list(_vectors(moves)))

    def persons(self, words: Sequence[str], low: int, high: int, bonus: float) -> Iterator[tuple[int, int]]:
        """The runs [from, to) of words between `low` and `high` that are persons. `bonus` favours finding them."""
        begun = -1
        for at, label in enumerate(self._labels(words, low, high, bonus), low):
            if label != 2 and begun >= 0:
                yield begun, at
                begun = -1
            if label == 1:
                begun = at
        if begun >= 0:
            yield begun, high

    def _labels(self, words: Sequence[str], low: int, high: int, bonus: float) -> list[int]:
        """Viterbi over three labels, written out: it is the inner loop."""
        (oo, ob, _), (bo, bb, bi), (io, ib, ii) = self._moves
        o, b, i = 0.0, 0.0, _NEVER_BEFORE
        steps: list[tuple[int, int, int]] = []
        for to_o, to_b, to_i in self._scores(words, low, high):
            if steps:
                best_o, from_o = (o + oo, 0) if o + oo >= b + bo else (b + bo, 1)
                if i + io > best_o:
                    best_o, from_o = i + io, 2
                best_b, from_b = (o + ob, 0) if o + ob >= b + bb else (b + bb, 1)
                if i + ib > best_b:
                    best_b, from_b = i + ib, 2
                best_i, from_i = (b + bi, 1) if b + bi >= i + ii else (i + ii, 2)
                o, b, i = best_o, best_b, best_i
                steps.append((from_o, from_b, from_i))
            else:
                steps.append((0, 0, 0))
            o, b, i = o + to_o, b + to_b + bonus, i + to_i + bonus
        last = (o, b, i)
        labels = [last.index(max(last))]
        for step in reversed(steps[1:]):
            labels.append(step[labels[-1]])
        return labels[::-1]

    def _scores(self, words: Sequence[str], low: int, high: int) -> Iterator[Vector]:
        known = self._words
        before, after = [""] * max(0, 2 - low), [""] * max(0, high + 2 - len(words))
        wanted = [*before, *words[max(0, low - 2) : high + 2], *after]
        around = [known.get(word) or self._weigh(word) for word in wanted]
        neighbours = zip(around, around[1:], around[2:], around[3:], around[4:], strict=False)
        for left2, left, here, right, right2 in neighbours:
            one, two = left.traits, right.traits
            key = (
                left2.traits.kind,
                one.kind,
                one.low,
                here.traits.kind,
                two.low,
                two.kind,
                right2.traits.kind,
            )
            both = self._joint.get(key) or self._joined(key, left2, left, here, right, right2)
            a, b, c, d, e = here.own, left.to_right, right.to_left, left2.to_right2, right2.to_left2
            yield (
                a[0] + b[0] + c[0] + d[0] + e[0] + both[0],
                a[1] + b[1] + c[1] + d[1] + e[1] + both[1],
                a[2] + b[2] + c[2] + d[2] + e[2] + both[2],
            )

    def _weigh(self, word: str) -> _Weighed:
        it = traits(word) if word else EDGE
        weighed = _Weighed(
            it,
            self._sum(it.own),
            self._sum(placed("-1", it.near)),
            self._sum(placed("+1", it.near)),
            self._sum(placed("-2", it.far)),
            self._sum(placed("+2", it.far)),
        )
        if len(self._words) > _MOST:
            self._words.clear()
        self._words[word] = weighed
        return weighed

    def _joined(self, key: tuple[str, str, str, str, str, str, str], *around: _Weighed) -> Vector:
        total = self._sum(joint(*(it.traits for it in around)))
        if len(self._joint) > _MOST:
            self._joint.clear()
        self._joint[key] = total
        return total

    def _sum(self, names: Iterable[str]) -> Vector:
        found = [self._weights[name] for name in names if name in self._weights]
        return (sum(it[0] for it in found), sum(it[1] for it in found), sum(it[2] for it in found))


_MOST = 100_000  # a bound on memory, not a tuning


def _vectors(rows: Sequence[str]) -> Iterator[Vector]:
    """Of rows of three thousandths: all at once, as a model has fifty thousand and is waited for."""
    numbers = [int(number) / _SCALE for number in " ".join(rows).split(" ")]
    return zip(numbers[::3], numbers[1::3], numbers[2::3], strict=True)


@cache
def model() -> Model:
    """The trained model, loaded on first use."""
    packed = (files("redaction") / "data" / FILE).read_bytes()
    return Model.parsed(gzip.decompress(packed).decode("utf-8"))


def is_legal(text: str) -> bool:
    """Whether a text is full of the words of acts and decisions."""
    words = text.count(" ") + text.count("\n")  # counted alike after redaction: a token stands for one word or more
    return any(found > LEGAL_SHARE * words for found in accumulate(map(text.count, _LEGAL)))


def find_by_model(
    text: str, bonus: float | None = None, by: Model | None = None, covered: bytes | bytearray = b""
) -> Iterator[Name]:
    """Names as the model sees them, their honorifics taken off; only where nothing is `covered`: see `windows`."""
    by = by or model()
    if bonus is None:
        bonus = IN_LEGAL_WRITING if is_legal(text) else ANYWHERE
    for tokens, words, runs in windows(text, covered):
        for low, high in runs:
            if _written_before(text, tokens[low:high], words[low:high]):
                continue  # redacted before: what is left here was seen then
            for first, last in by.persons(words, low, high, bonus):
                yield from _names(text, tokens[first:last])


def find_again(text: str, seen: Sequence[Name], covered: bytes | bytearray) -> Iterator[Name]:
    """Words that the model took for a person twice and more (once, in a short text), and for one in three of their
    places: the other places."""
    met = Counter(
        word for name in seen for word in set(_WORD.findall(text[name.start : name.end])) if opening(word) == CANDIDATE
    )
    wanted = {word for word, times in met.items() if times >= (TWICE if len(text) > LONG else 1)}
    if not wanted:
        return
    places: dict[str, list[int]] = defaultdict(list)
    for match in CAPITAL.finditer(text):
        if match[0] in wanted:
            places[match[0]].append(match.start())
    for word, starts in places.items():
        if met[word] >= SHARE * len(starts):
            for start in starts:
                if not covered[start]:
                    yield Name(start, start + len(word), "", word, "model", strong=False)


TWICE = 2
SHARE = 0.34
_WORD = re.compile(r"[^\W\d_]{4,}")


def _written_before(text: str, tokens: Iterable[Token], words: Sequence[str]) -> bool:
    """Whether an earlier redaction wrote one of them: a pseudonym, or a label in its brackets."""
    if any(map(is_token, words)):
        return True
    return not _LABELLED.isdisjoint(words) and any(text[it.start() - 1 : it.end() + 1] in _LABELS for it in tokens)


_LABELS = frozenset(LABELS.values())
_LABELLED = frozenset(label[1:-1] for label in _LABELS)


def _names(text: str, words: Sequence[Token]) -> Iterator[Name]:
    """One name, or one on each line and in each column: a name that runs on to another is two."""
    line: list[Token] = []
    for word in words:
        if line and _APART.search(text, line[-1].end(), word.start()):
            yield from _name(text, line)
            line = []
        line.append(word)
    yield from _name(text, line)


def _is_common(word: str) -> bool:
    """«très», «débutez»: no name begins with a word of French in lower case, particles apart."""
    return word.islower() and len(word) > 1 and word not in LEADING and fold(word) in ordinary_words()


def _is_title(words: Sequence[Token]) -> bool:
    """The first word of «Bâtonnier Sandrine Mourier»."""
    return len(words) > 1 and words[0][0].istitle() and fold(words[0][0]) in TITLES - LEADING


_APART = re.compile(r"\n| {3}|,(?= [a-zà-ÿœ])")


def _name(text: str, kept: list[Token]) -> Iterator[Name]:
    if len(kept) > 2 and kept[0][0] in ("L", "l") and kept[1][0] == "'":
        kept = kept[2:]  # «L'AAH»
    while kept and (kept[0][0] in HONORIFICS or not kept[0][0].isalnum() or _is_common(kept[0][0]) or _is_title(kept)):
        kept = kept[1:]
    while kept and not kept[-1][0].isalnum():
        kept = kept[:-1]
    if any(is_capital(it[0]) for it in kept):
        start, end = kept[0].start(), kept[-1].end()
        given, surname = split_name(text[start:end].split())
        yield Name(start, end, given, surname, "model", strong=False)
