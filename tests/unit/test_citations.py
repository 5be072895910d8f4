"""Whether a question is a look-up, however it is put, and what the index is then asked for."""

import pytest

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
    ],
)
def test_an_article_is_looked_up_however_the_question_is_put(asked):
    cited = cited_in(asked)
    assert cited.is_lookup
    assert cited.forms == CIVIL


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
