"""App Service Authentication, as Azure puts it in front of an app: no token, no entry; who it is comes in headers.

What a client sends in those headers never reaches the app. Tokens are those of the local identity server: a JWT whose
`exp` has not passed and, when its signing key is known, signed with it by HS256. Paths under /runtime and /admin have
keys of their own and are let through: in Azure they must be among `excludedPaths`, or Event Grid is answered 401.
"""

import base64
import binascii
import hashlib
import hmac
import json
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

from local.server import Request, Response

SETTING = "WEBSITE_AUTH_ENABLED"
EXCLUDED = ("/runtime/", "/admin/")
HEADER = "x-ms-client-principal"
URI = "http://schemas.microsoft.com/identity/claims/"
XML_URI = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/"
# The default claims mapping: some claims reach the app under other names than in the token.
MAPPED = {
    "oid": URI + "objectidentifier",
    "tid": URI + "tenantid",
    "scp": URI + "scope",
    "sub": XML_URI + "nameidentifier",
    "email": XML_URI + "emailaddress",
    "upn": XML_URI + "upn",
}


class Rejected(Exception):
    """The token proves nothing. Says nothing of its content."""


class EasyAuth:
    def __init__(self, signing_key: Path, clock: Callable[[], float] = time.time) -> None:
        self._signing_key = signing_key
        self._clock = clock

    def admit(self, request: Request) -> Request | Response:
        """The request as the app may see it, or the refusal."""
        headers = {name: value for name, value in request.headers.items() if not name.startswith(HEADER)}
        if request.path.startswith(EXCLUDED):
            return replace(request, headers=headers)
        try:
            claims = self._claims(headers.get("authorization", ""))
        except Rejected:
            return Response(401, b"", {"WWW-Authenticate": "Bearer"})
        return replace(request, headers=headers | principal_headers(claims))

    def _claims(self, authorization: str) -> Mapping[str, object]:
        scheme, _, token = authorization.partition(" ")
        if scheme.lower() != "bearer":
            raise Rejected("no bearer token")
        claims = self._verified(token.strip())
        expires = claims.get("exp")
        if not isinstance(expires, int | float) or expires <= self._clock():
            raise Rejected("expired")
        return claims

    def _verified(self, token: str) -> Mapping[str, object]:
        pieces = token.split(".")
        if len(pieces) != 3:
            raise Rejected("not a JWT")
        header, claims = _object(pieces[0]), _object(pieces[1])
        if self._signing_key.exists():
            key = self._signing_key.read_bytes()
            expected = hmac.new(key, f"{pieces[0]}.{pieces[1]}".encode(), hashlib.sha256).digest()
            if header.get("alg") != "HS256" or not hmac.compare_digest(_decoded(pieces[2]), expected):
                raise Rejected("signature")
        return claims


def principal_headers(claims: Mapping[str, object]) -> dict[str, str]:
    """The headers in which the app finds who calls."""
    principal = {
        "auth_typ": "aad",
        "claims": [{"typ": MAPPED.get(name, name), "val": value} for name, value in _flat(claims)],
        "name_typ": XML_URI + "emailaddress",
        "role_typ": "http://schemas.microsoft.com/ws/2008/06/identity/claims/role",
    }
    name = claims.get("preferred_username") or claims.get("upn") or claims.get("name") or ""
    return {
        HEADER: base64.b64encode(json.dumps(principal).encode()).decode(),
        f"{HEADER}-id": str(claims.get("oid") or claims.get("sub") or ""),
        f"{HEADER}-name": str(name),
        f"{HEADER}-idp": "aad",
    }


def _flat(claims: Mapping[str, object]) -> list[tuple[str, str]]:
    """A claim with several values, such as groups, comes once per value."""
    return [
        (name, one if isinstance(one, str) else json.dumps(one))
        for name, value in claims.items()
        for one in (value if isinstance(value, list) else [value])
    ]


def _object(piece: str) -> dict[str, object]:
    try:
        value = json.loads(_decoded(piece))
    except ValueError:
        raise Rejected("not JSON") from None
    if not isinstance(value, dict):
        raise Rejected("not an object")
    return value


def _decoded(piece: str) -> bytes:
    try:
        return base64.urlsafe_b64decode(piece + "=" * (-len(piece) % 4))
    except (binascii.Error, ValueError):
        raise Rejected("not base64url") from None
