"""Sentences of French legal life with invented people, companies, streets and institutions, to train names on.

Nobody and nothing in them exists: surnames, companies and towns are put together from syllables, so that only the
words around tell a person from a company. Some sentences are then misread as OCR would. Deterministic: the chance
comes in as an argument.
"""

# ruff: noqa: SIM905, ARG001  (word lists are read as text; every slot is filled alike)

from collections.abc import Callable, Sequence
from random import Random

from evals.press import Marked, Range
from evals.synthetic_acts import ACTS
from evals.synthetic_frames import FRAMES, HEADINGS, SURNAMES
from redaction.lexicon import known_given_names, known_surnames, places, written_first_names

_ONSETS = "b br c ch d dr f fr g gr gu h j k l m n p pl pr qu r s t tr v v z th sch st y".split()
_MIDDLES = "a ai au e é eau i ie o oi ou u ue an en in on er ar or el al oul ell ann ess ett iss".split()
_ENDS = (
    "ard aud ault eau ert ez et elle esson ier in ot oux y ac ec ic o i a on ain and ois ou ski ic man sen ini elli"
    " eix as os ul ah id our ov eff é er icz"
).split()
_PARTICLES = ("de ", "Le ", "La ", "du ", "d'", "Van ", "Ben ", "El ", "Da ", "de La ", "Saint-")
_FORMS = "SARL SAS SA SCI SNC EURL SELARL SCP société groupe association syndicat fondation banque compagnie".split()
_TRADES = "Transports Bâtiment Conseil Immobilier France Services Assurances Industrie Distribution Énergie".split()
_STREETS = "rue avenue boulevard place quai impasse allée chemin cours square".split()
_FOREIGN = (
    "High Court County Crown Legal Aid Board Office Home Secretary Chief Justice Attorney General Bundesgericht"
    " Oberlandesgericht Landgericht Högsta Förvaltning Kammarrätten Corte Suprema Tribunale Procura Consiglio"
    " Yargıtay Müdürlüğü Danıştay Sąd Najwyższy Rada Hoge Raad Gerechtshof Ministry Council Police Department Trust"
    " Foundation Company Limited International National Social Insurance"
).split()

_SENTENCES = (
    "{P} a saisi le tribunal judiciaire de {T} d'une demande dirigée contre la société {C}.",
    "Par acte du 3 mars 2019, {P} a cédé à {P} ses parts de la {F} {C}.",
    "{H} {P} expose que {H} {S} lui a vendu le véhicule de marque {C}.",
    "La société {C}, dont le siège est {N} {R} {S}, {Z} {T}, a formé un pourvoi.",
    "Le groupe {C} emploie douze salariés à {T}, dont {P} et {P}.",
    "{P} c. {P}, n° 12/01234.",
    "Vu l'arrêt {S} contre France, la Cour rappelle les principes de l'arrêt {S} précité.",
    "L'affaire {S} c. Royaume-Uni fut portée devant la {X} of {X} ({X} {X}).",
    "L'appel fut rejeté par la Cour suprême ({X}) le 12 mai, puis par l'office ({X} {X} {X}).",
    "Le comté de {T} et la {X} {X} of {T} furent informés.",
    "Entre : {P}, née le 4 avril 1961 à {T}, et {P}, demeurant {N} {R} {S}, {Z} {T}.",
    "Témoins : {P}, {P} et {P}.",
    "Selon {S}, la clause est abusive ; {S} soutient le contraire.",
    "{S} conclut au débouté. {S} réplique que {C} a livré la marchandise.",
    "Attendu que {P} reproche à la société {C} d'avoir vendu à {C} le fonds de commerce ;",
    "Que la société {C} {K} fait grief à l'arrêt de la condamner ;",
    "Le logiciel {C} et la marque {C} appartiennent à la {F} {C} {K}.",
    "La convention collective {C} s'applique ; le syndicat {C} et la {F} {C} sont intervenus.",
    "{N} {R} {G} {S}, {Z} {T}",
    "Place {G} {S}, {R} {S}, lycée {G} {S} et collège {S}.",
    "Mon cher {G}, j'ai vu {S} hier. {G} me dit que {S} passera à {T}.",
    "De : {P}\nÀ : {P}\nObjet : dossier {S} / {C}",
    "Cordialement,\n{P}\nDirectrice juridique, {C}",
    "Présents : {P} ; {P} ; {P}. Excusé : {P}.",
    "SUR LE MOYEN UNIQUE : {P} fait valoir que LA SOCIÉTÉ {C} devait une garantie.",
    "Article 1er - Le Bailleur donne à bail au Preneur un local situé à {T}, {R} du {T}.",
    "Le Code civil, la Constitution et la Convention de {T} s'appliquent ; le Gouvernement et la Commission concluent.",
    "La Cour de cassation, chambre sociale, casse l'arrêt rendu par la cour d'appel de {T}.",
    "Le préfet de {T}, le maire de {T} et l'hôpital {G} {S} ont été entendus.",
    "Le tribunal de {T} a nommé {H} {S} en qualité d'expert, puis {P}.",
    "{P}, gérant de la {F} {C}, et son épouse {P} se portent cautions.",
    "Les époux {S} ont confié les travaux à l'entreprise {C} de {T}.",
    "Il résulte du rapport {S} que la société {C} a employé {P} sur le chantier de {T}.",
    "L'appelant : {P}. L'intimée : {C} {K}.",
    "La banque {C} a prêté à {P} ; le fonds {C} {K} vient aux droits de {C}.",
    "Assurance {C}, contrat {C} Plus, formule {C}, application {C}.",
    "Vente {S} / {S}. Succession {S}. Divorce {S}.",
    "Le navire {C}, battant pavillon de {T}, est entré au port de {T}.",
    "Loi {S}, amendement {S}, jurisprudence {S}, barème {S}, plan {S}.",
    "Moyens annexés : la société {C} fait grief à l'arrêt de l'avoir condamnée à payer à {H} {S} une somme.",
    "Que {G}, leur fils, vit à {T} ; que {G} et {G} sont scolarisés à {T}.",
    "Le Bailleur et le Preneur conviennent que la Société {C} sera le Prestataire.",
    "Pièce n° 4 : courriel de {P} à {P} ; pièce n° 5 : devis {C} {K}.",
)
_PERSON = frozenset("PSGV")
_ALL = (*_SENTENCES, *FRAMES, *ACTS)
_NOT_PEOPLE = (  # where a name stands for a street, a law, a school: no person
    "{R} {S}", "{R} {G} {S}", "lycée {G} {S}", "collège {S}", "hôpital {G} {S}", "Loi {S}", "amendement {S}",
    "jurisprudence {S}", "barème {S}", "plan {S}", "Place {G} {S}",
)  # fmt: skip


def person(random: Random) -> tuple[str, str]:
    """An invented first name and surname."""
    return _given(random, False), _surname(random, False)


def sentences(count: int, random: Random) -> list[Marked]:
    return [_sentence(f"legal-{index}", random) for index in range(count)]


def _sentence(name: str, random: Random) -> Marked:
    frame = random.choice(_ALL)
    for phrase in _NOT_PEOPLE:
        frame = frame.replace(phrase, phrase.replace("{S}", "{s}").replace("{G}", "{g}"))
    text, persons = "", list[Range]()
    capitals = random.random() < 0.25
    for piece in frame.replace("{", "\0{").replace("}", "}\0").split("\0"):
        if not piece.startswith("{"):
            text += piece
            continue
        filled = _SLOTS[piece[1].upper()](random, capitals)
        filled = filled.upper() if piece[1] == "t" else filled.capitalize() if piece[1] == "w" else filled
        if piece[1] in _PERSON:
            persons.append((len(text), len(text) + len(filled)))
        text += filled
    if random.random() < SHOUTED and len(text.upper()) == len(text):
        text = text.upper()
    return Marked(name, _misread(text, random) if random.random() < 0.2 else text, tuple(persons))


def _misread(text: str, random: Random) -> str:
    """Letters taken for others of the same width: no offset moves."""
    swaps = {
        "e": "c",
        "o": "0",
        "l": "1",
        "i": "l",
        "u": "n",
        "n": "u",
        "é": "e",
        "m": "n",
        "B": "E",
        "R": "H",
        "a": "o",
    }
    return "".join(swaps[c] if c in swaps and random.random() < 0.03 else c for c in text)


def _word(random: Random) -> str:
    syllables = random.choice((0, 1, 1, 1, 2))
    body = "".join(random.choice(_ONSETS) + random.choice(_MIDDLES) for _ in range(syllables))
    return (body + random.choice(_ONSETS) + random.choice(_ENDS)).capitalize()


def _surname(random: Random, capitals: bool) -> str:
    form = random.random()
    if form < 0.4:
        name = random.choice(SURNAMES).replace("-", " ")
    elif form < 0.6:
        name = random.choice(_LISTED_SURNAMES).capitalize()
    else:
        name = (random.choice(_PARTICLES) if random.random() < 0.12 else "") + _word(random)
    if random.random() < 0.08:
        name += "-" + _word(random)
    return name.upper() if capitals else name


def _given(random: Random, capitals: bool) -> str:
    form = random.random()
    if form < UNLISTED:
        return _word(random)
    if form < UNLISTED + FOREIGN:
        return random.choice(_FOREIGN_GIVEN).capitalize()
    name = random.choice(_GIVEN)
    return f"{name}-{random.choice(_GIVEN)}" if random.random() < 0.08 else name


def _person(random: Random, capitals: bool) -> str:
    given, surname = _given(random, capitals), _surname(random, capitals)
    form = random.random()
    if form < 0.1:
        return f"{surname.upper()} {given}"
    if form < 0.2:
        return f"{given[0]}. {surname}"
    return f"{given} {surname}"


def _reversed(random: Random, capitals: bool) -> str:
    """As lists have it: surname first."""
    surname = _surname(random, capitals)
    return f"{surname if random.random() < 0.3 else surname.upper()} {_given(random, capitals)}"


def _letters(random: Random, capitals: bool) -> str:
    return "".join(random.choice("ABCDEFGILMNOPRSTUV") for _ in range(random.choice((2, 3, 4, 5))))


def _heading(random: Random, capitals: bool) -> str:
    heading = random.choice(HEADINGS)
    form = random.random()
    return heading if form < 0.6 else heading.capitalize() if form < 0.8 else heading.title()


def _date(random: Random, capitals: bool) -> str:
    if random.random() < 0.4:
        return f"{random.randint(1, 28):02d}/{random.randint(1, 12):02d}/{random.randint(1940, 2024)}"
    return f"{random.randint(1, 28)} {random.choice(_MONTHS)} {random.randint(1940, 2024)}"


def _company(random: Random, capitals: bool) -> str:
    form = random.random()
    if form < 0.15:
        return "".join(random.choice("ABCDEFGILMNOPRST") for _ in range(random.choice((3, 4, 5))))
    name = _word(random) if random.random() < 0.8 else random.choice(_LISTED_SURNAMES).capitalize()
    if form < 0.35:
        name += f" {random.choice(_TRADES)}"
    elif form < 0.45:
        name += " et Fils" if random.random() < 0.5 else f" {_word(random)}"
    return name.upper() if capitals or random.random() < 0.15 else name


def _town(random: Random, capitals: bool) -> str:
    if random.random() < 0.4:
        return random.choice(_TOWNS).capitalize()
    tail = random.choice(("", "", "ville", "court", "-sur-" + _word(random), "ac", "-les-Bains"))
    return _word(random) + tail


def _choice(values: Sequence[str]) -> Callable[[Random, bool], str]:
    return lambda random, _: random.choice(values)


SHOUTED = 0.06  # of the sentences: acts that are in capitals from end to end
FOREIGN = 0.12  # of the first names: on the list of other countries
UNLISTED = 0.1  # and on none
_LISTED_SURNAMES = sorted(known_surnames())
_FOREIGN_GIVEN = sorted(known_given_names())
_TOWNS = sorted(places())
_MONTHS = "janvier février mars avril mai juin juillet août septembre octobre novembre décembre".split()
_GIVEN = sorted(name for name in written_first_names() if len(name) > 2)
_SLOTS: dict[str, Callable[[Random, bool], str]] = {
    "P": _person, "S": _surname, "G": _given, "C": _company, "T": _town, "R": _choice(_STREETS),
    "H": _choice(("M.", "Mme", "Monsieur", "Madame", "Me", "Mlle", "Maître", "Dr")), "F": _choice(_FORMS),
    "K": _choice(_TRADES), "X": _choice(_FOREIGN), "N": lambda random, _: str(random.randint(1, 180)),
    "V": _reversed, "U": _letters, "W": _heading, "D": _date,
    "Z": lambda random, _: str(random.randint(1000, 95999)).zfill(5),
}  # fmt: skip
