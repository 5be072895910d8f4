"""Names given back to an operator: in the place of their tokens, and never without a word in the audit."""

from dataclasses import dataclass, field
from typing import cast

import pytest

from ingestion.adapters.build import Services
from ingestion.model import Cabinet, CabinetId
from ingestion.retrieval import Hit
from operations import reveal
from redaction.pseudonyms import Pseudonyms

CABINET = Cabinet(CabinetId("demo"), "t", "demo", (), (), "pseudonymise", 1, "key", b"")
TOKEN = Pseudonyms(bytes(32)).surname("Tessandier")
UNKNOWN = Pseudonyms(bytes(32)).surname("Vanneste")


SECRET = bytes(32)


@dataclass
class Desk:
    """An audit and a vault that remembers one name, and what they were asked in turn."""

    said: list[str] = field(default_factory=list)

    @property
    def audit(self) -> "Desk":
        return self

    @property
    def vault(self) -> "Desk":
        return self

    @property
    def keys(self) -> "Desk":
        return self

    def secret(self, cabinet: Cabinet) -> bytes:
        return SECRET

    def known(self, cabinet: Cabinet, tokens: list[str]) -> frozenset[str]:
        return frozenset({TOKEN}.intersection(tokens))

    def forget(self, cabinet: Cabinet, token: str) -> bool:
        self.said.append("destroyed")
        return token == TOKEN

    def record(self, cabinet: str, action: str, **fields: int) -> None:
        self.said.append(f"{cabinet} {action} {fields}")

    def reveal(self, cabinet: Cabinet, tokens: list[str]) -> dict[str, tuple[str, ...]]:
        self.said.append(f"asked {len(tokens)}")
        return {it: ("Tessandier", "M. TESSANDIER") for it in tokens if it == TOKEN}


def test_the_audit_is_written_before_a_name_is_read_and_holds_neither_name_nor_token() -> None:
    desk = Desk()
    found = reveal.tokens(cast("Services", desk), CABINET, [TOKEN, UNKNOWN, "no token"])
    assert found == {TOKEN: ("Tessandier", "M. TESSANDIER"), UNKNOWN: (), "no token": ()}
    assert desk.said == ["demo revealed {'tokens': 3}", "asked 2"]


def test_every_text_of_a_hit_is_given_its_names_back_and_what_is_unknown_stays() -> None:
    hit = Hit(1.0, None, (f"…{TOKEN}…",), {"content": f"Le bail de {TOKEN} et de {UNKNOWN}.", "page_first": 3})
    shown = reveal.hits(cast("Services", Desk()), CABINET, [hit])[0]
    assert shown.fields == {"content": f"Le bail de M. TESSANDIER et de {UNKNOWN}.", "page_first": 3}
    assert shown.highlights == ("…M. TESSANDIER…",)


def test_the_audit_is_written_before_a_key_is_destroyed_and_what_is_no_token_destroys_nothing() -> None:
    desk = Desk()
    done = reveal.forget(cast("Services", desk), CABINET, [TOKEN, UNKNOWN, "no token"])
    assert done == {TOKEN: True, UNKNOWN: False, "no token": False}
    assert desk.said == ["demo forgotten {'tokens': 3}", "destroyed", "destroyed"]


@pytest.mark.parametrize("written", ["Mme Tessandier", "tessandier", "TESSANDIER", "M. Aurélien Tessandier"])
def test_a_name_is_forgotten_however_it_is_written(written: str) -> None:
    assert reveal.of_name(cast("Services", Desk()), CABINET, written) == [TOKEN]


def test_a_name_that_the_cabinet_never_met_has_no_token() -> None:
    assert reveal.of_name(cast("Services", Desk()), CABINET, "Mme Vanneste") == []
