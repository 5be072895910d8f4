"""An operator’s day on the local cloud, each command a process of its own: what programs read, and how it ends."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from local.cloud import Cloud
from tests.layout import ROOT

CABINET = "riviere"
BAIL = "Bail commercial\n\nArticle 1 – Loyer\nLe loyer est payé à terme échu, le premier de chaque mois.\n"


@dataclass(frozen=True, slots=True)
class Said:
    code: int
    out: str
    err: str

    @property
    def value(self) -> object:
        return json.loads(self.out)


Greffe = Callable[..., Said]


@pytest.fixture(scope="module")
def greffe(cloud: Cloud) -> Greffe:
    def run(*arguments: str) -> Said:
        ended = subprocess.run(
            [sys.executable, "-m", "operations", *arguments],
            cwd=ROOT,
            env={**os.environ, **cloud.environment},
            capture_output=True,
            text=True,
            check=False,
            timeout=110,
        )
        assert "Traceback" not in ended.stderr, ended.stderr
        return Said(ended.returncode, ended.stdout, ended.stderr)

    return run


@pytest.fixture(scope="module")
def onboarded(greffe: Greffe) -> Said:
    return greffe("onboard", CABINET, "--policy", "off", "--json")  # redaction has tests of its own, and takes seconds


@pytest.fixture(scope="module")
def added(greffe: Greffe, onboarded: Said, tmp_path_factory: pytest.TempPathFactory) -> Said:
    folder = tmp_path_factory.mktemp("files") / "Baux d'été [2026]"
    folder.mkdir()
    (folder / "Bail n° 1 (50 %).txt").write_text(BAIL)
    (folder / "Vide.pdf").write_bytes(b"")
    return greffe("add", CABINET, str(folder), "-r", "--json")


def rows(said: Said) -> list[dict[str, object]]:
    assert isinstance(said.value, list)
    return said.value


def test_onboarding_tells_what_it_made(onboarded: Said) -> None:
    assert onboarded.code == 0
    value = onboarded.value
    assert isinstance(value, dict)
    assert (value["cabinet"], value["alias"], value["container"]) == (CABINET, CABINET, CABINET)
    assert str(value["index"]).startswith(f"{CABINET}-")


def test_a_cabinet_that_is_onboarded_already_is_refused_in_one_sentence(greffe: Greffe, onboarded: Said) -> None:
    again = greffe("onboard", CABINET)
    assert again.code == 2
    assert "onboarded already" in " ".join(again.err.split())


def test_adding_tells_of_each_file_and_ends_with_1_where_one_is_parked(added: Said) -> None:
    found = {str(it["name"]): (it["status"], it["reason"]) for it in rows(added)}
    assert found == {
        "Baux d'été [2026]/Bail n° 1 (50 %).txt": ("live", ""),
        "Baux d'été [2026]/Vide.pdf": ("parked", "empty"),
    }
    assert added.code == 1


def test_a_search_gives_hits_with_their_citation_and_keeps_access_lists_to_itself(greffe: Greffe, added: Said) -> None:
    said = greffe("search", CABINET, "quand le loyer est-il payé ?", "--json")
    assert said.code == 0
    best = rows(said)[0]
    assert "terme échu" in str(best["content"])
    assert {"score", "document_id", "title", "heading_path", "highlights"} <= set(best)
    assert "allowed_principals" not in best


def test_a_status_counts_and_names_nothing_unless_it_is_asked_to(greffe: Greffe, added: Said) -> None:
    said = greffe("status", CABINET, "--json")
    assert said.code == 0
    value = said.value
    assert isinstance(value, dict)
    [cabinet] = value["cabinets"]
    assert cabinet["indexes"][0]["documents"]["parked"] == 1
    assert cabinet["parked"][0]["reason"] == "empty"
    assert cabinet["parked"][0]["name"] is None
    assert "Vide" not in said.out
    assert set(value["queues"]) == {
        name + end for name in ("documents", "documents-bulk", "drives") for end in ("", "-poison")
    }
    assert "[2026]/Vide.pdf" in "".join(greffe("status", CABINET, "--names").out.split())


def test_what_would_be_replayed_is_shown_and_left(greffe: Greffe, added: Said) -> None:
    said = greffe("replay", CABINET, "--dry-run", "--json")
    assert [(it["kind"], it["reason"]) for it in rows(said) if it["kind"] == "parked"] == [("parked", "empty")]
    assert isinstance(greffe("dead-letters", "--json").value, list)


def test_a_comparison_that_finds_all_in_order_sends_nothing(greffe: Greffe, added: Said) -> None:
    said = greffe("reconcile", CABINET, "--json")
    assert said.code == 0, said.err
    assert isinstance(said.value, dict)
    [found] = said.value.values()
    assert found == {"listed": 2, "unsettled": 0, "gone": 0, "held": 0, "damaged": 0, "orphans": 0}
    assert greffe("reconcile", CABINET, "--source", "nobody").code == 2


def test_a_document_that_is_erased_has_a_receipt(greffe: Greffe, added: Said) -> None:
    said = greffe("erase", CABINET, "--name", "Baux d'été [2026]/Bail n° 1 (50 %).txt", "--wait", "90", "--json")
    assert said.code == 0, said.err
    receipt = said.value
    assert isinstance(receipt, dict)
    assert receipt["cabinet"] == CABINET
    assert [it["keys_found"] for it in receipt["proofs"]] == [0]
    assert "Bail" not in said.out
    assert rows(greffe("search", CABINET, "loyer", "--json")) == []


def test_the_audit_tells_what_was_done_and_that_its_chain_is_whole(greffe: Greffe, added: Said) -> None:
    assert greffe("search", CABINET, "loyer", "--user", "u1", "--json").code == 0
    said = greffe("audit", CABINET, "--json")
    assert said.code == 0
    assert isinstance(said.value, dict)
    assert said.value["broken_at"] is None
    assert {"onboarded", "searched_as_user"} <= {it["action"] for it in said.value["entries"]}
    assert "loyer" not in said.out
    assert "u1" not in said.out
    assert greffe("audit", "--json").code == 0


def test_a_firm_that_leaves_takes_its_index_and_its_key_and_leaves_its_audit(greffe: Greffe, cloud: Cloud) -> None:
    assert greffe("onboard", "depart", "--json").code == 0
    early = greffe("offboard", "depart", "--yes")
    assert (early.code, "greffe unwatch" in early.err.replace("\n", " ")) == (2, True)
    assert greffe("unwatch", "depart", "depart-blob", "--json").code == 0
    shown = greffe("offboard", "depart", "--json")
    assert (shown.code, rows_of(shown)["gone"]) == (0, False)
    gone = greffe("offboard", "depart", "--yes", "--json")
    assert (gone.code, rows_of(gone)["gone"]) == (0, True), gone.err
    assert greffe("status", "depart").code == 2
    assert greffe("search", "depart", "loyer").code == 2
    entries = rows_of(greffe("audit", "depart", "--json"))["entries"]
    assert isinstance(entries, list)
    assert (entries[0]["action"], entries[-1]["action"]) == ("onboarded", "offboarded")
    assert greffe("audit", "nobody").code == 2


def rows_of(said: Said) -> dict[str, object]:
    assert isinstance(said.value, dict)
    return said.value


def test_a_cabinet_that_is_not_there_is_told(greffe: Greffe) -> None:
    said = greffe("search", "nobody", "loyer", "--json")
    assert (said.code, said.out) == (2, "")
    assert "greffe onboard" in " ".join(said.err.split())


def test_removing_a_file_waits_until_the_index_has_none_of_it(greffe: Greffe, added: Said, tmp_path: Path) -> None:
    said = greffe("rm", CABINET, "Baux d'été [2026]/Vide.pdf", "--json")
    assert said.code == 0
    assert [it["status"] for it in rows(said)] == ["gone"]
