"""What the chaos does, and how it is judged. The cloud is real; only the weather is ours.

Every version of a document carries a word of its own, so that what an index or a store still holds names the version
that it is from. The model of the truth is a dictionary: what was last put under each name, or that it was erased.
"""

import json
import os
import random
import signal
import time
from collections import Counter
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

from ingestion import protocol
from ingestion.adapters.build import Services
from ingestion.errors import GreffeError
from ingestion.model import Cabinet, IndexRef
from ingestion.settings import Settings
from local.cloud import Cloud
from operations import documents, erase, letters, onboard

CABINETS = ("chaos-a", "chaos-b", "chaos-c")
NAMES = 12  # documents per cabinet: few, so that they are edited, deleted and made again
LIFETIME = {"GREFFE_FUNCTION_TIMEOUT_SECONDS": "60", "GREFFE_IN_FLIGHT_SECONDS": "5"}  # seconds; quarantines stay short
HOST_TIMEOUT = {"AzureFunctionsJobHost__functionTimeout": "00:01:00"}
QUIET = 420.0  # seconds that convergence may take after the last fault
MUST_BE_ZERO = ("divergences", "resurrections", "foreign_writes", "lost_events", "orphan_chunks", "erased_text_found")

PARAGRAPH = (
    "Article {number} – Le preneur {word} verse au bailleur un loyer trimestriel payable d'avance, et répond des "
    "dégradations survenues pendant la durée du bail, sauf force majeure ou faute du bailleur. "
)


@dataclass(slots=True)
class Truth:
    """What one document should be now."""

    word: str | None = None  # of the version at the source; None: deleted, or never there
    erased: bool = False
    words: list[str] = field(default_factory=list)  # of every version there ever was


@dataclass(slots=True)
class Chaos:
    cloud: Cloud
    services: Services
    chance: random.Random
    folder: Path
    cabinets: dict[str, Cabinet] = field(default_factory=dict)
    truths: dict[tuple[str, str], Truth] = field(default_factory=dict)
    counts: Counter[str] = field(default_factory=Counter)

    # What people do

    def act(self) -> None:
        cabinet = self.cabinets[self.chance.choice(CABINETS)]
        name = f"Dossier {self.chance.randrange(3)}/pièce n° {self.chance.randrange(NAMES)}.txt"
        action = self.chance.choices((self.put, self.delete, self.erase, self.replay), (70, 18, 4, 8))[0]
        try:
            action(cabinet, name)
        except (GreffeError, OSError) as refused:  # the weather reaches operators too; what was done is asked below
            self.counts[f"refused_{type(refused).__name__.lower()}"] += 1

    def put(self, cabinet: Cabinet, name: str) -> None:
        truth = self.truths.setdefault((cabinet.id, name), Truth())
        word = f"{cabinet.id.replace('-', '')}x{self.chance.randrange(16**10):010x}"
        truth.words.append(word)
        file = self.folder / "upload.txt"
        length = self.chance.randint(2, 30)
        file.write_text("".join(PARAGRAPH.format(number=number + 1, word=word) + "\n\n" for number in range(length)))
        self._until_done(lambda: documents.put(self.services, cabinet, cabinet.sources[0], file, name))
        truth.word = word
        self.counts["uploads"] += 1

    def delete(self, cabinet: Cabinet, name: str) -> None:
        if truth := self.truths.get((cabinet.id, name)):
            self._until_done(lambda: self.services.container(cabinet.sources[0]).delete(name))
            truth.word = None
            self.counts["deletions"] += 1

    def erase(self, cabinet: Cabinet, name: str) -> None:
        if truth := self.truths.get((cabinet.id, name)):
            self._until_done(lambda: erase.erase(self.services, cabinet, erase.which(self.services, cabinet, "", name)))
            truth.erased = True
            self.counts["erasures"] += 1

    def replay(self, *_: object) -> None:
        self.counts["replayed"] += sum(1 for _ in letters.replay(self.services, None, dry_run=False))

    def _until_done(self, act: object) -> None:
        """An operator whose command failed runs it again: all of them may be run twice."""
        assert callable(act)
        for _ in range(30):
            try:
                act()
            except (GreffeError, OSError):
                time.sleep(1.0)
            else:
                return
        raise TimeoutError("a service did not come back")

    # What the weather does

    def strike(self) -> None:
        blow = self.chance.choices(
            (self.kill_worker, self.kill_host, self.restart_search, self.throttle, self.restart_storage),
            (80, 8, 5, 5, 2),
        )[0]
        blow()

    def kill_worker(self) -> None:
        for pid in self._workers():
            if self.chance.random() < 0.7:
                try:
                    os.kill(pid, signal.SIGKILL)
                except ProcessLookupError:
                    continue
                self.counts["kills"] += 1

    def kill_host(self) -> None:
        self.cloud.kill("functions_host")
        self.counts["kills"] += 1
        self.cloud.restart("functions_host")

    def restart_search(self) -> None:
        self.cloud.kill("ai_search")
        self.counts["kills"] += 1
        self.cloud.restart("ai_search")

    def throttle(self) -> None:
        self._switch("ai_search", throttle_share=0.3, item_failure_share=0.2, seed=self.chance.randrange(1000))
        self._switch("openai", throttle_share=0.3)
        self.counts["throttlings"] += 1

    def restart_storage(self) -> None:
        self.cloud.restart("azurite")
        self.counts["storage_restarts"] += 1

    def calm(self) -> None:
        self._switch("ai_search", throttle_share=0.0)
        self._switch("openai", throttle_share=0.0)

    def _switch(self, part: str, **switches: float) -> None:
        with closing(self.cloud.client(part)) as client:
            client.call("PUT", "/_switches", body=json.dumps(switches).encode())

    def _workers(self) -> list[int]:
        key = json.loads(self.cloud.layout.function_keys.read_text())["master"]
        with closing(self.cloud.client("functions_host")) as host:
            status = json.loads(host.call("GET", "/admin/host/status", headers={"x-functions-key": key}).body)
        return [int(it) for it in status["workers"]]

    # The judgement

    def settle(self) -> None:
        """Until every index says what the truth says, or the time is up: then what is left is a divergence."""
        self.calm()
        end = time.monotonic() + QUIET
        while time.monotonic() < end:
            for cabinet in self.cabinets.values():
                self.services.reconciliation.run(cabinet, cabinet.sources[0], force=True)
            self.replay()
            self.services.schedules.tidy()
            time.sleep(5.0)
            if not any(self._differs(*key) for key in self.truths):
                return

    def judge(self) -> None:
        for key in self.truths:
            self.counts["divergences"] += self._differs(*key)
            self.counts["resurrections"] += self._resurrected(*key)
        for cabinet in self.cabinets.values():
            self._judge_index(cabinet, cabinet.indexes[0])
        waiting = sum(
            self.services.queue(f"{name}-poison").depth() for name in ("documents", "documents-bulk", "drives")
        )
        self.counts["lost_events"] += waiting + sum(1 for _ in self.services.dead_letters)
        self.counts["erased_text_found"] += self._erased_text()

    def _differs(self, cabinet_id: str, name: str) -> bool:
        """The index against the source, chunk by chunk, both through the same pure pipeline."""
        cabinet, truth = self.cabinets[cabinet_id], self.truths[cabinet_id, name]
        index, source = cabinet.indexes[0], cabinet.sources[0]
        document = documents.identity(self.services, cabinet, source, name)
        row = self.services.ledger.get(index, document).row
        found = self._chunks(index, document)
        if truth.word is None or truth.erased:
            return bool(found) or row.live is not None
        head = self.services.blobs.head(source, row.locator) if row.locator else None
        if head is None or row.live is None or row.live.version != head.version:
            return True
        data = self.services.blobs.read(source, row.locator, head)
        secret = self.services.keys.secret(cabinet)
        made = self.services.pipeline.run(data, head, policy=cabinet.policy, secret=secret).chunks
        return found != [it.content for it in made]

    def _chunks(self, index: IndexRef, document: str) -> list[str]:
        client = self.services.index._of(index)  # the index as it is, past the ledger
        found = client.search("*", filter=f"document_id eq '{document}'", top=1000, select=["ordinal", "content"])
        return [it["content"] for it in sorted(found, key=lambda it: it["ordinal"])]

    def _resurrected(self, cabinet_id: str, name: str) -> bool:
        cabinet, truth = self.cabinets[cabinet_id], self.truths[cabinet_id, name]
        document = documents.identity(self.services, cabinet, cabinet.sources[0], name)
        return truth.erased and bool(self._chunks(cabinet.indexes[0], document))

    def _judge_index(self, cabinet: Cabinet, index: IndexRef) -> None:
        """No key but those of a LIVE generation, and no text but this cabinet's."""
        owned = {
            key
            for row in self.services.ledger.scan(index)
            if row.live
            for key in protocol.keys(row.document, row.live.nonce, row.live.chunks)
        }
        self.counts["orphan_chunks"] += len({key for key, _, _ in self.services.index.keys(index)} - owned)
        others = [name.replace("-", "") for name in CABINETS if name != cabinet.id]
        files = self.cloud.layout.of("ai_search").rglob(f"*{index.name}*")
        self.counts["foreign_writes"] += sum(
            it.read_bytes().count(other.encode() + b"x") for it in files if it.is_file() for other in others
        )

    def _erased_text(self) -> int:
        """Words of erased documents in any store but the source's own."""
        words = [word.encode() for truth in self.truths.values() if truth.erased for word in truth.words]
        stores = [self.cloud.layout.of(part) for part in ("ai_search", "functions_host", "event_grid")]
        stores.append(self.cloud.layout.home / "logs")
        contents = [it.read_bytes() for store in stores for it in store.rglob("*") if it.is_file()]
        return sum(word in content for word in words for content in contents)


def run(home: Path, *, seconds: float, kills: int, seed: int) -> dict[str, int]:
    """Bad weather for so long and until so many kills; then quiet; then the counts."""
    cloud = Cloud(home / "cloud")
    cloud.environment.update({**LIFETIME, **HOST_TIMEOUT})
    with cloud:
        cloud.turn(time_scale=50.0, duplicate_share=0.1, disorder_seconds=2.0)
        os.environ.update(cloud.environment)
        with closing(Services(Settings.from_environment(os.environ), operator=True)) as services:
            chaos = Chaos(cloud, services, random.Random(seed), home)
            _onboard(chaos)
            end = time.monotonic() + seconds
            while time.monotonic() < end or chaos.counts["kills"] < kills:
                for _ in range(chaos.chance.randint(1, 6)):
                    chaos.act()
                chaos.strike()
                time.sleep(chaos.chance.uniform(0.0, 1.5))
            chaos.settle()
            chaos.judge()
            return {"kills": 0, **dict.fromkeys(MUST_BE_ZERO, 0), **chaos.counts}


def _onboard(chaos: Chaos) -> None:
    for name in CABINETS:
        settings = chaos.services.settings
        wish = onboard.Wish(name, settings.tenant_id, settings.blob_uri, name, "", "pseudonymise")
        chaos.cabinets[name] = onboard.onboard(chaos.services, wish, lambda _: None)
