"""`host.json`: how long a function may run, how queues are polled, where HTTP routes begin.

Read as Azure's host reads it, defaults included; a setting `AzureFunctionsJobHost__a__b` stands over the value at
`a.b`. What is malformed is an error that names the property.
"""

import json
import logging
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

OVERRIDE = "azurefunctionsjobhost__"
TIME_SPAN = re.compile(r"(?:(\d+)\.)?(\d{1,2}):(\d{1,2})(?::(\d{1,2}(?:\.\d{1,7})?))?")
DEFAULT_TIMEOUT = 1800.0  # seconds: Flex Consumption's default
LEVELS = {
    "trace": logging.DEBUG,
    "debug": logging.DEBUG,
    "information": logging.INFO,
    "warning": logging.WARNING,
    "error": logging.ERROR,
    "critical": logging.CRITICAL,
    "none": logging.CRITICAL + 1,
}
MAX_BATCH = 32  # the storage service's own limit on one call


class HostFileError(Exception):
    """host.json cannot be used: which property, what it must be."""


@dataclass(frozen=True, slots=True)
class QueueSettings:
    """Defaults are those of Microsoft.Azure.WebJobs.Extensions.Storage.Queues 5."""

    batch_size: int = 16
    new_batch_threshold: int = 8
    max_dequeue_count: int = 5
    visibility_timeout: float = 0.0  # seconds until a failed message comes back
    max_polling_interval: float = 60.0  # seconds
    base64: bool = True


@dataclass(frozen=True, slots=True)
class HostSettings:
    function_timeout: float | None = DEFAULT_TIMEOUT  # seconds; None: unbounded
    route_prefix: str = "api"
    log_level: int = logging.INFO  # of what functions and their libraries write
    queues: QueueSettings = field(default_factory=QueueSettings)


def read(app: Path, environment: Mapping[str, str]) -> HostSettings:
    """The settings of the app in `app`. Raises HostFileError."""
    try:
        content = json.loads((app / "host.json").read_bytes())
    except FileNotFoundError:
        raise HostFileError("No host.json in the app's folder; Azure's host asks for one.") from None
    except json.JSONDecodeError as error:
        raise HostFileError(f"host.json is not JSON: line {error.lineno}, column {error.colno}.") from None
    document = _Properties(_flat(content) | _overrides(environment))
    if document.text("version", "") != "2.0":
        raise HostFileError('host.json: "version" must be "2.0".')
    return HostSettings(
        function_timeout=_timeout(document),
        log_level=_log_level(document),
        route_prefix=document.text("extensions.http.routeprefix", "api").strip("/"),
        queues=_queues(document),
    )


def seconds(value: str) -> float | None:
    """A .NET TimeSpan, `[d.]hh:mm[:ss[.fffffff]]`, in seconds; None if it is not one."""
    match = TIME_SPAN.fullmatch(value)
    if match is None:
        return None
    days, hours, minutes, rest = (float(group or 0) for group in match.groups())
    return ((days * 24 + hours) * 60 + minutes) * 60 + rest


class _Properties:
    """Values by their lower-case dotted path: .NET's configuration is blind to case, and all its values are text."""

    def __init__(self, values: Mapping[str, str]) -> None:
        self._values = values

    def text(self, path: str, default: str) -> str:
        return self._values.get(path, default)

    def number(self, path: str, default: int, low: int, high: int) -> int:
        value = self._values.get(path)
        if value is None:
            return default
        if not value.isdecimal() or not low <= int(value) <= high:
            raise HostFileError(f"host.json: {path} must be a whole number from {low} to {high}.")
        return int(value)

    def span(self, path: str, default: float) -> float:
        value = self._values.get(path)
        if value is None:
            return default
        if (parsed := seconds(value)) is None:
            raise HostFileError(f'host.json: {path} must be a time span such as "00:00:30".')
        return parsed


def _timeout(document: _Properties) -> float | None:
    if document.text("functiontimeout", "") == "-1":
        return None
    return document.span("functiontimeout", DEFAULT_TIMEOUT)


def _log_level(document: _Properties) -> int:
    """Of the category "Function", else the default one: what Azure's host lets through from a worker."""
    default = document.text("logging.loglevel.default", "Information")
    name = document.text("logging.loglevel.function", default)
    if name.lower() not in LEVELS:
        raise HostFileError("host.json: logging.loglevel must be one of Trace, Debug, …, Critical, None.")
    return LEVELS[name.lower()]


def _queues(document: _Properties) -> QueueSettings:
    prefix, default = "extensions.queues.", QueueSettings()
    batch = document.number(prefix + "batchsize", default.batch_size, 1, MAX_BATCH)
    encoding = document.text(prefix + "messageencoding", "base64").lower()
    if encoding not in ("base64", "none"):
        raise HostFileError('host.json: extensions.queues.messageencoding must be "base64" or "none".')
    return QueueSettings(
        batch_size=batch,
        new_batch_threshold=document.number(prefix + "newbatchthreshold", batch // 2, 0, 1000),
        max_dequeue_count=document.number(prefix + "maxdequeuecount", default.max_dequeue_count, 1, 1000),
        visibility_timeout=document.span(prefix + "visibilitytimeout", default.visibility_timeout),
        max_polling_interval=document.span(prefix + "maxpollinginterval", default.max_polling_interval),
        base64=encoding == "base64",
    )


def _flat(value: object, path: str = "") -> dict[str, str]:
    if not isinstance(value, dict):
        return {path: value if isinstance(value, str) else json.dumps(value)}
    found: dict[str, str] = {}
    for name, inner in value.items():
        found |= _flat(inner, f"{path}.{name.lower()}" if path else name.lower())
    return found


def _overrides(environment: Mapping[str, str]) -> dict[str, str]:
    return {
        name.lower().removeprefix(OVERRIDE).replace("__", "."): value
        for name, value in environment.items()
        if name.lower().startswith(OVERRIDE)
    }
