"""The keys of the host, made at its first start and kept in `keys.json`: the same three kinds as in Azure.

`master` opens everything; `functions.default` opens functions of level "function"; `systems.eventgrid_extension` opens
Event Grid's webhook. The file is for its owner only.
"""

import hmac
import json
import secrets
from dataclasses import asdict, dataclass
from pathlib import Path

from local.server import Request


@dataclass(frozen=True, slots=True)
class HostKeys:
    master: str
    functions: dict[str, str]
    systems: dict[str, str]

    def opens_admin(self, request: Request) -> bool:
        return _same(_sent(request), self.master)

    def opens_function(self, request: Request, level: str) -> bool:
        """`level` is "anonymous", "function" or "admin"."""
        if level == "anonymous" or self.opens_admin(request):
            return True
        return level == "function" and any(_same(_sent(request), key) for key in self.functions.values())

    def opens_webhook(self, request: Request) -> bool:
        key = request.headers.get("aeg-sas-key")
        known = (self.systems["eventgrid_extension"], self.master)
        return any(_same(sent, one) for sent in (key, _sent(request)) for one in known)


def host_keys(home: Path) -> HostKeys:
    file = home / "keys.json"
    if file.exists():
        return HostKeys(**json.loads(file.read_text(encoding="utf-8")))
    made = HostKeys(_fresh(), {"default": _fresh()}, {"eventgrid_extension": _fresh()})
    file.touch(mode=0o600)
    file.write_text(json.dumps(asdict(made), indent=2), encoding="utf-8")
    return made


def _fresh() -> str:
    return secrets.token_urlsafe(40)


def _sent(request: Request) -> str | None:
    return request.headers.get("x-functions-key") or request.query.get("code")


def _same(sent: str | None, key: str) -> bool:
    return sent is not None and hmac.compare_digest(sent.encode(), key.encode())
