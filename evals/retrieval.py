"""Does a question find its passage? Measured by the real path: chunker, embedder over HTTP, index and query by SDK.

    ndcg@10, r@10, r@1, mrr   of hybrid retrieval as the product asks, in %; by ir_measures
    text_…, vector_…          ndcg@10, r@10 of each leg alone
    against_better_leg        ndcg@10 of hybrid less that of the better leg
    span_recall               % of answers whose whole span stands in the first 1,024 tokens that are found
    span_recall_langchain     the same for LangChain's recursive splitter (same maximum, same embedder, same index)
    gate, gate_luck           change of ndcg@10 against the committed baseline, and its chance of being luck

Sets are folders in BEIR's format anywhere below the data folder (`retrieval_sets.py`); without one, a fictional set.
A regression against a baseline fails the run. `python -m evals.retrieval --accept --data DIR` commits to new ones;
with `--among-all`, each set is asked over the passages of all of them, which is harder and has no baseline.
"""

import argparse
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from importlib.util import find_spec
from pathlib import Path

from chunking import Chunk, ChunkSettings, Part
from chunking.assembly import chunk, content_hash
from chunking.blocks import embedded_text
from chunking.outline import text_of
from chunking.tokens import count
from evals.chunking import blocks_of
from evals.gate import Regression, accept, baseline, verdict
from evals.harness import table
from evals.retrieval_sets import Passage, Query, RetrievalSet, Span, sets_in, together
from evals.search_service import SearchRoom, document_id, search_room
from ingestion.model import Cabinet
from ingestion.retrieval import AnsweredBy, Hit, Plan, Question

FICTIONAL = Path(__file__).with_name("golden")
TOP = 20  # chunks that are asked for: a passage may have several
BUDGET = 1024  # tokens that a reader of the hits can take
THREADS = 4  # questions at once
Figures = dict[str, float]
Chunker = Callable[[Passage], Sequence[Chunk]]


@dataclass(frozen=True, slots=True)
class Measured:
    figures: Figures
    scores: Mapping[str, float]  # ndcg@10 of each question


def measure(data: Path | None) -> dict[str, Figures]:
    """{set: {measure: value}}, and a table on standard output.

    Raises:
        Regression: a set is worse than its baseline.
    """
    return _measure(sets_in(data or FICTIONAL), accepting=False)


def _measure(sets: Sequence[RetrievalSet], *, accepting: bool) -> dict[str, Figures]:
    results: dict[str, Figures] = {}
    worse = []
    with search_room() as room:
        for one in sets:
            measured = _measured(room, one)
            figures = dict(measured.figures)
            if accepting:
                accept(one.name, one.digest, measured.scores)
            elif (known := baseline(one.name, one.digest)) is not None:
                found = verdict(known, measured.scores)
                figures |= {"gate": round(found.change, 2), "gate_luck": round(found.luck, 3)}
                worse += [] if found.passed else [one.name]
            table(one.name, figures)
            results[one.name] = figures
    if worse:
        raise Regression(f"Retrieval is worse than its baseline: {', '.join(worse)}.")
    return results


def _measured(room: SearchRoom, one: RetrievalSet) -> Measured:
    cabinet = room.fill(f"{one.name.replace('_', '-')}-passages", {it.id: chunks_of(it) for it in one.passages})
    ours = _Asker(room, cabinet, one)
    runs = {"": ours.hybrid, "text_": ours.text_only, "vector_": ours.vectors_only}
    found = {leg: ours.run(ask) for leg, ask in runs.items()}
    scored = {leg: _scores(one, run) for leg, run in found.items()}
    figures: Figures = {"questions": len(one.queries), "passages": len(one.passages)}
    figures |= scored[""].figures
    for leg in ("text_", "vector_"):
        figures |= {f"{leg}{name}": scored[leg].figures[name] for name in ("ndcg@10", "r@10")}
    better = max(figures["text_ndcg@10"], figures["vector_ndcg@10"])
    figures["against_better_leg"] = round(figures["ndcg@10"] - better, 2)
    return Measured(figures | _span_recall(room, one.documents), scored[""].scores)


class _Asker:
    """Asks a set's questions, as the product does or by one leg, and turns chunks into a ranking of passages."""

    def __init__(self, room: SearchRoom, cabinet: Cabinet, one: RetrievalSet) -> None:
        self._room, self._cabinet, self._set = room, cabinet, one
        self._names = {document_id(it.id): it.id for it in one.passages}
        self._plans: dict[str, Plan] = {}

    def run(self, ask: Callable[[Query], Sequence[Hit]]) -> dict[str, list[str]]:
        """The passages found for each question, best first."""
        with ThreadPoolExecutor(THREADS) as pool:
            answers = list(pool.map(ask, self._set.queries))
        return {query.id: self._ranking(hits) for query, hits in zip(self._set.queries, answers, strict=True)}

    def hybrid(self, query: Query) -> list[Hit]:
        answer = self._room.retrieval.ask(self._cabinet, Question(query.text, None, TOP))
        if answer.by is not AnsweredBy.HYBRID:
            raise RuntimeError("The embedding service did not answer a question: what would be measured is text alone.")
        return answer

    def text_only(self, query: Query) -> list[Hit]:
        return self._hits(replace(self._plan(query), vector=[]))

    def vectors_only(self, query: Query) -> list[Hit]:
        return self._hits(replace(self._plan(query), text=""))

    def passage_of(self, hit: Hit) -> str:
        return self._names[hit.document]

    def _plan(self, query: Query) -> Plan:
        """Made once for both legs, and for no more hits than are shown: what is dead need not be made up for."""
        if query.id not in self._plans:
            plan = self._room.retrieval.plan(self._cabinet, Question(query.text, None, TOP))
            self._plans[query.id] = replace(plan, top=TOP)
        return self._plans[query.id]

    def _hits(self, plan: Plan) -> list[Hit]:
        return self._room.hits.search(self._cabinet.indexes[0], plan)

    def _ranking(self, hits: Iterable[Hit]) -> list[str]:
        return list(dict.fromkeys(self.passage_of(hit) for hit in hits))


def _scores(one: RetrievalSet, run: Mapping[str, Sequence[str]]) -> Measured:
    """By ir_measures, from ranks: hits of equal score keep the order in which the index gave them."""
    import ir_measures
    from ir_measures import RR, R, nDCG

    wanted = {"ndcg@10": nDCG @ 10, "r@10": R @ 10, "r@1": R @ 1, "mrr": RR}
    ranked = {
        query: {name: 1.0 / (rank + 1) for rank, name in enumerate(names)} for query, names in run.items() if names
    }
    relevant = {query: dict(grades) for query, grades in one.relevant.items()}
    means = ir_measures.calc_aggregate(wanted.values(), relevant, ranked)
    each = {it.query_id: float(it.value) for it in ir_measures.iter_calc([nDCG @ 10], relevant, ranked)}
    figures = {name: round(100 * float(means[measure_]), 2) for name, measure_ in wanted.items()}
    return Measured(figures, {query.id: each.get(query.id, 0.0) for query in one.queries})


# What a reader gets within a budget


def _span_recall(room: SearchRoom, one: RetrievalSet) -> Figures:
    if not one.queries:
        return {}
    chunkers: dict[str, Chunker] = {"span_recall": chunks_of}
    if find_spec("langchain_text_splitters"):
        chunkers["span_recall_langchain"] = _langchain()
    figures: Figures = {"documents": len(one.passages)}
    for number, (name, cut) in enumerate(chunkers.items()):
        cabinet = room.fill(f"{one.name.replace('_', '-')}-documents-{number}", {it.id: cut(it) for it in one.passages})
        figures[name] = _share_answered(_Asker(room, cabinet, one), room, cabinet, one)
    return figures


def _share_answered(asker: _Asker, room: SearchRoom, cabinet: Cabinet, one: RetrievalSet) -> float:
    texts = {it.id: it.text for it in one.passages}
    spans = {it.id: _in_part(texts[it.answer.passage], it.answer) for it in one.queries if it.answer}

    def answered(query: Query) -> bool:
        hits = room.retrieval.ask(cabinet, Question(query.text, None, TOP))
        read = [it for it in _within_budget(hits) if query.answer and asker.passage_of(it[0]) == query.answer.passage]
        return query.answer is not None and _covers([(start, end) for _, start, end in read], spans[query.id])

    with ThreadPoolExecutor(THREADS) as pool:
        return round(100 * sum(pool.map(answered, one.queries)) / len(one.queries), 2)


def _within_budget(hits: Iterable[Hit]) -> list[tuple[Hit, int, int]]:
    """The hits in their order with the range of text that is read of each; of the last, what the budget leaves."""
    left, read = BUDGET, []
    for hit in hits:
        size, start = int(str(hit.fields["tokens"])), int(str(hit.fields["start"]))
        length = len(str(hit.fields["content"]))
        read.append((hit, start, start + (length if size <= left else length * left // size)))
        left -= size
        if left <= 0:
            break
    return read


def _in_part(text: str, span: Span) -> Span:
    """Where the span stands once the lines of `text` are blocks: blank lines gone, an empty line between two."""
    moved, at = [0, 0], 0
    shift = 0
    for line in text.split("\n"):
        for side, offset in enumerate((span.start, span.end)):
            if at <= offset <= at + len(line):
                moved[side] = offset + shift
        at += len(line) + 1
        shift += 1 if line.strip() else -len(line) - 1
    return Span(span.passage, moved[0], moved[1])


def _covers(ranges: Iterable[tuple[int, int]], span: Span) -> bool:
    at = span.start
    for start, end in sorted(ranges):
        if start <= at < end:
            at = end
    return at >= span.end


# Chunkers


def _part(passage: Passage) -> Part:
    return Part("", passage.title, blocks_of(passage.text), "text/plain")


def chunks_of(passage: Passage) -> tuple[Chunk, ...]:
    return chunk([_part(passage)])


def _langchain() -> Chunker:
    from langchain_text_splitters import RecursiveCharacterTextSplitter

    splitter = RecursiveCharacterTextSplitter(
        chunk_size=ChunkSettings().maximum, chunk_overlap=0, length_function=count, add_start_index=True
    )
    return partial(_cut_by, splitter.create_documents)


def _cut_by(cut: Callable[[list[str]], Iterable[object]], passage: Passage) -> list[Chunk]:
    pieces = [(str(it.page_content), int(it.metadata["start_index"])) for it in cut([text_of(_part(passage))])]  # type: ignore[attr-defined]
    return [
        Chunk(
            ordinal=ordinal,
            part="",
            title=passage.title,
            heading_path=(),
            text=text,
            tokens=count(text),
            content_hash=content_hash(embedded_text((), "", text)),
            start=start,
        )
        for ordinal, (text, start) in enumerate(pieces)
    ]


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m evals.retrieval", description="Commit to new baselines, or ask harder."
    )
    action = parser.add_mutually_exclusive_group(required=True)
    action.add_argument("--accept", action="store_true", help="write evals/baselines/")
    action.add_argument("--among-all", action="store_true", help="each set's questions, over the passages of all sets")
    parser.add_argument("--data", type=Path, required=True, help="a folder of sets")
    options = parser.parse_args()
    sets = sets_in(options.data)
    _measure(together(sets) if options.among_all else sets, accepting=options.accept)


if __name__ == "__main__":
    main()
