"""Persons by rules: where a name begins, how far it goes, which part is the surname. Reads normalised text.

Promises: no model, no network, linear time. A title or role word alone is never a name; lower-case words are names
only after an honorific. `propagation.py` then carries what is found here through the whole document.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import regex

from redaction.lexicon import first_names, ordinary_words
from redaction.normalise import fold

HONORIFICS = (
    r"(?:MM\.?|M\.|M(?= \p{Lu}\p{L})|Mmes?\.?|MMES?|Mlles?\.?|MLLES?|mmes?|mlles?|mr|Mr\.?|Mrs\.?|Mgr\.?|[Mm]onsieur|MONSIEUR|[Mm]essieurs|MESSIEURS|[Mm]adame|MADAME"
    r"|[Mm]esdames|MESDAMES|[Mm]ademoiselle|MADEMOISELLE|[Mm]esdemoiselles|Me\.?|Mes(?= \p{Lu}\p{L}*[, ])|ME(?= \p{Lu}{2})|[Mm]a[îi]tres?|MA[ÎI]TRES?|Dr\.?|[Dd]octeur|DOCTEUR|Pr\.?"
    r"|[Pp]rofesseur|Sir|Lord|Lady|Vve|Veuve|[Ff]eue?|[Cc]onsorts|CONSORTS|[Éé]poux|ÉPOUX|[Hh]éritiers)"
)
# Words that introduce a name without being a title.
CUES = (
    r"(?:[ée]pouse|[ÉE]POUSE|ép\.|née?|NÉE?|veuve|VEUVE|divorcée?|DIVORCÉE?|alias|dite?|nommée?|dénommée?|prénommée?|nom (?:de famille|d'usage|de naissance|patronymique|marital) ?:?"
    r"|[Nn]om ?:|NOM ?:|[Pp]r[ée]noms? ?:|ayants? droit de|succession de|signé ?:?|représentée? par|en la personne de|l'affaire|affaire)"
)
PLURAL = regex.compile(
    r"(?:MM|Mmes|MMES|Mlles|MLLES|[Mm]essieurs|MESSIEURS|[Mm]es|ME?S|[Mm]a[îi]tres|[Cc]onsorts|CONSORTS)\.?$"
)
LAWYER = regex.compile(r"(?:Me\.?|Mes|ME|[Mm]a[îi]tres?|MA[ÎI]TRES?)$")

_PARTICLE = r"(?:de la |de l'|de |du |des |d'|le |la |von |van |der |den |ten |ter |zu |di |da |dos |das |do |del |della |dal |el |al |ben |bin |ibn |of |y |af |av )"
_INITIALS = r"(?:\p{Lu}(?:h|hr)?\.[ \-]?)"
WORD = r"(?:\p{Lu}\p{L}*+(?:['\-]\p{L}++)*+(?![\p{N}_@]))"
_BROKEN = r"(?:[ ]|\n(?!\n)(?=\p{Lu}{2}))"  # a surname in capitals may stand on the next line
_NAME = regex.compile(
    rf"(?:{_PARTICLE}{{0,2}}{_INITIALS}{{0,3}}{WORD}(?:{_BROKEN}{_PARTICLE}{{0,2}}{_INITIALS}{{0,2}}{WORD}){{0,6}}|{_INITIALS}{{1,3}}|\p{{Lu}}{{1,2}}(?=\.\.\.))"
)
_TRIGGER = regex.compile(
    rf"(?<![\p{{L}}\p{{N}}'\-])(?:(?P<honorific>{HONORIFICS})(?!\p{{Ll}}|\p{{N}}|(?<=\p{{Lu}}\p{{Lu}}\p{{Lu}}|\p{{Ll}}{{4}})\p{{L}})|(?P<cue>{CUES})(?!\p{{L}}))[ \n]?[\[\"«(]? ?(?=\p{{L}})"
)
_LOWER_NAME = regex.compile(r"\p{Ll}[\p{Ll}'\-]{2,}+(?![\p{N}@._])")
_AND = regex.compile(r"(?: ?[,;]| ?/)?(?: ?(?:et|ou|ET|&))?[ \n](?:de |d')?(?=\p{Lu})|, ?(?=\p{Lu})")
_RUN = regex.compile(
    rf"(?<![\p{{L}}\p{{N}}'_@\-.])(?:{_INITIALS}{{0,3}}){WORD}(?:{_BROKEN}{_PARTICLE}{{0,2}}{_INITIALS}{{0,2}}{WORD}){{1,6}}"
    rf"|(?<![\p{{L}}\p{{N}}'_@\-.])(?:{_INITIALS}){{1,3}}{WORD}"
)
_PIECES = regex.compile(rf"{_PARTICLE}|{_INITIALS}|\p{{L}}[\p{{L}}'\-]*")
_STREETS = regex.compile(
    r"(?i)(?:rue|avenue|av\.|boulevard|bd|place|quai|cours|square|impasse|all[ée]e|chemin|route|coll[èe]ge|lyc[ée]e|[ée]cole|h[ôo]pital|universit[ée]|institut"
    r"|fondation|stade|pont|gare|a[ée]roport|centre|clinique|prix|loi|loi dite|arr[êe]ts?|jurisprudence|soci[ée]t[ée]|association|h[ôo]tel|palais|mus[ée]e|maison|s[.a]?[.]?r?[.]?l?|sas|sci|cit[ée]|r[ée]sidence"
    r"|code|saint|commune|ville|cr[ée]dit|banque|groupe|syndicat|f[ée]d[ée]ration|cabinet|scp|selarl|selas|navire|marque)(?: d[eu]s?| de la| l'| la| le)? $"
)

TITLES = frozenset(
    """president presidente vicepresident vicepresidente premier premiere procureur procureure avocat avocate avocats juge juges
    conseiller conseillere conseillers conseilleres batonnier ministre prefet prefete maire directeur directrice greffier greffiere commissaire
    notaire huissier expert experte docteur professeur maitre general generale colonel rapporteur rapporteure secretaire doyen depute deputee
    senateur senatrice justice advocate chancelier gerant gerante inspecteur inspectrice administrateur liquidateur mandataire
    monsieur madame mademoiselle messieurs mesdames mm mme mmes mlle mlles me mes m mr dr pr etat roi reine
    cour tribunal chambre article articles code societe sarl sas sa sci scp selarl eurl snc contre et ou aux chef un une
    intime intimee appelant appelante demandeur demanderesse defendeur defenderesse requerant requerante bailleur preneur locataire
    representant representante substitut auditeur commandant capitaine lieutenant brigadier adjudant mediateur medecin psychologue""".split()
)
# Capitalised words that look like the second half of a name and are not.
_NEVER = frozenset(
    """cgt cfdt cfe cgc cftc unsa sncf ratp edf gdf insee urssaf cpam caf pole emploi france civ com crim soc bull cass qpc ccas siren siret
    rcs tva iban bic rib nir ue cee cedh cjue dalloz lexisnexis ccn drh cse chsct dreets direccte ag sci sarl sas sa snc eurl scp""".split()
)
_LEADING = frozenset(
    "le la les el al van von der den de des du da di dos das del della ben bin ibn mac mc o st saint san santa abou abu".split()
)


@dataclass(frozen=True, slots=True)
class Name:
    """One mention: where it stands, and its parts as written. The honorific is outside."""

    start: int
    end: int
    given: str  # "" when not known
    surname: str  # "" for a first name alone
    why: str
    honorific: str = ""
    strong: bool = True  # may be carried through the document
    bearer: str = ""  # of a first name alone: the surname that the document gives to it elsewhere


def find_names(text: str) -> list[Name]:
    """Names by honorific, cue and enumeration, then by first name and by the look of the words."""
    found = list(_triggered(text))
    taken = {name.start for name in found}
    found += [name for name in _by_look(text) if name.start not in taken]
    return found


def _triggered(text: str) -> Iterator[Name]:
    for trigger in _TRIGGER.finditer(text):
        honorific = (trigger["honorific"] or "").strip()
        name = _named_at(text, trigger.end(), honorific, "honorific" if honorific else "cue")
        if name is None:
            continue
        yield name
        if PLURAL.search(honorific):
            yield from _enumerated(text, name.end, honorific)


def _enumerated(text: str, at: int, honorific: str) -> Iterator[Name]:
    """«MM. Esprabens, GUIPON et Florin»: as long as what follows a comma is a name and no ordinary word."""
    while (link := _AND.match(text, at)) is not None:
        name = _named_at(text, link.end(), honorific, "enumeration")
        if name is None:
            return
        yield name
        at = name.end


def _named_at(text: str, at: int, honorific: str, why: str) -> Name | None:
    match = _NAME.match(text, at)
    if match is None:
        return _lower_case_name(text, at, honorific) if honorific else None
    pieces = _trimmed(
        list(_PIECES.finditer(text, match.start(), match.end())), capitals=honorific.isupper() and len(honorific) > 2
    )
    if not pieces:
        return None
    first = _first_word(pieces)
    if why != "honorific" and _ordinary(first):
        return None
    given, surname = split_name([piece[0] for piece in pieces])
    strong = len(surname) > 2
    return Name(pieces[0].start(), pieces[-1].end(), given, surname, why, honorific, strong)


def _lower_case_name(text: str, at: int, honorific: str) -> Name | None:
    """«bonjour mme lefèvre»: a word that French does not have, after an honorific."""
    match = _LOWER_NAME.match(text, at)
    if match is None or fold(match[0]) in ordinary_words() or honorific[0] in "éÉfFcCvV":
        return None
    return Name(match.start(), match.end(), "", match[0], "honorific", honorific)


def _by_look(text: str) -> Iterator[Name]:
    for run in _RUN.finditer(text):
        pieces = list(_PIECES.finditer(text, run.start(), run.end()))
        at = _first_look(pieces)
        if at is None:
            continue
        chosen = _trimmed(pieces[at:], capitals=False, ordinary_ends=True)
        if len(chosen) < 2 or _STREETS.search(text, max(0, chosen[0].start() - 20), chosen[0].start()):
            continue
        given, surname = split_name([piece[0] for piece in chosen])
        if surname:
            yield Name(chosen[0].start(), chosen[-1].end(), given, surname, "look", strong=bool(given))


def _first_look(pieces: list[regex.Match[str]]) -> int | None:
    """Where in a run of capitalised words a name begins: at a first name, an initial, or «Xxx YYYY»."""
    for at, (one, two) in enumerate(zip(pieces, pieces[1:], strict=False)):
        if _looks_named(one[0], two[0]):
            return at
    return None


def _looks_named(one: str, two: str) -> bool:
    left, right = fold(one), fold(two)
    if right in TITLES or right in _NEVER or left in TITLES or left in _NEVER:
        return False
    if one.endswith(". ") or one.endswith("."):
        return len(two) > 2 and not _ordinary(two) and not two.isupper()
    given = _given(left)
    if given and (not _ordinary(two) or (two.isupper() and len(two) > 2 and not one.isupper())):
        return not (one.isupper() and not two.isupper() and _ordinary(one))
    if one.isupper() and len(one) > 2 and not two.isupper() and _given(right):
        return not _ordinary(one) and right not in ordinary_words()
    return (
        two.isupper() and len(two) >= 4 and not one.isupper() and not _ordinary(one) and not _ordinary(two)
        and one[0].isupper() and len(one) > 2 and any(c in "aeiouy" for c in right)
    )  # fmt: skip


def _given(folded: str) -> bool:
    return folded in first_names()


def is_given(word: str) -> bool:
    """Whether a word, or each half of a hyphenated one, is a first name."""
    return _given(fold(word)) or ("-" in word and all(_given(fold(part)) for part in word.split("-") if part))


def _ordinary(word: str) -> bool:
    folded = fold(word)
    return folded in ordinary_words() or folded in TITLES or folded in _NEVER


def _first_word(pieces: list[regex.Match[str]]) -> str:
    return next((piece[0] for piece in pieces if piece[0][0].isupper()), pieces[0][0])


def _trimmed(pieces: list[regex.Match[str]], *, capitals: bool, ordinary_ends: bool = False) -> list[regex.Match[str]]:
    """Without leading titles, and cut where the sentence goes on (a title, an ordinary word in capitals)."""
    start = _past_titles(pieces)
    kept = pieces[start : start + 1]
    for piece in pieces[start + 1 :]:
        word = piece[0]
        if fold(word) in TITLES and fold(word) not in _LEADING and not word.endswith((" ", "'", ".")):
            break
        if (
            (capitals or ordinary_ends)
            and _ordinary(word)
            and not is_given(word)
            and fold(word) not in _LEADING
            and word[0].isupper()
        ):
            if capitals or not word.isupper() or kept[-1][0].isupper():
                break
        kept.append(piece)
    while kept and (kept[-1][0][0].islower() or kept[-1][0].endswith(". ")) and len(kept) > 1:
        kept.pop()  # a particle or a blank left over
    return [] if not kept or kept[0][0].strip().islower() and len(kept) == 1 else kept


def _past_titles(pieces: list[regex.Match[str]]) -> int:
    """«Monsieur le Conseiller Martin» begins at Martin; «Le Goff» at Le."""
    start = 0
    while start < len(pieces):
        words = [fold(piece[0]) for piece in pieces[start : start + 2]]
        if words[0] in TITLES and not pieces[start][0].endswith("."):
            start += 1
        elif len(words) == 2 and words[0] in ("le", "la", "les", "l") and words[1] in TITLES:
            start += 2
        else:
            break
    return start


def split_name(words: list[str]) -> tuple[str, str]:
    """(given names, surname): capitals mark a surname, the lexicon a first name, initials neither."""
    plain = [word.strip() for word in words]
    full = [word for word in plain if not word.endswith(".")]
    if not full:
        return "", " ".join(plain)
    upper = [_is_capitals(word) for word in full]
    if any(upper) and not all(up or word[0].islower() for up, word in zip(upper, full, strict=True)):
        return _by_capitals(full, upper)
    lead = 0
    while lead < len(full) - 1 and is_given(full[lead]) and fold(full[lead]) not in _LEADING:
        lead += 1
    if lead == 0 and len(full) > 1 and is_given(full[-1]) and not is_given(full[0]) and all(upper):
        return full[-1], " ".join(full[:-1])
    if lead == 0 and len(full) > 1 and len(full) == len(plain) and fold(full[0]) not in _LEADING and not all(upper):
        lead = 1  # «Galip Yalman»: an unknown first name
    if len(full) == 1 and is_given(full[0]) and len(plain) == 1:
        return "", full[0]
    return " ".join(full[:lead]), " ".join(full[lead:])


def _by_capitals(full: list[str], upper: list[bool]) -> tuple[str, str]:
    first = upper.index(True)
    while first and full[first - 1][0].islower():
        first -= 1
    last = len(upper) - 1 - upper[::-1].index(True)
    surname = " ".join(full[first : last + 1])
    given = full[:first] or full[last + 1 :]
    return " ".join(given), surname


def _is_capitals(word: str) -> bool:
    letters = [c for c in word if c.isalpha()]
    return len(letters) > 1 and (
        all(c.isupper() for c in letters)
        or (word[:2] in ("d'", "D'") and word[2:].isupper())
        or (word.startswith("Mac") and word[3:].isupper())
    )
