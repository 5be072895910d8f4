"""The sieve may say "perhaps" too often, and never "no" wrongly."""

import sys
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chunking.cases import _AFTER_YEAR, _KINDS, find_cases
from chunking.mentions import mentions
from chunking.sieve import Sieve

MARKS = ("ECLI:", "RG", "R.G", "C-", "C‑", "QPC", "PA0", "CPC", "Conseil d", "req.", "cpc")


@given(st.text(), st.sampled_from(MARKS), st.text())
def test_a_mark_that_is_there_may_be_there(before: str, mark: str, after: str) -> None:
    assert Sieve(f"{before}{mark}{after}").may_hold(mark)


def test_a_text_without_capitals_holds_no_mark_in_capitals() -> None:
    sieve = Sieve("le pourvoi est rejeté ; l'arrêt n° 19-19.463 est cité")
    assert not any(sieve.may_hold(mark) for mark in ("ECLI:", "RG", "QPC", "CPC"))


WRITTEN = """
    ecli:fr:ccass:2020:so01234|ECLI:FR:Ccass:2020:SO01234|N° RG 20/00804|R.G. : n° A 20-00804|RG 2022 004346|C‑311/18
    |T-12/09|n° 2010-14/15 QPC|2010‑14 DC|CE, 12 mai 2020, n° 428409|Conseil d'État, nos 428409|TA de Lyon, n° 2012345
    |NOR : JUSC1234567D|Portalis : DBVX-V-B7F-OABC|CEDH, 5 mars 2010, X c/ France, n° 12345/06|requête n° 12345/06
    |Requête n° 123/06|req. nos 1234/12|n° K 19-19.463|19‑19 463|n° 20/00804|21PA01234|RG ٢٠/٠٠٨٠٤|CE ٤٢٨٤٠٩
"""
NUMBERS = [line.strip() for line in WRITTEN.split("|")]


class _AlwaysPerhaps(Sieve):
    def may_leave(self, left: object) -> bool:
        return True


@pytest.mark.parametrize("number", NUMBERS)
def test_every_way_of_writing_a_number_is_one_that_the_sieve_is_asked_for(number: str) -> None:
    assert any(kind.pattern.search(number) for kind in (*_KINDS.values(), *(kind for _, kind in _AFTER_YEAR.values())))


@given(st.lists(st.one_of(st.sampled_from(NUMBERS), st.text(), st.sampled_from("A9/-. \n")), max_size=6))
def test_no_number_of_a_decision_is_missed_for_what_it_leaves_in_the_sieve(pieces: list[str]) -> None:
    text = "".join(pieces)
    assert find_cases(text) == find_cases(text, _AlwaysPerhaps(text))


@given(st.lists(st.sampled_from(["L. 311", "R.*132-4", "L.\n 1232", "R. ٣١١", "art. ", "L", ".", "1"]), max_size=6))
def test_no_article_is_missed_for_what_it_leaves_in_the_sieve(pieces: list[str]) -> None:
    text = "".join(pieces)
    assert mentions(text, Sieve(text)) == mentions(text, _AlwaysPerhaps(text))


def test_figures_of_other_scripts_are_known_to_the_sieve_for_other_than_0_to_9() -> None:
    figures = [chr(c) for c in range(0x80, sys.maxunicode) if unicodedata.category(chr(c)) == "Nd"]
    assert all(not Sieve(figure)._is_plain for figure in figures)
