"""A log that can be proved: each entry carries the hash of the one before it, so that none can be changed or dropped.

Pure. Entries hold ids, codes and numbers, never content. `adapters/audit.py` keeps them, one chain per cabinet.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

HOUSE = "_greffe"  # the chain of what is no single cabinet's, and of what a message only claims to be; no cabinet's id
START = "0" * 64  # what the first entry of a chain names as its predecessor


@dataclass(frozen=True, slots=True)
class Entry:
    sequence: int
    at: float  # seconds since the epoch
    actor: str  # an object id of Entra, or "greffe" for the pipeline itself
    action: str
    fields: Mapping[str, str | int | float]
    previous: str  # the hash of the entry before, hex

    @property
    def hash(self) -> str:
        """SHA-256 over the canonical JSON (sorted keys, no blanks) of everything else, hex."""
        body = [self.sequence, self.at, self.actor, self.action, dict(sorted(self.fields.items())), self.previous]
        return hashlib.sha256(json.dumps(body, separators=(",", ":")).encode()).hexdigest()


def following(last: Entry | None, at: float, actor: str, action: str, fields: Mapping[str, str | int | float]) -> Entry:
    sequence, previous = (last.sequence + 1, last.hash) if last else (0, START)
    return Entry(sequence, at, actor, action, fields, previous)


def first_break(entries: Iterable[Entry]) -> int | None:
    """The sequence number where the chain is broken; None where it is whole."""
    previous, expected = START, 0
    for entry in entries:
        if entry.sequence != expected or entry.previous != previous:
            return expected
        previous, expected = entry.hash, expected + 1
    return None
