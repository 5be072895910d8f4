"""What holds content does not show it: a `repr` is printed unasked, by a log, a failed assertion or a debugger."""

from datetime import UTC, datetime

import pytest

from chunking.blocks import Chunk
from ingestion.adapters.dead_letters import DeadLetter
from ingestion.adapters.graph_items import Item
from ingestion.citations import cited_in
from ingestion.events import Sighting, _Event
from ingestion.model import (
    ChangeKind,
    ChunkKey,
    DocumentId,
    Head,
    IndexedChunk,
    Locator,
    Nonce,
    SourceId,
    SourceKind,
    SourceRef,
    Version,
)
from ingestion.retrieval import Hit, Plan, Question
from operations.documents import Outcome, Put
from operations.names import Named

WORD = "Quervaillèque"
DOCUMENT = DocumentId("a" * 26)
SOURCE = SourceRef(SourceId("demo-blob"), SourceKind.BLOB, "blob:a/b", "https://a", "b")
CHUNK = Chunk(0, "", WORD, (WORD,), WORD, 1, "hash")


@pytest.mark.parametrize(
    "it",
    [
        Head(Version("v"), 1, WORD, WORD, "text/plain", datetime.now(UTC), ()),
        Sighting("blob:a/b", WORD, ChangeKind.CHANGED, 0.0, WORD),
        _Event("Microsoft.Storage.BlobCreated", "topic", WORD, {"url": WORD}, 0.0),
        Question(WORD, ("u1",)),
        Plan(WORD, [0.0], None, 5, 50, 0.5, semantic=False, cited=cited_in(WORD), question=WORD),
        Hit(1.0, None, (WORD,), {"content": WORD}),
        IndexedChunk(ChunkKey("k"), DOCUMENT, Nonce("n"), CHUNK, [0.0], {"folder": WORD}),
        DeadLetter("GREFFE/2026/1/5/9/a.json", [{"subject": WORD}]),
        Item("i", "file", name=WORD, folder=WORD, download=WORD),
        Named(WORD, SOURCE, DOCUMENT, Locator("sealed"), WORD),
        Put(WORD, DOCUMENT, Version("v")),
        Outcome(WORD, DOCUMENT, "live"),
    ],
    ids=lambda it: type(it).__name__,
)
def test_a_repr_shows_no_content(it: object) -> None:
    assert WORD not in repr(it)
    assert type(it).__name__ in repr(it)
