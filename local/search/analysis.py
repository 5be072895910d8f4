"""From text to the terms that are searched: the analyzers, French first.

Pure: the same text gives the same tokens. An index must be analysed and queried by the same version of this module.
The order of what matters for French law: stop words and stems, legal references as one term, folded accents; elision
costs nothing once the apostrophe splits.
"""

import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache

import Stemmer

DEFAULT_ANALYZER = "standard.lucene"
MAX_WORD = 255  # characters, as Lucene has it

# Words, with what may hide inside one: combining accents, the soft hyphen, zero-width characters.
WORD = re.compile(r"[\w\u0300-\u036f\u00ad\u200b-\u200d]+")
INVISIBLE = re.compile("[\u00ad\u200b-\u200d]")
# "L. 1232-1", "R.* 421-1", "L1232-1", "D 3141-7-1": one article of a code, however it is typed.
# A lone small letter before a plain number is a verb ("il a 15 ans"), hence the dash in the second branch.
ARTICLE = re.compile(
    r"\b(?:([LRD])(?:\.\s?\*?|\s?\*\s?|\s)?(\d{1,5}(?:-\d{1,4})*)|([lrdAa])\.?\s?(\d{1,5}(?:-\d{1,4})+))(?!\w)"
)
# "22-10.123", "19/01234", "2016-131": a number in parts, such as an appeal's or a law's.
NUMBER = re.compile(r"\b\d+(?:[-./]\d+)+(?!\w)")
# U+2019 and its like are apostrophes; no-break spaces are spaces; typographic hyphens are hyphens. One for one, so that
# offsets stay true.
PLAIN = str.maketrans({0x2019: "'", 0x2018: "'", 0x02BC: "'", 0xA0: " ", 0x202F: " ", 0x2009: " ", 0x2010: "-",
                       0x2011: "-", 0x2013: "-"})  # fmt: skip

# Lucene's French list (Snowball's, by M. Porter and R. Boulton), elided forms, and the interrogatives of a question.
FRENCH_STOP_WORDS = frozenset(
    """a au aux avec ce ces cet cette dans de des du elle en et eux il ils je la le les leur lui ma mais me même mes moi
    mon ne nos notre nous on ou par pas pour qu que qui sa se ses son sur ta te tes toi ton tu un une vos votre vous
    c d j l à m n s t y été étée étées étés étant étante étants étantes suis es est sommes êtes sont serai seras sera
    serons serez seront serais serait serions seriez seraient étais était étions étiez étaient fus fut fûmes fûtes
    furent sois soit soyons soyez soient fusse fusses fût fussions fussiez fussent ayant ayante ayantes ayants eu eue
    eues eus ai as avons avez ont aurai auras aura aurons aurez auront aurais aurait aurions auriez auraient avais avait
    avions aviez avaient eut eûmes eûtes eurent aie aies ait ayons ayez aient eusse eusses eût eussions eussiez eussent
    jusqu lorsqu puisqu quoiqu quel quelle quels quelles quoi comment combien où quand pourquoi dont""".split()  # noqa: SIM905 - a list to be read
)
ENGLISH_STOP_WORDS = frozenset(
    """a an and are as at be but by for if in into is it no not of on or such that the their then there these they this
    to was will with""".split()  # noqa: SIM905
)
LANGUAGES = {
    "ar": "arabic", "da": "danish", "de": "german", "en": "english", "es": "spanish", "fi": "finnish", "fr": "french",
    "hu": "hungarian", "it": "italian", "nl": "dutch", "no": "norwegian", "pt-PT": "portuguese",
    "pt-BR": "portuguese", "ro": "romanian", "ru": "russian", "sv": "swedish", "tr": "turkish",
}  # fmt: skip
# Nouns of the law that the stemmer takes for verbs and turns into others: "loyer" into "loi", "foyer" into "foi".
WHOLE_WORDS = frozenset({"loyer", "foyer"})
STOP_WORDS = {"fr": FRENCH_STOP_WORDS, "en": ENGLISH_STOP_WORDS}


@dataclass(frozen=True, slots=True)
class Token:
    term: str
    start: int  # offsets in the text, in characters
    end: int
    position: int  # two terms of one place share it


Analyze = Callable[[str], list[Token]]


def is_analyzer(name: str) -> bool:
    return name in PLAIN_ANALYZERS or _language(name) is not None


def tokens(analyzer: str, text: str) -> list[Token]:
    """The tokens of a text, in order. Raises KeyError for an analyzer that `is_analyzer` denies."""
    if (language := _language(analyzer)) is not None:
        return _of_language(language, text)
    return PLAIN_ANALYZERS[analyzer](text)


def terms(analyzer: str, text: str) -> str:
    """The terms of a text as the index stores them: one space between two, those that share a place at the end."""
    if (language := _language(analyzer)) is not None:
        return _terms_of_language(language, text)
    return " ".join(stored(token.term) for token in PLAIN_ANALYZERS[analyzer](text))


def _terms_of_language(language: str, text: str) -> str:
    """What `tokens` gives, without offsets: twenty times as fast, and each chunk passes here."""
    plain = text.translate(PLAIN)
    references = _references(plain) if language == "fr" else []
    for start, _, _ in reversed(references):
        if plain[start].isalpha():
            plain = f"{plain[: start + 1]} {plain[start + 1 :]}"  # as `_spans` cuts
    words = [_term(language, word) for word in WORD.findall(plain)]
    return " ".join([*filter(None, words), *(legal for _, _, legal in references)])


def stored(term: str) -> str:
    """One term as one word of the full-text table: a space inside it (keyword analyzers) is made visible."""
    return "␣".join(term.split())


def is_stop_word(analyzer: str, word: str) -> bool:
    """Whether the analyzer drops the word on purpose: a query must not demand it."""
    return bool(WORD.search(word)) and not tokens(analyzer, word)


def is_plain(analyzer: str) -> bool:
    """Whether terms keep their accents."""
    return analyzer in PLAIN_ANALYZERS


def _language(analyzer: str) -> str | None:
    code, _, maker = analyzer.rpartition(".")
    return code if maker in ("microsoft", "lucene") and code in LANGUAGES else None


def _of_language(language: str, text: str) -> list[Token]:
    plain = text.translate(PLAIN)
    found: list[Token] = []
    position = 0
    for start, end, legal in _words(plain, french=language == "fr"):
        if legal:
            found.append(Token(legal, start, end, max(position - 1, 0)))
            continue
        if term := _term(language, plain[start:end]):
            found.append(Token(term, start, end, position))
        position += 1
    return found


def _words(text: str, *, french: bool) -> Iterator[tuple[int, int, str]]:
    """Words with their offsets; after the last word of a legal reference, the reference itself as one term."""
    references = _references(text) if french else []
    upcoming = iter(references)
    reference = next(upcoming, None)
    for word in _spans(text, references):
        yield *word, ""
        if reference is not None and word[1] >= reference[1]:
            yield reference
            reference = next(upcoming, None)


def _spans(text: str, references: list[tuple[int, int, str]]) -> Iterator[tuple[int, int]]:
    """Words; "L1232" of an article is cut after its letter, so that "L1232-1" and "L. 1232-1" give the same."""
    letters = {start for start, end, _ in references if text[start].isalpha()}
    for match in WORD.finditer(text):
        start, end = match.span()
        if start in letters and end > start + 1:
            yield start, start + 1
            start += 1
        yield start, end


def _references(text: str) -> list[tuple[int, int, str]]:
    found = [(match.start(), match.end(), _article(match)) for match in ARTICLE.finditer(text)]
    taken = {end for _, end, _ in found}
    found += [(*match.span(), match[0]) for match in NUMBER.finditer(text) if match.end() not in taken]
    return sorted(found)


def _article(match: re.Match[str]) -> str:
    return f"{match[1] or match[3]}{match[2] or match[4]}".lower()


def _clean(word: str) -> str:
    if word.isascii():
        return word.lower()
    return unicodedata.normalize("NFKC", INVISIBLE.sub("", word)).lower()


def _term(language: str, word: str) -> str:
    """The term of a word; "" for a stop word."""
    return _cached_term(language, word[:MAX_WORD])


@lru_cache(maxsize=200_000)
def _cached_term(language: str, word: str) -> str:
    clean = _clean(word)
    if clean in STOP_WORDS.get(language, frozenset()):
        return ""
    return _stem(language, folded(_stem(language, clean)))


def _stem(language: str, word: str) -> str:
    """Applied twice, with accents and without: capitals and hurried queries carry none, and must give the same."""
    if language == "fr" and word.endswith("ers") and len(word) > 4:
        word = word[:-1]  # the stemmer takes "dossier" and "dossiers" for different things
    if language == "fr" and word in WHOLE_WORDS:
        return word
    # A stemmer is not safe between threads; one per call costs 2 µs, and the cache answers most calls.
    return str(Stemmer.Stemmer(LANGUAGES[language], 0).stemWord(word))


def folded(word: str) -> str:
    """Without accents, ligatures opened."""
    if word.isascii():
        return word
    opened = word.replace("œ", "oe").replace("æ", "ae")
    return "".join(mark for mark in unicodedata.normalize("NFD", opened) if not unicodedata.combining(mark))


def _standard(text: str) -> list[Token]:
    return _split(WORD, text)


def _stop(text: str) -> list[Token]:
    return [token for token in _split(re.compile(r"[^\W\d_]+"), text) if token.term not in ENGLISH_STOP_WORDS]


def _ascii_folding(text: str) -> list[Token]:
    return [Token(folded(token.term), token.start, token.end, token.position) for token in _standard(text)]


def _keyword(text: str) -> list[Token]:
    return [Token(text, 0, len(text), 0)] if text else []


def _whitespace(text: str) -> list[Token]:
    found = re.compile(r"\S+").finditer(text)
    return [Token(match[0], *match.span(), position) for position, match in enumerate(found)]


def _split(pattern: re.Pattern[str], text: str) -> list[Token]:
    found = [(_clean(match[0]), match.span()) for match in pattern.finditer(text)]
    return [Token(word, *span, position) for position, (word, span) in enumerate(found) if word]


PLAIN_ANALYZERS: dict[str, Analyze] = {
    "standard.lucene": _standard,
    "standard": _standard,
    "standardasciifolding.lucene": _ascii_folding,
    "simple": lambda text: _split(re.compile(r"[^\W\d_]+"), text),
    "stop": _stop,
    "pattern": _standard,
    "keyword": _keyword,
    "whitespace": _whitespace,
}
