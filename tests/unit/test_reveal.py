"""Names given back to an operator: in the place of their tokens, and never without a word in the audit."""

from dataclasses import dataclass, field
from typing import cast

from ingestion.adapters.build import Services
from ingestion.model import Cabinet, CabinetId
from ingestion.retrieval import Hit
from operations import reveal
from redaction.pseudonyms import Pseudonyms

CABINET = Cabinet(CabinetId("demo"), "t", "demo", (), (), "pseudonymise", 1, "key", b"")
TOKEN = Pseudonyms(bytes(32)).surname("Tessandier")
UNKNOWN = Pseudonyms(bytes(32)).surname("Vanneste")


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
