"""A name found once is found everywhere in the document: capitals, without accents, lower case, glued, first name alone.

Promises: one pass over the words, linear in the text whatever the number of names. A surname that is also an
ordinary word is carried only to where it is written as a name.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

import regex

from redaction.lexicon import first_names, ordinary_words
from redaction.names import Name, is_given
from redaction.normalise import fold

_CAPITALISED = regex.compile(r"\p{Lu}\p{L}*+")
_LOWER = regex.compile(r"(?<![\p{L}\p{N}@])\p{Ll}{4,}+(?![\p{L}\p{N}@])")
_GAP = regex.compile(r"[ \-'\n]|[ \-'](?:d'|de |du |des |de la |von |van |der |of |la |le )")
_PARTICLES = frozenset(("d", "de", "du", "des", "of", "von", "van"))
_STREET = regex.compile(
    r"(?i)(?:rue|avenue|boulevard|place|quai|cours|square|impasse|all[ée]e|saint|sainte)(?: d[eu]s?| de la)? $"
)
_SENTENCE = regex.compile(r"(?:^|[.!?:»\"\n•\-–|] ?)$")
_BEFORE_SPAN = regex.compile(
    r"(?r)(?<![\p{L}\p{N}])(?:\p{Lu}(?:h|hr)?\.[ \-]?){1,3}$|(?<![\p{L}\p{N}])\p{Lu}[\p{L}'\-]*+ $"
)
_AFTER_SPAN = regex.compile(r" (\p{Lu}\p{Ll}[\p{L}'\-]*+)")

Words = tuple[str, ...]


def keys(surname: str) -> Words:
    """The folded words that must be met in order; leading particles and lower-case words left out."""
    words = [word for word in regex.split(r"[ \-'.]+", surname) if word]
    kept = [fold(word) for word in words if word[0].isupper()] or [fold(word) for word in words]
    while len(kept) > 1 and kept[0] in _PARTICLES:
        kept.pop(0)
    return tuple(kept)


def canonical_surname(surname: str) -> str:
    """What two spellings of a surname share: «d'Armagnac» and «ARMAGNAC», «LE GOFF» and «Le Goff»."""
    return "".join(keys(surname)) if surname else ""


def propagate(text: str, names: Sequence[Name]) -> list[Name]:
    """The mentions that the rules did not see, of the names that they saw."""
    known = {keys(name.surname): name.surname for name in names if name.strong and len(fold(name.surname)) > 2}
    by_first: dict[str, list[tuple[Words, str]]] = defaultdict(list)
    for words, surname in known.items():
        by_first[words[0]].append((words, surname))
        if len(words) > 1:
            by_first["".join(words)].append((("".join(words),), surname))
    for candidates in by_first.values():
        candidates.sort(key=lambda pair: -len(pair[0]))
    covered = _Covered(names)
    found = list(_surnames(text, by_first, covered))
    found += _lower_case(text, known, covered)
    found += _first_names(text, names, _Covered([*names, *found]))
    return found


class _Covered:
    """Which offsets already lie in a mention."""

    def __init__(self, names: Iterable[Name]) -> None:
        self._inside: set[int] = set()
        for name in names:
            self._inside.update(range(name.start, name.end))

    def __contains__(self, offset: int) -> bool:
        return offset in self._inside


def _surnames(text: str, by_first: dict[str, list[tuple[Words, str]]], covered: _Covered) -> Iterator[Name]:
    done = -1
    folded: dict[str, list[tuple[Words, str]] | None] = {}  # by the word as written: most are met again
    for match in _CAPITALISED.finditer(text):
        word = match[0]
        candidates = folded[word] if word in folded else folded.setdefault(word, by_first.get(fold(word)))
        if candidates is None or match.start() < done or match.start() in covered:
            continue
        for words, surname in candidates:
            end = _matched(text, match, words)
            if end is not None and _written_as_a_name(text, match.start(), end, words):
                name = _with_given(text, match.start(), end, surname)
                done = name.end
                yield name
                break


def _matched(text: str, match: regex.Match[str], words: Words) -> int | None:
    end = match.end()
    for word in words[1:]:
        gap = _GAP.match(text, end)
        following = _CAPITALISED.match(text, gap.end()) if gap else None
        if following is None or fold(following[0]) != word:
            return None
        end = following.end()
    after = text[end : end + 1]
    return None if after.isdigit() or after == "_" else end


def _written_as_a_name(text: str, start: int, end: int, words: Words) -> bool:
    before = text[max(0, start - 24) : start]
    if before[-1:].isalnum() or before.endswith("-") and len(words) == 1 and before[-2:-1].isalpha():
        return False
    if _STREET.search(before):
        return False
    if len(words) > 1 or (words[0] not in ordinary_words() and words[0] not in first_names()):
        return True
    if _SENTENCE.search(before):
        return False
    written = text[start:end]
    near = text[max(0, start - 20) : start] + text[end : end + 20]
    return not written.isupper() or any(c.islower() for c in near)


def _with_given(text: str, start: int, end: int, surname: str) -> Name:
    """Takes in a first name or initials that stand next to the surname."""
    lead = _BEFORE_SPAN.search(text, max(0, start - 30), start)
    written = text[start:end]
    if lead and (lead[0].strip().endswith(".") or is_given(lead[0].strip())):
        given = "" if lead[0].strip().endswith(".") else lead[0].strip()
        return Name(lead.start(), end, given, written, "propagated")
    trail = _AFTER_SPAN.match(text, end)
    if trail and written.isupper() and is_given(trail[1]):
        return Name(start, trail.end(), trail[1], written, "propagated")
    return Name(start, end, "", written, "propagated")


def _lower_case(text: str, known: dict[Words, str], covered: _Covered) -> Iterator[Name]:
    wanted = {words[0] for words in known if len(words) == 1 and len(words[0]) >= 4} - ordinary_words() - first_names()
    spellings = {surname.lower() for surname in known.values()} | wanted
    if not any(spelling in text for spelling in spellings if len(spelling) >= 4):
        return
    for match in _LOWER.finditer(text):
        if fold(match[0]) in wanted and match.start() not in covered:
            yield Name(match.start(), match.end(), "", match[0], "propagated:lower")


def _first_names(text: str, names: Sequence[Name], covered: _Covered) -> Iterator[Name]:
    """«Yann a été licencié»: a first name alone, of a person whom the document names in full."""
    bearers: dict[str, set[str]] = defaultdict(set)
    for name in names:
        first = name.given.split(" ")[0]
        if name.given and name.strong and len(first) > 2 and (is_given(first) or name.surname.isupper()):
            bearers[fold(first)].add(name.surname)
    bearers = {first: who for first, who in bearers.items() if first not in ordinary_words()}
    if not bearers:
        return
    for match in regex.finditer(r"(?<![\p{L}\p{N}\-'_])\p{Lu}\p{L}++(?:-\p{Lu}\p{L}++)*+(?![\p{L}\p{N}\-_])", text):
        who = bearers.get(fold(match[0]))
        if who is None or match.start() in covered or _STREET.search(text, max(0, match.start() - 24), match.start()):
            continue
        bearer = min(who) if len({canonical_surname(surname) for surname in who}) == 1 else ""
        yield Name(match.start(), match.end(), match[0], "", "propagated:given", bearer=bearer)
