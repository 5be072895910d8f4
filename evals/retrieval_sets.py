"""Sets of questions with their right answers, in the format of BEIR, read and checked.

    corpus.jsonl    {"_id", "title", "text"} a line; "doc" names the document that a passage was taken from
    queries.jsonl   {"_id", "text"} a line; "answer", "start" and "pid": the span of a passage that answers
    qrels.tsv       query-id, corpus-id, score, below one line of headings

A cabinet's own golden questions are written the same way. Nothing of a set is ever printed but its name and figures.
"""

import hashlib
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from evals.harness import json_lines, lines

FILES = ("corpus.jsonl", "queries.jsonl", "qrels.tsv")


@dataclass(frozen=True, slots=True)
class Passage:
    id: str
    title: str
    text: str
    document: str  # what it is a passage of, or its own id


@dataclass(frozen=True, slots=True)
class Span:
    """passage[start:end] answers."""

    passage: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Query:
    id: str
    text: str
    answer: Span | None = None


@dataclass(frozen=True, slots=True)
class RetrievalSet:
    name: str
    passages: Sequence[Passage]
    queries: Sequence[Query]
    relevant: Mapping[str, Mapping[str, int]]  # query → passage → grade
    digest: str  # of the files: a baseline belongs to one content

    @property
    def documents(self) -> "RetrievalSet":
        """The same questions over whole documents: the passages of one are joined, and answers keep their place."""
        grouped: dict[str, list[Passage]] = defaultdict(list)
        for passage in self.passages:
            grouped[passage.document].append(passage)
        whole, moved = [], {}
        for name, passages in grouped.items():
            text = ""
            for passage in passages:
                text += "\n" * bool(text)
                moved[passage.id] = (name, len(text))
                text += passage.text
            whole.append(Passage(name, passages[0].title, text, name))
        queries = [Query(it.id, it.text, _moved(it.answer, moved)) for it in self.queries if it.answer]
        relevant = {
            query.id: {moved[passage][0]: grade for passage, grade in self.relevant[query.id].items()}
            for query in queries
        }
        return RetrievalSet(self.name, whole, queries, relevant, self.digest)


def sets_in(data: Path) -> list[RetrievalSet]:
    """Every set below `data`, by name; `data` may also be one."""
    folders = sorted({path.parent for path in data.rglob("qrels.tsv")})
    return [_read(folder) for folder in folders if all((folder / name).exists() for name in FILES)]


def together(sets: Sequence[RetrievalSet]) -> list[RetrievalSet]:
    """Each set's questions among the passages of all: an index of a firm holds more than what answers."""
    everything = [
        Passage(f"{one.name}/{it.id}", it.title, it.text, f"{one.name}/{it.document}")
        for one in sets
        for it in one.passages
    ]
    return [
        RetrievalSet(
            f"{one.name}_among_all",
            everything,
            [Query(it.id, it.text) for it in one.queries],
            {q: {f"{one.name}/{it}": grade for it, grade in known.items()} for q, known in one.relevant.items()},
            one.digest,
        )
        for one in sets
    ]


def _read(folder: Path) -> RetrievalSet:
    contents = [(folder / name).read_bytes() for name in FILES]
    passages = [
        Passage(str(row["_id"]), str(row.get("title") or ""), str(row["text"]), str(row.get("doc") or row["_id"]))
        for row in json_lines(contents[0].decode())
    ]
    relevant = _relevant(contents[2])
    queries = [Query(str(row["_id"]), str(row["text"]), _span(row)) for row in json_lines(contents[1].decode())]
    digest = hashlib.sha256(b"\0".join(contents)).hexdigest()
    return RetrievalSet(folder.name, passages, [it for it in queries if it.id in relevant], relevant, digest)


def _span(row: Mapping[str, object]) -> Span | None:
    answer, start, passage = row.get("answer"), row.get("start"), row.get("pid")
    if not isinstance(answer, str) or not isinstance(start, int) or not answer:
        return None
    return Span(str(passage), start, start + len(answer))


def _moved(span: Span | None, moved: Mapping[str, tuple[str, int]]) -> Span | None:
    if span is None or span.passage not in moved:
        return None
    document, offset = moved[span.passage]
    return Span(document, span.start + offset, span.end + offset)


def _relevant(content: bytes) -> dict[str, dict[str, int]]:
    relevant: dict[str, dict[str, int]] = defaultdict(dict)
    for line in islice(lines(content.decode()), 1, None):
        query, passage, grade = line.split("\t")
        if int(grade) > 0:
            relevant[query][passage] = int(grade)
    return dict(relevant)
