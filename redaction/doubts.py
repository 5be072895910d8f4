"""Whether what the model takes for a person is one, or a thing, a place, an institution: by what is around.

Pure functions of normalised text. They judge the model alone: what a rule has found is not asked here, and a name that
is doubtful in one place may be carried there from another.
"""

import regex

from redaction.lexicon import known_surnames
from redaction.lexicon import places as place_names
from redaction.name_parts import is_given
from redaction.name_runs import Name, is_ordinary
from redaction.normalise import fold
from redaction.vocabulary import BRANDS, LEADING, NOT_GIVEN, TITLES


def is_doubtful(text: str, name: Name, acronyms: frozenset[str]) -> bool:
    """A company that everyone knows; a word that is an institution's letters, a place, or begins a sentence."""
    word = text[name.start : name.end]
    if (
        word.lower() in NOT_GIVEN
        or text.startswith(" en ", name.start - 4)
        or _THING.search(text, max(0, name.start - 24), name.start)
    ):
        return True  # «en Floride», «l'API Légifrance»
    if text.startswith(("(e)", "(s)", " and ", " of ", " for "), name.end):
        return True  # «Marié(e)», «Foreign and Commonwealth»
    if len(word) <= 4 and not is_given(word) and _IN_BRACKETS.search(text[name.start - 3 : name.end + 1]):
        return True  # «livret d'épargne (Rice)»
    if not is_given(word) and _ARTICLE.search(text, max(0, name.start - 10), name.start):
        return True  # «une Dreal»
    if word in acronyms:
        return True  # «Dreal», where its words stand before it in brackets
    words = [it for it in word.split() if fold(it) not in LEADING]
    if fold("".join(words)) in BRANDS:
        return True  # «Le Bureau Veritas»
    if all(fold(it) in TITLES for it in words) or (len(words) == 1 and _is_short(words[0])):
        return True  # «Lord Advocate», «Le PTZ»
    if not word.isalpha():
        return fold(word) in place_names()
    if fold(word) in place_names():
        return True
    if (
        word.isupper()
        and is_ordinary(word)
        and fold(word) not in known_surnames()
        and not text[max(0, name.start - 40) : name.end + 40].isupper()
    ):
        return True  # «PISTE»
    return is_ordinary(word) and _BEGINS.search(text, max(0, name.start - 3), name.start) is not None


# What bears a name and is nobody, where the name follows at once.
_THING = regex.compile(
    r"(?ri)(?<!\p{L})(?:logiciels?|applications?|sites?|portails?|apis?|plateformes?|marques?|projets?|programmes?"
    r"|navires?|paquebots?|cargos?|chalutiers?|groupes?|mod[èe]les?|m[ée]dicaments?|produits?|formules?|label"
    r"|r[ée]seaux?"
    r"|cha[îi]nes?|journal|magazine|revue|hebdomadaire|quotidien|op[ée]ration|dispositif|syndrome"
    r"|traitement|lyc[ée]e|[ée]glise|chapelle|couvent|abbaye|basilique|cath[ée]drale|mosqu[ée]e|coll[èe]ge|[ée]cole|h[ôo]pital|clinique|stade|pont|universit[ée]|rue|avenue|boulevard|place"
    r"|quai|square) [\"«]? ?$"
)
_BEGINS = regex.compile(r"(?:^|[.!?:;»\n•|\d]|- ?| {3})\s*$")
_IN_BRACKETS = regex.compile(r"^\p{Ll} \(\p{L}+\)$")
_ARTICLE = regex.compile(r"(?i)(?<!\p{L})(?:l'|(?:une?|cette|cet|chaque|aucune?|leurs?) )$")


def _is_short(word: str) -> bool:
    return word.isupper() and len(word) <= 4 and not is_given(word)


def acronyms_of(text: str) -> frozenset[str]:
    """Of «l'environnement, l'aménagement et le logement (Dreal)»: the letters begin the words before the bracket."""
    return frozenset(match[1] for match in _BRACKETED.finditer(text) if _is_defined(text, match))


def _is_defined(text: str, bracketed: regex.Match[str]) -> bool:
    before = text[max(0, bracketed.start() - 160) : bracketed.start()]
    letters = list(fold(bracketed[1]))
    if is_given(bracketed[1]):
        return False
    for word in _WORDS.findall(before)[: -2 * len(letters) - 3 : -1]:  # «de», «la», «et» stand between
        if letters and fold(word)[:1] == letters[-1]:
            letters.pop()
    return not letters


_BRACKETED = regex.compile(r"\((\p{Lu}\p{L}{1,7})\)")
_WORDS = regex.compile(r"\p{L}++")


def is_seat(text: str, name: Name) -> bool:
    """«le magasin de Noyelle-Vion», «du Foreign Office»: where something is, or what it is; not who."""
    if is_given(name.given.split(" ")[0]):
        return False
    if name.start > 1 and text[name.start - 1] == "-" and text[name.start - 2].isalpha():
        return True  # the end of «Saint-Amans-Valtoret»
    return text.startswith(" du ", name.start - 4) or follows_a_place(text, name.start)


def follows_a_place(text: str, at: int) -> bool:
    """«au centre de », «demeurant à »: what follows is where."""
    return _SEAT.search(text, max(0, at - 50), at) is not None or _DWELLS.search(text, max(0, at - 24), at) is not None


_DWELLS = regex.compile(
    r"(?ri)(?<!\p{L})(?:vit|viv\p{L}+|habit\p{L}+|r[ée]sid\p{L}+|demeur\p{L}+|n[ée]e?s?|situ[ée]\p{L}*|sise?s?"
    r"|scolaris\p{L}+"
    r"|hospitalis\p{L}+|install\p{L}+|arriv\p{L}+|voyag\p{L}+|d[ée]c[ée]d[ée]e?s?|bas[ée]e?s?|incarc[ée]r\p{L}+"
    r"|d[ée]tenue?s?"
    r"|emprisonn\p{L}+|poste|si[èe]ge|s[ée]jour\p{L}*) à $"
)
_SEAT = regex.compile(
    r"(?ri)(?<!\p{L})(?:magasins?|sites?|[ée]tablissements?|agences?|usines?|villes?|communes?|cantons?|gares?|ports?"
    r"|centres?"
    r"|tribuna(?:l|ux)|cours?|mairies?|d[ée]p[ôo]ts?|entrep[ôo]ts?|ateliers?|h[ôo]pita(?:l|ux)|eaux|barreaux?|secteurs?"
    r"|lieu-?dit|hameau|for[êe]t|lac|parc|r[ée]gion|(?:sous-)?pr[ée]fecture|d[ée]partement|arrondissement|domaine"
    r"|commissariat|prisons?|maison d'arr[êe]t|p[ée]nitencier|s[ûu]ret[ée]|s[ée]curit[ée]|acad[ée]mie"
    r"|premi[èe]re instance|universit[ée]|facult[ée]|province|comt[ée]|district|court|council|board"
    r"|justiciary|a[ée]roport"
    r"|ambassade|consulat|rectorat|trait[ée]|bataille|diocèse|paroisse|abbaye|golfe|vall[ée]e|rivi[èe]re|massif)"
    r"(?: [\p{Ll}']+)? (?:de |d'|du |des )$"
)
