"""The evaluation counts as it says: a planted miss is a miss, a planted false span is false."""

import json
from pathlib import Path

from evals.redaction import measure


def test_the_fictional_set_is_found_whole() -> None:
    scores = measure(None)["fictional_legal"]
    assert scores["mention_recall"] == 1
    assert scores["identifier_leak_rate"] == 0


def test_a_name_that_no_rule_can_see_counts_as_a_leak(tmp_path: Path) -> None:
    text = "Selon quxandre, tout va bien. M. Jean DUPONNEL conclut."
    gold = [[text.index("quxandre"), text.index("quxandre") + 8], [text.index("Jean"), text.index(" conclut")]]
    row = {"id": "1", "text": text, "persons": gold}
    (tmp_path / "echr_fr.jsonl").write_text(json.dumps(row), "utf-8")
    scores = measure(tmp_path)["echr_fr"]
    assert scores["mention_recall"] == 0.5
    assert scores["leak_rate"] == 1
    assert scores["token_precision"] == 1


def test_a_lawyer_hidden_is_no_fault_and_a_word_hidden_is(tmp_path: Path) -> None:
    text = "Me Luc BOURGEL, avocat. M. Contrat Bailly et M. Jean DUPONNEL."
    at = text.index("Luc")
    row = {
        "id": "1", "text": text, "pro": [[at, at + 11]], "ignore": [], "party": [[text.index("Jean"), len(text) - 1]],
        "persons": [[at, at + 11], [text.index("Jean"), len(text) - 1]],
    }  # fmt: skip
    (tmp_path / "judilibre_filled.jsonl").write_text(json.dumps(row), "utf-8")
    parties = measure(tmp_path)["judilibre_filled_parties"]
    assert parties["token_recall"] == 1
    assert parties["token_precision"] == 0.5
