"""`greffe audit`: what was done to a cabinet, by whom and when, and whether the chain of entries is whole.

Each entry carries the hash of the one before it, so that none can be changed, taken out or put in between unseen. The
newest is held by nothing yet but what was written down of it: a receipt names the chain's end of its day.
"""

from dataclasses import dataclass
from datetime import UTC, datetime

from ingestion.adapters.build import Services
from ingestion.audit import Entry, first_break


@dataclass(frozen=True, slots=True)
class Chain:
    """Oldest first. `broken_at`: the sequence number at which it is not what was written; None where it is whole."""

    entries: tuple[Entry, ...]
    broken_at: int | None


def chain(services: Services, cabinet: str) -> Chain:
    """All of it, verified. Ids, codes and numbers only: an audit holds nothing else."""
    entries = tuple(services.audit.newest_first(cabinet))[::-1]
    return Chain(entries, first_break(entries))


def line(entry: Entry) -> dict[str, object]:
    """An entry as people and programs read it."""
    at = datetime.fromtimestamp(entry.at, UTC).isoformat(timespec="milliseconds")
    return {
        "sequence": entry.sequence,
        "at": at,
        "actor": entry.actor,
        "action": entry.action,
        "fields": dict(entry.fields),
        "hash": entry.hash,
    }
