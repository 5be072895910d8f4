"""The evaluation counts as it says: a planted miss is a miss, a planted false span is false."""

import json
from pathlib import Path

from evals import marked_acts, perturbed
from evals.redaction import of_sets


def test_the_fictional_set_is_found_whole() -> None:
    scores = of_sets(None)["fictional_legal"]
    assert scores["mention_recall"] == 1
    assert scores["identifier_leak_rate"] == 0


def test_a_name_that_no_rule_can_see_counts_as_a_leak(tmp_path: Path) -> None:
    text = "Selon quxandre, tout va bien. M. Jean DUPONNEL conclut."
    gold = [[text.index("quxandre"), text.index("quxandre") + 8], [text.index("Jean"), text.index(" conclut")]]
    row = {"id": "1", "text": text, "persons": gold}
    (tmp_path / "echr_fr.jsonl").write_text(json.dumps(row), "utf-8")
    scores = of_sets(tmp_path)["echr_fr"]
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
    parties = of_sets(tmp_path)["judilibre_filled_parties"]
    assert parties["token_recall"] == 1
    assert parties["token_precision"] == 0.5


def test_marks_are_read_into_spans_of_the_plain_text() -> None:
    act = marked_acts.parsed("a", "Entre [[P Odile Vanneste]] et [[L Me Roux]],\n[[A 3 rue Neuve\n69002 Lyon]].")
    assert act.text == "Entre Odile Vanneste et Me Roux,\n3 rue Neuve\n69002 Lyon."
    assert {kind: [act.text[s:e] for s, e in spans] for kind, spans in act.marks.items()} == {
        "P": ["Odile Vanneste"], "L": ["Me Roux"], "A": ["3 rue Neuve\n69002 Lyon"],
    }  # fmt: skip


def test_every_mark_of_the_acts_is_well_formed() -> None:
    for name in marked_acts.SETS:
        found = list(marked_acts.acts(marked_acts.FOLDER / name))
        assert found
        assert all("[[" not in act.text and "]]" not in act.text and act.marks["P"] for act in found)


def test_identifiers_survive_every_disturbance_and_decoys_are_left_alone() -> None:
    figures = perturbed.measured()
    assert len(figures) == len(perturbed.DISTURBANCES) + 1
    assert min(figures.values()) >= 0.98
    assert figures["precision"] >= 0.99
