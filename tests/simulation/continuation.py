"""Where a stopped invocation stands, and what it still remembers: all that its future depends on.

Two workers that came by different ways to the same call, with the same live variables, will do the same from there. The
traceback of the exception that stopped the worker has both: the place in each function, and the variables, of which
the bytecode says which can still be read. What lies on the value stack is not seen: in `ingestion` that is the rest of
a loop over batches or over a cabinet's indexes, and the small worlds have one of each.
"""

import dis
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from enum import Enum
from functools import cache
from types import CodeType, FunctionType, TracebackType

from ingestion.job import Job, Ports
from ingestion.ports import Stored

NO_WAY_ON = ("RETURN_VALUE", "RETURN_CONST", "RAISE_VARARGS", "RERAISE", "JUMP_FORWARD", "JUMP_BACKWARD")


def standing(stopped: BaseException, besides: str) -> str:
    """Of every frame between the host and the port; those in the file `besides` are neither."""
    frames = [
        f"{code.co_qualname}@{at}({', '.join(f'{name}={text(variables[name])}' for name in live)})"
        for code, at, variables in _frames(stopped.__traceback__)
        if code.co_filename != besides
        for live in [sorted(_live(code)[at].intersection(variables))]
    ]
    return " ".join((*frames, *_handled(stopped)))


def _frames(traceback: TracebackType | None) -> Iterator[tuple[CodeType, int, dict[str, object]]]:
    while traceback is not None:
        yield traceback.tb_frame.f_code, traceback.tb_lasti, traceback.tb_frame.f_locals
        traceback = traceback.tb_next


def _handled(stopped: BaseException) -> Iterator[str]:
    """What is being handled meanwhile will be raised again, or acted on."""
    error = stopped.__context__
    while error is not None:
        yield f"{type(error).__name__}{error.args}{sorted(vars(error).items(), key=str)}"
        error = error.__context__


@cache
def _live(code: CodeType) -> dict[int, frozenset[str]]:
    """For each instruction, the variables that can still be read after it. Those that closures share always can."""
    shared = frozenset((*code.co_cellvars, *code.co_freevars))
    steps = list(dis.get_instructions(code))
    ways: dict[int, list[int]] = {}
    for step, after in zip(steps, (*steps[1:], None), strict=True):
        ways[step.offset] = [] if after is None or step.opname in NO_WAY_ON else [after.offset]
        if step.jump_target is not None:
            ways[step.offset].append(step.jump_target)
    for entry in dis.Bytecode(code).exception_entries:
        for offset, onwards in ways.items():
            if entry.start <= offset < entry.end:
                onwards.append(entry.target)
    before = {step.offset: frozenset[str]() for step in steps}
    settled = False
    while not settled:
        settled = True
        for step in reversed(steps):
            after_it = frozenset().union(*(before[it] for it in ways[step.offset]))
            read, written = _touched(step)
            now = (after_it - written) | read
            if now != before[step.offset]:
                before[step.offset], settled = now, False
    return {offset: shared.union(*(before[it] for it in ways[offset])) for offset in before}


def _touched(step: dis.Instruction) -> tuple[frozenset[str], frozenset[str]]:
    """Read and written. Of two variables in one instruction, a load comes after a store."""
    name, touched = step.opname, step.argval if isinstance(step.argval, tuple) else (step.argval,)
    if name == "STORE_FAST_LOAD_FAST":
        return frozenset(touched[1:]) - {touched[0]}, frozenset(touched[:1])
    if name.startswith(("STORE_FAST", "DELETE_FAST")):
        return frozenset(), frozenset(touched)
    return (frozenset(touched), frozenset()) if name.startswith("LOAD_FAST") else (frozenset(), frozenset())


def text(it: object) -> str:
    """A value as text, the same for the same value. Of what has no value, and of what never changes, its type."""
    match it:
        case None | bool() | int() | float():
            return repr(it)
        case Enum():
            return f"{it.value!r}"
        case str() | bytes():
            return repr(it)
        case Stored():
            return f"{text(it.row)}<{it.etag}>"
        case Job():
            return f"job({text(it.change)}, {it.started})"
        case tuple() | list():
            return f"[{', '.join(map(text, it))}]"
        case set() | frozenset():
            return f"{{{', '.join(sorted(map(text, it)))}}}"
        case dict():
            return f"{{{', '.join(sorted(f'{text(key)}: {text(value)}' for key, value in it.items()))}}}"
        case FunctionType():
            return f"{it.__qualname__}{text([cell.cell_contents for cell in it.__closure__ or ()])}"
        case _ if is_dataclass(it) and not isinstance(it, (type, Ports)) and _is_data(type(it)):
            return f"{type(it).__name__}({', '.join(text(getattr(it, name)) for name in _names(type(it)))})"
    return type(it).__name__


@cache
def _names(kind: type) -> tuple[str, ...]:
    return tuple(field.name for field in fields(kind))


@cache
def _is_data(kind: type) -> bool:
    return kind.__module__ in (
        "ingestion.model",
        "ingestion.protocol",
        "ingestion.rows",
        "chunking.blocks",
        "ingestion.pipeline",
    )
