"""App Service Authentication, as Azure puts it in front of an app: no token, no entry; who it is comes in headers.

What a client sends in those headers never reaches the app. Tokens are those of the local identity server: a JWT whose
`exp` has not passed and, when its signing key is known, signed with it by HS256. Paths under /runtime and /admin, and
Graph's webhook, have keys of their own and are let through: in Azure they must be among `excludedPaths`, or Event Grid
and Graph are answered 401.
"""

import base64
import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import jwt
from jwt.types import Options

from local.server import Request, Response

SETTING = "WEBSITE_AUTH_ENABLED"
AUDIENCES = "WEBSITE_AUTH_ALLOWED_AUDIENCES"  # separated by commas
EXCLUDED = ("/runtime/", "/admin/", "/api/graph/notifications")
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


class EasyAuth:
    """`audiences`: those that a token may be for; any, when there are none."""

    def __init__(self, signing_key: Path, audiences: Sequence[str] = ()) -> None:
        self._signing_key = signing_key
        self._audiences = audiences

    def admit(self, request: Request) -> Request | Response:
        """The request as the app may see it, or the refusal."""
        headers = {name: value for name, value in request.headers.items() if not name.startswith(HEADER)}
        if request.path.startswith(EXCLUDED):
            return replace(request, headers=headers)
        scheme, _, token = headers.get("authorization", "").partition(" ")
        try:
            claims = self._claims(token.strip() if scheme.lower() == "bearer" else "")
        except jwt.InvalidTokenError:
            return Response(401, b"", {"WWW-Authenticate": "Bearer"})
        return replace(request, headers=headers | principal_headers(claims))

    def _claims(self, token: str) -> Mapping[str, object]:
        signed = self._signing_key.exists()
        options: Options = {
            "require": ["exp"],
            "verify_exp": True,
            "verify_aud": bool(self._audiences),
            "verify_signature": signed,
        }
        key = self._signing_key.read_bytes() if signed else b""
        claims: dict[str, object] = jwt.decode(
            token, key, algorithms=["HS256"], options=options, audience=self._audiences or None
        )
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
