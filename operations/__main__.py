"""`greffe`: what an operator can do, one command each. Every command but `up` and `demo` takes `--json`.

Ends with 0 when done, 1 when done in part, 2 when the call is wrong, 3 when a service or Greffe itself failed.
"""

import os
import sys
import traceback
from pathlib import Path
from typing import Annotated

import typer

from index_schemas import SchemaError
from ingestion.errors import GreffeError, Refuse
from ingestion.retrieval import NoAnswer
from ingestion.settings import SettingsError
from operations.commands import cabinets, documents, law, upkeep
from operations.console import Exit, complain
from redaction import RedactionError
from redaction.vault import VaultError

app = typer.Typer(help=__doc__, no_args_is_help=True, pretty_exceptions_enable=False)


@app.command()
def up(home: Annotated[Path, typer.Option(help="Where its state is kept.")] = Path(".greffe")) -> None:
    """Start the local cloud and stay in the foreground until Ctrl-C."""
    _become("up", "--home", str(home))


@app.command()
def demo() -> None:
    """Show the whole way on a local cloud of its own: ingest, ask, delete, erase, break, replay."""
    _become("demo")


def _become(*arguments: str) -> None:
    """The same process, so that whoever ends `greffe up` by a signal ends the cloud, and not its parent alone."""
    os.execv(sys.executable, [sys.executable, "-m", "local", *arguments])  # noqa: S606 - no shell is wanted


for group in (cabinets, documents, upkeep, law):
    app.add_typer(group.app)


def main() -> None:
    """The command line; every error that is ours ends in one sentence and a code."""
    try:
        app()
    except (Refuse, NoAnswer, SettingsError, SchemaError) as refusal:
        complain(refusal)
        sys.exit(Exit.USAGE)
    except (GreffeError, RedactionError, VaultError) as failure:
        complain(failure)
        sys.exit(Exit.FAILED)
    except OSError as unreadable:  # a file that was named
        complain(f"{unreadable.filename or 'a file'}: {unreadable.strerror or type(unreadable).__name__}")
        sys.exit(Exit.USAGE)
    except Exception as bug:  # noqa: BLE001 - shown as it is, to whom it may be shown; only its exit code is ours
        traceback.print_exception(bug)
        complain(f"this is a mistake in Greffe ({type(bug).__name__}); what the command did before it is done")
        sys.exit(Exit.FAILED)


if __name__ == "__main__":
    main()
