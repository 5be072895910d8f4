"""What is taken from a process before it touches a stranger's file.

The helper loses its environment, its network (a namespace of its own, where the kernel permits it) and dies with its
parent. Each child of it loses more: memory, time, writing, new processes, every descriptor but the pipe it answers
through, and every system call that computing and answering do not need. With no descriptor left to open it could
neither read another file nor make a socket on a kernel that filters no calls, either.
"""

import contextlib
import ctypes
import os
import resource
import signal
import sys

from ingestion.extraction.limits import Limits
from ingestion.extraction.system_calls import allow_only_these

_PR_SET_PDEATHSIG = 1
_PR_SET_NO_NEW_PRIVS = 38
_PR_SET_DUMPABLE = 4
_LIBC = ctypes.CDLL(None, use_errno=True)
ANSWER = 3  # the only descriptor that a child keeps besides the null device


def die_with_parent(parent: int) -> None:
    """SIGKILL when the parent ends; at once if it is gone already."""
    _prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(0)


def leave_the_network() -> bool:
    """A network namespace without interfaces, and no new privileges. False where the kernel refuses the first."""
    _prctl(_PR_SET_NO_NEW_PRIVS, 1)
    if sys.platform != "linux":
        return False
    for flags in (os.CLONE_NEWNET, os.CLONE_NEWUSER | os.CLONE_NEWNET):
        with contextlib.suppress(OSError):  # refused in most containers: the descriptors' limit still holds
            os.unshare(flags)
            return True
    return False


def prepare(limits: Limits) -> None:
    """What can be taken before the document is known: memory, time, writing, new processes."""
    os.setsid()
    _prctl(_PR_SET_DUMPABLE, 0)
    longest = limits.cpu_seconds + int(limits.ocr_pages * limits.ocr_page_seconds)
    for what, soft, hard in (
        (resource.RLIMIT_AS, limits.memory_bytes, limits.memory_bytes),
        (resource.RLIMIT_DATA, limits.memory_bytes, limits.memory_bytes),
        (resource.RLIMIT_CPU, limits.cpu_seconds, longest),
        (resource.RLIMIT_FSIZE, 0, 0),
        (resource.RLIMIT_CORE, 0, 0),
        (resource.RLIMIT_NPROC, 0, 0),
    ):
        resource.setrlimit(what, (soft, hard))


def keep_only(descriptor: int) -> None:
    """Closes every descriptor but the null device and this one, which becomes `ANSWER`."""
    if descriptor != ANSWER:
        os.dup2(descriptor, ANSWER)
    os.closerange(ANSWER + 1, resource.getrlimit(resource.RLIMIT_NOFILE)[0])


def confine(answer: int) -> None:
    """The last step before a child reads: afterwards it computes and answers through `ANSWER`, no more."""
    keep_only(answer)
    resource.setrlimit(resource.RLIMIT_NOFILE, (ANSWER + 1, ANSWER + 1))
    allow_only_these()


def grant_seconds(seconds: int) -> None:
    """More processor time, for one more page of OCR; never beyond the hard limit."""
    soft, hard = resource.getrlimit(resource.RLIMIT_CPU)
    resource.setrlimit(resource.RLIMIT_CPU, (min(soft + seconds, hard), hard))


def _prctl(option: int, value: int) -> None:
    if sys.platform == "linux":
        _LIBC.prctl(option, value, 0, 0, 0)
