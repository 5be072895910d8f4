"""How the command line speaks: tables and progress for people, one JSON value on standard output with `--json`.

Exit codes: 0 done; 1 done in part (something is parked, held or left); 2 the call is wrong; 3 a service failed, or
Greffe itself.
"""

import json
import re
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from enum import IntEnum
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text


class Exit(IntEnum):
    DONE = 0
    IN_PART = 1
    USAGE = 2
    FAILED = 3


ID = 26  # characters of a document's id, which is copied into the next command: what is no longer is not cut in two
# Control characters but the newline, and those that turn the direction of what follows: it would read as another text.
OBEYED = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]")
PEOPLE = Console()
NOTES = Console(stderr=True)  # progress and errors: standard output stays clean for pipes

AsJson = Annotated[bool, typer.Option("--json", help="One JSON value on standard output, for programs.")]


def show(value: object, *, as_json: bool, render: Callable[[], None]) -> None:
    if as_json:
        sys.stdout.write(json.dumps(value, ensure_ascii=False, indent=2, default=str) + "\n")
    else:
        render()


def table(title: str, columns: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    made = Table(title=title, title_justify="left", title_style="bold", header_style="bold", box=None, pad_edge=False)
    cells = [["" if cell is None else harmless(str(cell)) for cell in row] for row in rows]
    for at, column in enumerate(columns):
        longest = max((len(row[at]) for row in cells), default=0)
        made.add_column(column, overflow="fold", no_wrap=longest <= ID)
    for row in cells:
        made.add_row(*map(Text, row))  # a document's brackets are no markup
    PEOPLE.print(made)


def wrong(message: str) -> typer.Exit:
    """A call that cannot be followed: says why, and gives what to raise."""
    complain(message)
    return typer.Exit(Exit.USAGE)


def complain(message: object) -> None:
    NOTES.print(Text.assemble(("greffe: ", "red"), harmless(str(message))))


def harmless(text: str) -> str:
    """Without what a terminal obeys: a document's name may hold what writes to the clipboard of who sees it."""
    return OBEYED.sub("", text)


@contextmanager
def progress(title: str, total: int | None) -> Iterator[Callable[[int], None]]:
    """A bar on standard error; gives what sets how much is done."""
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=NOTES, transient=True) as bar:
        task = bar.add_task(title, total=total)
        yield lambda done: bar.update(task, completed=done)
