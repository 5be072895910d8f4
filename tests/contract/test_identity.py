"""The managed-identity endpoint, as the real DefaultAzureCredential sees it, and tokens as the servers check them."""

import time
from pathlib import Path

import jwt
import pytest
import requests
from azure.core.exceptions import ClientAuthenticationError
from azure.identity import DefaultAzureCredential

from ingestion.adapters.identity import object_id
from ingestion.errors import Retry
from local import identity as identity_server
from local.certificate import Certificate
from local.server import Request
from local.tokens import PRINCIPAL, TENANT, BadToken, signer
from tests.contract.conftest import Identity

STORAGE = "https://storage.azure.com"


def bearing(token: str) -> Request:
    return Request("GET", "/", {}, {"authorization": f"Bearer {token}"}, b"")


def test_the_default_credential_gets_a_token_for_the_resource_it_asks(
    credential: DefaultAzureCredential, identity: Identity
) -> None:
    token = credential.get_token(f"{STORAGE}/.default")
    claims = signer(identity.signing_key).verified(bearing(token.token), STORAGE)
    assert (claims["oid"], claims["tid"]) == (PRINCIPAL, TENANT)
    assert str(claims["iss"]).startswith("https://sts.windows.net/")
    assert int(str(claims["nbf"])) <= time.time() < int(str(claims["exp"]))


def test_a_token_for_one_resource_does_not_open_another(credential: DefaultAzureCredential, identity: Identity) -> None:
    token = credential.get_token(f"{STORAGE}/.default").token
    with pytest.raises(BadToken, match="InvalidAudienceError"):
        signer(identity.signing_key).verified(bearing(token), "https://vault.azure.net")


def test_a_token_signed_by_anybody_else_is_refused(identity: Identity) -> None:
    forged = jwt.encode({"aud": STORAGE, "exp": time.time() + 60}, "k" * 32, algorithm="HS256")
    with pytest.raises(BadToken, match="InvalidSignatureError"):
        signer(identity.signing_key).verified(bearing(forged), STORAGE)


def test_an_expired_token_is_refused(identity: Identity) -> None:
    sign = signer(identity.signing_key)
    with pytest.raises(BadToken, match="ExpiredSignatureError"):
        sign.verified(bearing(sign.token({}, audience=STORAGE, lifetime=-1)), STORAGE)


def test_without_the_header_nobody_gets_a_token(
    identity: Identity, trust: Certificate, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("IDENTITY_HEADER", "guessed")
    with pytest.raises(ClientAuthenticationError):
        DefaultAzureCredential().get_token(f"{STORAGE}/.default")


def test_who_cannot_sign_in_is_told_so_in_our_words(
    identity: Identity, trust: Certificate, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("IDENTITY_HEADER", "guessed")
    with pytest.raises(Retry, match="sign in") as refused:
        object_id(DefaultAzureCredential())
    assert refused.value.code == "unauthenticated"
    assert refused.value.__suppress_context__


def test_a_user_token_carries_who_and_which_groups(identity: Identity) -> None:
    asked = {"oid": "u-1", "tid": "t-1", "groups": ["g-1", "g-2"], "name": "Camille Essai"}
    answer = requests.post(
        f"{identity.url}/users/token", json=asked, headers={"X-IDENTITY-HEADER": identity.header}, timeout=5
    )
    claims = signer(identity.signing_key).verified(bearing(answer.json()["access_token"]), "api://greffe")
    assert {name: claims[name] for name in asked} == asked


def test_the_secrets_are_private_and_survive_a_restart(tmp_path: Path) -> None:
    first = (identity_server.header(tmp_path), signer(tmp_path / identity_server.SIGNING_KEY).key)
    again = (identity_server.header(tmp_path), signer(tmp_path / identity_server.SIGNING_KEY).key)
    assert first == again
    assert {file.stat().st_mode & 0o777 for file in tmp_path.iterdir()} == {0o600}
