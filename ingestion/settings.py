"""The environment as one frozen object, read once and validated at start: every error in one message.

Each limit has its reason here. Names and defaults are the table in the README, which a test holds against this file.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from dataclasses import field as dataclass_field
from pathlib import Path
from urllib.parse import urlsplit


class SettingsError(Exception):
    """The environment is not usable. The message lists every setting that is wrong, and never a secret."""


def _setting[T](name: str, parse: Callable[[str], T], why: str, default: T | None = None) -> T:
    metadata = {"name": name, "parse": parse, "why": why, "required": default is None}
    if default is None:
        made: T = dataclass_field(metadata=metadata)
    else:
        made = dataclass_field(metadata=metadata, default=default)
    return made


def _url(text: str) -> str:
    try:
        split = urlsplit(text)
    except ValueError:  # its words may quote the text, and with it a user and a password
        split = urlsplit("")
    if split.scheme != "https" or not split.hostname:
        raise ValueError("an https URL: tokens travel on nothing else")
    return text.rstrip("/")


def _url_or_nothing(text: str) -> str:
    return _url(text) if text else ""


def _file_or_nothing(text: str) -> str:
    if text and not Path(text).is_file():
        raise ValueError("the path of a file")
    return text


def _positive(text: str) -> int:
    if not text.isdecimal() or not int(text):
        raise ValueError("a whole number above 0")
    return int(text)


def _seconds(text: str) -> float:
    if not re.fullmatch(r"[0-9]+(\.[0-9]+)?", text):
        raise ValueError("a number of seconds, 0 or more")
    return float(text)


def _word(text: str) -> str:
    if not text.strip():
        raise ValueError("not empty")
    return text.strip()


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    blob_uri: str = _setting("GREFFE_STORAGE__blobServiceUri", _url, "Greffe's own storage account: dead letters.")
    queue_uri: str = _setting("GREFFE_STORAGE__queueServiceUri", _url, "The same account: the queues of the triggers.")
    table_uri: str = _setting("GREFFE_STORAGE__tableServiceUri", _url, "The same account: ledger, registry, audit.")
    search_endpoint: str = _setting("GREFFE_SEARCH_ENDPOINT", _url, "The search service that new cabinets get.")
    embedding_url: str = _setting(
        "GREFFE_EMBEDDING_BASE_URL", _url, "Azure OpenAI's …/openai/v1, or any compatible server."
    )
    embedding_model: str = _setting("GREFFE_EMBEDDING_MODEL", _word, "The deployment that new indexes are built with.")
    embedding_dimensions: int = _setting(
        "GREFFE_EMBEDDING_DIMENSIONS",
        _positive,
        "Of new indexes; text-embedding-3-* keep most of their worth at 1024.",
        1024,
    )
    vault_uri: str = _setting("GREFFE_KEY_VAULT_URI", _url, "Holds each cabinet's key; wraps its secret.")
    tenant_id: str = _setting(
        "GREFFE_TENANT_ID", _word, "The Entra tenant of new cabinets, unless onboarding names another."
    )
    azure_monitor: str = _setting(
        "APPLICATIONINSIGHTS_CONNECTION_STRING", str, "Where spans go; empty: to the console.", ""
    )
    notices: str = _setting(
        "GREFFE_NOTICES_TOPIC", str, "URL of an Event Grid topic for what operators must hear of; empty: none.", ""
    )
    dead_letters: str = _setting(
        "GREFFE_DEAD_LETTER_CONTAINER", _word, "Where Event Grid puts what it gave up.", "deadletters"
    )
    graph_url: str = _setting(
        "GREFFE_GRAPH_URL",
        _url,
        "Microsoft Graph, of the worldwide cloud or a national one.",
        "https://graph.microsoft.com/v1.0",
    )
    graph_notifications: str = _setting(
        "GREFFE_GRAPH_NOTIFICATION_URL",
        str,
        "Where Graph tells of changes: EventGrid:?… or a webhook; empty: the timer asks alone.",
        "",
    )
    graph_client_id: str = _setting(
        "GREFFE_GRAPH_CLIENT_ID",
        str,
        "The app that other tenants consented to; our identity federates to it. Empty: our own tenant only.",
        "",
    )
    graph_units: int = _setting(
        "GREFFE_GRAPH_UNITS_PER_MINUTE",
        _positive,
        "SharePoint's resource units per tenant; 1,200 is what under 1,000 licences have.",
        1_200,
    )
    function_timeout: float = _setting(
        "GREFFE_FUNCTION_TIMEOUT_SECONDS", _seconds, "host.json's functionTimeout: the longest life of a worker.", 600.0
    )
    in_flight: float = _setting(
        "GREFFE_IN_FLIGHT_SECONDS",
        _seconds,
        "The longest that a request can land after its worker died (undocumented).",
        120.0,
    )
    clock_skew: float = _setting(
        "GREFFE_CLOCK_SKEW_SECONDS", _seconds, "How far two instances' clocks may differ; Azure's are far closer.", 30.0
    )
    replica_lag: float = _setting(
        "GREFFE_REPLICA_LAG_SECONDS", _seconds, "How long a replica may show what is deleted (undocumented).", 300.0
    )
    source_staleness: float = _setting(
        "GREFFE_SOURCE_STALENESS_SECONDS",
        _seconds,
        "How old SharePoint's answer may be; Blob storage's is fresh.",
        60.0,
    )
    registry_cache: float = _setting(
        "GREFFE_REGISTRY_CACHE_SECONDS", _seconds, "How long an instance may go by an old registry entry.", 30.0
    )
    max_attempts: int = _setting(
        "GREFFE_MAX_ATTEMPTS",
        _positive,
        "How often a throttled message waits as long as it is told before it fails.",
        12,
    )
    max_document_bytes: int = _setting(
        "GREFFE_MAX_DOCUMENT_BYTES",
        _positive,
        "An instance has 2 GiB and reads several documents at once.",
        100_000_000,
    )
    max_chunks: int = _setting(
        "GREFFE_MAX_CHUNKS", _positive, "Bounds a delivery's writes: 5 batches, about 2,000 pages.", 5_000
    )
    extraction_seconds: float = _setting(
        "GREFFE_EXTRACTION_SECONDS", _seconds, "Wall time of one document's parser less its OCR; then it dies.", 14.0
    )
    extraction_bytes: int = _setting(
        "GREFFE_EXTRACTION_MEMORY_BYTES",
        _positive,
        "Memory of one document's parser: half of a small instance.",
        1 << 30,
    )
    ocr_endpoint: str = _setting(
        "GREFFE_OCR_ENDPOINT",
        _url_or_nothing,
        "Document Intelligence, in a region of your choice, for cabinets that ask for it; empty: none.",
        "",
    )
    redaction_voters: str = _setting(
        "GREFFE_REDACTION_VOTERS",
        _file_or_nothing,
        "A file of other engines that vote beside redaction's rules; empty: none.",
        "",
    )
    extractors: int = _setting("GREFFE_EXTRACTORS", _positive, "Documents parsed at once in one instance.", 2)

    @property
    def worker_lifetime(self) -> float:
        """Seconds from an invocation's start to the moment when none of its writes can land any more."""
        return self.function_timeout + self.in_flight + self.clock_skew

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> "Settings":
        """Read and validate.

        Raises:
            SettingsError: every setting that is missing or wrong, in one message.
        """
        values: dict[str, object] = {}
        wrong: list[str] = []
        for it in fields(cls):
            name = it.metadata["name"]
            text = environment.get(name)
            if text is None or (not text and it.metadata["required"]):
                if it.metadata["required"]:
                    wrong.append(f"{name} is missing: {it.metadata['why']}")
                continue
            try:
                values[it.name] = it.metadata["parse"](text)
            except ValueError as error:
                wrong.append(f"{name} is not usable: expected {error}")
        if wrong:
            raise SettingsError("Greffe cannot start:\n  " + "\n  ".join(wrong))
        return cls(**values)  # type: ignore[arg-type]  # each was parsed to its field's type
