"""What is deleted leaves the disk; what is acknowledged survives a kill; what waits becomes visible in order."""

import os
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import numpy as np

from local.search.engine import Pace
from local.search.wire import Json
from tests.unit.search_index import NOW, delete, found, opened, write

CANARIES = (b"zorglub", b"canari", b"etiquette-secrete", np.array([0.123, 0.456], dtype="<f4").tobytes())
SECRET: dict[str, Json] = {
    "id": "secret",
    "title": "Canari",
    "content": "Le zorglubique canari chante. " * 40,
    "label": "etiquette-secrete",
    "tags": ["canari-1", "canari-2"],
    "parties": [{"role": "canari"}],
    "vector": [0.123, 0.456],
}


def on_disk(folder: Path) -> set[bytes]:
    everything = b"".join(file.read_bytes().lower() for file in folder.iterdir())
    raw = b"".join(file.read_bytes() for file in folder.iterdir())
    return {canary for canary in CANARIES if canary in everything or canary in raw}


def test_a_deleted_document_leaves_every_byte_of_the_files(tmp_path: Path) -> None:
    index = opened(tmp_path)
    write(index, [{"id": f"n-{number}", "content": f"texte ordinaire {number}"} for number in range(200)])
    write(index, [SECRET])
    assert on_disk(tmp_path) == set(CANARIES)
    delete(index, "secret")
    assert on_disk(tmp_path) == set()
    assert index.count() == 200
    index.close()


def test_a_replaced_document_leaves_its_old_text_nowhere(tmp_path: Path) -> None:
    index = opened(tmp_path)
    for replacement in ("upload", "merge"):
        write(index, [SECRET])
        fields: dict[str, Json] = {name: None for name in SECRET if name != "id"}
        fields |= {"content": "autre chose", "title": "Autre"}
        write(index, [{"@search.action": replacement, "id": "secret", **fields}])
        assert on_disk(tmp_path) == set(), replacement
        assert found(index, search="canari") == []
    index.close()


def test_a_deletion_reaches_a_document_among_many_segments(tmp_path: Path) -> None:
    index = opened(tmp_path)
    for number in range(60):
        write(index, [{**SECRET, "id": f"secret-{number}"}, {"id": f"kept-{number}", "content": "reste"}])
    delete(index, *(f"secret-{number}" for number in range(60)))
    assert on_disk(tmp_path) == set()
    assert len(found(index, search="reste", top=100)) == 60
    index.close()


def test_a_delayed_write_is_erased_too_once_it_is_deleted(tmp_path: Path) -> None:
    index = opened(tmp_path)
    write(index, [SECRET], pace=Pace(lag=5))
    delete(index, "secret", now=NOW + 1, pace=Pace(lag=5))
    index.show_what_is_due(NOW + 10)
    assert on_disk(tmp_path) == set()
    index.close()


def test_a_lagging_write_shows_itself_in_its_turn(tmp_path: Path) -> None:
    index = opened(tmp_path)
    assert [item.status for item in write(index, [{"id": "a", "pages": 1}], pace=Pace(lag=5))] == [201]
    assert [item.status for item in write(index, [{"id": "a", "pages": 2}], NOW + 1, Pace(lag=5))] == [200]
    merge = {"@search.action": "merge", "id": "a", "label": "x"}
    assert [item.status for item in write(index, [merge], NOW + 2)] == [200]  # no lag any more, and still behind
    assert (index.count(), index.lookup("a", [])) == (0, None)
    index.show_what_is_due(NOW + 5)
    assert (index.lookup("a", ["pages", "label"])) == {"label": None, "pages": 1}
    index.show_what_is_due(NOW + 6)
    assert (index.lookup("a", ["pages", "label"])) == {"label": "x", "pages": 2}
    index.close()


def test_a_delayed_write_outlives_the_process_that_took_it(tmp_path: Path) -> None:
    index = opened(tmp_path)
    write(index, [SECRET], pace=Pace(lag=5))
    index.close()
    again = opened(tmp_path)
    again.show_what_is_due(NOW + 5)
    assert found(again, search="canari") == ["secret"]
    assert found(again, vectorQueries=[{"kind": "vector", "vector": [1, 1], "fields": "vector", "k": 1}]) == ["secret"]
    again.close()


KILLED = """
    import sys
    from pathlib import Path
    from tests.unit.search_index import opened, write
    index = opened(Path(sys.argv[1]))
    for number in range(10_000):
        write(index, [{"id": f"n-{number}", "content": "bail", "vector": [1, number]}])
        print(number, flush=True)
"""


def test_what_was_acknowledged_survives_a_kill(tmp_path: Path) -> None:
    script = [sys.executable, "-c", textwrap.dedent(KILLED), str(tmp_path)]
    process = subprocess.Popen(script, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    with process, process.stdout as acknowledged:
        for _ in range(50):
            last = int(acknowledged.readline())
        os.kill(process.pid, signal.SIGKILL)
        rest = [int(line) for line in acknowledged.read().split()]
    index = opened(tmp_path)
    keys = set(found(index, search="bail", top=1000))
    assert {f"n-{number}" for number in range(max([last, *rest]) + 1)} <= keys
    assert index.statistics()["vectorIndexSize"] == index.count() * 8
    index.close()
