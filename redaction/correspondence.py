"""Names in letters and e-mails: senders and recipients, whom a greeting addresses, who signs.

Reads normalised text; looks only at lines that begin as such lines do, so that other text costs next to nothing.
"""

import re
from collections.abc import Iterable, Iterator

import regex

from redaction.anchors import Anchor, Anchored, anchors, occurrences
from redaction.lexicon import places
from redaction.name_parts import is_given, split_name
from redaction.name_runs import PIECES, WORD, Name, Pieces, end_of, is_acronym, is_ordinary
from redaction.normalise import fold
from redaction.vocabulary import HONORIFICS, LEADING, TITLES

_WHO = rf"(?:(?:{WORD}|\p{{Lu}}\.)(?:[ \-]|(?=[,;<@\n.!]|$))(?:de |du |la |le |d'){{0,2}}){{1,4}}"
_HEADER = regex.compile(
    r"(?m)^[ >*]*(?:De|À|A|Cc|CC|Cci|From|To|Bcc|Expéditeur|Destinataires?|Copie|De la part de|Signé|Signature"
    r"|Pour le compte de) ?: ?"
    r"(?P<rest>[^\n]{2,300})$"
)
_PERSON = regex.compile(rf"(?<![\p{{L}}\p{{N}}@.])({_WHO})(?=[,;<>(\n\[]| ?$| ?<)")
_IN_SMALL = regex.compile(r"(?:(?<=[,;:] ?)|^)(\p{Ll}{3,}+)(?= ?(?:[,;]|$))")  # «Cc : florian ; compta»
_DISPLAYED = regex.compile(rf"(?r)(?<![\p{{L}}])({_WHO})[ \"']{{0,3}}<$")
_GREETING = regex.compile(
    r"(?<!\p{L})(?:Bonjour|Bonsoir|Salut|Coucou|Hello|Cher|Chère|Très cher|Très chère|Merci|Allo|Allô|Dis|Mon cher"
    r"|Ma chère)"
    rf"(?: à (?:tous|toi),?)? (?P<who>{WORD}(?: (?:et )?{WORD}){{0,3}})(?= ?[,!.;:\n]| et | de | pour |$)"
)
_CLOSING = regex.compile(
    r"(?:[Cc]ordialement|[Bb]ien (?:à vous|à toi|cordialement)|[Aa]mitiés|[Aa]micalement|[Bb]ises|[Bb]isous"
    r"|[Dd]évoué|[Ss]incèrement|[Rr]espectueusement|[Ss]entiments? [\p{Ll} ]{3,40}|[Ss]alutations [\p{Ll} ]{3,40}"
    r"|[Bb]elle journée|[Bb]onne (?:journée|soirée|réception)|[Mm]erci d'avance|[Cc]onfraternellement"
    r"|[Vv]otre bien dévouée?|[Ss]ignature du salarié|[Ff]ait à [^\n]{3,60})[ ,.!:;]{0,3}\n{1,3}[ ]*(?:\p{Ll}\. )?"
    rf"(?P<who>{_WHO})[ .]*(?=\n|$|[,;–-])"
)
_CLOSING_ANCHORS = anchors(
    "ordialement", "ien à ", "mitiés", "micalement", "Bises", "bises", "isous", "évoué", "incèrement", "ectueusement",
    "entiment", "alutations", "elle journée", "onne journée", "soirée", "réception", "d'avance", "ernellement",
    "Fait à ", "fait à ", "ignature du",
)  # fmt: skip
_GREETING_ANCHORS = anchors(
    "Bonjour ", "Bonsoir ", "Salut ", "Coucou ", "Hello ", "Cher ", "cher ", "Chère ", "chère ", "Merci ", "Allo ",
    "Allô ", "Dis ",
)  # fmt: skip


def find_in_letters(whole: Anchored) -> Iterator[Name]:
    """In the order of the document; the same mention may be found by other rules as well."""
    text = whole.text
    yield from _headers(text)
    yield from _displayed(text)
    yield from _chats(text)
    yield from _dictated(text)
    for match in _near(whole, _GREETING_ANCHORS, _GREETING, 14, 90):
        yield from _person(text, match, "who", "greeting")
    for match in _near(whole, _CLOSING_ANCHORS, _CLOSING, 12, 160):
        yield from _person(text, match, "who", "signature")


def _headers(text: str) -> Iterator[Name]:
    if ": " not in text:
        return
    for line in [line for start in _lines_with(text, ":") if (line := _HEADER.match(text, start))]:
        for match in _PERSON.finditer(text, line.start("rest"), line.end("rest")):
            yield from _person(text, match, 1, "header")
        for match in _IN_SMALL.finditer(text, line.start("rest"), line.end("rest")):
            if is_given(match[1]) and not is_ordinary(match[1]):
                yield Name(*match.span(1), match[1], "", "header", strong=False)


def _lines_with(text: str, sign: str) -> Iterator[int]:
    """Where each line begins that has the sign."""
    at, ends = text.find(sign), -1
    while at >= 0:
        yield text.rfind("\n", ends + 1, at) + 1 or ends + 1
        ends = text.find("\n", at)
        at = text.find(sign, ends) if ends >= 0 else -1


def _chats(text: str) -> Iterator[Name]:
    """«[12/01/2025 20:15] Pénélope: moi oui»: who writes in an exported conversation, as they call themselves."""
    lines = [line for start in _lines_with(text, ":") if (line := _CHAT.match(text, start))]
    if len(lines) < _CONVERSATION:
        return
    for match in lines:
        given, surname = split_name(match["who"].split())
        if fold(match["who"]) in _ONESELF:
            continue
        single = not given
        yield Name(
            *match.span("who"), surname if single else given, "" if single else surname, "chat", strong=not single
        )
    yield from _in_small(text, 0, len(text))


def _dictated(text: str) -> Iterator[Name]:
    """«l'avocat de sandrine»: in lines without one capital, as machines write down what was said."""
    at = 0
    for line in text.split("\n"):
        if len(line) > _DICTATED and not line[0].isupper() and _CAPITALISED.search(line) is None:
            for name in _in_small(text, at, at + len(line)):
                if not _DETERMINED.search(text, max(0, name.start - 6), name.start):  # «les lois»
                    yield name
        at += len(line) + 1


def _in_small(text: str, start: int, end: int) -> Iterator[Name]:
    for match in _SMALL.finditer(text, start, end):
        if is_given(match[0]) and not is_ordinary(match[0]):
            yield Name(*match.span(), match[0], "", "given", strong=False)


_CAPITALISED = re.compile("[A-ZÀ-ÖØ-Þ][a-zà-öø-ÿ]")
_DETERMINED = regex.compile(r"(?<!\p{L})(?:l[ea]s?|du|des|une?|aux?|c[et]s?|[mst]es|[nv]os|leurs?) $")
_DICTATED = 80  # characters: a sentence would have begun
_CONVERSATION = 2  # lines that make one
_ONESELF = frozenset(("moi", "vous", "toi", "inconnu"))
_SMALL = regex.compile(r"(?<![\p{L}\p{N}@._\-/'])\p{Ll}{4,}+(?![\p{L}\p{N}@._\-/'])")  # «t'as vu karim»
_CHAT = regex.compile(
    r"(?m)^(?:\[?\d{1,2}/\d{1,2}(?:/(?:20)?\d\d)?,? (?:à )?\d{1,2}[:h]\d\d(?::\d\d)?\]?"
    r"|\[\d{1,2}[:h]\d\d\]) ?(?:- )?~? ?"
    r"(?P<who>\p{L}[\p{L}'\-. ]{1,39}?)(?: ?[^\p{L}\p{N}\s:]{1,4})? ?:"
)


def _displayed(text: str) -> Iterator[Name]:
    """«Élodie Prigent <e.prigent@…>»."""
    for at in occurrences(text, "<"):
        if "@" in text[at : at + 64]:
            match = _DISPLAYED.search(text, max(0, at - 80), at + 1)
            if match:
                yield from _person(text, match, 1, "header")


def _near(
    whole: Anchored, sought: Iterable[Anchor], pattern: regex.Pattern[str], back: int, ahead: int
) -> Iterator[regex.Match[str]]:
    for at in whole.places(sought):
        match = pattern.search(whole.text, max(0, at - back), at + ahead)
        if match:
            yield match


def _person(text: str, match: regex.Match[str], group: str | int, why: str) -> Iterator[Name]:
    start, end = match.span(group)
    pieces = [it for it in PIECES.finditer(text, start, end) if it[0].rstrip(". ") not in HONORIFICS]
    while pieces and pieces[0][0].strip().islower():
        pieces.pop(0)
    while pieces and pieces[-1][0].strip().islower():
        pieces.pop()
    if pieces and _is_person(pieces):
        given, surname = split_name([piece[0] for piece in pieces])
        known = len(pieces) > 1 and len(surname) > 2
        if len(pieces) == 1 and is_given(pieces[0][0]):
            given, surname = pieces[0][0], ""
        yield Name(pieces[0].start(), end_of(pieces[-1]), given, surname, why, strong=known)


def _is_person(pieces: Pieces) -> bool:
    """Nobody is called by words that French has, by a place alone, or by an institution's letters."""
    words = [piece[0].strip() for piece in pieces]
    if any(
        is_acronym(word) or (fold(word) in TITLES and fold(word) not in LEADING and len(word) > 2) for word in words
    ):
        return False
    if len(words) == 1:
        return not is_ordinary(words[0]) and fold(words[0]) not in places()
    return (
        is_given(words[0]) or is_given(words[-1]) or not any(is_ordinary(word) for word in words if word[0].isupper())
    )
