"""A document's row in the ledger: what is known of it in one index, as it is kept and as people are told of it.

A row holds the document's generations. A generation is one attempt to put one version of the document into the index;
it is named by a nonce that nobody else ever uses, and so are its chunk keys. A write can therefore at worst leave an
orphan, never overwrite. States run one way: OPEN → LIVE → DEAD → forgotten, or OPEN → DEAD → forgotten. How a row may
change stands in `protocol.py`, and nowhere else.
"""

import json
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

from ingestion.model import ChunkKey, DocumentId, Locator, Nonce, Revision, SourceId, Version


class State(StrEnum):
    OPEN = "open"  # an attempt under way: it may write the keys that it planned
    LIVE = "live"  # the version that search shows
    DEAD = "dead"  # to be swept; absorbing: nothing ever leaves it but to be forgotten


class Asked(StrEnum):
    """What hints left with an attempt under way, instead of coming back until it is done."""

    NOTHING = ""
    SAME = "same"  # they saw what is being made: news only if its worker dies, and its message with it
    NEWS = "news"  # they saw something else: when the attempt ends, be it by a commit, the row owes another look


@dataclass(frozen=True, slots=True)
class Generation:
    nonce: Nonce
    state: State
    version: Version
    revision: Revision
    owner: str  # the logical message that works on it
    deadline: float  # after it no write of this generation can land any more
    chunks: int = 0  # keys that it may write; 0 until planned
    asked: Asked = Asked.NOTHING
    swept: bool = False  # DEAD, and every key was acknowledged as deleted since; it is kept for what may still land


@dataclass(frozen=True, slots=True)
class Parked:
    reason: str  # a ParkReason
    version: Version
    revision: Revision
    at: float


@dataclass(frozen=True, slots=True)
class Erasure:
    """A tombstone: for ever, until an operator lifts it."""

    requested_at: float
    written: tuple[tuple[Nonce, int], ...] = ()  # nonce and chunks of what there was: the keys that the proof looks up
    emptied_at: float | None = None  # no generation is left since
    certified_at: float | None = None  # lookups found nothing, after the replicas had time to agree


@dataclass(frozen=True, slots=True)
class Row:
    document: DocumentId
    source: SourceId = SourceId("")
    locator: Locator = Locator("")
    generations: tuple[Generation, ...] = ()
    parked: Parked | None = None
    erasure: Erasure | None = None
    held_since: float | None = None  # a legal hold: until it is lifted, nothing takes the last version away
    look_owed: bool = False  # an attempt ended with which hints had left news; whoever sweeps promises another look

    @property
    def live(self) -> Generation | None:
        return next((it for it in self.generations if it.state is State.LIVE), None)

    @property
    def open(self) -> Generation | None:
        return next((it for it in self.generations if it.state is State.OPEN), None)

    @property
    def asked(self) -> Asked:
        """Of the attempt under way."""
        return self.open.asked if self.open is not None else Asked.NOTHING

    @property
    def dead(self) -> tuple[Generation, ...]:
        return tuple(it for it in self.generations if it.state is State.DEAD)

    @property
    def unswept(self) -> bool:
        """A sweep failed on the way: whoever comes next, be it the same message again, need not wait for a promise."""
        return self.look_owed or any(it.chunks and not it.swept for it in self.dead)

    @property
    def attention(self) -> bool:
        """Somebody still owes this row something: a commit, a sweep, a receipt or another look."""
        owed = self.erasure is not None and self.erasure.certified_at is None
        return owed or self.look_owed or any(it.state is not State.LIVE for it in self.generations)

    @property
    def status(self) -> str:
        """For people: erased, erasing, parked, working, live or gone."""
        if self.erasure is not None:
            return "erasing" if self.attention else "erased"
        if self.parked is not None:
            return "parked"
        if self.live is not None:
            return "live"
        return "working" if self.open is not None else "gone"

    def generation(self, nonce: Nonce) -> Generation | None:
        return next((it for it in self.generations if it.nonce == nonce), None)

    def to_json(self) -> str:
        return json.dumps({"v": 1, **asdict(self)}, separators=(",", ":"))

    @classmethod
    def from_json(cls, text: str) -> "Row":
        fields = json.loads(text)
        if fields.pop("v") != 1:
            raise ValueError("the ledger row was written by another version of Greffe; deploy that version or newer")
        generations = tuple(_generation(it) for it in fields.pop("generations"))
        parked, erasure = fields.pop("parked"), fields.pop("erasure")
        return cls(
            **fields,
            generations=generations,
            parked=Parked(**parked) if parked else None,
            erasure=Erasure(**{**erasure, "written": tuple(map(tuple, erasure["written"]))}) if erasure else None,
        )


def _generation(fields: dict[str, Any]) -> Generation:
    return Generation(**{**fields, "state": State(fields["state"]), "asked": Asked(fields.get("asked", ""))})


def chunk_keys(document: DocumentId, nonce: Nonce, chunks: int) -> list[ChunkKey]:
    """Every key that a generation may ever have written. Derived, never asked of the index: its reads lag."""
    return [ChunkKey(f"{document}-{nonce}-{ordinal}") for ordinal in range(chunks)]


def ordinal_of(key: ChunkKey) -> int:
    """Its chunk's place in its generation."""
    return int(key.rpartition("-")[2])
