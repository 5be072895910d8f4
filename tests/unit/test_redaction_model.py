"""The sequence model beside the rules: what it adds, where it is careful, and what it leaves alone."""

from redaction import Redactor
from redaction.pseudonyms import Pseudonyms
from redaction.sequence import find_by_model, is_legal

PRESS = "Hier soir, Lambrissol a chanté au théâtre ; Tourvenec et Jules Quervillon l'ont applaudi, dit Lambrissol. "
ACT = "La société Vandrex demande au tribunal d'annuler le contrat. Vandrex soutient que la clause est nulle. "


def found(text: str) -> set[str]:
    return {text[name.start : name.end] for name in find_by_model(text)}


def test_a_name_that_nothing_announces_is_found_in_the_press() -> None:
    assert {"Lambrissol", "Jules Quervillon"} <= found(PRESS)


def test_an_act_is_legal_writing_and_the_press_is_not() -> None:
    assert is_legal(ACT)
    assert not is_legal(PRESS)


def test_a_company_named_again_without_its_form_is_no_person() -> None:
    assert "Vandrex soutient" in Redactor("pseudonymise", bytes(32)).redact((ACT,)).texts[0]


def test_no_name_runs_over_the_end_of_a_line() -> None:
    text = "Jules Quervillon\nTourvenec Paul\n\nLambrissol"
    assert all("\n" not in name for name in found(text))


def test_around_tokens_of_an_earlier_redaction_nothing_is_found_again() -> None:
    token = Pseudonyms(bytes(32)).surname("Quervillon")
    assert found(f"Jules {token} et Tourvenec") == set()
