"""A name found once is found everywhere in the document: capitals, without accents, lower case, glued, first name
    alone.

Promises: one pass over the words, linear in the text whatever the number of names. A surname that is also an
ordinary word is carried only to where it is written as a name.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence

import regex

from redaction.lexicon import first_names, ordinary_words, places
from redaction.lower_case import LowerCase
from redaction.name_parts import is_given
from redaction.name_runs import Name, is_acronym, is_ordinary
from redaction.normalise import fold
from redaction.spans import mask
from redaction.vocabulary import words as _list

_CAPITALISED = regex.compile(r"\p{Lu}\p{L}*+")
_ALONE = regex.compile(r"(?=\p{Lu})(?<![\p{L}\p{N}\-_])(?<![^dD]')\p{Lu}\p{L}++(?:-\p{Lu}\p{L}++)*+(?![\p{L}\p{N}\-_])")
_SEPARATORS = regex.compile(r"[ \-'’.]+")
_GAP = regex.compile(r"[ \-'\n](?:(?i:d'|de |du |des |de la |von |van |der |den |of |dos |das |da |do )){0,2}")
PARTICLES = _list("d de du des of von van der den ten ter zu")
_BETWEEN = _list("da das do dos")  # of «Teixeira dos Santos»; «Da Costa» begins with it
_STREET = regex.compile(
    r"(?ri)(?:rue|avenue|boulevard|place|quai|cours|square|impasse|all[ée]e|saint|sainte)(?: d[eu]s?| de la)? $"
)
# «Boulanger soutient que»: a common noun would have its article.
_ACTS = regex.compile(
    r" (?:a|avait|ait|aurait|est|était|fut|sera|soit|n'|ne|s'|se|en|y|lui|l'|m'|doit|peut|veut|dit|écrit|sait|fait"
    r"|soutient|affirme|conclut|expose|indique|déclare|refuse|reconnaît|demande|prétend|conteste|produit|invoque"
    r"|trouve|pense|propose|rappelle|signale|montre|appelle|vient|va|passe|part|revient|arrive|crie|souhaite|croit|estime"
    r"|signe|remet|garantit|cède|apporte|exige|réclame|ignore|admet|nie|vote|donne|reçoit|prend|tient|quitte|accompagne"
    r"|réplique|répond|accepte|verse|paie|reproche|travaille|confirme|précise|ajoute|maintient)(?!\p{L})|-t-| a-t-"
)
_SENTENCE = regex.compile(r"(?:^|[.!?:»\"\n•\-–|] ?)$")
_INITIAL = regex.compile(r"(?<![\p{L}\p{N}])\p{Lu}\. $")
_BEFORE_SPAN = regex.compile(
    r"(?r)(?<![\p{L}\p{N}])(?:\p{Lu}\p{Ll}{0,2}\.[ \-]?){1,3}(?:de la |de |du |des |d'|von |van )?$"
    r"|(?<![\p{L}\p{N}])\p{Lu}[\p{L}'\-]* $"
)
# «HAUDEBOURG L. et POUSSARD E.», as lists and tables have it: never the end of a sentence that another word begins.
_INITIAL_AFTER = regex.compile(
    r" (?:\p{Lu}|Ch|Ph|Th)\.(?:[ \-]?\p{Lu}\.)?(?= (?:et|ou|c|est|a)\b| ?[,;/)|\n]| {2}| - |$)"
)
_OF_AN_ADDRESS = regex.compile(r"[@_]|\.\p{L}")  # «fatoumata.diallo@…» is an e-mail address, hidden as one
_CELL_ENDS = regex.compile(r" ?(?:[,;)\n|]| {2}|\(|$)")  # «Pommier Agathe, 06 10…»
_AFTER_SPAN = regex.compile(r" (\p{Lu}\p{Ll}[\p{L}'\-]*+)")

Words = tuple[str, ...]


def keys(surname: str) -> Words:
    """The folded words that must be met in order; particles are left out, as the gap between words allows them."""
    words = _split(surname)
    kept = [word for at, word in enumerate(words) if word not in PARTICLES and not (at and word in _BETWEEN)]
    return tuple(kept or words)


def canonical_surname(surname: str) -> str:
    """What two spellings share: «d'Armagnac» and «ARMAGNAC», «LE GOFF» and «Le Goff»,
    «VAN DER ERTLE» and «van der Ertle»."""
    words = _split(surname)
    while len(words) > 1 and words[0] in PARTICLES:
        words.pop(0)
    return "".join(words)


def _split(surname: str) -> list[str]:
    return [folded for word in _SEPARATORS.split(surname) if (folded := fold(word))]


def propagate(text: str, names: Sequence[Name], lower: LowerCase, new: Sequence[Name] | None = None) -> list[Name]:
    """The mentions that the rules did not see, of the names that they saw; or of the `new` ones among them alone."""
    carried = names if new is None else new
    known = {keys(name.surname): name.surname for name in carried if name.strong and _is_carried(text, name)}
    by_first: dict[str, list[tuple[Words, str]]] = defaultdict(list)
    for words, surname in known.items():
        by_first[words[0]].append((words, surname))
        if len(words) > 1:
            by_first["".join(words)].append((("".join(words),), surname))
            for word in words:
                if len(word) > 3 and _rare(word) and word not in places():
                    by_first[word].append(((word,), surname))  # «Da Cunha Lima» is called «Da Cunha»
    for candidates in by_first.values():
        candidates.sort(key=lambda pair: -len(pair[0]))
    covered = mask(text, names)
    found = list(_surnames(text, by_first, covered, lower))
    found += _lower_case(text, known, covered, lower)
    firsts = {_first_of(name) for name in (*carried, *found)}
    found += _first_names(text, [*names, *found], firsts, mask(text, [*names, *found]), lower)
    return found


def _is_carried(text: str, name: Name) -> bool:
    """Of two letters, a name («Ly»), no letters that stand for one («M. DR...»)."""
    length = len(fold(name.surname))
    return length > 2 or (length == 2 and not text.startswith("..", name.end))


def _surnames(
    text: str, by_first: dict[str, list[tuple[Words, str]]], covered: bytearray, lower: LowerCase
) -> Iterator[Name]:
    done = -1
    folded: dict[str, list[tuple[Words, str]] | None] = {}  # by the word as written: most are met again
    for match in _CAPITALISED.finditer(text):
        word = match[0]
        candidates = folded[word] if word in folded else folded.setdefault(word, by_first.get(fold(word)))
        if candidates is None or match.start() < done or covered[match.start()]:
            continue
        for words, surname in candidates:
            end = _matched(text, match, words)
            if end is not None and _written_as_a_name(text, match.start(), end, words, lower):
                end = _double(text, end, by_first)
                name = _with_given(text, _with_particles(text, match.start(), surname), end)
                done = name.end
                yield name
                break


def _double(text: str, end: int, by_first: dict[str, list[tuple[Words, str]]]) -> int:
    """«Colin-Trouvé», where either is somebody's surname."""
    second = _CAPITALISED.match(text, end + 1) if text[end : end + 1] == "-" else None
    known = second is not None and any(len(words) == 1 for words, _ in by_first.get(fold(second[0]), ()))
    return second.end() if second and known else end


def _with_particles(text: str, start: int, surname: str) -> int:
    """«par van der Heijden», where the key of the name is its last word."""
    lead = _PARTICLES_OF.match(surname)
    if lead and text[max(0, start - len(lead[0])) : start].lower() == lead[0].lower():
        return start - len(lead[0])
    return start


_PARTICLES_OF = regex.compile(r"(?i)(?:d'|(?:de|du|des|von|van|der|den|ten|ter|zu|da|dos|do|del|el|al|ben|le|la|di) )+")


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


def _written_as_a_name(text: str, start: int, end: int, words: Words, lower: LowerCase) -> bool:
    """`lower`: a word that the document never has in lower case is the name at the head of a sentence or cell too."""
    before = text[max(0, start - 24) : start]
    if before[-1:].isalnum() or (before.endswith("-") and len(words) == 1 and before[-2:-1].isalpha()):
        return False
    if _STREET.search(before):
        return False
    if len(words) > 1 or (words[0] not in ordinary_words() and words[0] not in first_names()):
        return True
    if len(words[0]) > 3 and text[start:end] not in lower and words[0] not in lower:
        return True
    if _SENTENCE.search(before) and not _INITIAL.search(before):
        return _ACTS.match(text, end) is not None
    written = text[start:end]
    near = text[max(0, start - 20) : start] + text[end : end + 20]
    return not written.isupper() or any(c.islower() for c in near)


def _with_given(text: str, start: int, end: int) -> Name:
    """Takes in a first name or initials that stand next to the surname."""
    lead = _BEFORE_SPAN.search(text, max(0, start - 30), start)
    written = text[start:end]
    if lead and ("." in lead[0] or _may_be_given(lead[0].strip())):
        given = "" if "." in lead[0] else lead[0].strip()
        return Name(lead.start(), end, given, written, "propagated")
    initial = _INITIAL_AFTER.match(text, end)
    if initial:
        return Name(start, initial.end(), "", written, "propagated")
    trail = _AFTER_SPAN.match(text, end)
    if (
        trail
        and is_given(trail[1])
        and (written.isupper() or not is_ordinary(trail[1]) or _CELL_ENDS.match(text, trail.end()))
    ):
        return Name(start, trail.end(), trail[1], written, "propagated")
    return Name(start, end, "", written, "propagated")


def _may_be_given(word: str) -> bool:
    """«Tobi Wiśniewski»: beside a known surname, a first name that no list has."""
    if is_given(word):
        return True
    return (
        word.istitle()
        and len(word) > 2
        and not is_ordinary(word)
        and not is_acronym(word)
        and fold(word) not in places()
    )


def _lower_case(text: str, known: dict[Words, str], covered: bytearray, lower: LowerCase) -> Iterator[Name]:
    """«dupont» in a file name or a hurried message, where French has no such word."""
    wanted = {words[0]: surname for words, surname in known.items() if len(words) == 1 and len(words[0]) >= 4}
    spellings = {spelling for word, surname in wanted.items() if _rare(word) for spelling in (word, surname.lower())}
    for start, end in lower.places_of(spellings):
        if not covered[start]:
            yield Name(start, end, "", text[start:end], "propagated:lower")


def _rare(word: str) -> bool:
    return word not in ordinary_words() and word not in first_names()


_THEIR_INITIAL = regex.compile(r" (\p{Lu})\.?(?![\p{L}\p{N}'])")
_ANNOUNCED = ("table", "said", "header", "chat")
_TELLING = ("table", "propagated", "chat")


def _first_of(name: Name) -> str:
    return fold(name.given.split(" ")[0])


def _first_names(
    text: str, names: Sequence[Name], firsts: set[str], covered: bytearray, lower: LowerCase
) -> Iterator[Name]:
    """«Yann a été licencié»: a first name alone, of a person whom the document names in full."""
    bearers: dict[str, set[str]] = defaultdict(set)
    announced: set[str] = set()  # as somebody's first name, so that a word of French is one too («Emir»)
    for name in names:
        first = name.given.split(" ")[0]
        sure = name.why in _TELLING or (name.strong and (is_given(first) or name.surname.isupper()))
        rare = name.strong and len(first) > 3 and fold(first) not in places()  # «Tugdual»: on no list
        if len(first) > 2 and (sure or rare):
            bearers[fold(first)].add(name.surname or name.bearer)
            announced |= {fold(first)} if name.why in _ANNOUNCED else set()
    bearers = {
        first: who
        for first, who in bearers.items()
        if first in firsts
        and (first not in ordinary_words() or first in announced or (len(first) > 3 and first not in lower))
    }
    if not bearers:
        return
    for match in _ALONE.finditer(text):
        who = bearers.get(fold(match[0]))
        if who is None or covered[match.start()] or _STREET.search(text, max(0, match.start() - 24), match.start()):
            continue
        if fold(match[0]) in ordinary_words() and not _written_as_a_name(
            text, match.start(), match.end(), (fold(match[0]),), lower
        ):
            continue
        bearer = min(who) if len({canonical_surname(surname) for surname in who}) == 1 else ""
        initial = _THEIR_INITIAL.match(text, match.end())
        end = initial.end() if initial and bearer.startswith(initial[1]) else match.end()  # «Loup G.», of Loup GARNIER
        yield Name(match.start(), end, match[0], "", "propagated:given", bearer=bearer)
    small = {first for first in bearers if len(first) > 3 and first not in ordinary_words()}
    for start, end in lower.places_of(small):
        if not covered[start] and not _OF_AN_ADDRESS.match(text, end):
            yield Name(start, end, text[start:end], "", "propagated:lower")
