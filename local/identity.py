"""The managed-identity endpoint of the local cloud, in the App Service flavour: what `DefaultAzureCredential` asks.

    IDENTITY_ENDPOINT   the URL that is printed + /msi/token
    IDENTITY_HEADER     the content of {home}/identity.header

It answers for every resource: `GET /msi/token?api-version=2019-08-01&resource=…`. `POST /users/token` with
{oid, tid, groups, name, audience?} gives a user's token for tests. Both want the header `X-IDENTITY-HEADER`, so
another user of this machine gets nothing. The key stays in {home}/signing.key (0600); the other servers take it as
`--signing-key`.
"""

import secrets
import time
from collections.abc import Callable
from pathlib import Path

from local.server import Request, Response, arguments, json_response, run
from local.tokens import ISSUER, PRINCIPAL, TENANT, Signer, signer, write_private

SIGNING_KEY = "signing.key"
HEADER = "identity.header"
API_VERSION = "2019-08-01"
LIFETIME = 3600  # seconds; Azure gives a managed identity up to a day
USER_AUDIENCE = "api://greffe"


def header(home: Path) -> str:
    """The secret that callers must send; made once."""
    file = home / HEADER
    if not file.exists():
        home.mkdir(parents=True, exist_ok=True, mode=0o700)
        write_private(file, secrets.token_hex(32).encode())
    return file.read_text()


def handler(home: Path) -> Callable[[Request], Response]:
    sign, expected = signer(home / SIGNING_KEY), header(home)

    def handle(request: Request) -> Response:
        if not secrets.compare_digest(request.headers.get("x-identity-header", ""), expected):
            return _refused(401, "X-IDENTITY-HEADER is missing or wrong")
        match request.method, request.path:
            case "GET", "/msi/token":
                return _managed_identity(request, sign)
            case "POST", "/users/token":
                return _user(request, sign)
        return _refused(404, "no such endpoint")

    return handle


def _managed_identity(request: Request, sign: Signer) -> Response:
    resource = request.query.get("resource", "").rstrip("/")
    if request.query.get("api-version") != API_VERSION or not resource:
        return _refused(400, f"api-version={API_VERSION} and resource are required")
    claims = {
        "iss": f"{ISSUER}/{TENANT}/",
        "tid": TENANT,
        "oid": PRINCIPAL,
        "sub": PRINCIPAL,
        "appid": PRINCIPAL,
        "idtyp": "app",
    }
    answer = {
        "access_token": sign.token(claims, audience=resource, lifetime=LIFETIME),
        "expires_on": str(int(time.time()) + LIFETIME),
        "resource": resource,
        "token_type": "Bearer",
        "client_id": PRINCIPAL,
    }
    return json_response(200, answer)


def _user(request: Request, sign: Signer) -> Response:
    asked = request.json()
    if not isinstance(asked, dict) or not isinstance(asked.get("oid"), str):
        return _refused(400, "oid is required")
    tenant = str(asked.get("tid") or TENANT)
    claims: dict[str, str | int | list[str]] = {
        "iss": f"{ISSUER}/{tenant}/",
        "tid": tenant,
        "oid": asked["oid"],
        "sub": asked["oid"],
        "name": str(asked.get("name", "")),
        "groups": [str(group) for group in asked.get("groups", [])],
        "idtyp": "user",
    }
    audience = str(asked.get("audience") or USER_AUDIENCE)
    token = sign.token(claims, audience=audience, lifetime=LIFETIME)
    return json_response(200, {"access_token": token, "token_type": "Bearer", "expires_in": LIFETIME})


def _refused(status: int, message: str) -> Response:
    return json_response(status, {"statusCode": status, "message": message})


def main() -> None:
    options = arguments(__doc__ or "").parse_args()
    run(handler(options.home), options)


if __name__ == "__main__":
    main()
