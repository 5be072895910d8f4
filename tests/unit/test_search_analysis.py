"""French analysis: what a lawyer types must meet what the document says."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from local.search import analysis

FRENCH = "fr.microsoft"


def terms(text: str, analyzer: str = FRENCH) -> list[str]:
    return analysis.terms(analyzer, text).split()


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("l’employeur", "employeurs"),
        ("d'une société", "sociétés"),
        ("résilié", "resilie"),
        ("CONTRAT", "contrats"),
        ("loyer", "loyers"),
        ("licencié", "licenciement"),
        ("RESILIE", "résiliation"),
        ("créancier", "CREANCIERS"),
        ("dépôt\u00a0de\u202fgarantie", "depots de garantie"),
        ("qu’aujourd’hui", "aujourd'hui"),
        ("œuvre", "oeuvres"),
        ("e\u0301te\u0301 indien", "été indien"),
        ("coef\u00adficient", "coefficient"),
    ],
)
def test_forms_of_a_word_meet(one: str, other: str) -> None:
    assert terms(one) == terms(other)


def test_words_that_a_lawyer_does_not_confuse_stay_apart() -> None:
    assert terms("loyer") != terms("loi")
    assert terms("foyer") != terms("foi")


def test_stop_words_and_elided_articles_are_dropped() -> None:
    assert terms("Quelle est la durée de l'essai ?") == terms("durée essai")


@pytest.mark.parametrize(
    "typed", ["L. 1232-1", "L.1232-1", "L1232-1", "L 1232-1", "l. 1232-1", "L. 1232‑1", "L.\u00a01232-1", "L. *1232-1"]
)
def test_an_article_is_one_term_however_it_is_typed(typed: str) -> None:
    assert "l1232-1" in terms(f"selon l'article {typed} du code du travail")


@pytest.mark.parametrize(
    ("text", "term"), [("pourvoi n° 22-10.123", "22-10.123"), ("RG 19/01234", "19/01234"), ("art. R. 421-1", "r421-1")]
)
def test_numbers_in_parts_are_one_term_in_addition(text: str, term: str) -> None:
    assert term in terms(text)


def test_a_verb_before_a_number_is_no_reference() -> None:
    assert "a15" not in terms("il a 15 ans")


def test_a_reference_shares_the_place_of_its_last_word() -> None:
    tokens = analysis.tokens(FRENCH, "article L. 1232-1 abrogé")
    places = {token.term: token.position for token in tokens}
    assert places["l1232-1"] == places["1"] < places["abrog"]
    (reference,) = [token for token in tokens if token.term == "l1232-1"]
    assert "article L. 1232-1 abrogé"[reference.start : reference.end] == "L. 1232-1"


def test_an_ordinary_analyzer_keeps_words_as_they_are() -> None:
    assert terms("Les Contrats résiliés", "standard.lucene") == ["les", "contrats", "résiliés"]
    assert terms("L. 1232-1", "keyword") == ["L.␣1232-1"]


def test_what_is_unknown_is_not_an_analyzer() -> None:
    assert analysis.is_analyzer("fr.lucene")
    assert not analysis.is_analyzer("klingon.microsoft")
    assert not analysis.is_analyzer("mine")


WORDS = st.text(alphabet="abcdeéèàçœ'’ .,-/*LRDA0123456789\u00a0\u2011\n", max_size=60)


@given(text=WORDS | st.text(max_size=60), analyzer=st.sampled_from([FRENCH, "en.lucene", "standard.lucene"]))
def test_the_stored_terms_are_those_of_the_tokens(text: str, analyzer: str) -> None:
    tokens = [analysis.stored(token.term) for token in analysis.tokens(analyzer, text)]
    assert sorted(terms(text, analyzer)) == sorted(tokens)


@given(text=WORDS)
def test_offsets_point_into_the_text(text: str) -> None:
    for token in analysis.tokens(FRENCH, text):
        assert 0 <= token.start < token.end <= len(text)
