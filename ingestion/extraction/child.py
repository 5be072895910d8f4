"""The sandbox's helper: imports every reader once, then forks a confined child for each document, one ahead of time.

Started as `python -m ingestion.extraction.child SOCKET PARENT LIMITS`, never by hand. It parses nothing itself: it
passes descriptors on, kills whom it is told to kill, and reports how its children ended. It ends when its parent's end
of the socket closes, and takes its children with it.
"""

import base64
import contextlib
import dataclasses
import gc
import importlib
import json
import os
import pkgutil
import select
import signal
import socket
import struct
import sys
from collections import deque
from types import ModuleType
from typing import Any, NoReturn

from chunking.blocks import Part
from ingestion.errors import Park
from ingestion.extraction import large_pages, ocr, tree, warm_up
from ingestion.extraction.confine import (
    ANSWER,
    confine,
    die_with_parent,
    grant_seconds,
    keep_only,
    leave_the_network,
    prepare,
)
from ingestion.extraction.limits import Limits
from ingestion.extraction.remote_ocr import is_sent, pages_to_reread
from ingestion.extraction.scans import Desk
from ingestion.extraction.wire import Json, encode_parts, frame

OUT_OF_MEMORY = 3  # exit codes of a child that could not answer
BROKEN = 4
READY = b"ready"
REQUEST_BYTES = 1 << 16
_SPARES = 2  # one is handed over while the next is being prepared
_LAZY = ("encodings", "email", "pypdf", "charset_normalizer", "oxmsg")
_NOT_HERE = {"mbcs", "oem", "cp65001", "__main__", "cli"}  # codecs of Windows, commands


def main() -> None:
    control = socket.socket(fileno=int(sys.argv[1]))
    limits = Limits(**json.loads(sys.argv[3]))
    die_with_parent(int(sys.argv[2]))
    _import_everything()
    leave_the_network()
    gc.collect()
    gc.freeze()  # so that children share these pages instead of copying them
    large_pages.gather()
    _Helper(control, limits).run()


def _import_everything() -> None:
    """Whatever a reader might import late: a child can open no file."""
    for package in _LAZY:
        _import_package(importlib.import_module(package))
    if ocr.installed():
        importlib.import_module("PIL.ImageSequence")
        importlib.import_module("PIL.Image").init()
    ocr.warm_up()
    warm_up.warm_up()


def _import_package(package: ModuleType) -> None:
    for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
        if module.name.rpartition(".")[2] not in _NOT_HERE:
            with contextlib.suppress(ImportError):  # a piece that needs what is not installed here is not used here
                importlib.import_module(module.name)


class _Helper:
    def __init__(self, control: socket.socket, limits: Limits) -> None:
        self._control = control
        self._limits = limits
        self._running: dict[int, tuple[int, int]] = {}  # child → document number, descriptor for its end
        self._spares: deque[tuple[int, socket.socket]] = deque()  # children that wait for a document, oldest first
        self._woken, waker = os.pipe()
        os.set_blocking(waker, False)
        os.set_blocking(self._woken, False)
        signal.set_wakeup_fd(waker, warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda *_: None)

    def run(self) -> None:
        self._fork_spare()
        self._control.send(READY)
        control = self._control.fileno()
        while True:
            wait = 0 if len(self._spares) < _SPARES else None
            readable, _, _ = select.select([control, self._woken], [], [], wait)
            if control in readable:
                if not self._serve():
                    break
            elif self._woken in readable:
                os.read(self._woken, 4_096)
                self._reap()
            else:
                self._fork_spare()
        for pid in (*self._running, *(pid for pid, _ in self._spares)):
            _kill(pid)

    def _serve(self) -> bool:
        """One message of the parent. False when there will be none any more."""
        data, descriptors, _, _ = socket.recv_fds(self._control, REQUEST_BYTES, 4)
        if not data:
            return False
        request = json.loads(data)
        if request["do"] == "kill":
            for pid, (document, _) in self._running.items():
                if document == request["document"]:
                    _kill(pid)
        else:
            self._hand_over(data, request["document"], *descriptors)
        return True

    def _hand_over(self, request: bytes, document: int, data: int, answer: int, ended: int, *known: int) -> None:
        while True:
            if not self._spares:
                self._fork_spare()
            child, channel = self._spares.popleft()
            with channel:
                try:
                    socket.send_fds(channel, [request], [data, answer, *known])
                    break
                except OSError:  # the waiting child is gone: someone short of memory may have chosen it
                    continue
        for descriptor in (data, answer, *known):
            os.close(descriptor)
        self._running[child] = (document, ended)

    def _fork_spare(self) -> None:
        """Forking takes milliseconds: children are made while others read, and nobody waits for the helper."""
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        helper = os.getpid()
        pid = os.fork()
        if pid == 0:
            _child(helper, theirs.detach(), self._limits)
        theirs.close()
        self._spares.append((pid, ours))

    def _reap(self) -> None:
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if pid == 0:
                return
            if pid in self._running:
                self._report(self._running.pop(pid)[1], os.waitstatus_to_exitcode(status))

    @staticmethod
    def _report(ended: int, code: int) -> None:
        try:
            os.write(ended, struct.pack(">i", code))
        except BrokenPipeError:
            return  # the parent has its answer and no longer asks
        finally:
            os.close(ended)


def _kill(pid: int) -> None:
    """The child and its group; it may have ended, but is not reaped, so its number is still its own."""
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return


def _child(helper: int, channel: int, limits: Limits) -> NoReturn:
    """Waits for its one document. Never returns: whatever happens here ends in an exit code."""
    code = BROKEN
    try:
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        die_with_parent(helper)
        prepare(limits)
        keep_only(channel)
        with socket.socket(fileno=os.dup(ANSWER)) as waiting:
            message, (data, answer, *known), _, _ = socket.recv_fds(waiting, REQUEST_BYTES, 3)
        request = json.loads(message)
        content = _content(data)
        pages = json.loads(_content(known[0])) if known else {}
        confine(answer)
        _answer(content, request, pages, limits)
        code = 0
    except MemoryError:
        code = OUT_OF_MEMORY
    finally:
        os._exit(code)


def _content(data: int) -> bytes:
    size = os.fstat(data).st_size
    pieces, offset = [], 0
    while offset < size and (piece := os.pread(data, min(size - offset, 1 << 26), offset)):
        pieces.append(piece)
        offset += len(piece)
    return pieces[0] if len(pieces) == 1 else b"".join(pieces)


def _answer(content: bytes, request: dict[str, Any], pages: dict[str, str], limits: Limits) -> None:
    name, recognise = request["name"], request["recognise"]

    def page_begins() -> None:
        grant_seconds(int(limits.ocr_page_seconds))
        _write(frame({"page": 1}))

    ocr.work_for(Desk(recognise, pages, page_begins, lambda name, page: _write(frame({"recognised": [name, page]}))))
    hand_out = _Originals(limits, always=not recognise) if request["originals"] else None
    try:
        _write(frame({"ways": tree.ways(content, name)}))
        parts = tree.extract(content, name, limits, attempt=request["attempt"], hand_out=hand_out)
        answer = frame({"parts": encode_parts(parts)})
    except Park as park:
        answer = frame({"park": park.reason.value})
    except RecursionError:
        answer = frame({"park": "bomb"})
    _write(answer)


class _Originals:
    """Hands out the attachments that have pages for a service, as many as an answer holds beside its text."""

    def __init__(self, limits: Limits, *, always: bool) -> None:
        self._left = limits.result_bytes // 2
        self._always = always

    def __call__(self, part: Part, data: bytes) -> None:
        size = len(data) * 4 // 3
        if size > self._left or not is_sent(part) or not pages_to_reread(part, always=self._always):
            return
        self._left -= size
        original: list[Json] = [part.path, base64.b64encode(data).decode()]
        _write(frame({"original": original}))


def _write(data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(ANSWER, view) :]


def limits_as_json(limits: Limits) -> str:
    return json.dumps(dataclasses.asdict(limits))


if __name__ == "__main__":
    main()
