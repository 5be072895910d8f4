"""Access tokens of the local cloud: JWTs that look like Entra's, signed (HS256) with one key in one file.

Every loopback server that is given that file checks signature, audience and expiry, as Azure would. Azurite's
`--oauth basic` checks issuer, audience and dates only.
"""

import os
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import jwt

from local.server import Request

TENANT = "5f0c9e4e-0000-4000-8000-000000000001"  # the cloud's own tenant: no Entra tenant has this id
PRINCIPAL = "5f0c9e4e-0000-4000-8000-00000000000a"  # object id of the managed identity
ISSUER = "https://sts.windows.net"  # of v1 tokens; the one that Azurite knows
CLOCK_SKEW = 300  # seconds, as Entra allows

Claims = dict[str, str | int | list[str]]


class BadToken(Exception):
    """Why a request is answered 401. Says which check failed, never the token."""


@dataclass(frozen=True, slots=True)
class Signer:
    key: bytes

    def token(self, claims: Mapping[str, str | int | list[str]], *, audience: str, lifetime: int) -> str:
        now = int(time.time())
        dates = {"iat": now, "nbf": now - CLOCK_SKEW, "exp": now + lifetime}
        return jwt.encode({"aud": audience, "ver": "1.0", **claims, **dates}, self.key, algorithm="HS256")

    def verified(self, request: Request, audience: str) -> Claims:
        """The claims of the request's bearer token."""
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not token:
            raise BadToken("no bearer token")
        try:
            return jwt.decode(token, self.key, algorithms=["HS256"], audience=[audience, audience + "/"])
        except jwt.InvalidTokenError as error:
            raise BadToken(type(error).__name__) from None


def signer(file: Path) -> Signer:
    """The signer of this key file; made with mode 0600 when it is not there."""
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    if not file.exists():
        write_private(file, secrets.token_hex(32).encode())
    return Signer(file.read_bytes())


def write_private(file: Path, content: bytes) -> None:
    """Whole or not at all, and readable by its owner only."""
    part = file.with_suffix(".part")
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())
    part.replace(file)
