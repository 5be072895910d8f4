"""How the cloud is judged: first when everything is at rest by events and replays alone, then after a comparison.

At rest means that nothing is on its way: no event, no message, be it invisible or promised for later, nothing that is
given up, and no row to which something is owed. It is waited for by looking, not by a clock; that the wait is bounded
is told as `unfinished`, which is no divergence, and no success either.
"""

import base64
import json
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from ingestion.errors import GreffeError
from ingestion.model import Cabinet, IndexRef
from ingestion.rows import chunk_keys
from local.client import Unreachable
from local.cloud import Cloud
from operations import documents
from tests.chaos.people import CABINETS, People

QUEUES = ("documents", "documents-bulk", "drives")
BOUND = 1_800.0  # seconds; the longest promise is a worker's lifetime and a receipt, about two minutes here
LOOKS = 3  # in a row, a second apart, that must find everything at rest: a message may be between two queues
SOURCE = ("__blobstorage__", "__azurite_db_blob")  # Azurite's files of blobs: the source, which holds what it holds


@dataclass(slots=True)
class Judge:
    cloud: Cloud
    people: People

    def settle(self) -> bool:
        """Operators replay what was given up, until everything is at rest. False: it never came to rest."""
        end, calm = time.monotonic() + BOUND, 0
        while time.monotonic() < end:
            try:
                self.people.replay()
                calm = calm + 1 if not any(self.waiting().values()) else 0
            except (GreffeError, Unreachable, OSError):
                calm = 0
            if calm >= LOOKS:
                return True
            time.sleep(1.0)
        return False

    def waiting(self) -> dict[str, int]:
        services = self.people.services
        with closing(self.cloud.client("event_grid")) as grid:
            events = json.loads(grid.call("GET", "/_status").body)
        depths = {name: services.queue(name).depth() for name in QUEUES}
        poison = {f"{name}-poison": services.queue(f"{name}-poison").depth() for name in QUEUES}
        owed = sum(
            1 for it in self.people.cabinets.values() for _ in services.ledger.scan(it.indexes[0], attention=True)
        )
        letters = sum(1 for _ in services.dead_letters)
        return {**depths, **poison, "events": events["pending"] + events["dying"], "rows": owed, "letters": letters}

    def lost_events(self) -> int:
        """Before any comparison: at rest, and yet not what the source says."""
        return sum(self._differs(*key) for key in self.people.truths)

    def compare(self) -> bool:
        for cabinet in self.people.cabinets.values():
            self.people.services.reconciliation.run(cabinet, cabinet.sources[0], force=True)
        return self.settle()

    def verdict(self) -> Counter[str]:
        counts: Counter[str] = Counter()
        for key in self.people.truths:
            counts["divergences"] += self._differs(*key)
            counts["resurrections"] += self._resurrected(*key)
        for cabinet in self.people.cabinets.values():
            self._judge_index(counts, cabinet, cabinet.indexes[0])
        counts["content_leaked"] = self._leaked()
        counts["erased_text_found"] = self._erased_text()
        counts["erased_without_receipt"] = sum(self._lacks_receipt(*key) for key in self.people.truths)
        return counts

    def _differs(self, cabinet_id: str, name: str) -> bool:
        """The index against the source, chunk by chunk, both through the same pure pipeline."""
        services, truth = self.people.services, self.people.truths[cabinet_id, name]
        cabinet = self.people.cabinets[cabinet_id]
        index, source = cabinet.indexes[0], cabinet.sources[0]
        document = documents.identity(services, cabinet, source, name)
        row = services.ledger.get(index, document).row
        found = self._chunks(index, document)
        if truth.word is None or truth.erased:
            return bool(found) or row.live is not None
        head = services.blobs.head(source, row.locator) if row.locator else None
        if head is None or row.live is None or row.live.version != head.version:
            return True
        data = services.blobs.read(source, row.locator, head)
        secret = services.keys.secret(cabinet)
        made = services.pipeline.run(data, head, policy=cabinet.policy, secret=secret).chunks
        return found != [it.content for it in made]

    def _chunks(self, index: IndexRef, document: str) -> list[str]:
        client = self.people.services.index._of(index)  # the index as it is, past the ledger
        found = client.search("*", filter=f"document_id eq '{document}'", top=1000, select=["ordinal", "content"])
        return [it["content"] for it in sorted(found, key=lambda it: it["ordinal"])]

    def _resurrected(self, cabinet_id: str, name: str) -> bool:
        cabinet, truth = self.people.cabinets[cabinet_id], self.people.truths[cabinet_id, name]
        document = documents.identity(self.people.services, cabinet, cabinet.sources[0], name)
        return truth.erased and bool(self._chunks(cabinet.indexes[0], document))

    def _lacks_receipt(self, cabinet_id: str, name: str) -> bool:
        cabinet, truth = self.people.cabinets[cabinet_id], self.people.truths[cabinet_id, name]
        document = documents.identity(self.people.services, cabinet, cabinet.sources[0], name)
        return truth.erased and self.people.services.ledger.get(cabinet.indexes[0], document).row.status != "erased"

    def _judge_index(self, counts: Counter[str], cabinet: Cabinet, index: IndexRef) -> None:
        """No key but those of a LIVE generation, and no text but this cabinet's."""
        services = self.people.services
        owned = {
            key
            for row in services.ledger.scan(index)
            if row.live
            for key in chunk_keys(row.document, row.live.nonce, row.live.chunks)
        }
        counts["orphan_chunks"] += len({key for key, _, _ in services.index.keys(index)} - owned)
        others = [name.replace("-", "") for name in CABINETS if name != cabinet.id]
        files = self.cloud.layout.of("ai_search").rglob(f"*{index.name}*")
        counts["foreign_writes"] += sum(
            it.read_bytes().count(other.encode() + b"x") for it in files if it.is_file() for other in others
        )

    def _erased_text(self) -> int:
        """Words of erased documents in the index's own files."""
        words = [word.encode() for it in self.people.truths.values() if it.erased for word in it.words]
        files = [it.read_bytes() for it in self.cloud.layout.of("ai_search").rglob("*") if it.is_file()]
        return sum(word in content for word in words for content in files)

    def _leaked(self) -> int:
        """Words of any document, erased or not, where no text belongs: queues, tables, logs, events, dead letters.

        Both as they are and as a queue's message would hold them, in base64 at each of its three alignments.
        """
        words = [word for it in self.people.truths.values() for word in it.words]
        stores = [content for _, content in self._textless_files()]
        return sum(any(form in content for content in stores) for word in words for form in _forms(word))

    def _textless_files(self) -> Iterator[tuple[Path, bytes]]:
        home = self.cloud.layout.home
        for it in home.rglob("*"):
            is_text = any(part == "ai_search" or part.startswith(SOURCE) for part in it.relative_to(home).parts)
            if it.is_file() and not is_text:
                yield it, it.read_bytes()


def _forms(word: str) -> list[bytes]:
    raw = word.encode()
    shifted = [base64.b64encode(b"\0" * pad + raw)[(0, 2, 3)[pad] :].rstrip(b"=")[:-2] for pad in range(3)]
    return [raw, *shifted]
