"""Key Vault's keys, wire-compatible with azure-keyvault-keys: create, get, versions, wrap, unwrap, delete, purge.

RSA only, with real cryptography (RSA-OAEP-256). Keys are PEM in one JSON file per name, mode 0600, so they survive a
restart; a deleted one is recoverable until it is purged, and purging overwrites and removes the file.
Authentication is the real one: 401 with a challenge, whose resource passes the SDK's own check (the request's host
must end with "." + the resource's host, so 127.0.0.1 answers with 0.0.1).
"""

import base64
import json
import re
import secrets
import threading
import time
from pathlib import Path
from typing import NotRequired, TypedDict

from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from local.server import Handler, Request, Response, arguments, json_response, run
from local.tokens import TENANT, BadToken, Signer, signer, write_private

RECOVERABLE_DAYS = 90  # Key Vault's default
OAEP_256 = padding.OAEP(mgf=padding.MGF1(SHA256()), algorithm=SHA256(), label=None)
NAME = re.compile(r"[0-9a-zA-Z-]{1,127}")  # Key Vault's rule
SIZES = (2048, 3072, 4096)


class StoredVersion(TypedDict):
    id: str
    pem: str
    created: int
    operations: list[str]


class StoredKey(TypedDict):
    versions: list[StoredVersion]  # oldest first
    deleted: NotRequired[int]  # when, in seconds since the epoch


class VaultError(Exception):
    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.response = json_response(status, {"error": {"code": code, "message": message}})


class Keyring:
    """The keys on disk. One lock: a vault on a laptop has one client at a time."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._folder = folder
        self._lock = threading.RLock()

    def create(self, name: str, size: int, operations: list[str]) -> StoredVersion:
        private = rsa.generate_private_key(public_exponent=65537, key_size=size)
        pem = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
        made = StoredVersion(id=secrets.token_hex(16), pem=pem, created=int(time.time()), operations=operations)
        with self._lock:
            key = self._load(name) or StoredKey(versions=[])
            if "deleted" in key:
                raise VaultError(409, "Conflict", "Key is in a deleted but recoverable state.")
            key["versions"].append(made)
            self._save(name, key)
        return made

    def get(self, name: str, *, deleted: bool = False) -> StoredKey:
        with self._lock:
            key = self._load(name)
        if key is None or ("deleted" in key) is not deleted:
            raise VaultError(404, "KeyNotFound", "A key with this name was not found in this key vault.")
        return key

    def version(self, name: str, version: str) -> StoredVersion:
        """The named one, or the newest where none is named."""
        versions = self.get(name)["versions"]
        found = [it for it in versions if it["id"] == version] if version else versions[-1:]
        if not found:
            raise VaultError(404, "KeyNotFound", "A key with this version was not found in this key vault.")
        return found[0]

    def delete(self, name: str) -> StoredKey:
        with self._lock:
            key = self.get(name)
            key["deleted"] = int(time.time())
            self._save(name, key)
        return key

    def recover(self, name: str) -> StoredKey:
        with self._lock:
            key = self.get(name, deleted=True)
            del key["deleted"]
            self._save(name, key)
        return key

    def purge(self, name: str) -> None:
        with self._lock:
            self.get(name, deleted=True)
            file = self._file(name)
            file.write_bytes(b"\0" * file.stat().st_size)
            file.unlink()

    def _file(self, name: str) -> Path:
        return self._folder / f"{name.lower()}.json"  # names in Key Vault ignore case

    def _load(self, name: str) -> StoredKey | None:
        file = self._file(name)
        if not file.exists():
            return None
        stored: StoredKey = json.loads(file.read_text())
        return stored

    def _save(self, name: str, key: StoredKey) -> None:
        write_private(self._file(name), json.dumps(key).encode())


class Vault:
    """The HTTP face of a keyring."""

    def __init__(self, keyring: Keyring, sign: Signer | None) -> None:
        self._keyring = keyring
        self._sign = sign

    def handle(self, request: Request) -> Response:
        host = request.headers.get("host", "")
        resource = "https://" + host.partition(".")[2]
        try:
            if not self._authorised(request, resource):
                return _challenge(resource)
            return self._route(request, f"https://{host}")
        except VaultError as error:
            return error.response

    def _authorised(self, request: Request, resource: str) -> bool:
        if self._sign is None:
            return request.headers.get("authorization", "").startswith("Bearer ")
        try:
            self._sign.verified(request, resource)
        except BadToken:
            return False
        return True

    def _route(self, request: Request, vault: str) -> Response:
        parts = request.path.strip("/").split("/")
        name = parts[1] if len(parts) > 1 else ""
        if not NAME.fullmatch(name):
            raise VaultError(400, "BadParameter", "A key's name is 1 to 127 letters, digits and dashes.")
        match request.method, parts[0], parts[2:]:
            case "POST", "keys", ["create"]:
                return self._create(request, vault, name)
            case "GET", "keys", ["versions"]:
                versions = self._keyring.get(name)["versions"]
                return json_response(200, {"value": [_item(vault, name, it) for it in versions], "nextLink": None})
            case "GET", "keys", [] | [_]:
                return json_response(200, _bundle(vault, name, self._keyring.version(name, "".join(parts[2:]))))
            case "POST", "keys", [version, "wrapkey" | "unwrapkey" as operation]:
                return self._wrapping(request, f"{vault}/keys/{name}/{version}", operation)
            case "DELETE", "keys", []:
                return json_response(200, _deleted(vault, name, self._keyring.delete(name)))
            case "GET", "deletedkeys", []:
                return json_response(200, _deleted(vault, name, self._keyring.get(name, deleted=True)))
            case "POST", "deletedkeys", ["recover"]:
                newest = self._keyring.recover(name)["versions"][-1]
                return json_response(200, _bundle(vault, name, newest))
            case "DELETE", "deletedkeys", []:
                self._keyring.purge(name)
                return Response(204)
        raise VaultError(405, "MethodNotAllowed", "This operation is not part of the local vault.")

    def _create(self, request: Request, vault: str, name: str) -> Response:
        asked = request.json()
        if not isinstance(asked, dict) or asked.get("kty") not in ("RSA", "RSA-HSM"):
            raise VaultError(400, "BadParameter", "The local vault makes RSA keys only.")
        size = asked.get("key_size", 2048)
        if size not in SIZES:
            raise VaultError(400, "BadParameter", f"key_size must be one of {SIZES}.")
        operations = asked.get("key_ops", ["encrypt", "decrypt", "sign", "verify", "wrapKey", "unwrapKey"])
        return json_response(200, _bundle(vault, name, self._keyring.create(name, size, operations)))

    def _wrapping(self, request: Request, kid: str, operation: str) -> Response:
        version = self._keyring.version(*kid.rsplit("/", 2)[1:])
        if operation not in [it.lower() for it in version["operations"]]:
            raise VaultError(403, "Forbidden", f"Operation {operation} is not permitted on this key.")
        asked = request.json()
        if not isinstance(asked, dict) or asked.get("alg") != "RSA-OAEP-256":
            raise VaultError(400, "BadParameter", "The local vault wraps with RSA-OAEP-256 only.")
        private = _private(version)
        try:
            value = _decoded(str(asked.get("value", "")))
            encrypts = operation == "wrapkey"
            result = private.public_key().encrypt(value, OAEP_256) if encrypts else private.decrypt(value, OAEP_256)
        except ValueError:
            raise VaultError(400, "BadParameter", "Value is not valid for this operation.") from None
        return json_response(200, {"kid": kid, "value": _encoded(result)})


def _challenge(resource: str) -> Response:
    value = f'Bearer authorization="https://login.microsoftonline.com/{TENANT}", resource="{resource}"'
    error = {"error": {"code": "Unauthorized", "message": "AKV10000: Request is missing a Bearer token."}}
    return json_response(401, error, {"WWW-Authenticate": value})


def _private(version: StoredVersion) -> rsa.RSAPrivateKey:
    # Our own file: checking the primes again at each call would cost 100 ms.
    private = load_pem_private_key(version["pem"].encode(), password=None, unsafe_skip_rsa_key_validation=True)
    if not isinstance(private, rsa.RSAPrivateKey):
        raise VaultError(500, "InternalServerError", "The stored key is not RSA.")
    return private


def _bundle(vault: str, name: str, version: StoredVersion) -> dict[str, object]:
    numbers = _private(version).public_key().public_numbers()
    key = {
        "kid": f"{vault}/keys/{name}/{version['id']}",
        "kty": "RSA",
        "key_ops": version["operations"],
        "n": _encoded(_big_endian(numbers.n)),
        "e": _encoded(_big_endian(numbers.e)),
    }
    return {"key": key, "attributes": _attributes(version)}


def _item(vault: str, name: str, version: StoredVersion) -> dict[str, object]:
    return {"kid": f"{vault}/keys/{name}/{version['id']}", "attributes": _attributes(version)}


def _deleted(vault: str, name: str, key: StoredKey) -> dict[str, object]:
    at = key.get("deleted", 0)
    dates = {"deletedDate": at, "scheduledPurgeDate": at + RECOVERABLE_DAYS * 86400}
    return {"recoveryId": f"{vault}/deletedkeys/{name}", **dates, **_bundle(vault, name, key["versions"][-1])}


def _attributes(version: StoredVersion) -> dict[str, object]:
    dates = {"created": version["created"], "updated": version["created"]}
    recovery = {"recoveryLevel": "Recoverable+Purgeable", "recoverableDays": RECOVERABLE_DAYS}
    return {"enabled": True, **dates, **recovery}


def _big_endian(number: int) -> bytes:
    return number.to_bytes((number.bit_length() + 7) // 8)


def _encoded(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()


def _decoded(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def handler(home: Path, signing_key: Path | None) -> Handler:
    return Vault(Keyring(home / "keys"), signer(signing_key) if signing_key else None).handle


def main() -> None:
    parser = arguments(__doc__ or "")
    parser.add_argument("--signing-key", type=Path, help="of local.identity; without it any bearer token will do")
    options = parser.parse_args()
    run(handler(options.home, options.signing_key), options)


if __name__ == "__main__":
    main()
