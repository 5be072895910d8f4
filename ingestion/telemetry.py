"""Events and spans, by allow-list: ids, counts, durations, enumerations and our own error codes.

Secrecy is a property of this type, not of its callers' care: a field that is not listed, or a value that could be free
text, is refused with an exception of its own (a bug, found by the first test that meets it). Exceptions are recorded by
the code of our ladder, or by their type's name; never by their message, which may quote a document.
"""

import json
import logging
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from typing import IO

from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, ConsoleSpanExporter, SimpleSpanProcessor, SpanExporter
from opentelemetry.trace import Status, StatusCode, Tracer

from ingestion.errors import GreffeError

Value = str | int | float | bool


class Kind(StrEnum):
    """What a field may hold. Each is too narrow for a sentence, a name or a path."""

    ID = "id"
    CODE = "code"
    TYPE = "type"  # the name of an exception's type
    NUMBER = "number"


_SHAPE = {
    Kind.ID: re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{0,79}"),
    Kind.CODE: re.compile(r"[a-z][a-z0-9_]{0,39}"),
    Kind.TYPE: re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,79}"),
}

FIELDS: dict[str, Kind] = {
    "cabinet": Kind.ID,
    "source": Kind.ID,
    "document": Kind.ID,
    "index": Kind.ID,
    "generation": Kind.ID,
    "correlation": Kind.ID,
    "message": Kind.ID,
    "kind": Kind.CODE,
    "stage": Kind.CODE,
    "outcome": Kind.CODE,
    "code": Kind.CODE,
    "error": Kind.TYPE,
    "policy": Kind.CODE,
    "attempt": Kind.NUMBER,
    "bytes": Kind.NUMBER,
    "parts": Kind.NUMBER,
    "pages": Kind.NUMBER,
    "blocks": Kind.NUMBER,
    "mentions": Kind.NUMBER,
    "chunks": Kind.NUMBER,
    "reused": Kind.NUMBER,
    "tokens": Kind.NUMBER,
    "rows": Kind.NUMBER,
    "missing": Kind.NUMBER,
    "enqueued": Kind.NUMBER,
    "hits": Kind.NUMBER,
    "dropped": Kind.NUMBER,
    "seconds": Kind.NUMBER,
    "since_event": Kind.NUMBER,  # seconds from the source's event to now
}


def checked(fields: dict[str, Value]) -> dict[str, Value]:
    """The fields, if every one is allowed.

    Raises:
        TypeError: a field that is not listed, or a value that its kind does not allow. The value is not quoted.
    """
    for name, value in fields.items():
        kind = FIELDS.get(name)
        if kind is None:
            raise TypeError(f"telemetry has no field {name!r}: list it in FIELDS, if it can hold no content")
        is_number = isinstance(value, int | float)
        fits = is_number if kind is Kind.NUMBER else isinstance(value, str) and _SHAPE[kind].fullmatch(value)
        if not fits:
            raise TypeError(f"telemetry field {name!r} takes a {kind}; its value is not one")
    return fields


@dataclass(slots=True)
class Telemetry:
    tracer: Tracer

    def event(self, name: str, **fields: Value) -> None:
        """Something that happened, as a span without duration."""
        self.tracer.start_span(_name(name), attributes=checked(fields)).end()

    @contextmanager
    def span(self, name: str, **fields: Value) -> Iterator["Stage"]:
        """Something that takes time. An exception marks it by code or type, and goes on its way."""
        with self.tracer.start_as_current_span(
            _name(name), attributes=checked(fields), record_exception=False, set_status_on_exception=False
        ) as span:
            stage = Stage({})
            try:
                yield stage
            except BaseException as error:
                span.set_status(Status(StatusCode.ERROR))
                if isinstance(error, GreffeError):
                    stage.note(code=error.code)
                else:
                    stage.note(error=type(error).__name__)
                raise
            finally:
                span.set_attributes(stage.fields)


@dataclass(slots=True)
class Stage:
    """What becomes known on the way of a span."""

    fields: dict[str, Value]

    def note(self, **fields: Value) -> None:
        self.fields.update(checked(fields))


def _name(name: str) -> str:
    if not _SHAPE[Kind.CODE].fullmatch(name):
        raise TypeError("the name of an event or span is a code, such as 'document_ingested'")
    return name


def one_line(span: ReadableSpan) -> str:
    """A span as one line of JSON, for the console."""
    seconds = ((span.end_time or 0) - (span.start_time or 0)) / 1e9
    fields = dict(span.attributes or {})
    return json.dumps({"name": span.name, "seconds": round(seconds, 4), **fields}, separators=(",", ":")) + "\n"


def start(exporter: SpanExporter | None, out: IO[str] = sys.stderr) -> Telemetry:
    """Spans to `exporter` where there is one, to the console elsewhere; and the vendors' own loggers quiet."""
    provider = TracerProvider(resource=Resource.create({"service.name": "greffe"}))
    if exporter is not None:
        provider.add_span_processor(BatchSpanProcessor(exporter))
    else:
        provider.add_span_processor(SimpleSpanProcessor(ConsoleSpanExporter(out=out, formatter=one_line)))
    silence_vendors()
    return Telemetry(provider.get_tracer("greffe"))


VENDORS = (
    "azure", "urllib3", "httpx", "httpcore", "httpx2", "httpcore2", "openai", "msal", "presidio-analyzer", "pypdf",
    "pypdfium2",
)  # fmt: skip
TRACE_OF_TEXTS = "decision_process"  # Presidio's: it prints what it was given to read, to a handler of its own


def silence_vendors() -> None:
    """Their loggers print URLs, and so names of blobs; some print what they were given to read."""
    for name in VENDORS:
        logging.getLogger(name).setLevel(logging.CRITICAL)
    logging.getLogger("azure.monitor").setLevel(logging.WARNING)  # that no span arrives is told, or nobody knows
    logging.getLogger(TRACE_OF_TEXTS).disabled = True  # its level is set anew when Presidio is imported
