"""App Service Authentication as the local host puts it in front of an app."""

import base64
import json
import time
from collections.abc import Iterator
from pathlib import Path

import jwt
import pytest

from local.functions.easy_auth import EasyAuth
from local.server import Request
from tests.local_cloud.hosted import Hosted, app_in, hosted

EVENT = {
    "id": "1",
    "subject": "s",
    "eventType": "t",
    "eventTime": "2025-01-01T10:00:00Z",
    "dataVersion": "1",
    "data": {},
}

BODY = """
@app.route(route="who", auth_level=func.AuthLevel.ANONYMOUS)
def who(req: func.HttpRequest) -> str:
    return req.headers["x-ms-client-principal-id"] + " " + req.headers["x-ms-client-principal"]

@app.event_grid_trigger(arg_name="event")
def on_event(event: func.EventGridEvent) -> None:
    pass
"""
KEY = b"0" * 64


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hosted]:
    folder = tmp_path_factory.mktemp("guarded")
    (folder / "identity").mkdir()
    (folder / "identity" / "signing.key").write_bytes(KEY)
    environment = {"WEBSITE_AUTH_ENABLED": "True", "WEBSITE_AUTH_ALLOWED_AUDIENCES": "api://greffe"}
    app = app_in(folder / "app", BODY)
    with hosted(app, folder / "home", "--workers", "1", environment=environment) as running:
        yield running


def token(key: bytes | None = KEY, algorithm: str = "HS256", **claims: object) -> str:
    payload = {"oid": "user-1", "tid": "tenant-1", "groups": ["g1", "g2"], "aud": "api://greffe"}
    return jwt.encode({**payload, "exp": int(time.time()) + 60, **claims}, key or "", algorithm=algorithm)


def test_the_app_learns_who_calls_and_from_nobody_else(guarded: Hosted) -> None:
    forged = base64.b64encode(b'{"claims": []}').decode()
    headers = {"Authorization": f"Bearer {token()}", "X-MS-CLIENT-PRINCIPAL": forged}
    headers["X-MS-CLIENT-PRINCIPAL-ID"] = "forged"
    oid, encoded = guarded.call("GET", "/api/who", headers=headers).body.decode().split()
    principal = json.loads(base64.b64decode(encoded))
    claims = {(claim["typ"], claim["val"]) for claim in principal["claims"]}
    assert oid == "user-1"
    assert principal["auth_typ"] == "aad"
    assert claims >= {
        ("http://schemas.microsoft.com/identity/claims/objectidentifier", "user-1"),
        ("http://schemas.microsoft.com/identity/claims/tenantid", "tenant-1"),
        ("groups", "g1"),
        ("groups", "g2"),
    }


def test_without_a_valid_token_nobody_enters(guarded: Hosted) -> None:
    tokens = [
        "",
        "not.a.jwt",
        token(exp=int(time.time()) - 600),
        token(key=b"1" * 64),
        token(key=None, algorithm="none"),
        token(aud="https://storage.azure.com"),
    ]
    answers = [guarded.call("GET", "/api/who", headers={"Authorization": f"Bearer {one}"}) for one in tokens]
    assert [answer.status for answer in answers] == [401] * len(tokens)
    assert guarded.call("GET", "/api/who").status == 401


def test_event_grid_enters_by_its_key(guarded: Hosted) -> None:
    assert guarded.event("on_event", [EVENT]).status == 202


def test_where_no_signing_key_is_known_a_token_still_has_to_be_one_and_not_to_have_expired(tmp_path: Path) -> None:
    easy_auth = EasyAuth(tmp_path / "absent.key")

    def admitted(sent: str) -> bool:
        request = Request("GET", "/api/who", {}, {"authorization": f"Bearer {sent}"}, b"")
        return isinstance(easy_auth.admit(request), Request)

    assert admitted(token(key=None, algorithm="none"))
    assert not admitted(token(key=None, algorithm="none", exp=int(time.time()) - 60))
    assert not admitted(token(key=None, algorithm="none")[5:])
