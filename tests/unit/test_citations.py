"""Whether a question is a look-up, however it is put, and what the index is then asked for."""

import re

import pytest

from chunking.codes import CODES
from chunking.references import article_refs
from ingestion.citations import cited_in

CIVIL = ("1240 code civil", "1240")


@pytest.mark.parametrize(
    "asked",
    [
        "art. 1240 C. civ.",
        "C. civ., art. 1240",
        "code civil 1240",
        "Code civil, article 1240",
        "1240 code civil",
        "que dit l’article 1240 du code civil ?",
        "donne-moi le texte de l'article 1240 du code civil",
        "article 1240, alinéa 1er, du code civil",
        "cherche l'article 1240 du Code civil",
        "version en vigueur de l'art 1240 cciv",
        "peux-tu me donner l'article 1240 du code civil, s'il te plaît ?",
        "rédaction de l'article n° 1240 du C. civ.",
        "what does article 1240 of the code civil say?",
    ],
)
def test_an_article_is_looked_up_however_the_question_is_put(asked):
    cited = cited_in(asked)
    assert cited.is_lookup
    assert cited.forms == CIVIL


@pytest.mark.parametrize(
    ("asked", "form"),
    [
        ("L 1232 1", "L1232-1"),
        ("l 1232 1 code du travail", "L1232-1 code du travail"),
        ("9 cc", "9 code civil"),
        ("121-3 CP", "121-3 code pénal"),
        ("l80 cb", "L80CB"),
        ("l 80 cb lpf", "L80CB livre des procédures fiscales"),
        ("article 1649 quater b", "1649quaterB"),
        ("244 bis a cgi", "244bisA code général des impôts"),
        ("art. 1103 et suivants du code civil", "1103 code civil"),
    ],
)
def test_what_is_typed_in_haste_is_looked_up_too(asked, form):
    cited = cited_in(asked)
    assert cited.is_lookup
    assert cited.forms[0] == form


@pytest.mark.parametrize("asked", ["moteur de 50 cc", "il y a 10 ans", "bail de 9 ans", "un 4 ca", "100 m de la mer"])
def test_figures_in_a_question_are_not_made_articles(asked):
    assert not cited_in(asked).is_lookup


@pytest.mark.parametrize(
    ("asked", "number"),
    [
        ("Cass. com., 19 janv. 2022, n° 19-19.463", "19-19.463"),
        ("pourvoi n° 19-19.463", "19-19.463"),
        ("CA, RG 20/00804", "RG 20/00804"),
        ("arrêt n° 20/00804", "RG 20/00804"),
        ("CE, sect., 28 déc. 2018, n° 419547", "CE 419547"),
        ("ecli:fr:ccass:2020:so01234", "ECLI:FR:CCASS:2020:SO01234"),
    ],
)
def test_a_decision_is_looked_up_with_its_court_and_date(asked, number):
    cited = cited_in(asked)
    assert cited.is_lookup
    assert cited.cases == (number,)


@pytest.mark.parametrize(
    "asked",
    [
        "licenciement sans cause réelle et sérieuse, article L. 1232-1 du code du travail",
        "le code civil de 1804 et la propriété",
        "quelles sont les exceptions à l'article 1240 ?",
        "que dit le code civil ?",
        "article de presse",
    ],
)
def test_a_question_with_more_to_it_is_none(asked):
    assert not cited_in(asked).is_lookup


def test_a_decision_comes_before_those_that_cite_it():
    cited = cited_in("pourvoi n° 19-19.463")
    number = ["19-19.463"]
    itself = {"title": "Cass. com. 19-19.463", "ordinal": 4, "case_refs": number}
    begins = {"title": "scan0007", "ordinal": 0, "case_refs": number}
    citing = {"title": "Note", "ordinal": 3, "case_refs": number}
    assert [cited.remoteness(it) for it in (itself, begins, citing)] == [0, 0, 1]


def test_the_wrong_code_loses_the_precise_form_and_not_the_article():
    own, cited = cited_in("article L. 1232-1 du code civil").filters
    assert "'L1232-1 code civil|L1232-1'" in own
    assert "L1232-1" in cited


# As the codes number their articles, and as people type them

NUMBERED = {
    "code civil": "1 2-1 16-1-1 515-7-1 1240 2534",
    "code de procédure civile": "14 700 1425-1",
    "code du travail": "L1233-57-3 R1232-13 D1242-1",
    "code de commerce": "A444-32 L145-40-2 R*123-4",
    "code de procédure pénale": "D45-2-1 706-73-1 R53-8-1 A36-1 696-9-1",
    "code de la santé publique": "L1111-2 R4127-4 D6124-91",
    "code général des collectivités territoriales": "L2122-22 R2224-19-2",
    "code de l'urbanisme": "R*421-1 L600-1-2",
    "code électoral": "LO297 LO141 L52-8-1",
    "code général des impôts": "1er 44_sexies-0_A 39_AA_bis 1609_nonies_C 302_bis_ZB 209-0_B 150_U 81_A 223_WW_bis",
    "livre des procédures fiscales": "L80_CB L10-0_AB L16_B R*196-1",
    "constitution": "34-1 49 16",
}


def hands(number: str) -> set[str]:
    """The number as different people write it."""
    prefix = re.match(r"LO|[LRDA]?", number)[0]  # type: ignore[index]
    rest = number.removeprefix(prefix)
    if not prefix:
        return {number}
    small = set() if " " in number else {number.lower()}
    return {number, f"{prefix}. {rest}", f"{prefix}.{rest}", f"{prefix} {rest}"} | small


@pytest.mark.parametrize("code", NUMBERED)
def test_the_text_of_an_article_is_found_by_every_way_of_asking_for_it(code: str) -> None:
    lost = []
    for number in (it.replace("_", " ") for it in NUMBERED[code].split()):
        precise, bare = article_refs(f"{code.capitalize()}, article {number}")
        for written in hands(number):
            named = [
                f"article {written} du {code}",
                f"que dit l’article {written} du {code} ?",
                f"{code}, art. {written}",
            ]
            named += [f"art. {written} {short}" for short in CODES[code]]
            named += [f"{short.upper()} art. {written}" for short in CODES[code] if not short.endswith(".")]
            lost += [it for it in named if (cited_in(it).is_lookup, cited_in(it).forms) != (True, (precise, bare))]
            lost += [it for it in (f"art {written}", f"Article {written}") if cited_in(it).forms != (bare,)]
    assert lost == []
