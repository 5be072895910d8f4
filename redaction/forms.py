"""Forms and minutes: «Nom : DIABY   Prénom : Awa», «Adresse : …», «Absents : BRESSON (160), ZHU Meiling (190)».

A label and a colon say what follows them, whatever it looks like: that is how forms, hearings and attendance lists are
filled, by hand or by OCR. Looks only around colons, so that other text costs next to nothing. Normalised text only.
"""

from collections.abc import Iterator

import regex

from redaction.anchors import Anchored, anchors, occurrences
from redaction.lexicon import known_given_names
from redaction.name_parts import is_given, split_name
from redaction.name_runs import Name, is_initial, is_ordinary
from redaction.normalise import fold
from redaction.pseudonyms import TOKEN
from redaction.spans import Entity, Span
from redaction.tables import FULL, GIVEN, SURNAMES, looks_like_a_person
from redaction.vocabulary import HONORIFICS, TITLES


def _labels(text: str) -> frozenset[str]:
    return frozenset(fold(label) for label in text.split(";"))


_PEOPLE = FULL | _labels(
    """vos nom et prénoms; noms et prénoms; nom et prénom(s); nom, prénom; nom, prénoms; nom/prénom; locataire(s);
    locataires; bailleur(s); bailleurs; bailleresse; garant; garants; garant(e); vendeur; vendeurs; acquéreur;
    acquéreurs; acheteur; emprunteur; emprunteurs; co-emprunteur; prêteur; mandant; donateur; donataire; testateur;
    défunt; défunte; époux; épouse; père; mère; fils de; fille de; déclarant; déclarante; plaignant; plaignante; mis
    en cause; mise en cause; prévenu; prévenue; partie civile; requérant; requérante; appelant; appelante; intimé;
    intimée; demanderesse; défenderesse; conducteur; conductrice; assurée; salariée; cliente; patiente;
    copropriétaires absents; absents; absent; absents et non représentés; excusés; excusé; représentés; présents;
    présents ou représentés; présent; étaient présents; sont présents; votent contre; ont voté contre; votent pour;
    ont voté pour; vote contre; s'abstiennent; se sont abstenus; abstentions; opposants; opposant; contre; pour;
    défaillants; destinataires; associés présents; scrutateurs; scrutateur; scrutatrice; secrétaire de séance;
    secrétaire; héritiers; ayants droit; témoin de; signé; signature; nom du salarié; nom du client; nom du patient;
    affaire; dossier; nos réf; alias; surnom; dit; personne à prévenir; personne à contacter; autre parent; l'autre
    parent; nom de l'enfant; nom du père; nom de la mère; nom du conjoint; nom et prénom de l'enfant; employée;
    vendeuse; représentant légal; représentée par; représenté par; représentant; interprète; usufruitier;
    nu-propriétaire; nue-propriétaire; cédant; cessionnaire; caution solidaire; débitrice; créancière; curateur;
    tuteur; tutrice; curatrice; majeur protégé; mineur; mineure; stagiaire; gérante; mandataire; maître d'ouvrage;
    locataire sortant"""
)
ADDRESSES = _labels(
    """adresse; adresse(s); adresse postale; adresse personnelle; adresse actuelle; dernière adresse; domicile;
    demeurant; demeurant à; demeurant au; domicilié à; domiciliée à; domicilié; domiciliée; résidence; logement
    loué; localisation du logement; adresse du logement; adresse du bien; adresse des locaux; bien loué; situation
    du bien; adresse de l'immeuble; terrain; adresse du terrain; lieu des travaux; lieu du
    sinistre; chantier; lieu de résidence; logement; nouvelle adresse; ancienne adresse"""
)
DATES = _labels(
    """né le; née le; né(e) le; né(e); naissance; date naissance; date de naiss; date de naissance; date et lieu de
    naissance; date de décès; décédé le; décédée le; date de mariage; marié le; mariée le; mariés le; ddn"""
)
PHONES = _labels(
    """téléphone; tél; tel; portable; mobile; téléphone portable; téléphone fixe; n° de téléphone; tél. portable;
    numéro de téléphone; télécopie; fax; gsm"""
)
PAPERS = _labels(
    """n° étranger; numéro étranger; agdref; n° agdref; carte d'identité; n° de carte d'identité; cni; n° cni;
    passeport; n° de passeport; titre de séjour; n° de titre de séjour; n° fiscal; numéro fiscal; spi; n° spi; n° de
    sécurité sociale; numéro de sécurité sociale; sécurité sociale; n° sécu; nir; n° ss; n° allocataire; numéro
    allocataire; allocataire; matricule; réf; référence; réf client; n/réf; v/réf; nos réf; vos réf; nos références; vos
    références; pdl; prm; pce; n° de compteur; n° client; n° de permis; permis de conduire; n° d'écrou; n° de compte"""
)

# Any label that says that a number follows («vos références à rappeler»), unless a court gave it. Folded.
_NUMBERED = regex.compile(
    r"(?:[vn]os?|[vn]otre|[nv])?(?:references?|ref|identifiant|numero|matricule|contrat|police|adherent|client|sinistre)"
    r"(?!.*(?:rg|parquet|portalis|minute|decision|arret|pourvoi|jugement|loi|decret|ordonnance|siren|siret|telephone"
    r"|article))"
)
_HANDLES = _labels(
    """snap; snapchat; instagram; insta; tiktok; facebook; fb; twitter; telegram; skype; discord; pseudo; pseudonyme;
    login"""
)
_HANDLE = regex.compile(r"@?[\p{L}\p{N}_](?:[.\-]?[\p{L}\p{N}_]){2,30}(?![\p{L}\p{N}_:/])")
_ENDS = regex.compile(r"\n| {3,}| \| |$")
_LIST_ENDS = regex.compile(r"\n[ ]*\n| {3,}| \| |\.(?=[ \n]|$)(?<!\p{Lu}\.)(?<!Mm?es?\.)|$")
_SEPARATORS = regex.compile(r"[ \n]*[,;/][ \n]*| (?:et|&|ET)(?: de)? |\n[ ]*[-–•*]?[ ]*")
_ITEM = regex.compile(
    r"(?:(?:MM?\.|M\.|Mmes?|MME|Mlles?|Mes?|Monsieur|Madame|Mademoiselle|Maître|Dr|indivision|INDIVISION|consorts"
    r"|CONSORTS|les époux|époux|succession|SUCCESSION)[ .]+)*+[«\"']?[ ]?(?P<name>\p{Lu}[\p{L}'\- .]{1,48}?)[ ]?[»\"']?"
    r"(?:[ ]?\(.*)?[ .]*+"
)
_GIVEN = regex.compile(r"(?P<name>\p{Lu}[\p{L}'\- .,]{1,60}?)[ .]*+")
_DATE = regex.compile(
    r"[0-9OolIiSB]{1,2}[/. \-]{1,3}[0-9OolIiSB]{1,2}[/. \-]{1,3}[0-9OolISB]{2,4}(?![\p{L}\p{N}])"
    r"|(?:19|20)\d\d-\d\d-\d\d(?!\d)"
)
_PHONE = regex.compile(r"\+?(?:[0-9OolISB][ .\-/]{0,2}){8,13}[0-9OolISB](?![\p{L}\p{N}])")
_PAPER = regex.compile(
    r"(?:[Nn]°[ ]?)?(?P<number>(?=(?:[^\d\n]*+\d){5})[A-Z0-9](?:[ ./\-]?[A-Z0-9]){4,24})(?![\p{L}\p{N}])"
)
_POSTCODES = _labels("code postal; cp; c.p.; code postal et ville; code postal, ville; cp ville; cp/ville; cp - ville")
_CODE = regex.compile(r"\d{2} ?\d{3}(?!\d)")
_POSTCODE = regex.compile(r"[,\n ]*\d{2} ?\d{3} \p{Lu}[\p{L}'\- ]{1,40}")
_WHAT_ELSE = regex.compile(r"(?<=\d.*) ?; ?(?=\p{Ll}{2})")  # «38100 Grenoble ; hébergée par sa tante»
_LONGEST = 44  # characters of a label
_LONGEST_LIST = 900


def find_people_in_forms(text: str) -> Iterator[Name]:
    for label, start, end in _fields(text):
        if label in SURNAMES or label in GIVEN:
            yield from _part(text, start, end, given=label in GIVEN)
        elif label in _PEOPLE:
            yield from _listed(text, start, _stop(text, _LIST_ENDS, start, _LONGEST_LIST))


def find_other_fields(whole: Anchored) -> Iterator[Span]:
    """Addresses, dates of a life, telephones and papers, as forms have them; OCR's digits included."""
    text = whole.text
    for born in _BORN:
        for at in whole.places((born,)):
            begun = _LIFE_BEFORE.search(text, max(0, at - 7), at)
            match = _DATE.match(text, at + len(born.literal)) if begun else None
            if match:
                yield Span(*match.span(), Entity.BIRTH_DATE, 0.8, "date:field")
    for label, start, end in _fields(text):
        if label in _HANDLES and (handle := _HANDLE.match(text, start, end)):
            yield Span(*handle.span(), Entity.EMAIL, 0.7, "handle:field")
        if label not in PAPERS and _NUMBERED.match(label) and (paper := _PAPER.match(text, start, end + 1)):
            yield Span(*paper.span("number"), Entity.CONTRACT, 0.7, "numbered:field")
        if label in _POSTCODES and (code := _CODE.match(text, start)):
            yield Span(*code.span(), Entity.ADDRESS, 0.8, "address:field")
        if label in ADDRESSES or (label.startswith("adresse") and not label.endswith(_VIRTUAL)):
            yield from _address(text, start, end)
            continue
        for labels, pattern, entity in _FIELDS:
            match = pattern.match(text, start, end + 1) if label in labels else None
            if match:
                number = match.span("number") if "number" in pattern.groupindex else match.span()
                yield Span(*number, entity, 0.8, f"{entity}:field")


_VIRTUAL = ("mail", "mel", "email", "courriel", "electronique", "ip", "web", "internet", "url", "site", "mac")
_BORN = anchors("é le ", "ée le ", "É LE ", "ÉE LE ", "é(e) le ")
_LIFE_BEFORE = regex.compile(r"(?<!\p{L})(?:[nN]|[dD][ée]c[ée]d|D[ÉE]C[ÉE]D)$")  # «né le», «décédée le»; not «signé le»
_FIELDS = (
    (DATES, _DATE, Entity.BIRTH_DATE),
    (PHONES, _PHONE, Entity.PHONE),
    (PAPERS, _PAPER, Entity.CONTRACT),
)


def _fields(text: str) -> Iterator[tuple[str, int, int]]:
    """(label, folded; where its value begins and ends) for each colon that ends a label."""
    for at in occurrences(text, ":"):
        low = max(0, at - _LONGEST)
        before = regex.split(r"\n| {3,}|[|;.•:] ?", text[low:at].rstrip(" ."))
        label = before[-1].strip(" -–*>") if len(before) > 1 or not low else ""  # no label is longer
        start = at + 1
        while text[start : start + 1] == " ":
            start += 1
        if label.endswith("]"):
            label = ""  # «[NOM] :», of an earlier redaction
        if len(label) > 1 and text[start : start + 1] == "\n" and text[start + 1 : start + 2] not in ("\n", ""):
            start += 1  # the value stands beneath its label
        if len(label) > 1:
            yield fold(label), start, _stop(text, _ENDS, start, 160)


def _stop(text: str, ends: regex.Pattern[str], start: int, most: int) -> int:
    match = ends.search(text, start, start + most)
    return match.start() if match else min(len(text), start + most)


# Of another field on the same line: «Nom : TAVARES Prénoms : Édson».
_NEXT_LABEL = regex.compile(
    r" (?:Pr[ée]noms?|PR[ÉE]NOMS?|N[ée]+e?|N[ÉE]E?|Nom|NOM|Sexe|Date|Adresse)(?:\(\p{Ll}\))?(?: \p{Ll}[^:\n]{0,20})? ?:"
)


def _part(text: str, start: int, end: int, *, given: bool) -> Iterator[Name]:
    label = _NEXT_LABEL.search(text, start, min(len(text), end + 1))
    match = (_GIVEN if given else _ITEM).fullmatch(text, start, label.start() if label else end)
    word = match["name"].strip() if match else ""
    if match and word.rstrip(". ") not in HONORIFICS and not any(c.isdigit() for c in word):
        low = match.start("name")
        yield Name(low, low + len(word), word if given else "", "" if given else word, "table", strong=not given)


def _listed(text: str, start: int, end: int) -> Iterator[Name]:
    """The persons of a list, which ends at the first thing that is none; companies between them are passed over."""
    at = start
    while at < end:
        link = _SEPARATORS.search(text, at, end)
        stop = link.start() if link else end
        match = _ITEM.fullmatch(text, at, stop)
        if match is None and text[at : at + 1].islower():
            return  # the sentence goes on
        if match:
            words = match["name"].split()
            if words and _is_person(words):
                given, surname = split_name(words)
                low = match.start("name")
                yield Name(low, low + len(match["name"].rstrip()), given, surname, "table")
        at = link.end() if link else end


def _is_person(words: list[str]) -> bool:
    if len(words) == 2 and words[0].istitle() and _INITIALS.fullmatch(words[1]):
        return fold(words[0]) not in TITLES  # «Pineau J-L»
    in_capitals = len(words) in (2, 3) and words[0].isupper() and len(words[0]) > 2
    if in_capitals and (is_initial(words[-1]) or (words[-1].istitle() and _is_surname(words))):
        return True  # «BOIS Y.», «TERZIAN Ara»
    return len(words) <= 5 and looks_like_a_person(words)


_INITIALS = regex.compile(r"\p{Lu}(?:(?:\.-?|-)\p{Lu}){0,2}\.?")


def _is_surname(words: list[str]) -> bool:
    """Of «TERZIAN Ara»: a word of French only where a first name follows."""
    return not is_ordinary(words[0]) or is_given(words[-1]) or fold(words[-1]) in known_given_names()


def _address(text: str, start: int, end: int) -> Iterator[Span]:
    value = _WHAT_ELSE.split(text[start:end], 1)[0].rstrip(" ,.")
    if not any(c.isdigit() for c in TOKEN.sub("", value)) or len(value) < 6 or "@" in value:
        return
    more = _POSTCODE.match(text, start + len(value), end + 60)
    yield Span(start, more.end() if more else start + len(value), Entity.ADDRESS, 0.85, "address:field")
