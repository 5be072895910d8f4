"""Retrieval over HTTP, for applications: who asks is what App Service Authentication says, and never a parameter.

The platform validates the token and sets `X-MS-CLIENT-PRINCIPAL`; a client's own header of that name never arrives. A
user of another tenant than the cabinet's gets the answer of a cabinet that does not exist.
"""

import base64
import binascii
import json
from collections.abc import Mapping
from dataclasses import dataclass

from ingestion.errors import GreffeError
from ingestion.ports import Registry
from ingestion.retrieval import NoAnswer, Question, Retrieval

LARGEST_BODY = 65_536  # bytes: a question of 2,000 characters, however it is escaped, and room
EVERYONE = "cabinet"  # the principal that every user of the cabinet's tenant has
_CLAIMS = {
    "tid": "tenant",
    "http://schemas.microsoft.com/identity/claims/tenantid": "tenant",
    "oid": "principal",
    "http://schemas.microsoft.com/identity/claims/objectidentifier": "principal",
    "groups": "principal",
}
_STATUS = {"no_user": 403, "bad_question": 400, "no_index": 404}


@dataclass(frozen=True, slots=True)
class User:
    tenant: str
    principals: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SearchApi:
    registry: Registry
    retrieval: Retrieval
    authenticated_by_platform: bool  # without it the header is anybody's, and nobody is answered

    def answer(self, cabinet_id: str, headers: Mapping[str, str], body: bytes) -> tuple[int, dict[str, object]]:
        """HTTP status and JSON body. Never raises for what a caller did, and never quotes the question."""
        user = _user(headers.get("x-ms-client-principal", "")) if self.authenticated_by_platform else None
        if user is None:
            return 401, _error("unauthenticated", "Sign in: this deployment answers signed-in users only.")
        try:
            return self._answered(cabinet_id, user, body)
        except NoAnswer as refusal:
            return _STATUS[refusal.code], _error(refusal.code, str(refusal))
        except GreffeError as failure:
            return 503, _error(failure.code, "A service behind the search cannot be reached; ask again.")

    def _answered(self, cabinet_id: str, user: User, body: bytes) -> tuple[int, dict[str, object]]:
        cabinet = self.registry.by_id(cabinet_id)
        if cabinet is None or cabinet.tenant_id != user.tenant:
            return 404, _error("unknown_cabinet", "There is no such cabinet for you.")
        question = _question(body, user)
        if question is None:
            return 400, _error("bad_request", 'The body is JSON: {"question": "…", "top": 5, "semantic": false}.')
        answer = self.retrieval.ask(cabinet, question)
        return 200, {"answered_by": answer.by.value, "hits": [hit.as_json() for hit in answer]}


def _user(header: str) -> User | None:
    """The user that the platform vouches for; None where there is none, or one without tenant or object id."""
    try:
        claims = json.loads(base64.b64decode(header, validate=True))["claims"]
        pairs = [(_CLAIMS.get(it["typ"]), str(it["val"])) for it in claims]
    except (binascii.Error, ValueError, KeyError, TypeError, RecursionError):
        return None
    tenants = [value for kind, value in pairs if kind == "tenant"]
    principals = tuple(value for kind, value in pairs if kind == "principal")
    return User(tenants[0], (*principals, EVERYONE)) if len(tenants) == 1 and principals else None


def _question(body: bytes, user: User) -> Question | None:
    if len(body) > LARGEST_BODY:  # not read at all: JSON of a hundred megabytes would fill an instance
        return None
    try:
        asked = json.loads(body)
        text, top = asked["question"], asked.get("top", 5)
        semantic = asked.get("semantic", False)
        str(text).encode()  # JSON can spell half a surrogate pair, which no service takes
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None
    if not (isinstance(text, str) and type(top) is int and isinstance(semantic, bool)):
        return None
    return Question(text, user.principals, top, semantic)


def _error(code: str, message: str) -> dict[str, object]:
    return {"error": {"code": code, "message": message}}
