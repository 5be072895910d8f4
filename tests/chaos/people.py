"""What people do to three cabinets, and what should be true then. The model of the truth is a dictionary.

Every version of a document carries a word of its own, so that what an index or a store still holds names the version
that it is from.
"""

import random
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from ingestion.adapters.build import Services
from ingestion.errors import GreffeError, Refuse
from ingestion.locators import seal
from ingestion.model import Cabinet
from operations import documents, erase, hold, letters, onboard

CABINETS = ("chaos-a", "chaos-b", "chaos-c")
NAMES = 12  # documents per folder and cabinet: few, so that they are edited, deleted and made again
PATIENCE = 120.0  # seconds for which an operator runs a command again

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
class People:
    services: Services
    chance: random.Random
    folder: Path
    cabinets: dict[str, Cabinet] = field(default_factory=dict)
    truths: dict[tuple[str, str], Truth] = field(default_factory=dict)
    counts: Counter[str] = field(default_factory=Counter)

    def onboard(self) -> None:
        settings = self.services.settings
        for name in CABINETS:
            wish = onboard.Wish(name, settings.tenant_id, settings.blob_uri, name, "", "pseudonymise")
            self.cabinets[name] = onboard.onboard(self.services, wish, lambda _: None)

    def act(self) -> None:
        cabinet = self.cabinets[self.chance.choice(CABINETS)]
        name = f"Dossier {self.chance.randrange(3)}/pièce n° {self.chance.randrange(NAMES)}.txt"
        action = self.chance.choices(
            (self.put, self.delete, self.erase_for_good, self.hold_and_try_to_erase, self.replay), (66, 18, 4, 4, 8)
        )[0]
        action(cabinet, name)

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

    def erase_for_good(self, cabinet: Cabinet, name: str) -> None:
        if truth := self.truths.get((cabinet.id, name)):
            self._until_done(lambda: erase.erase(self.services, cabinet, self._which(cabinet, name)))
            truth.erased = True
            self.counts["erasures"] += 1

    def hold_and_try_to_erase(self, cabinet: Cabinet, name: str) -> None:
        """An erasure of what is held must be refused, also by a worker that dies on the way."""
        truth = self.truths.get((cabinet.id, name))
        if truth is None or truth.erased:
            return
        which = self._which(cabinet, name)
        self._until_done(lambda: hold.order(self.services, cabinet, which))
        try:
            self._until_done(lambda: erase.erase(self.services, cabinet, which))
            self.counts["held_erased"] += 1
        except Refuse:
            self.counts["refused_erasures"] += 1
        self._until_done(lambda: hold.order(self.services, cabinet, which, lift=True))

    def replay(self, *_: object) -> None:
        """As often as it takes: what was given up must not stay so."""
        self._until_done(lambda: self.counts.update(replayed=self._replay_once()))

    def _replay_once(self) -> int:
        return sum(1 for _ in letters.replay(self.services, None, dry_run=False))

    def _which(self, cabinet: Cabinet, name: str) -> erase.Which:
        source = cabinet.sources[0]
        document = documents.identity(self.services, cabinet, source, name)
        return erase.Which(source.id, document, seal(self.services.keys.secret(cabinet), source.id, name))

    def _until_done(self, act: Callable[[], object]) -> None:
        """An operator whose command failed runs it again: all of them may be run twice."""
        end = time.monotonic() + PATIENCE
        while True:
            try:
                act()
            except Refuse:
                raise
            except (GreffeError, OSError):
                self.counts["commands_run_again"] += 1
                if time.monotonic() > end:
                    raise
                time.sleep(0.5)
            else:
                return
