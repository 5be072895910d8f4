"""The search over HTTP: the platform says who asks, another tenant's cabinet does not exist, no caller can break it."""

import base64
import io
import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingestion.errors import Retry
from ingestion.model import Cabinet, SourceRef
from ingestion.retrieval import Retrieval
from ingestion.rows import State
from ingestion.search_api import LARGEST_BODY, SearchApi
from ingestion.telemetry import start
from tests.unit.test_retrieval import CABINET, Found, Ones, OneSecret, Rows, hit, row

TENANT = "http://schemas.microsoft.com/identity/claims/tenantid"
OBJECT = "http://schemas.microsoft.com/identity/claims/objectidentifier"
BODY = json.dumps({"question": "le loyer"}).encode()


class OneCabinet:
    """The port `Registry`, with one cabinet."""

    def by_id(self, cabinet: str) -> Cabinet | None:
        return CABINET if cabinet == CABINET.id else None

    def by_source(self, source: str) -> Cabinet | None:
        return None

    def by_route(self, route: str) -> tuple[Cabinet, SourceRef] | None:
        return None


class Room:
    def __init__(self, *, authenticated: bool = True) -> None:
        self.found, self.rows, self.told = Found([hit("a")]), Rows({"a": row("a", ("live", State.LIVE))}), io.StringIO()
        retrieval = Retrieval(self.found, self.rows, Ones(), OneSecret(), start(None, out=self.told))
        self.api = SearchApi(OneCabinet(), retrieval, authenticated)

    def post(
        self, body: bytes = BODY, header: str | None = None, cabinet: str = "dupont"
    ) -> tuple[int, dict[str, object]]:
        principal = signed_in() if header is None else header
        return self.api.answer(cabinet, {"x-ms-client-principal": principal}, body)

    def code(self, *given_: object, **named: object) -> tuple[int, object]:
        status, body = self.post(*given_, **named)  # type: ignore[arg-type]
        error = body.get("error")
        return status, error["code"] if isinstance(error, dict) else None


def principal(*claims: tuple[str, object]) -> str:
    value = {"auth_typ": "aad", "claims": [{"typ": typ, "val": val} for typ, val in claims]}
    return base64.b64encode(json.dumps(value).encode()).decode()


def signed_in(tenant: str = "t") -> str:
    return principal((TENANT, tenant), (OBJECT, "3f0c2a51"), ("groups", "g1"), ("name", "Jeanne Lefèvre"))


@pytest.fixture
def room() -> Room:
    return Room()


def test_a_signed_in_user_gets_hits_that_they_may_read(room: Room) -> None:
    status, body = room.post()
    assert status == 200
    assert body == {"answered_by": "hybrid", "hits": [hit("a").as_json()]}
    assert room.found.plans[0].filter == "allowed_principals/any(p: search.in(p, '3f0c2a51|g1|cabinet', '|'))"


@pytest.mark.parametrize(
    "header",
    [
        "",
        "not base64",
        base64.b64encode(b"not json").decode(),
        base64.b64encode(b"\xff").decode(),
        base64.b64encode(b"[]").decode(),
        base64.b64encode(b'{"claims": null}').decode(),
        base64.b64encode(b'{"claims": ["oid"]}').decode(),
        base64.b64encode(b'{"claims": [{"typ": ["oid"], "val": 1}]}').decode(),
        base64.b64encode(b"[" * 100_000).decode(),
        principal((OBJECT, "3f0c2a51")),
        principal((TENANT, "t")),
        principal((TENANT, "t"), (TENANT, "other"), (OBJECT, "3f0c2a51")),
    ],
)
def test_whom_the_platform_does_not_vouch_for_is_not_answered(header: str, room: Room) -> None:
    assert room.code(header=header) == (401, "unauthenticated")


def test_without_the_platforms_authentication_the_header_is_anybodys() -> None:
    assert Room(authenticated=False).code() == (401, "unauthenticated")


def test_no_header_at_all_is_nobody(room: Room) -> None:
    assert room.api.answer("dupont", {}, BODY)[0] == 401


def test_another_tenants_cabinet_answers_as_one_that_does_not_exist(room: Room) -> None:
    foreign = room.post(header=signed_in("other"))
    missing = room.post(cabinet="nobody")
    assert foreign == missing
    assert foreign[0] == 404
    assert room.found.plans == []


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"\xff",
        b"[]",
        b"null",
        b'"question"',
        b"{}",
        b'{"question": 7}',
        b'{"question": null}',
        b'{"question": "a", "top": "5"}',
        b'{"question": "a", "top": 1.5}',
        b'{"question": "a", "top": true}',
        b'{"question": "a", "semantic": 1}',
        b'{"question": "\\ud800"}',
        b"[" * 100_000,
        b'{"question": ' + b"[" * 100_000,
    ],
)
def test_a_body_that_is_no_question_is_told_what_one_is(body: bytes, room: Room) -> None:
    assert room.code(body) == (400, "bad_request")


@given(st.binary(max_size=60))
def test_no_body_breaks_it(body: bytes) -> None:
    assert Room().post(body)[0] in (200, 400)


def test_a_body_that_would_fill_the_memory_is_no_question(room: Room) -> None:
    long = json.dumps({"question": "le loyer", "padding": "x" * LARGEST_BODY}).encode()
    assert room.code(long) == (400, "bad_request")
    escaped = json.dumps({"question": "é" * 2_000}).encode()
    assert len(escaped) < LARGEST_BODY
    assert room.post(escaped)[0] == 200


def test_a_question_that_cannot_be_asked_is_refused_by_its_code(room: Room) -> None:
    assert room.code(json.dumps({"question": "  "}).encode()) == (400, "bad_question")
    odd = principal((TENANT, "t"), (OBJECT, "o'neil"))
    assert room.code(header=odd) == (403, "no_user")


def test_a_service_that_is_down_is_a_503_without_its_words(room: Room) -> None:
    room.rows.down = True
    status, body = room.post()
    assert status == 503
    assert "ledger" not in json.dumps(body)


def test_a_registry_that_is_down_is_a_503_too(room: Room) -> None:
    class Down(OneCabinet):
        def by_id(self, cabinet: str) -> Cabinet | None:
            raise Retry("unreachable", "the registry: reading")

    room.api = replace(room.api, registry=Down())
    assert room.code() == (503, "unreachable")


def test_no_answer_and_no_span_quotes_the_question_or_the_user(room: Room) -> None:
    asked = json.dumps({"question": "   ", "top": 5}).encode(), json.dumps({"question": "Zanzibar Dupont"}).encode()
    room.found.hits = []
    said = json.dumps([room.post(body) for body in asked]) + room.told.getvalue()
    assert "Zanzibar" not in said
    assert "Jeanne" not in said


def test_the_wish_for_the_semantic_ranker_and_a_number_of_hits_travel(room: Room) -> None:
    room.post(json.dumps({"question": "loyer", "top": 7, "semantic": True}).encode())
    [plan] = room.found.plans
    assert (plan.top, plan.semantic) == (21, True)
