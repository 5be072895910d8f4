"""Addresses, dates and organisations in French documents, read from normalised text.

An address needs a street word and a number, or a postcode and a town, or the cue of a residence. A date becomes a
personal one by its cue (né le, marié le, décédé le). An organisation needs its legal form.
"""

from collections.abc import Iterator

import regex

from redaction.spans import Entity, Role, Span

_STREET = (
    r"(?:[Rr]ue|RUE|[Aa]venue|AVENUE|[Aa]v\.|AV\.?|[Bb]oulevard|BOULEVARD|[Bb]o?u?lv?d\.?|BD\.?|[Pp]lace|PLACE|[Aa]ll[ée]es?|ALL[ÉE]ES?"
    r"|[Ii]mpasse|IMPASSE|[Cc]hemin|CHEMIN|[Cc]he?\.|[Rr]oute|ROUTE|[Rr]te\.?|[Qq]uai|QUAI|[Cc]ours|COURS|[Ss]quare|SQUARE|[Pp]assage"
    r"|PASSAGE|[Vv]illa|[Rr][ée]sidence|R[ÉE]SIDENCE|[Rr][ée]s\.|[Ll]otissement|LOTISSEMENT|[Hh]ameau|HAMEAU|[Ll]ieu-?[Dd]it|LIEU-?DIT"
    r"|[Ff]aubourg|FAUBOURG|[Ff]bg\.?|[Ss]entier|[Ee]splanade|[Pp]romenade|[Rr]ond-[Pp]oint|[Cc]it[ée]|[Cc]los|[Tt]raverse|[Mm]ont[ée]e"
    r"|[Vv]enelle|[Rr]uelle|[Pp]arvis|[Mm]ail|[Cc]orniche|[Cc]our|[Cc]hauss[ée]e|[Ll]evée|[Gg]rande? [Rr]ue|GRANDE? RUE|[Dd]omaine|[Pp]arc|[Qq]uartier)"
)
_NUMBER = r"\d{1,4}(?: ?(?:bis|ter|quater|BIS|TER|[A-Da-d](?![\p{L}'])))?(?: ?[-/à] ?\d{1,4})?"
_TOWN = r"\p{Lu}[\p{L}'\-]*+(?: (?:(?:sur|sous|en|de|du|des|la|le|les|lès|aux?|et)[ -])*(?:[dl]')?\p{Lu}[\p{L}'\-]*+){0,4}(?: (?:CEDEX|Cedex|cedex)(?: \d{1,2})?)?"
_CODE = r"(?:F-?)?\d{2} ?\d{3}(?! ?(?:€|euros?\b|EUR\b|francs?\b|\d))"
_POSTCODE_TOWN = rf"{_CODE},? {_TOWN}"
_TOWN_POSTCODE = rf"(?:à |, ?|-|- | |\n)?{_TOWN} ?\(\d{{2,5}}\)"
_NAME_OF_STREET = r"(?:[ ](?:\d{1,2} )?[\p{L}'\-.]++){1,8}?"  # lazily, up to what ends it
_MORE = r"(?:[,\n ] ?(?:-[ ])?(?:(?:[Aa]pp(?:t|artement)?|[Bb][âa]t(?:iment)?|[Ee]sc(?:alier)?|[ÉEée]tage|[Pp]orte|[Hh]all|[Ll]ot|BP|B\.P\.|CS|TSA)\.? ?(?:n°)? ?[A-Z0-9][\w\-]*|\d{1,2}(?:er|[eè]me|e) étage)){0,4}"
_TAIL = rf"(?:{_MORE}(?:[,\n ] ?| ?-[ ]|,? à ){_POSTCODE_TOWN}|{_MORE}{_TOWN_POSTCODE}|{_MORE})"

_ADDRESS = regex.compile(
    rf"(?<![\p{{L}}\p{{N}}/.]){_NUMBER},? ?{_STREET}(?![\p{{L}}]){_NAME_OF_STREET}(?=[,;.\n)(|]|$| (?:à|[-–]|\d|appt|BP|CS)){_TAIL}"
)
_NAMED_PLACE = regex.compile(
    rf"(?<!\p{{L}})(?:[Ll]ieu-?[Dd]it|LIEU-?DIT|[Hh]ameau de|BP|CS|TSA) [\p{{L}}\d'\- ]{{2,40}}?,? ?{_POSTCODE_TOWN}"
)
_POSTCODE = regex.compile(rf"(?<![\p{{L}}\p{{N}}.,/°\-])(?<!n° ){_CODE} {_TOWN}")
_LIVES = regex.compile(
    r"(?<!\p{L})(?:demeurant|demeurante|domicilié(?:e|s|es)?|résid(?:ant|e|ent)|DEMEURANT|DOMICILIÉE?|ayant (?:son domicile|élu domicile)|sise?s?)"
    rf"(?: ensemble| tous deux| toutes deux| actuellement| désormais| ès qualités)*(?: :)? (?:au |à |à l'|aux |dans |chez )?({_NUMBER},? [^,;.\n|]{{3,60}}(?:[,\n] ?{_POSTCODE_TOWN})?|"
    rf"[^,;.\n|\d]{{0,60}}[,\n] ?{_POSTCODE_TOWN})"
)
_IN_TOWN = regex.compile(
    rf"(?<!\p{{L}})(?:née?s? le [^,;\n]{{4,30}} à|demeurant à|domiciliée?s? à|résidant à|NÉE? LE [^,;\n]{{4,30}} À|lieu de naissance :?|née?s? à) ({_TOWN}(?: ?\([\p{{L}}\d \-]{{2,30}}\))?)"
)

_MONTH = r"(?i:janv(?:ier|\.)|f[ée]v(?:rier|r?\.)|mars|avr(?:il|\.)|mai|juin|juil(?:let|\.)|ao[ûu]t|sept(?:embre|\.)|oct(?:obre|\.)|nov(?:embre|\.)|d[ée]c(?:embre|\.))"
_WORDS = r"(?i:(?:premier|deux|trois|quatre|cinq|six|sept|huit|neuf|dix|onze|douze|treize|quatorze|quinze|seize|vingt|trente|et|un)[ -]?)+"
_YEAR_WORDS = r"(?i:(?:mil(?:le)?|cents?|deux|neuf|dix|onze|douze|treize|quatorze|quinze|seize|vingts?|trente|quarante|cinquante|soixante|quatre|cinq|trois|six|sept|huit|et|une?)[ -]?){2,}"
_DATE_FORM = (
    rf"(?:\d{{1,2}}(?:er)?[ \-]{_MONTH}[ \-]\d{{4}}|(?<![\d][/.\-])(?:0?[1-9]|[12]\d|3[01])[/.\-](?:0?[1-9]|1[0-2])[/.\-](?:\d{{4}}|\d{{2}})(?!\d|[/.\-]\d)|\d{{4}}-\d{{2}}-\d{{2}}"
    rf"|{_WORDS} ?{_MONTH} {_YEAR_WORDS})"
)
_MONTH_YEAR = rf"{_MONTH} \d{{4}}"
_DATE = regex.compile(rf"(?<![\p{{L}}\p{{N}}])(?:{_DATE_FORM}|{_MONTH_YEAR})")
_LIFE = regex.compile(
    r"(?<!\p{L})(?:[Nn]é(?:e|s|es)?|NÉE?S?|[Nn]é\(e\)|[Nn]aissance|NAISSANCE|[Mm]ari[ée](?:e|s|es|age)?|[Dd]écéd[ée](?:e|s)?|DÉCÉDÉE?|[Dd]écès|[Dd]ivorcé(?:e|s)?|PACS|[Pp]acsé(?:e|s)?)"
    rf"[^.;|\d]{{0,45}}?(?<![\p{{L}}\p{{N}}])({_DATE_FORM})"
)

_FORM = (
    r"(?:[Ss]ociétés?(?: civile immobilière| par actions simplifiée| anonyme| à responsabilité limitée| civile)?|SOCIÉTÉ|[Aa]ssociation|ASSOCIATION|[Ss]yndicat(?: des copropriétaires)?|SYNDICAT"
    r"|[Ff]ondation|[Cc]abinet|CABINET|[ÉE]tude|[Éé]tablissements|ÉTABLISSEMENTS|Ets|[Cc]linique|[Ff]iduciaire|SARL|S\.A\.R\.L\.|SASU?|S\.A\.S\.U?\.?|SA|S\.A\.|SCI|S\.C\.I\.|EURL|E\.U\.R\.L\.|SNC|S\.N\.C\.|SCP|S\.C\.P\.|SELARL|SELAS|SELURL|SEL|SCM|GIE|GAEC|EARL|AARPI)"
)
_CAPITAL = r"(?:(?:[dl]')?\p{Lu}[\p{L}\p{N}'&.\-]*+)"
_ORGANISATION = regex.compile(
    rf"(?<!\p{{L}}){_FORM} (?:dite )?(?:« ?|\" ?)?({_CAPITAL}(?:(?:,? (?:et |& |de la |de l'|de |du |des |d'|en |pour |le |la |les ){{0,2}}){_CAPITAL}){{0,7}})"
)
_BEFORE_FORM = regex.compile(
    rf"(?<![\p{{L}}\p{{N}}])({_CAPITAL}(?: (?:et |& |de |du |des )?{_CAPITAL}){{0,4}}),? (?:SARL|SASU?|SA|SCI|EURL|SNC|S\.A\.R\.L\.|S\.A\.S\.|S\.A\.)(?![\p{{L}}.])"
)
_LAW_FIRM = regex.compile(r"(?:SCP|S\.C\.P\.|SELARL|SELAS|SELURL|AARPI|[Cc]abinet|CABINET|SARL|SAS|SEL)\b")
_COUNSEL = regex.compile(r"(?i)avocat|plaidant|postulant|barreau|au conseil d'[ée]tat")
_DIGIT_WORD = regex.compile(r"\d")


def find_places_and_dates(text: str) -> Iterator[Span]:
    """Addresses, personal dates, other dates and places: all of them, the policy chooses."""
    for pattern, group, why in (
        (_ADDRESS, 0, "street"),
        (_NAMED_PLACE, 0, "place"),
        (_POSTCODE, 0, "postcode"),
        (_LIVES, 1, "lives"),
    ):
        for match in pattern.finditer(text):
            yield _span(match, group, Entity.ADDRESS, f"address:{why}")
    for match in _LIFE.finditer(text):
        yield _span(match, 1, Entity.BIRTH_DATE, "date:cue")
    for match in _DATE.finditer(text):
        yield _span(match, 0, Entity.DATE, "date:form", 0.6)
    for match in _IN_TOWN.finditer(text):
        yield _span(match, 1, Entity.PLACE, "place:cue", 0.7)


def find_organisations(text: str) -> Iterator[Span]:
    """Organisations by their legal form. A law firm has the role of a lawyer when counsel is named close by."""
    for match in _ORGANISATION.finditer(text):
        firm = bool(_LAW_FIRM.match(match[0])) and bool(_COUNSEL.search(text, match.end(), match.end() + 80))
        role = Role.LAWYER if firm or match[0].startswith(("SELARL", "SCP", "SELAS", "AARPI")) else Role.UNKNOWN
        yield _span(match, 1, Entity.ORGANISATION, "organisation:form", 0.7, role)
    for match in _BEFORE_FORM.finditer(text):
        yield _span(match, 1, Entity.ORGANISATION, "organisation:form", 0.7)


def _span(
    match: regex.Match[str], group: int, entity: Entity, why: str, score: float = 0.85, role: Role = Role.UNKNOWN
) -> Span:
    end = match.end(group)
    while match.string[end - 1] in " ,;.\n":
        end -= 1
    return Span(match.start(group), end, entity, score, why, role)
