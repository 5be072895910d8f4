"""The sieve may say "perhaps" too often, and never "no" wrongly."""

from hypothesis import given
from hypothesis import strategies as st

from chunking.sieve import Sieve

MARKS = ("ECLI:", "RG", "R.G", "C-", "C‑", "QPC", "PA0", "CPC", "Conseil d", "req.", "cpc")


@given(st.text(), st.sampled_from(MARKS), st.text())
def test_a_mark_that_is_there_may_be_there(before: str, mark: str, after: str) -> None:
    assert Sieve(f"{before}{mark}{after}").may_hold(mark)


def test_a_text_without_capitals_holds_no_mark_in_capitals() -> None:
    sieve = Sieve("le pourvoi est rejeté ; l'arrêt n° 19-19.463 est cité")
    assert not any(sieve.may_hold(mark) for mark in ("ECLI:", "RG", "QPC", "CPC"))
