"""Retrieval: without a user nothing, without the ledger nothing, and never a version that is not live."""

import io
import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingestion.errors import GreffeError, Retry
from ingestion.model import (
    Cabinet,
    CabinetId,
    DocumentId,
    IndexName,
    IndexRef,
    IndexState,
    Nonce,
    Revision,
    Version,
)
from ingestion.ports import Embedded, Stored
from ingestion.protocol import erase
from ingestion.retrieval import (
    MAX_QUESTION,
    MAX_TOP,
    OVERFETCH,
    Answer,
    AnsweredBy,
    Hit,
    NoAnswer,
    Plan,
    Question,
    Retrieval,
)
from ingestion.rows import Generation, Row, State
from ingestion.telemetry import start

INDEX = IndexRef(IndexName("dupont-1"), "https://s.invalid", IndexState.ACTIVE, "v1", "model", 4)
CABINET = Cabinet(CabinetId("dupont"), "t", "dupont", (INDEX,), (), "off", 1, "key", b"")
USER = ("3f0c2a51", "cabinet")


def hit(document: str, generation: str | None = "live", **fields: object) -> Hit:
    known = {"key": f"{document}-{generation}-0", "document_id": document, "generation": generation}
    return Hit(1.0, None, (), {**known, "content": "Loyer", **fields})


def row(document: str, *generations: tuple[str, State]) -> Row:
    made = (Generation(Nonce(it), state, Version("1"), Revision(1), "m", 1.0, 1) for it, state in generations)
    return Row(DocumentId(document), generations=tuple(made))


@dataclass
class Found:
    """The port `Hits`: gives what it was told to, and keeps how it was asked."""

    hits: list[Hit] = field(default_factory=list)
    plans: list[Plan] = field(default_factory=list)
    filtered: dict[str, list[Hit]] = field(default_factory=dict)  # by the field that a look-up asks for

    def search(self, index: IndexRef, plan: Plan) -> list[Hit]:
        assert index is INDEX
        self.plans.append(plan)
        for name, found in self.filtered.items():
            if plan.filter and f"{name}/any(it: search.in(it," in plan.filter:
                return found
        return [] if plan.filter and "/any(it:" in plan.filter else self.hits


@dataclass
class Rows:
    """The port `Ledger`, as far as it is read."""

    rows: dict[str, Row] = field(default_factory=dict)
    down: bool = False
    asked: list[DocumentId] = field(default_factory=list)

    def get(self, index: IndexRef, document: DocumentId) -> Stored:
        if self.down:
            raise Retry("unreachable", "the ledger")
        self.asked.append(document)
        return Stored(self.rows.get(document, Row(document)), None)

    def swap(self, index: IndexRef, row: Row, expected: str | None) -> Stored | None:
        raise AssertionError("retrieval writes nothing")

    def scan(self, index: IndexRef, *, attention: bool = False) -> Iterator[Row]:
        raise AssertionError("retrieval scans nothing")


@dataclass
class Ones:
    """The port `Embedder`: every text is the same to it."""

    texts: list[str] = field(default_factory=list)
    fault: GreffeError | None = None

    def embed(self, texts: Sequence[str], model: str, dimensions: int) -> Embedded:
        if self.fault:
            raise self.fault
        self.texts += texts
        return Embedded([[1.0] * dimensions for _ in texts], 1)


class OneSecret:
    """The port `Keys`."""

    def secret(self, cabinet: Cabinet) -> bytes:
        return bytes(range(32))


class Room:
    def __init__(self) -> None:
        self.found, self.rows, self.ones, self.told = Found(), Rows(), Ones(), io.StringIO()
        self.retrieval = Retrieval(self.found, self.rows, self.ones, OneSecret(), start(None, out=self.told))

    def ask(self, text: str = "loyer", principals: tuple[str, ...] | None = USER, top: int = 5) -> Answer:
        return self.retrieval.ask(CABINET, Question(text, principals, top))

    def plan_for(self, text: str) -> Plan:
        self.ask(text)
        return self.found.plans[-1]


@pytest.fixture
def room() -> Room:
    return Room()


# Who may read


def test_a_users_question_is_filtered_by_what_they_may_read(room: Room) -> None:
    room.ask()
    assert room.found.plans[0].filter == "allowed_principals/any(p: search.in(p, '3f0c2a51|cabinet', '|'))"


@pytest.mark.parametrize(
    "principals",
    [
        (),
        ("",),
        ("3f0c2a51", ""),
        ("x'), '|') or true or search.in(p, ('",),
        ("a|b",),
        ("été",),
        ("a\n",),
        ("x" * 129,),
    ],
)
def test_a_user_of_whom_nothing_certain_is_known_gets_nothing(principals: tuple[str, ...], room: Room) -> None:
    with pytest.raises(NoAnswer) as refused:
        room.ask(principals=principals)
    assert refused.value.code == "no_user"
    assert room.found.plans == []


@given(st.lists(st.text(), max_size=3).map(tuple))
def test_a_filter_holds_the_users_names_as_words_only(principals: tuple[str, ...]) -> None:
    room = Room()
    try:
        room.ask(principals=principals)
    except NoAnswer:
        assert room.found.plans == []
        return
    wanted = room.found.plans[0].filter
    assert wanted is not None
    assert re.fullmatch(r"allowed_principals/any\(p: search\.in\(p, '[A-Za-z0-9:._@|-]+', '\|'\)\)", wanted)


def test_an_operator_asks_without_a_filter(room: Room) -> None:
    room.ask(principals=None)
    assert room.found.plans[0].filter is None


# What is live


def test_only_chunks_of_the_live_generation_are_shown(room: Room) -> None:
    room.rows.rows = {
        "replaced": row("replaced", ("old", State.DEAD), ("live", State.LIVE)),
        "writing": row("writing", ("live", State.OPEN)),
        "erased": erase(row("erased", ("live", State.LIVE)), 1.0),
    }
    wanted = hit("replaced")
    room.found.hits = [hit("replaced", "old"), wanted, hit("writing"), hit("erased"), hit("unknown"), hit("odd", None)]
    assert room.ask() == [wanted]
    span = json.loads(room.told.getvalue())
    assert (span["hits"], span["dropped"]) == (1, 5)


def test_each_document_is_looked_up_once(room: Room) -> None:
    room.rows.rows = {"a": row("a", ("live", State.LIVE))}
    room.found.hits = [hit("a"), hit("a"), hit("b")]
    room.ask()
    assert sorted(room.rows.asked) == ["a", "b"]


def test_without_the_ledger_there_is_no_answer(room: Room) -> None:
    room.found.hits = [hit("a")]
    room.rows.down = True
    with pytest.raises(Retry):
        room.ask()


@pytest.mark.parametrize(("asked", "given_"), [(1, 1), (7, 7), (0, 1), (-3, 1), (10_000, MAX_TOP)])
def test_what_is_shown_is_bounded_whatever_is_asked(asked: int, given_: int, room: Room) -> None:
    room.rows.rows = {"a": row("a", ("live", State.LIVE))}
    room.found.hits = [hit("a")] * MAX_TOP * OVERFETCH
    assert len(room.ask(top=asked)) == given_
    assert room.found.plans[0].top == given_ * OVERFETCH


def test_a_cabinet_without_an_active_index_has_no_answer(room: Room) -> None:
    building = replace(CABINET, indexes=(replace(INDEX, state=IndexState.BUILDING),))
    with pytest.raises(NoAnswer) as refused:
        room.retrieval.ask(building, Question("loyer", USER))
    assert refused.value.code == "no_index"


# What is asked

OPERATORS = '+|"()*~\\'


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ('le "bail" commercial', "le  bail  commercial"),
        ("bail -commercial", "bail  commercial"),
        ("bail (-commercial) --tacite", "bail   commercial    tacite"),
        ("-bail", " bail"),
        ("vis-à-vis d'un sous-locataire", "vis-à-vis d'un sous-locataire"),
        ("bail*~2 | tout", "bail  2   tout"),
    ],
)
def test_operators_are_words_between(asked: str, words: str, room: Room) -> None:
    assert room.plan_for(asked).text == words.strip() or room.plan_for(asked).text == words


@given(st.text(st.sampled_from(f"ab é\t-{OPERATORS}"), min_size=1, max_size=30).filter(str.strip))
def test_no_question_can_speak_the_query_language(asked: str) -> None:
    text = Room().plan_for(asked).text
    assert not set(text) & set(OPERATORS)
    assert not re.search(r"(?<!\w)-", text)


def test_a_legal_reference_is_asked_for_once_in_its_one_spelling(room: Room) -> None:
    text = room.plan_for("que dit l’art. L. 145-41 du Code de commerce ?").text
    quoted = re.findall(r'"([^"]+)"', text)
    assert quoted == ["L145-41"]


# What is cited


def _live(room: Room, *documents: str) -> None:
    room.rows.rows = {it: row(it, ("live", State.LIVE)) for it in documents}


def _filters(room: Room) -> list[str]:
    return [plan.filter or "" for plan in room.found.plans[1:]]


def test_a_look_up_gives_the_article_before_what_reads_like_it(room: Room) -> None:
    _live(room, "near", "other code", "asked")
    asked, other = (
        hit("asked", articles=["L1232-1 code du travail", "L1232-1"]),
        hit("other code", articles=["L1232-1"]),
    )
    room.found.hits = [hit("near"), other]
    room.found.filtered = {"articles": [other, asked]}
    assert [it.document for it in room.ask("que dit l'art. L. 1232-1 C. trav. ?")] == ["asked", "other code", "near"]


def test_where_no_chunk_is_the_article_those_that_cite_it_answer(room: Room) -> None:
    _live(room, "near", "citing")
    room.found.hits = [hit("near")]
    room.found.filtered = {"article_refs": [hit("citing", article_refs=["700"])]}
    assert [it.document for it in room.ask("article 700")] == ["citing", "near"]


def test_an_article_that_was_erased_is_not_looked_up_either(room: Room) -> None:
    _live(room, "near")
    room.found.hits = [hit("near")]
    room.found.filtered = {"articles": [hit("erased", articles=["700"])]}
    assert [it.document for it in room.ask("article 700")] == ["near"]


def test_a_question_that_cites_in_passing_keeps_its_best_hit_near_the_top(room: Room) -> None:
    _live(room, "best", "second", "article")
    room.found.hits = [hit("best"), hit("second")]
    room.found.filtered = {"articles": [hit("article", articles=["L145-41"])]}
    documents = [it.document for it in room.ask("clause résolutoire du bail au sens de l'article L. 145-41")]
    assert documents == ["article", "best", "second"]


def test_what_is_in_both_lists_comes_first_and_once(room: Room) -> None:
    _live(room, "first", "both")
    both = hit("both", articles=["L145-41"])
    room.found.hits, room.found.filtered = [hit("first"), both], {"articles": [both]}
    assert [it.document for it in room.ask("clause résolutoire, article L. 145-41")] == ["both", "first"]


@pytest.mark.parametrize(
    ("asked", "filters"),
    [
        ("art. L. 1232-1", ["articles", "article_refs"]),
        ("pourvoi n° 19-19.463", ["case_refs"]),
        ("article 700 dans l'arrêt 19-19.463", ["articles", "article_refs"]),
        ("la clause résolutoire de l'article L. 145-41", ["articles"]),
        ("bail commercial", []),
    ],
)
def test_a_question_is_looked_up_only_by_what_it_cites(asked: str, filters: list[str], room: Room) -> None:
    room.ask(asked)
    assert [re.findall(r"(\w+)/any\(it:", it)[:1] for it in _filters(room)] == [[it] for it in filters]


def test_a_look_up_reads_no_more_than_its_user_may(room: Room) -> None:
    room.ask("art. L. 1232-1 du code de l'action sociale et des familles")
    for wanted in _filters(room):
        assert wanted.startswith("(allowed_principals/any(p: search.in(p, '3f0c2a51|cabinet', '|'))) and (")
        assert "L1232-1 code de l''action sociale et des familles|L1232-1'" in wanted


def test_a_weak_model_weighs_less_than_the_words(room: Room) -> None:
    room.retrieval.ask(CABINET, Question("loyer", USER))
    weak = replace(CABINET, indexes=(replace(INDEX, model="greffe-hashed-ngrams"),))
    assert room.retrieval.plan(weak, Question("loyer", USER)).vector_weight < room.found.plans[0].vector_weight


@pytest.mark.parametrize("text", ["", "  \n", "x" * (MAX_QUESTION + 1)])
def test_a_question_has_words_and_an_end(text: str, room: Room) -> None:
    with pytest.raises(NoAnswer) as refused:
        room.ask(text)
    assert refused.value.code == "bad_question"


def test_a_question_is_redacted_before_anybody_sees_it(room: Room) -> None:
    cabinet = replace(CABINET, policy="pseudonymise")
    room.retrieval.ask(cabinet, Question("Que doit Monsieur Jean Lefèvre, jean.lefevre@exemple.fr ?", USER))
    sent = f"{room.found.plans[0].text} {room.ones.texts} {room.told.getvalue()}"
    assert "lefèvre" not in sent.lower()
    assert "exemple.fr" not in sent


def test_a_question_that_cannot_be_redacted_goes_nowhere(room: Room) -> None:
    with pytest.raises(Retry) as failed:
        room.retrieval.ask(replace(CABINET, policy="no such policy"), Question("loyer de Lefèvre", USER))
    assert failed.value.code == "redaction_failed"
    assert (room.found.plans, room.ones.texts) == ([], [])


def test_a_hit_as_json_has_its_fields_and_scores() -> None:
    assert hit("a").as_json() == {
        "citation": "",
        "score": 1.0,
        "highlights": [],
        "key": "a-live-0",
        "document_id": "a",
        "generation": "live",
        "content": "Loyer",
    }
    assert replace(hit("a"), reranker_score=2.5).as_json()["reranker_score"] == 2.5


@pytest.mark.parametrize(
    ("pages", "cited"),
    [
        ((3, 4), "Bail, p. 3-4, TITRE I › Article 5"),
        ((3, 3), "Bail, p. 3, TITRE I › Article 5"),
        ((None, None), "Bail, TITRE I › Article 5"),
    ],
)
def test_a_hit_is_cited_by_document_page_and_headings(pages: tuple[int | None, int | None], cited: str) -> None:
    first, last = pages
    fields = {"title": "Bail", "heading_path": "TITRE I › Article 5", "page_first": first, "page_last": last}
    assert replace(hit("a"), fields=fields).citation == cited


def test_the_semantic_ranker_reads_the_question_and_not_what_is_added_for_the_words(room: Room) -> None:
    plan = room.plan_for("clause résolutoire, art. L. 145-41")
    assert plan.question == "clause résolutoire, art. L. 145-41"
    assert plan.text != plan.question


# Without the embedding service


@pytest.mark.parametrize("code", ["embedding_unreachable", "throttled", "embedding_forbidden"])
def test_without_the_embedding_service_a_question_is_answered_by_its_words_and_the_answer_says_so(
    room: Room, code: str
) -> None:
    wanted = hit("a")
    room.found.hits, room.rows.rows = [wanted], {"a": row("a", ("live", State.LIVE))}
    room.ones.fault = Retry(code, "the embedding service")
    answer = room.ask("quel loyer ?")
    assert (answer, answer.by) == ([wanted], AnsweredBy.TEXT_ONLY)
    assert (room.found.plans[0].text, room.found.plans[0].vector) == ("quel loyer ?", [])
    told = json.loads(room.told.getvalue())
    assert (told["outcome"], told["code"]) == ("text_only", code)


def test_without_the_embedding_service_a_user_still_reads_what_they_may_and_nothing_else(room: Room) -> None:
    room.ones.fault = Retry("embedding_unreachable", "the embedding service")
    room.ask()
    assert room.found.plans[0].filter == "allowed_principals/any(p: search.in(p, '3f0c2a51|cabinet', '|'))"
    with pytest.raises(NoAnswer):
        room.ask(principals=())


def test_with_the_embedding_service_the_answer_is_hybrid(room: Room) -> None:
    assert room.ask().by is AnsweredBy.HYBRID
    assert "text_only" not in room.told.getvalue()


def test_without_the_ledger_there_is_no_answer_by_words_either(room: Room) -> None:
    room.found.hits, room.rows.down = [hit("a")], True
    room.ones.fault = Retry("embedding_unreachable", "the embedding service")
    with pytest.raises(Retry, match="ledger"):
        room.ask()
