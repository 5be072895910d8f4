"""What the host and a worker process say to each other: plain frozen data, pickled over a private socket pair.

The worker turns it into Microsoft's protobuf messages and back, so that only the worker loads them. Both ends are
ours and the socket pair is inherited, never bound to an address: nobody else can speak on it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class IndexedFunction:
    """A function as the worker found it. `bindings` are its raw bindings, each a JSON object."""

    name: str
    id: str
    bindings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Indexed:
    """The worker's first word, when the app is sound."""

    functions: tuple[IndexedFunction, ...]


@dataclass(frozen=True, slots=True)
class Broken:
    """The worker's first and last word, when it refuses the app: its own sentence."""

    message: str


@dataclass(frozen=True, slots=True)
class Json:
    text: str


@dataclass(frozen=True, slots=True)
class Text:
    text: str


@dataclass(frozen=True, slots=True)
class Raw:
    data: bytes


@dataclass(frozen=True, slots=True)
class HttpCall:
    method: str
    url: str
    headers: Mapping[str, str]  # names in lower case, as the real host sends them
    query: Mapping[str, str]
    params: Mapping[str, str]  # from the route's template
    body: bytes


@dataclass(frozen=True, slots=True)
class HttpAnswer:
    status: int
    headers: Mapping[str, str]
    body: bytes


type Payload = Json | Text | Raw | HttpCall
type Returned = HttpAnswer | Json | Text | Raw | None


@dataclass(frozen=True, slots=True)
class Call:
    """One invocation. `metadata` values are JSON texts, as the real host sends trigger metadata."""

    invocation: str
    function_id: str
    parameter: str  # the name of the trigger's parameter
    payload: Payload
    metadata: Mapping[str, str] = field(default_factory=dict)
    traceparent: str = ""  # W3C


@dataclass(frozen=True, slots=True)
class Answer:
    """`error` is the type of the exception, never its message; None when the function returned."""

    invocation: str
    error: str | None
    value: Returned = None


@dataclass(frozen=True, slots=True)
class Stop:
    """Finish what runs, then end."""


class Status(StrEnum):
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    TIMED_OUT = "timed-out"
    CRASHED = "crashed"  # its worker process ended under it


@dataclass(frozen=True, slots=True)
class Outcome:
    """How an invocation ended, as the host sees it."""

    status: Status
    error: str | None = None
    value: Returned = None

    @property
    def succeeded(self) -> bool:
        return self.status is Status.SUCCEEDED
