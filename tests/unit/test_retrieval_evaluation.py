"""The evaluation itself: sets are read as they are written, answers keep their place, the gate knows luck from loss."""

import json
from pathlib import Path

import pytest

from evals import retrieval
from evals.gate import accept, baseline, verdict
from evals.retrieval import FICTIONAL
from evals.retrieval_sets import RetrievalSet, Span, sets_in, together


def written(folder: Path) -> RetrievalSet:
    """Two passages of one document, one of another; each question's answer stands in its passage."""
    folder.mkdir()
    passages = [
        {"_id": "p1", "title": "Bail", "text": "Neuf années.\n\nLe congé est donné six mois avant.", "doc": "d1"},
        {"_id": "p2", "title": "Bail", "text": "Le loyer est payable d'avance.", "doc": "d1"},
        {"_id": "p3", "title": "Prêt", "text": "Le prêt est remboursé en dix ans.", "doc": "d2"},
    ]
    queries: list[dict[str, object]] = [
        {"_id": "q1", "text": "congé", "answer": "six mois", "start": passages[0]["text"].index("six"), "pid": "p1"},
        {"_id": "q2", "text": "loyer", "answer": "d'avance", "start": passages[1]["text"].index("d'"), "pid": "p2"},
        {"_id": "q3", "text": "prêt"},
        {"_id": "q4", "text": "without a right answer"},
    ]
    (folder / "corpus.jsonl").write_text("".join(f"{json.dumps(it)}\n" for it in passages))
    (folder / "queries.jsonl").write_text("".join(f"{json.dumps(it)}\n" for it in queries))
    (folder / "qrels.tsv").write_text("query-id\tcorpus-id\tscore\nq1\tp1\t1\nq2\tp2\t1\nq3\tp3\t1\nq4\tp3\t0\n")
    return sets_in(folder.parent)[0]


def test_a_set_is_read_with_the_questions_that_have_an_answer(tmp_path: Path) -> None:
    one = written(tmp_path / "bail_dev")
    assert (one.name, [it.id for it in one.queries]) == ("bail_dev", ["q1", "q2", "q3"])
    assert one.relevant == {"q1": {"p1": 1}, "q2": {"p2": 1}, "q3": {"p3": 1}}


def test_what_ends_a_line_of_text_ends_no_row_of_a_set(tmp_path: Path) -> None:
    """JSON lets U+2028 and U+0085 stand in a string as they are, and a file may end its lines as Windows does."""
    folder = tmp_path / "bail_dev"
    written(folder)
    for name in ("corpus.jsonl", "queries.jsonl", "qrels.tsv"):
        text = (folder / name).read_text().replace("d'avance", "d'avance\u2028par\x85mois") + "\n"
        (folder / name).write_bytes(text.replace("\n", "\r\n").encode())
    one = sets_in(tmp_path)[0]
    assert [it.id for it in one.queries] == ["q1", "q2", "q3"]
    assert one.passages[1].text == "Le loyer est payable d'avance\u2028par\x85mois."


def test_passages_of_one_document_are_joined_and_answers_found_again(tmp_path: Path) -> None:
    whole = written(tmp_path / "bail_dev").documents
    texts = {it.id: it.text for it in whole.passages}
    answers = [texts[it.answer.passage][it.answer.start : it.answer.end] for it in whole.queries if it.answer]
    assert (sorted(texts), answers) == (["d1", "d2"], ["six mois", "d'avance"])
    assert whole.relevant == {"q1": {"d1": 1}, "q2": {"d1": 1}}


def test_an_answer_keeps_its_place_in_the_text_that_is_chunked(tmp_path: Path) -> None:
    one = written(tmp_path / "bail_dev").documents
    passage = one.passages[0]
    chunks = retrieval.chunks_of(passage)
    whole = "".join(it.text for it in chunks)
    for query in one.queries:
        assert query.answer is not None
        moved = retrieval._in_part(passage.text, query.answer)
        assert whole[moved.start : moved.end] in ("six mois", "d'avance")


def test_sets_asked_together_share_their_passages_and_keep_their_answers(tmp_path: Path) -> None:
    written(tmp_path / "bail_dev")
    written(tmp_path / "other_dev")
    first, second = together(sets_in(tmp_path))
    assert first.passages == second.passages
    assert len({it.id for it in first.passages}) == 6
    assert (first.relevant["q1"], second.relevant["q1"]) == ({"bail_dev/p1": 1}, {"other_dev/p1": 1})


def test_an_answer_is_read_only_where_all_of_it_is() -> None:
    span = Span("p", 10, 20)
    assert retrieval._covers([(15, 30), (0, 15)], span)
    assert not retrieval._covers([(0, 15), (16, 30)], span)
    assert not retrieval._covers([], span)


def test_the_fictional_set_is_whole() -> None:
    (one,) = sets_in(FICTIONAL)
    texts = {it.id: it.text for it in one.passages}
    assert len(one.queries) == 17
    assert set(texts) >= {passage for grades in one.relevant.values() for passage in grades}
    assert all(it.answer is None or texts[it.answer.passage][it.answer.start : it.answer.end] for it in one.queries)


BEFORE = {f"q{number}": 0.8 for number in range(100)}


def test_a_loss_on_many_questions_is_no_luck() -> None:
    found = verdict(BEFORE, {it: score - 0.1 for it, score in BEFORE.items()})
    assert (found.passed, round(found.change), found.luck) == (False, -10, 0.0)


@pytest.mark.parametrize("change", [0.0, -0.001, 0.1])
def test_what_nobody_would_notice_passes_and_so_does_a_gain(change: float) -> None:
    assert verdict(BEFORE, {it: score + change for it, score in BEFORE.items()}).passed


def test_one_question_that_fell_among_as_many_that_rose_is_luck() -> None:
    after = {it: score + (0.2 if number % 2 else -0.21) for number, (it, score) in enumerate(BEFORE.items())}
    assert verdict(BEFORE, after).passed


def test_a_baseline_belongs_to_one_content(tmp_path: Path) -> None:
    accept("dev", "digest", {"q1": 0.123456}, tmp_path)
    assert baseline("dev", "digest", tmp_path) == {"q1": 0.1235}
    assert baseline("dev", "another", tmp_path) is None
    assert baseline("unknown", "digest", tmp_path) is None
