"""The system calls that a child may make once its document is in hand: to compute, to answer, to end. No others.

A seccomp filter, allow-list, for the two processors that Functions and laptops run on: whatever is not named fails with
EPERM, for root as well, whom limits on processes do not bind. So a child that a file has taken over can start nothing,
open nothing, connect to nothing, and signal, trace or write to nobody. Numbers: the kernel's `unistd` tables.
"""

import ctypes
import platform
import resource
import struct
import sys

_PR_SET_SECCOMP, _MODE_FILTER = 22, 2
_LOAD, _EQUALS, _RETURN = 0x20, 0x15, 0x06  # BPF: load a word, jump if equal, return (linux/filter.h)
_NUMBER, _ARCHITECTURE, _FIRST_ARGUMENT, _SECOND_ARGUMENT = 0, 4, 16, 24  # offsets in struct seccomp_data
_ALLOW, _REFUSE = 0x7FFF_0000, 0x0005_0000 | 1  # SECCOMP_RET_ALLOW, SECCOMP_RET_ERRNO with EPERM
_OURSELVES = 0  # the process that a limit is set for

# name: (x86-64, AArch64); None where the processor has no such call
_CALLS: dict[str, tuple[int | None, int | None]] = {
    "read": (0, 63), "write": (1, 64), "readv": (19, 65), "writev": (20, 66), "pread64": (17, 67), "lseek": (8, 62),
    "close": (3, 57), "fstat": (5, 80), "fcntl": (72, 25), "poll": (7, None), "ppoll": (271, 73),
    "mmap": (9, 222), "mprotect": (10, 226), "munmap": (11, 215), "mremap": (25, 216), "madvise": (28, 233),
    "brk": (12, 214), "futex": (202, 98), "set_robust_list": (273, 99), "rseq": (334, 293), "membarrier": (324, 283),
    "rt_sigaction": (13, 134), "rt_sigprocmask": (14, 135), "rt_sigreturn": (15, 139), "sigaltstack": (131, 132),
    "restart_syscall": (219, 128), "sched_yield": (24, 124), "sched_getaffinity": (204, 123), "getcpu": (309, 168),
    "nanosleep": (35, 101), "clock_gettime": (228, 113), "clock_getres": (229, 114), "clock_nanosleep": (230, 115),
    "gettimeofday": (96, 169), "times": (100, 153), "getrusage": (98, 165), "sysinfo": (99, 179),
    "getpid": (39, 172), "gettid": (186, 178), "getrandom": (318, 278), "exit": (60, 93), "exit_group": (231, 94),
}  # fmt: skip
_PRLIMIT = (302, 261)  # for ourselves only, and only of processor time: a page of OCR is granted more of it
_MACHINES = {"x86_64": (0, 0xC000_003E), "aarch64": (1, 0xC000_00B7)}  # column above, AUDIT_ARCH


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("filter", ctypes.c_void_p))


def _program(machine: str) -> bytes | None:
    """The filter: another processor's calls are refused, then each number is compared, then all else is refused."""
    if machine not in _MACHINES:
        return None
    column, architecture = _MACHINES[machine]
    numbers = [pair[column] for pair in _CALLS.values() if pair[column] is not None]
    count = len(numbers)
    steps = [
        (_LOAD, 0, 0, _ARCHITECTURE),
        (_EQUALS, 0, count + 6, architecture),  # to refuse
        (_LOAD, 0, 0, _NUMBER),
        *((_EQUALS, count - at + 5, 0, number) for at, number in enumerate(numbers)),  # to allow
        (_EQUALS, 0, 4, _PRLIMIT[column]),
        (_LOAD, 0, 0, _FIRST_ARGUMENT),
        (_EQUALS, 0, 2, _OURSELVES),
        (_LOAD, 0, 0, _SECOND_ARGUMENT),
        (_EQUALS, 1, 0, resource.RLIMIT_CPU),
        (_RETURN, 0, 0, _REFUSE),
        (_RETURN, 0, 0, _ALLOW),
    ]
    return b"".join(struct.pack("=HBBI", *step) for step in steps)


_LIBC = ctypes.CDLL(None, use_errno=True)
_FILTER = _program(platform.machine()) or b""  # made before the first fork, not by each child
_BUFFER = ctypes.create_string_buffer(_FILTER, len(_FILTER))
_FILLED = _Program(len(_FILTER) // 8, ctypes.cast(_BUFFER, ctypes.c_void_p))


def allow_only_these() -> bool:
    """Final for this process and whatever it would start. False where the kernel has no such filter.

    The process must have given up new privileges before (`confine.leave_the_network`).
    """
    if sys.platform != "linux" or not _FILTER:
        return False
    return bool(_LIBC.prctl(_PR_SET_SECCOMP, _MODE_FILTER, ctypes.byref(_FILLED), 0, 0) == 0)
