"""The sandbox: what a hostile file, a dying helper and several threads at once cannot do to the worker."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chunking.blocks import Block, BlockKind, Part
from evals.extraction_samples import Text, docx, paragraph, pdf, samples, zipped
from ingestion.errors import Park, ParkReason, Retry
from ingestion.extraction import Limits, extract
from ingestion.extraction.sandbox import Sandbox
from ingestion.extraction.slots import Slots
from ingestion.extraction.wire import Frames, Garbled, decode_parts, encode_parts, frame

_MAIL = b"From: a@exemple.fr\nSubject: =?koi8-r?Q?=C1?=\nContent-Type: text/plain; charset=mac-roman\n\nvoil\x88"
_PAGE = b"<html><body><main><p>Texte de la page.</p></main></body></html>"


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(Limits()) as sandbox:
        yield sandbox


def _refusal(sandbox: Sandbox, data: bytes, name: str) -> ParkReason:
    with pytest.raises(Park) as refused:
        sandbox.extract(data, name)
    return refused.value.reason


@pytest.mark.parametrize(
    ("data", "name"),
    [
        *((sample.data, sample.name) for sample in samples()),
        (_MAIL, "m.eml"),
        (_PAGE, "p.html"),
        (b"{\\rtf1 a}", "a.rtf"),
        (zipped({"m.eml": _MAIL, "a.csv": b"a;b\n1;2"}), "d.zip"),
        ("été".encode("cp1252"), "t.txt"),
    ],
)
def test_a_confined_child_reads_the_same_as_this_process(sandbox: Sandbox, data: bytes, name: str) -> None:
    assert sandbox.extract(data, name) == extract(data, name, Limits())


def test_refusals_come_through_with_their_reason(sandbox: Sandbox) -> None:
    assert _refusal(sandbox, b"", "a.pdf") is ParkReason.EMPTY
    assert _refusal(sandbox, b"%PDF-1.7 rien", "a.pdf") is ParkReason.MALFORMED
    assert _refusal(sandbox, b"\x00\x01\x02" * 99, "a.bin") is ParkReason.UNSUPPORTED
    assert _refusal(sandbox, docx(paragraph(" " * (64 << 20))), "a.docx") is ParkReason.BOMB


def test_documents_are_read_at_once_from_several_threads(sandbox: Sandbox) -> None:
    names = [f"acte {n}" for n in range(12)]
    with ThreadPoolExecutor(6) as pool:
        found = list(pool.map(lambda name: sandbox.extract(f"Texte de {name}.".encode(), f"{name}.txt"), names))
    assert [parts[0].blocks[0].text for parts in found] == [f"Texte de {name}." for name in names]


def test_a_dead_helper_is_replaced(sandbox: Sandbox) -> None:
    sandbox.extract(b"un", "a.txt")
    before = sandbox.helper_pid
    assert before is not None
    os.kill(before, signal.SIGKILL)
    assert sandbox.extract(b"deux", "a.txt")[0].blocks[0].text == "deux"
    assert sandbox.helper_pid != before


def test_a_document_that_takes_too_long_is_killed_and_its_neighbours_go_on() -> None:
    slow = docx("".join(paragraph(f"Article {n}") for n in range(60_000)))
    with Sandbox(Limits(wall_seconds=0.4)) as sandbox, ThreadPoolExecutor(2) as pool:
        sandbox.extract(b"chaud", "a.txt")
        refused = pool.submit(_refusal, sandbox, slow, "a.docx")
        assert sandbox.extract(b"rapide", "a.txt")[0].blocks[0].text == "rapide"
        assert refused.result() is ParkReason.TIMED_OUT
        assert sandbox.extract(b"encore", "a.txt")[0].blocks[0].text == "encore"


def test_a_document_that_takes_too_much_memory_ends_as_a_bomb() -> None:
    with Sandbox(Limits(memory_bytes=300 << 20, characters=1 << 30)) as sandbox:
        assert _refusal(sandbox, b"Attendu que\n\n" * (1 << 21), "a.txt") is ParkReason.BOMB
        assert sandbox.extract(b"encore", "a.txt")[0].blocks[0].text == "encore"


def test_the_child_keeps_nothing_of_the_parent_s_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET_SETTING", "la clef")
    with Sandbox(Limits()) as sandbox:
        sandbox.extract(b"a", "a.txt")
        environment = Path(f"/proc/{sandbox.helper_pid}/environ").read_bytes()
    assert b"SECRET_SETTING" not in environment


def test_the_helper_dies_with_a_parent_that_is_killed() -> None:
    script = (
        "import time\nfrom ingestion.extraction import Limits\nfrom ingestion.extraction.sandbox import Sandbox\n"
        "s = Sandbox(Limits())\ns.extract(b'a', 'a.txt')\nprint(s.helper_pid, flush=True)\ntime.sleep(60)\n"
    )
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        helper = int(parent.stdout.readline())
        parent.kill()
    for _ in range(200):
        if not _runs(helper):
            return
        time.sleep(0.02)
    pytest.fail("the helper outlived its parent")


def _runs(pid: int) -> bool:
    try:
        return "\nState:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except FileNotFoundError:
        return False


def test_a_closed_sandbox_leaves_no_process_and_takes_no_document() -> None:
    sandbox = Sandbox(Limits())
    sandbox.extract(b"a", "a.txt")
    helper = sandbox.helper_pid
    sandbox.close()
    assert helper is not None
    assert not _runs(helper)
    with pytest.raises(Retry):
        sandbox.extract(b"a", "a.txt")


_CONFINED = """
import ctypes, os, resource, socket, sys
from ingestion.extraction import Limits
from ingestion.extraction.confine import confine, leave_the_network, prepare
leave_the_network()
prepare(Limits())
parent, libc = os.getppid(), ctypes.CDLL(None, use_errno=True)
confine(os.dup(1))

def traced():
    if libc.ptrace(16, parent, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "ptrace")

try:
    {act}
except (OSError, MemoryError, ValueError):
    os.write(3, b"refused")
else:
    os.write(3, b"done")
os._exit(0)
"""


@pytest.mark.parametrize(
    ("act", "answer"),
    [
        ("open('/etc/hostname')", "refused"),
        ("open('/tmp/written', 'w')", "refused"),
        ("os.listdir('/')", "refused"),
        ("os.unlink('/tmp/written')", "refused"),
        ("os.pipe()", "refused"),
        ("os.memfd_create('a')", "refused"),
        ("socket.socket()", "refused"),
        ("socket.socketpair()", "refused"),
        ("os.fork()", "refused"),
        ("os.execv(sys.executable, ['python'])", "refused"),
        ("os.kill(parent, 0)", "refused"),
        ("traced()", "refused"),
        ("resource.prlimit(parent, resource.RLIMIT_CPU)", "refused"),
        ("resource.setrlimit(resource.RLIMIT_AS, (-1, -1))", "refused"),
        ("bytearray(1 << 31)", "refused"),
        ("sum(bytearray(1 << 20))", "done"),
    ],
)
def test_a_confined_process_can_compute_and_answer_and_no_more(act: str, answer: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", _CONFINED.replace("{act}", act)], capture_output=True, text=True, check=False
    )
    assert done.stdout == answer


def test_the_helper_has_no_network() -> None:
    with Sandbox(Limits()) as sandbox:
        sandbox.extract(b"a", "a.txt")
        helper = sandbox.helper_pid
        assert helper is not None
        ours, theirs = (Path(f"/proc/{pid}/ns/net").readlink() for pid in ("self", helper))
        if ours == theirs:
            pytest.skip("this kernel gives no network namespace to an ordinary process")
        assert Path(f"/proc/{helper}/net/dev").read_text().count(":") <= 1  # at most the loopback, which is down


_BLOCK = st.builds(
    Block,
    st.sampled_from(BlockKind),
    st.text(st.characters(codec="utf-8"), min_size=1),
    st.integers(0, 9),
    st.none() | st.integers(1, 9_999),
    st.none() | st.integers(0, 99),
    st.booleans(),
    st.text(st.characters(codec="utf-8")),
    st.none() | st.tuples(st.floats(-1e6, 1e6), st.floats(-1e6, 1e6)),
)
_TEXT = st.text(st.characters(codec="utf-8"), max_size=20)
_PART = st.builds(
    Part,
    _TEXT,
    _TEXT,
    st.lists(_BLOCK, max_size=4).map(tuple),
    _TEXT,
    st.integers(0, 99),
    st.dictionaries(_TEXT, _TEXT, max_size=3),
    st.lists(_TEXT, max_size=3).map(tuple),
)


@given(st.lists(_PART, max_size=3), st.integers(1, 50))
def test_parts_survive_the_wire_in_any_pieces(parts: list[Part], step: int) -> None:
    data = frame({"parts": encode_parts(parts)})
    frames = Frames(len(data))
    messages = [m for start in range(0, len(data), step) for m in frames.feed(data[start : start + step])]
    assert [decode_parts(message["parts"]) for message in messages] == [tuple(parts)]


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
)


@given(_JSON)
def test_an_answer_of_another_shape_is_no_answer(answer: bool | int | str | list[str] | dict[str, str] | None) -> None:
    try:
        parts = decode_parts(answer)
    except Garbled:
        return
    assert parts == ()


def test_what_is_not_json_is_no_answer() -> None:
    with pytest.raises(Garbled):
        list(Frames(100).feed(b"\x00\x00\x00\x02{]"))


def test_a_child_that_talks_without_end_is_noticed() -> None:
    frames = Frames(10)
    assert list(frames.feed(b"\x00\x00\xff\xff" + b"a" * 20)) == []
    assert frames.exhausted


def test_a_hostile_attachment_does_not_keep_its_mail_out(sandbox: Sandbox) -> None:
    bomb = zipped({"a.txt": b"0" * (64 << 20)})
    parts = sandbox.extract(zipped({"bombe.zip": bomb, "acte.pdf": pdf([[Text(50, 700, "Acte.")]])}), "envoi.zip")
    assert [(part.title, part.flags) for part in parts[1:]] == [("acte", ()), ("bombe", ("parked:bomb",))]


def test_a_long_scan_gives_its_slot_away_and_only_as_many_as_there_is_overtime_for() -> None:
    slots = Slots(1, overtime=1)
    with slots.taken() as scan:
        assert scan.step_aside()
        assert not scan.step_aside()
        with slots.taken() as other:  # would wait for ever if the scan still held the only slot
            assert not other.step_aside()
    with slots.taken() as next_one:
        assert next_one.step_aside()
