"""Persons by rules: where a name begins, how far it goes, which part is the surname. Reads normalised text.

Promises: no model, no network, linear time: one pass over the runs of capitalised words. A title or role word alone
is never a name; lower-case words are names only after an honorific. `propagation.py` then carries what is found here
through the whole document.
"""

from collections.abc import Iterator, Sequence

import regex

from redaction.anchors import Anchored, anchors
from redaction.enumerations import enumerated, is_honorific
from redaction.looks import NOT_A_PERSON, by_look
from redaction.name_parts import is_given
from redaction.name_runs import (
    NAME,
    PIECES,
    RUN,
    Name,
    Pieces,
    built,
    is_acronym,
    is_initial,
    is_ordinary,
    is_place,
)
from redaction.normalise import fold
from redaction.policy import LABELS
from redaction.surroundings import TELLING, by_kin, by_nickname, by_what_follows
from redaction.vocabulary import (
    APPOINTMENTS,
    BRANDS,
    CUES,
    FAMILIES,
    HONORIFICS,
    INSTITUTIONS,
    KIN,
    NOT_GIVEN,
    OFFICES,
    PAPERS,
    PHRASES,
    SELDOM,
)

_PLACEHOLDER = regex.compile(r"[\[\"«(]? ?\p{Lu}{1,2}(?=\.\.\.)")
_DOTTED = regex.compile(r"\p{Lu}{2}\.\.\.")
_OPENING = regex.compile(r"[ \n]?[\[\"«(]? ?")
_LOWER_NAME = regex.compile(r"\p{Ll}[\p{Ll}'\-]{2,}+(?![\p{N}@._])")
_GLUED = regex.compile(r"(Mme|Mlle|Mmes|Monsieur|Madame|Maître)(?=\p{Lu})")
_BY_MARRIAGE = frozenset(("épouse", "ÉPOUSE", "EPOUSE", "née", "NÉE", "NEE", "veuve", "VEUVE"))
_NO_SURNAME = frozenset(
    ("commune", "communs", "separee", "divorcee", "francaise", "le", "la", "les", "en", "a", "vers")
)
_LABELS = tuple(LABELS.values())
_PHRASES = tuple(phrase.rstrip() for phrase in PHRASES)
_VERSUS = (" c. ", " c/ ")
_SEAT = regex.compile(
    r"(?ri)(?<!\p{L})(?:tribuna(?:l|ux)|cours?|conseils?|communes?|mairies?|villes?|préfectures?|gares?|cantons?|commissariats?"
    r"|maires?|barreaux?|hôpita(?:l|ux)|îles?|plages?|ports?)(?!\p{L})[^.;,:]{0,40}(?: de |d')$"
)
# «née le 8 octobre 1985 à Jérémie»: a town.
_BORN_AT = regex.compile(r"(?i)(?<!\p{L})née?s?(?!\p{L})[^.;\n]{0,40} à $|(?<!\p{L})née?s? [\d./ ]{6,12} à $")


def find_names(whole: Anchored) -> list[Name]:
    """Names by honorific, cue and enumeration, by first name, and by the look of the words."""
    text = whole.text
    found: list[Name] = []
    for run in RUN.finditer(text):
        word = run[0]
        start, end = run.span()
        before = text[start - 1 : start]
        if before == "[" and text.startswith(_LABELS, start - 1):
            continue  # what an earlier redaction wrote
        if text.startswith(TELLING, end):
            found += by_what_follows(text, list(PIECES.finditer(text, start, end)))
        if " " not in word and "." not in word and "\n" not in word:
            if (
                word in HONORIFICS
                or word[0] == "M"
                or (before in _OPENERS and _introduced(text, start))
                or is_given(word)
                or text.startswith(_VERSUS, end)
                or text[start - 4 : start] in _VERSUS
            ):
                found += _single(text, start, end, word)
        else:
            found += _in_run(text, run)
    found += _after_lower_honorifics(whole)
    found += by_nickname(whole)
    return found


def _in_run(text: str, run: regex.Match[str]) -> Iterator[Name]:
    """The names in one run of capitalised words."""
    start, end = run.span()
    pieces = list(PIECES.finditer(text, start, end))
    titled = [at for at, piece in enumerate(pieces) if is_honorific(piece[0]) and not _initial_here(pieces, at)]
    if not titled or titled[0]:
        yield from _untitled(text, pieces[: titled[0] if titled else len(pieces)])
    for order, at in enumerate(titled):
        stop = titled[order + 1] if order + 1 < len(titled) else len(pieces)
        yield from _titled(text, pieces[at][0], pieces[at].end(), pieces[at + 1 : stop])


def _initial_here(pieces: Sequence[regex.Match[str]], at: int) -> bool:
    """The M of «J. M. Morenilla» is no Monsieur."""
    return pieces[at][0] == "M." and at > 0 and is_initial(pieces[at - 1][0]) and pieces[at - 1][0] != "M."


def _single(text: str, start: int, end: int, word: str) -> Iterator[Name]:
    glued = _GLUED.match(word)
    if glued:
        yield Name(start + glued.end(), end, "", word[glued.end() :], "honorific", glued[1])
    elif word in HONORIFICS:
        yield from _titled(text, word, end, [])
    else:
        yield from _untitled(text, list(PIECES.finditer(text, start, end)))


def _titled(text: str, title: str, end: int, pieces: Pieces) -> Iterator[Name]:
    honorific = title.rstrip(". ")
    if title == "M" and not pieces and text.startswith("\n", end):
        return  # «Sexe : M»
    if not pieces:
        pieces, placeholder = _beyond(text, end)
        if placeholder is not None:
            yield Name(
                placeholder.end() - len(placeholder[0].strip(' ["«(')),
                placeholder.end(),
                "",
                placeholder[0].strip(' ["«('),
                "honorific",
                honorific,
                strong=False,
            )
            return
    if pieces and _DOTTED.match(text, pieces[0].start()):
        yield Name(pieces[0].start(), pieces[0].start() + 2, "", pieces[0][0][:2], "honorific", honorific, strong=False)
        return
    name = built(pieces, honorific, "honorific")
    if name is None:
        lower = _lower_case_name(text, end, honorific) if not pieces else None
        if lower:
            yield lower
        return
    yield name
    yield from enumerated(text, name.end, honorific)


def _beyond(text: str, end: int) -> tuple[Pieces, regex.Match[str] | None]:
    """A name behind a bracket, a quotation mark or a line break; or a placeholder («X...») of two letters."""
    opening = _OPENING.match(text, end)
    at = opening.end() if opening else end
    if text[at - 1 : at] == "[" and text.startswith(_LABELS, at - 1):
        return [], None
    placeholder = _PLACEHOLDER.match(text, at)
    if placeholder:
        return [], placeholder if len(placeholder[0].strip(' ["«(')) > 1 else None
    match = NAME.match(text, at) if at > end else None
    return (list(PIECES.finditer(text, match.start(), match.end())) if match else []), None


def _introduced(text: str, start: int) -> bool:
    """Whether a cue may stand before: looks at the last word only, most capitalised words stop here."""
    before = text[max(0, start - 26) : start]
    word = _last_word(before)
    if word == "de":
        word = _last_word(before[:-4])
    return word in _INTRODUCERS or before.rstrip('«"').rstrip().endswith(_PHRASES) or before[-2:-1] in _APPOSED


def _last_word(before: str) -> str:
    """What introduces a name: never a word of another paragraph."""
    if "\n\n" in before[-4:]:
        return ""
    return before.rstrip(' \n["«(:').rpartition(" ")[2].rpartition("\n")[2].rpartition("'")[2].lstrip('(«"[')


def _untitled(text: str, pieces: Pieces) -> Iterator[Name]:
    """What follows a cue in lower case, or looks like a first name and a surname."""
    before = text[max(0, pieces[0].start() - 26) : pieces[0].start()]
    word = _last_word(before) if before[-1:] in _OPENERS else ""
    opening = pieces[0][0].rpartition("'")[2].lower()
    if len(pieces) > 1 and opening in _OPENING_A_NAME:
        after = 2 if len(pieces) > 2 and pieces[1][0] in ("de ", "d'") else 1
        word, pieces, before = opening, pieces[after:], f"{opening} "  # «Indivision ROUX», «L'attestation Mebarki»
    elif len(pieces) > 1 and pieces[0][0] in APPOINTMENTS:
        word, pieces, before = pieces[0][0], pieces[1:], f"{pieces[0][0]} "  # «Rdv Abitbol», «Préviens Yass»
    if len(pieces) > 1 and len(pieces[0][0]) == 1 and word in KIN and pieces[0][0].isupper():
        pieces = pieces[1:]  # «conducteur B EL OUARDI Siham»
    name = _after_cue(text, pieces, word, before)
    if name is not None:
        yield name
        if word in HONORIFICS or name.why == "kin":
            yield from enumerated(text, name.end, word if word in HONORIFICS else "MM")
    elif len(pieces) > 1:
        seen = list(by_look(text, pieces))
        yield from seen
        if not seen and pieces[-2][0][0].islower() and is_given(pieces[-1][0]) and not is_ordinary(pieces[-1][0]):
            yield from _first_name_alone(text, pieces[-1])  # «Dupuytren le Odile»: two names
    elif is_given(pieces[0][0]) and not is_ordinary(pieces[0][0]) and not is_place(pieces):
        yield from _first_name_alone(text, pieces[0])


def _after_cue(text: str, pieces: Pieces, word: str, before: str) -> Name | None:
    if word in HONORIFICS and word not in SELDOM and not (word == "M" and before.endswith("\n")):
        return built(pieces, word, "honorific")
    if _goes_to_law(text, pieces):
        return built(pieces, "", "case")
    if word in ("dit", "dite") and (before.endswith("loi dite ") or pieces[0][0].isupper()):
        return None  # «l'entreprise de travail temporaire, dite ETT»
    if word in _BY_MARRIAGE and fold(pieces[0][0]) not in _NO_SURNAME and not is_acronym(pieces[0][0]):
        return built(pieces, "", "marriage")
    if word in FAMILIES and before[-1:] == " " and not is_place(pieces) and pieces[0][0].istitle():
        return built(pieces, "", "marriage")  # «la famille Pommier»
    if _is_cue(pieces, word, before):
        called = before.rstrip().endswith(("«", '"')) and not before.rstrip(' «"').endswith(":")  # «Elle a dit : « Il…»
        return built(pieces, "", "cue", ordinary=called)
    if word == "de":
        word = _last_word(before[:-4])  # «les attestations de Sellier», «le frère de Wagnon»
    if word in PAPERS and before.endswith("\n"):
        return None  # a heading, «Mentions du certificat»
    if word in KIN or word in PAPERS or (before[-2:-1] in _APPOSED and before[-1:] == " "):
        name = by_kin(text, pieces, word)
        if name is not None:
            return name
    if word in OFFICES and len(pieces[0][0]) > 2 and not is_place(pieces):
        return built(pieces, "", "office", ordinary_ends=True)
    return None


def _is_cue(pieces: Pieces, word: str, before: str) -> bool:
    if word in APPOINTMENTS:
        return not is_place(pieces) and not is_acronym(pieces[0][0])
    return word in CUES or before.rstrip('«" ').endswith(_PHRASES)


def _goes_to_law(text: str, pieces: Pieces) -> bool:
    """«Roux c. Boulanger»: either side, where it is a person's name or could be."""
    start, end = pieces[0].start(), pieces[-1].end()
    first = text.startswith(_VERSUS, end) and text[end + 4 : end + 5].isupper()
    second = text[max(0, start - 4) : start] in _VERSUS and start > 4 and text[start - 5].isalpha()
    if not (first or second) or is_place(pieces) or any(is_acronym(piece[0]) for piece in pieces):
        return False
    if fold(text[start:end]) in BRANDS:
        return False
    return fold(pieces[0][0]) not in INSTITUTIONS


def _first_name_alone(text: str, piece: regex.Match[str]) -> Iterator[Name]:
    """«Samira a signé»: whoever is called by a first name that French has for nothing else."""
    before = text[max(0, piece.start() - 50) : piece.start()]
    if piece[0].lower() in NOT_GIVEN:
        return
    if not NOT_A_PERSON.search(before[-20:]) and not _SEAT.search(before) and not _BORN_AT.search(before):
        yield Name(piece.start(), piece.end(), piece[0], "", "given", strong=False)


_OPENERS = frozenset(" \n[\"«('")
_OPENING_A_NAME = (KIN | PAPERS | OFFICES | FAMILIES) - SELDOM
_APPOSED = frozenset(",:«")
_INTRODUCERS = HONORIFICS | CUES | APPOINTMENTS | FAMILIES | OFFICES | KIN | PAPERS


_IN_SMALL = anchors("mme ", "mlle ", "mr ", "madame ", "monsieur ", "maître ")


def _after_lower_honorifics(whole: Anchored) -> Iterator[Name]:
    """«bonjour mme lefèvre»: found by looking for the honorific, as the runs begin with capitals."""
    text = whole.text
    for anchor in _IN_SMALL:
        honorific = anchor.literal.rstrip()
        for at in whole.places((anchor,)):
            if not at or not text[at - 1].isalnum():
                name = _lower_case_name(text, at + len(honorific), honorific)
                if name:
                    yield name


def _lower_case_name(text: str, end: int, honorific: str) -> Name | None:
    """A word that French does not have, after an honorific."""
    if honorific[0] not in "Mm" or text[end : end + 1] not in (" ", ".") or honorific in ("M", "mes", "Mes"):
        return None
    match = _LOWER_NAME.match(text, end + 1)
    if match is None or is_ordinary(match[0]):  # «À Madame l'officier»
        return None
    return Name(match.start(), match.end(), "", match[0], "honorific", honorific)
