"""A question to a cabinet's index, answered with citations: hybrid search, access lists, and the ledger's last word.

What a user may not read is filtered in the index itself; without a user there is no answer, unless an operator asks as
one. Each hit is then held against the ledger: only chunks of LIVE generations are shown, so a replaced version or an
erased document is gone at once, whatever the index still serves. If the ledger cannot be asked, there is no answer.
What the question cites is looked up exactly, beside the search for its words and its meaning.

While the embedding service does not answer, a question is answered by its words and by what it cites, and the answer
says so: the text leg alone is nearly as good with the default embedder, and better than an error with any.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Protocol

from ingestion.citations import Cited, cited_in
from ingestion.errors import GreffeError, Retry
from ingestion.model import Cabinet, DocumentId, IndexRef, IndexState, Vector
from ingestion.pipeline import redactor
from ingestion.ports import Embedder, Keys, Ledger, NoVault, Vault
from ingestion.telemetry import Telemetry
from redaction import RedactionError

MAX_TOP = 50
MAX_QUESTION = 2_000  # characters; a longer one is a document, not a question
OVERFETCH = 3  # chunks of dead generations are dropped after the search: ask for more than we show
RANK_CONSTANT = 60  # of reciprocal rank fusion, as the service's own
# Of the vector leg against the text leg's 1.0, by model: RRF with a weak leg loses what the strong one found. Measured
# by `python -m evals retrieval`; a model that is not here was not, and gets the default. See docs/retrieval.md.
VECTOR_WEIGHTS = {"greffe-hashed-ngrams": 0.1}
VECTOR_WEIGHT = 0.5

_OPERATORS = re.compile(r"""[+|"()*~\\]|(?<!\w)-""")  # of the simple query syntax; a hyphen within a word is none
_PRINCIPAL = re.compile(r"[A-Za-z0-9][A-Za-z0-9:._@-]{0,127}")


@dataclass(frozen=True, slots=True)
class Question:
    """`principals`: the user's object id and groups. None: an operator asks as such, and the audit says so."""

    text: str = field(repr=False)
    principals: tuple[str, ...] | None
    top: int = 5
    semantic: bool = False


@dataclass(frozen=True, slots=True)
class Plan:
    """The question as the index is asked it."""

    text: str = field(repr=False)
    vector: Vector = field(repr=False)
    filter: str | None
    top: int
    neighbours: int
    vector_weight: float
    semantic: bool
    cited: Cited = field(repr=False)
    question: str = field(default="", repr=False)  # as it was asked, redacted: what the semantic ranker reads
    unembedded: str = ""  # the code of why there is no vector: the embedding service did not give one


@dataclass(frozen=True, slots=True)
class Hit:
    """One chunk with its citation. `fields` are those of the index; texts in them are redacted."""

    score: float
    reranker_score: float | None
    highlights: tuple[str, ...] = field(repr=False)
    fields: Mapping[str, object] = field(repr=False)

    @property
    def key(self) -> str:
        return str(self.fields["key"])

    @property
    def document(self) -> DocumentId:
        return DocumentId(str(self.fields["document_id"]))

    @property
    def citation(self) -> str:
        """Where the text stands, as one would cite it: "Bail des Tilleuls, p. 3-4, TITRE I › Article 5 – Durée"."""
        page = self.pages and f"p. {self.pages}"
        pieces = (self.fields.get("title"), page, self.fields.get("heading_path"))
        return ", ".join(str(it) for it in pieces if it)

    @property
    def pages(self) -> str:
        """Of the original: "3", "3-4", or nothing."""
        first, last = self.fields.get("page_first"), self.fields.get("page_last")
        if first is None:
            return ""
        return str(first) if last in (first, None) else f"{first}-{last}"

    def as_json(self) -> dict[str, object]:
        return {
            "citation": self.citation,
            "score": self.score,
            **({"reranker_score": self.reranker_score} if self.reranker_score is not None else {}),
            "highlights": list(self.highlights),
            **self.fields,
        }


class AnsweredBy(StrEnum):
    HYBRID = "hybrid"  # by words and by meaning
    TEXT_ONLY = "text_only"  # by words alone: the embedding service did not answer


class Answer(list[Hit]):
    """The hits, best first, and how they were found."""

    def __init__(self, hits: Iterable[Hit], by: AnsweredBy) -> None:
        super().__init__(hits)
        self.by = by


class Hits(Protocol):
    """The reading side of an index. May be stale, and may serve what is deleted: `Retrieval` drops that."""

    def search(self, index: IndexRef, plan: Plan) -> list[Hit]: ...


class NoAnswer(GreffeError):
    """The question cannot be answered as it is asked. `code` is safe to show, and so is the text."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True, slots=True)
class Retrieval:
    hits: Hits
    ledger: Ledger
    embedder: Embedder
    keys: Keys
    telemetry: Telemetry
    vault: Vault = field(default_factory=NoVault)  # whose tokens a question may be asked in, in lower case too

    def ask(self, cabinet: Cabinet, question: Question) -> Answer:
        """The best hits, at most `question.top` and `MAX_TOP`, each a chunk of a version that is live now.

        Raises:
            NoAnswer: no text, too long, no user, or no index to ask. Retry: the index, the ledger or the keys cannot be
            reached; fails closed. Without the embedding service there is an answer, TEXT_ONLY.
        """
        index = _active(cabinet)
        with self.telemetry.span("question", cabinet=cabinet.id, index=index.name) as stage:
            plan = self.plan(cabinet, question)
            found = self.hits.search(index, plan)
            living = self._living(index, found)
            stage.note(hits=len(living), dropped=len(found) - len(living))
            by = AnsweredBy.HYBRID
            if plan.unembedded:
                by = AnsweredBy.TEXT_ONLY
                stage.note(outcome=by.value, code=plan.unembedded)
            return Answer(_merged(living, self._looked_up(index, plan), plan.cited)[: _top(question)], by)

    def plan(self, cabinet: Cabinet, question: Question) -> Plan:
        """How the index is asked. Raises as `ask` does."""
        index = _active(cabinet)
        text = question.text.strip()
        if not text or len(text) > MAX_QUESTION:
            raise NoAnswer("bad_question", f"A question has 1 to {MAX_QUESTION} characters.")
        top = _top(question)
        redacted = self._redacted(cabinet, text)
        vector, unembedded = self._vector(index, redacted)
        cited = cited_in(redacted)
        return Plan(
            text=_words(redacted, cited),
            vector=vector,
            filter=_readable_by(question.principals),
            top=top * OVERFETCH,
            neighbours=max(50, top * OVERFETCH),
            vector_weight=VECTOR_WEIGHTS.get(index.model, VECTOR_WEIGHT),
            semantic=question.semantic,
            cited=cited,
            question=redacted,
            unembedded=unembedded,
        )

    def _vector(self, index: IndexRef, text: str) -> tuple[Vector, str]:
        """The vector of the question; or none, and the code of why the embedding service gave none."""
        try:
            return self.embedder.embed([text], index.model, index.dimensions).vectors[0], ""
        except GreffeError as failed:  # down, throttled, forbidden, misconfigured: ingestion raises it, and says more
            return [], failed.code

    def _redacted(self, cabinet: Cabinet, text: str) -> str:
        try:
            by = redactor(cabinet.policy, self.keys.secret(cabinet))
            known = self.vault.known(cabinet, by.tokens_of_query(text))
            return by.redact_query(text, known.__contains__)
        except RedactionError as failed:
            raise Retry("redaction_failed", f"The question could not be redacted ({failed.reason}).") from None

    def _looked_up(self, index: IndexRef, plan: Plan) -> list[Hit]:
        """What the question cites, the most precise first: one or two more requests, and only for one that cites."""
        for wanted in plan.cited.filters:
            both = f"({plan.filter}) and ({wanted})" if plan.filter else wanted
            if found := self._living(index, self.hits.search(index, replace(plan, filter=both))):
                return sorted(found, key=lambda hit: plan.cited.remoteness(hit.fields))
        return []

    def _living(self, index: IndexRef, found: Sequence[Hit]) -> list[Hit]:
        """Only chunks of the generation that is LIVE in the row now. One point read per distinct document."""
        live: dict[DocumentId, str | None] = {}
        for document in {hit.document for hit in found}:
            generation = self.ledger.get(index, document).row.live
            live[document] = generation.nonce if generation else None
        return [hit for hit in found if live[hit.document] and hit.fields["generation"] == live[hit.document]]


def _top(question: Question) -> int:
    return min(max(question.top, 1), MAX_TOP)


def _active(cabinet: Cabinet) -> IndexRef:
    active = next((it for it in cabinet.indexes if it.state is IndexState.ACTIVE), None)
    if active is None:
        raise NoAnswer("no_index", f"Cabinet {cabinet.id} has no index yet; onboard it first.")
    return active


def _merged(found: list[Hit], looked_up: list[Hit], cited: Cited) -> list[Hit]:
    """Each chunk once: what was looked up before the others, or both lists fused where more was asked."""
    if not looked_up:
        return found
    by_key = {hit.key: hit for hit in (*looked_up, *found)}
    if cited.is_lookup:
        return list(by_key.values())
    scores = dict.fromkeys(by_key, 0.0)
    for hits in (found, looked_up):
        for rank, hit in enumerate(hits):
            scores[hit.key] += 1 / (RANK_CONSTANT + rank)
    return sorted(by_key.values(), key=lambda hit: -scores[hit.key])


def _words(text: str, cited: Cited) -> str:
    """The question without the operators of the query language, and with its legal references in their one spelling."""
    plain = _OPERATORS.sub(" ", text)
    return " ".join([plain, *(f'"{number}"' for number in cited.spellings)])


def _readable_by(principals: tuple[str, ...] | None) -> str | None:
    """Fails closed: a user of whom nothing is known reads nothing.

    Raises:
        NoAnswer: no principal, or one that is none.
    """
    if principals is None:
        return None
    if not principals or not all(_PRINCIPAL.fullmatch(it) for it in principals):
        raise NoAnswer("no_user", "A question needs a user; ask as one, or as an operator.")
    return f"allowed_principals/any(p: search.in(p, '{'|'.join(principals)}', '|'))"
