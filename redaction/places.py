"""Addresses and dates in French documents, read from normalised text.

An address needs a street word and a number, or a postcode and a town, or the cue of a residence. A date becomes a
personal one by its cue (né le, marié le, décédé le).
"""

import re
from collections.abc import Iterator
from dataclasses import replace

import regex

from redaction.anchors import Anchored, anchors, lowered
from redaction.digest import Digest
from redaction.lexicon import places
from redaction.name_parts import is_given
from redaction.normalise import fold
from redaction.patterns import TIMEOUT
from redaction.pseudonyms import UNWRITTEN
from redaction.spans import Entity, Span, before_signs, matched
from redaction.vocabulary import INSTITUTIONS, STREETS, STREETS_SHORTENED, TITLES

_STREET = (
    r"(?:[Rr]ue|RUE|[Aa]venue|AVENUE|[Aa]v\.|AV\.?|[Bb]oulevard|BOULEVARD|[Bb]o?u?lv?d\.?|BD\.?|[Pp]lace|PLACE"
    r"|[Aa]ll[ée]es?|ALL[ÉE]ES?"
    r"|[Ii]mpasse|IMPASSE|[Cc]hemin|CHEMIN|[Cc]he?\.|[Rr]oute|ROUTE|[Rr]te\.?|[Qq]uai|QUAI|[Cc]ours|COURS|[Ss]quare"
    r"|SQUARE|[Pp]assage"
    r"|PASSAGE|[Vv]illa|[Rr][ée]sidence|R[ÉE]SIDENCE|[Rr][ée]s\.|[Ll]otissement|LOTISSEMENT|[Hh]ameau|HAMEAU"
    r"|[Ll]ieu-?[Dd]it|LIEU-?DIT"
    r"|[Ff]aubourg|FAUBOURG|[Ff]bg\.?|[Ss]entier|[Ee]splanade|[Pp]romenade|[Rr]ond-[Pp]oint|[Cc]it[ée]|[Cc]los"
    r"|[Tt]raverse|[Mm]ont[ée]e"
    r"|r\.(?= \p{L})|[Ss][Qq]\.|SQ|[Pp][Ll]\.|PL|[Ii]mp\.|IMP\.?|[Aa]ll\.|ALL\.?|CHE?\.?|[Cc]hem\.|[Rr]ésid\.|[Ll]ot\."
    r"|[Vv]enelle|[Rr]uelle|[Pp]arvis|[Mm]ail|[Cc]orniche|[Cc]our|[Cc]hauss[ée]e|[Ll]evée|[Gg]rande? [Rr]ue"
    r"|GRANDE? RUE|[Dd]omaine|[Pp]arc|[Qq]uartier|[Cc]oron|[Ss]ente|[Dd]rève)"
)
_NUMBER = r"(?:\d{1,4}|l\d{1,3})(?: ?(?:bis|ter|quater|BIS|TER|Bis|Ter|[A-Da-d](?![\p{L}'])))?(?: ?[-/à] ?\d{1,4})?"
_TOWN = UNWRITTEN + (
    r"\p{Lu}[\p{L}'\-]*+(?: (?:(?:sur|sous|en|de|du|des|la|le|les|lès"
    r"|aux?)[ -])*(?:[dl]')?\p{Lu}[\p{L}'\-]*+){0,4}(?: (?:CEDEX|Cedex|cedex)(?: \d{1,2})?)?"
)
_CODE = r"(?:F-?)?\d{2} ?\d{3}(?! ?(?:€|[Ee]uros?\b|EUR(?:OS?)?\b|[Ff]rancs?\b|FRANCS?\b|\d))"
_POSTCODE_TOWN = rf"{_CODE},? {_TOWN}"
_TOWN_POSTCODE = rf"(?:,? à |, ?| ?- ?| |\n)?{_TOWN} ?\(\d{{2,5}}\)"
_NAME_OF_STREET = r"(?:[ ](?:\d{1,2} )?[\p{L}'\-.]++){1,8}?"  # lazily, up to what ends it
_MORE = (
    r"(?:[,\n ] ?(?:-[ ])?(?:(?:[Aa]pp(?:t|artement)?|[Bb][âa]t(?:iment)?|[Ee]sc(?:alier)?|[ÉEée]tage|[Pp]orte"
    r"|[Hh]all|[Ll]ot|BP|B\.P\.|CS|TSA)\.? ?(?:n°)? ?[A-Z0-9][\w\-]*|\d{1,2}(?:er|[eè]me|e) (?:étage|ét\.)"
    r"(?:,? (?:à )?(?:droite|gauche|face|dte|gche|porte \w{1,3}))?)){0,4}"
)
_TAIL = rf"(?:{_MORE}(?:[,\n ] ?| ?-[ ]|,? à ){_POSTCODE_TOWN}|{_MORE}{_TOWN_POSTCODE}|{_MORE})"

_NUMBER_BEFORE = regex.compile(rf"(?<![\p{{L}}\p{{N}}/.]){_NUMBER},? ?(?:de la ?)?$")
_ADDRESS = regex.compile(
    rf"{_NUMBER},? ?(?:de la (?=[Rr]ue|[Rr]oute))?"
    rf"(?:{_STREET}(?![\p{{L}}]){_NAME_OF_STREET}|[Gg]rande?[ -][Rr]ue|GRANDE?[ -]RUE)"
    rf"(?=[,;.\n)(|]|$|  | (?:à|[-–]|\d|appt|BP|CS)){_TAIL}"
)
# «Besançon (25000), 31 rue Battant», «demeurant à Bastia, 12 boulevard Paoli, 20200».
_TOWN_BEFORE = regex.compile(
    rf"(?:(?:à|À|sise?|située?|au|:) |^|\n)(?=\p{{Lu}})({_TOWN} ?\(\d{{5}}\)|\d{{5}} {_TOWN}"
    rf"|(?<=(?:emeurante?|omiciliée?|ésidante?)(?: à| :) ){_TOWN})[,\n ]{{1,2}}$"
)
_AT_TOWN = regex.compile(rf",? à {_TOWN}")
_COMMA_TOWN = regex.compile(rf", ({_TOWN})(?! ?\()")
_CODE_ENDS = regex.compile(r", \d{5}(?=[.,;)\n]|$)")  # «18, passage de l'Asile, esc. 2, 75011»
_CODE_AFTER = regex.compile(r",? ?\d{5}(?!\d)")
_POSTCODE = regex.compile(rf"(?=[F\d])(?<![\p{{L}}\p{{N}}.,/°\-])(?<!n° ){_CODE} (?=\p{{Lu}})")
_FIVE_DIGITS = re.compile(r"\d\d ?\d{3} [^\W\d_]")  # what a postcode and a town have, and few texts
_TOWN_HERE = regex.compile(_TOWN)
_LEAD_IN = regex.compile(
    r"(?:(?<!\p{L})(?:[Ll]ieu-?[Dd]it|LIEU-?DIT|[Hh]ameau|BP|CS|TSA|[Cc]hâteau|[Ff]erme|[Mm]oulin|[Mm]as"
    r"|[Mm]anoir|[Vv]illa|[Rr]ésidence|[Cc]hemin|[Rr]oute|[Ii]mpasse|[Rr]ue|[Aa]v(?:enue|\.)|[Bb](?:oulevard|d\.?)|[Pp]lace|[Aa]llée|[Qq]uartier"
    r"|[Zz]one [\p{L}' ]{3,25}|ZI|ZA|ZAC|[Dd]omaine|[Bb]ourg|LE BOURG|[Cc]entre commercial|[Ii]mmeuble)"
    r" [^,;.:\n|]{1,40}[,\n]? ?"
    r"|(?:(?<=(?:^|[\n:|;,]) ?)(?=L)|(?<![\p{L}\p{N}.,/])\d{1,3}(?: ?(?:bis|ter|[A-D]))?,? )"
    r"(?:\p{Ll}{2,4} |L[ae]s? |L')\p{Lu}[^,;.:\n|\d]{2,40}[,\n -]{1,3}"
    r"|(?<!\p{L})(?:demeurante?|domiciliée?s?|résid(?:ante?|ent|e)|DEMEURANT|DOMICILIÉE?|sise?s?|SISE?)"
    r"(?: ensemble| tous deux| toutes deux| actuellement| désormais)*(?: :)? (?:au |à l'|à |aux "
    r"|dans )?(?<from>[^;\n|]{3,80}[,\n] ?))$"
)
_TOWN_AFTER_DATE = regex.compile(rf"\)?,? (?:à|À|A)(?: ?:)? ({_TOWN}(?: ?\([\p{{L}}\d \-]{{2,30}}\))?)")
_HOME = regex.compile(
    r"(?:demeurante?s?|domiciliée?s?)(?: ensemble)? (?:à|au) "
    rf"({_TOWN} ?\(\d{{5}}\)(?:, (?!née?s? |de |et |son |sa |d')[^,;.\n]{{3,45}})?"
    rf"|{_TOWN}, \d{{1,4}}(?: ?(?:bis|ter|[A-D]))?,? [\p{{L}}][\p{{L}}'\- ]{{2,40}})"
)
_IN_TOWN = regex.compile(
    rf"(?:demeurante?|domiciliée?s?|résidante?|[Ll]ieu de naissance) ?:? ?(?:à "
    rf"|: ?)({_TOWN}(?: ?\([\p{{L}}\d \-]{{2,30}}\))?)"
)
_HOME_ANCHORS = anchors("demeurant", "domicili")
_IN_TOWN_ANCHORS = anchors("demeurant", "domicili", "résidant", "ieu de naissance")

_MONTH = (
    r"(?:[Jj]anv(?:ier|\.)?|[Ff][ée]v(?:rier|r?\.?)|[Mm]ars|[Aa]vr(?:il|\.)?|[Mm]ai|[Jj]uin|[Jj]uil(?:let|\.)?"
    r"|[Aa]o[ûu]t|[Ss]ept(?:embre|\.)?|[Oo]ct(?:obre|\.)?|[Nn]ov(?:embre|\.)?|[Dd][ée]c(?:embre|\.)?|JANVIER|F[ÉE]VRIER"
    r"|MARS|AVRIL|MAI|JUIN|JUILLET|AO[ÛU]T|SEPTEMBRE|OCTOBRE|NOVEMBRE|D[ÉE]CEMBRE)"
)
_DATE = regex.compile(
    rf"(?=\d)(?<![\p{{L}}\p{{N}}])(?:\d{{1,2}}(?:er)?[ \-]{_MONTH}[ \-]\d{{4}}|(?<![\d][/.\-])(?:0?[1-9]|[12]\d"
    rf"|3[01])[/.\-](?:0?[1-9]|1[0-2])[/.\-](?:\d{{4}}|\d{{2}})(?!\d|[/.\-]\d)"
    r"|\d{4}-\d{2}-\d{2}(?!\d))"
)
_MONTH_AND_YEAR = regex.compile(r" (?:1[89]|20)\d\d(?!\d)(?<=[\p{L}.] \d{4})")
_MONTH_BEFORE = regex.compile(rf"(?r)(?<!\p{{L}}){_MONTH}$")
_SMALL = (
    r"(?:premier|deux|trois|quatre|cinq|six|sept|huit|neuf|dix|onze|douze|treize|quatorze|quinze|seize|vingt"
    r"|trente|et|une?|cents?|quarante|cinquante|soixante|vingts|mil(?:le)?)"
)
_SPELLED = regex.compile(
    rf"(?i)(?<![\p{{L}}\p{{N}}])(?:(?:{_SMALL}[ \-]){{1,4}}|\d{{1,2}} ){_MONTH} (?:{_SMALL}[ \-]?){{2,8}}(?!\p{{L}})"
)
_SPELLED_ANCHORS = anchors(" mil ", " mille ", " MIL ", " MILLE ")
_LIFE = regex.compile(
    r"(?i)(?<!\p{L})(?:née?s?(?! (?:du|des|de la|de l'|d'une?) (?!mariage|couple|union|relation))"
    r"|né\(e\)|naissance|[ée]pous[ée]+s?|mari[ée]+s?|mariage|décéd[ée]+s?|décès|divorcée?s?|pacsée?s?"
    r"|pacs|pacte civil)(?!\p{L})(?:[^.;|\d(]|(?<=\bMM?)\.|\((?:\d{2,5}|[\p{L} '\-]{2,30})\)){0,60}$"
)
_SPOUSES = regex.compile(
    r"(?<!\p{L})(?:M\.|Mme|Monsieur|Madame) (?:est née? )?à \p{Lu}[\p{L}' \-]{1,30}(?: \([^)]*\))? le $"
)
_LISTED = regex.compile(r"(?:^|\n)[ ]*(?:[-•*–]|\d{1,2}[.)°/]+)[ ]?[^\n,:]{3,60}, (?:le )?$")
_CHILDREN = regex.compile(r"(?:sont|est) (?:né|issu)e?s?\b|enfants? (?:né|issu)e?s?\b")
_CALLED = regex.compile(r"(?<!\p{L})(\p{Lu}[\p{L}\-']++) ?\($")
_LIFE_HINT = re.compile("pous|[nN][éÉE]|acte civil|aissance|AISSANCE|ari|ARI|éc[éè]|É?C[ÉÈ]|ivorc|IVORC|acs|ACS")
# «° Royat 3.1.1924», «+ 1/2/1944»: the signs of family trees.
_SIGNED = regex.compile(r"(?:^|[\s(,;])[°*†+] ?(?:à )?(?:\p{Lu}[\p{L}'\-]{1,30}(?: \([^)\n]{1,20}\))?,? )?(?:le )?$")
_SIGNS = re.compile("[°*†+]")
_WALL = 80  # characters before a date in which its cue is read

_ABOVE = regex.compile(
    r"(?<=\n[ ]*)((?:(?i:r[ée]sidence|r[ée]s|b[âa]timent|b[âa]t|appartement|appt?|escalier|esc|immeuble|lieu-?dit"
    r"|hameau|villa|domaine|ch[âa]teau|chez|[ée]tage|porte)\b|\d{1,2}(?:er|[èe]me|e) [ée]tage)[^\n:|]{2,44})\n[ ]*$"
)
_HONORIFIC = r"(?:MM?\.?|Mmes?|MMES?|Mlle|MLLE|Monsieur|MONSIEUR|Madame|MADAME)(?!\p{L})"
# «MME LEPIC NADIA», «LA VILLE AUX FÈVES», over «44117 SAINT-ANDRÉ»: a letter's address.
_UNDER_A_NAME = regex.compile(
    rf"(?:^|\n)[ ]*{_HONORIFIC}(?! l[ea] )[^\n:]{{3,60}}\n[ ]*(?!{_HONORIFIC})(\p{{Lu}}[^\n:;|\d]{{3,43}})\n[ ]*$"
)
# «appartement 24, 3e étage, » before «5 place Dauphine».
_UNITS = regex.compile(
    r"(?:(?:(?<!\p{L})(?i:app(?:t|artement)?|b[âa]t(?:iment)?|esc(?:alier)?|hall|porte|logement|r[ée]sidence)\.?"
    r" (?:n° ?)?[\p{L}\d][^,\n:;|.]{0,24}|\d{1,2}(?:er|e|[èe]me) étage|rez-de-chaussée)(?:, ?| - )){1,4}$"
)
_WORD_START = regex.compile(r"(?<![\p{L}\p{N}.])$")


def find_places_and_dates(digest: Digest) -> list[Span]:
    """Addresses, personal dates, other dates and places: all of them, the policy chooses."""
    dates = list(_dates(digest))
    addresses = [_with_the_line_above(digest.source, it) for it in (*_streets(digest), *_postcodes(digest))]
    return [*addresses, *dates, *_towns(digest.whole, dates)]


def _with_the_line_above(text: str, address: Span) -> Span:
    """«Résidence Ker Anna», over «8 rue du Phare»."""
    if text.endswith((", ", " - "), 0, address.start):
        units = _UNITS.search(text, max(0, address.start - 110), address.start)
        return replace(address, start=units.start()) if units else address
    if not text[max(0, address.start - 110) : address.start].rstrip(" ").endswith("\n"):
        return address
    above = _ABOVE.search(text, max(0, address.start - 110), address.start)
    above = above or _UNDER_A_NAME.search(text, max(0, address.start - 190), address.start)
    if above is None or fold(above[1].split(" ")[0]) in INSTITUTIONS | TITLES:
        return address
    return replace(address, start=above.start(1))


def _streets(digest: Digest) -> Iterator[Span]:
    for blank in _STREET_BEGINS.finditer(lowered(digest.text)):
        at = blank.end()
        number = _NUMBER_BEFORE.search(digest.text[max(0, at - 16) : at])
        match = _ADDRESS.match(digest.source, digest.at(at) - len(number[0])) if number else None
        if match:
            town = _TOWN_BEFORE.search(digest.source, max(0, match.start() - 60), match.start())
            start = town.start(1) if town else match.start()
            there = _AT_TOWN.match(digest.source, match.end())
            code = (
                there
                or _known_town(digest.source, match.end())
                or (_CODE_AFTER if town else _CODE_ENDS).match(digest.source, match.end())
            )
            end = code.end() if code else before_signs(match.string, match.end())
            yield Span(start, end, Entity.ADDRESS, 0.85, "address:street")


# Behind a number, as an address has it: its last sign stands before the blank.
_STREET_BEGINS = re.compile(
    rf"[ ,](?<=[\da-dA-DrsRS,].)(?={'|'.join(map(re.escape, sorted(STREETS | STREETS_SHORTENED)))})"
)


def _known_town(text: str, end: int) -> regex.Match[str] | None:
    """«14 rue Barbot, Arras»: without a postcode, only what is known to be a town."""
    town = _COMMA_TOWN.match(text, end)
    return town if town and fold(town[1]) in places() else None


def _postcodes(digest: Digest) -> Iterator[Span]:
    text = digest.source
    if _FIVE_DIGITS.search(digest.text) is None:
        return
    for code in _POSTCODE.finditer(digest.text, timeout=TIMEOUT):
        start = digest.at(code.start())
        town = _TOWN_HERE.match(text, start + len(code[0]))
        if town is None:
            continue
        lead = _LEAD_IN.search(text[max(0, start - 110) : start])
        if lead:
            start -= len(lead[0]) - (lead.start("from") - lead.start() if lead["from"] else 0)
        yield Span(start, before_signs(text, town.end()), Entity.ADDRESS, 0.85, "address:postcode")


def _dates(digest: Digest) -> Iterator[Span]:
    text = digest.source
    for match in _DATE.finditer(digest.text, timeout=TIMEOUT):
        start = digest.at(match.start())
        yield _date(text, start, start + len(match[0]))
    for year in _MONTH_AND_YEAR.finditer(digest.text):
        at = digest.at(year.start())
        month = _MONTH_BEFORE.search(text[max(0, at - 10) : at])
        if month:
            yield _date(text, at - len(month[0]), at + len(year[0]))
    for at in digest.whole.places(_SPELLED_ANCHORS):
        for match in _SPELLED.finditer(text, max(0, at - 60), at + 70):
            yield _date(text, match.start(), before_signs(text, match.end()))


def _date(text: str, start: int, end: int) -> Span:
    before = text[max(0, start - _WALL) : start]
    called = _CALLED.search(before) if before[-1:] == "(" and text[end : end + 1] == ")" else None
    if called and is_given(called[1]):  # «Hawa (14/02/2018)»
        return Span(start, end, Entity.BIRTH_DATE, 0.8, "date:bracket")
    if (
        (_LIFE_HINT.search(before) and _LIFE.search(before))
        or _is_of_a_child(text, start, before)
        or _SPOUSES.search(before)
        or (_SIGNS.search(before, max(0, len(before) - 40)) and _SIGNED.search(before))
        or (before.endswith("survenu le ") and "décès" in text[max(0, start - 200) : start])
    ):
        return Span(start, end, Entity.BIRTH_DATE, 0.9, "date:cue")
    return Span(start, end, Entity.DATE, 0.6, "date:form")


def _is_of_a_child(text: str, start: int, before: str) -> bool:
    """«De leur union sont nés :\n- Awa Sow, le 2 mai 2015,\n- Ali Sow, le …»: the cue stands above the list."""
    return before.endswith((", le ", ", ")) and bool(
        _LISTED.search(before) and _CHILDREN.search(text, max(0, start - 500), start)
    )


def _towns(whole: Anchored, dates: list[Span]) -> Iterator[Span]:
    text = whole.text
    for date in dates:
        match = _TOWN_AFTER_DATE.match(text, date.end) if date.entity is Entity.BIRTH_DATE else None
        if match:
            yield matched(match, 1, Entity.PLACE, "place:birth", 0.7)
    for at in whole.places(_HOME_ANCHORS):
        home = _HOME.match(text, at, at + 160)
        if home:
            yield matched(home, 1, Entity.ADDRESS, "address:home")
    for at in whole.places(_IN_TOWN_ANCHORS):
        match = _IN_TOWN.search(text, max(0, at - 1), at + 90)
        if match:
            yield matched(match, 1, Entity.PLACE, "place:cue", 0.7)
