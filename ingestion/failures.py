"""What leaves a trigger as an exception: the host logs its text, and that of every exception that led to it.

A vendor's message may quote an address with a blob's name, a bug's message a document. So an error of our ladder leaves
alone, and whatever else leaves by its type's name, with the lines of code that it passed and nothing of their values.
"""

from collections.abc import Callable
from functools import wraps

from ingestion.errors import GreffeError
from ingestion.settings import SettingsError


class Failed(Exception):
    """It failed. The message is a code or a type's name: the host writes it into its logs."""


def stripped(bug: Exception) -> Failed:
    """Raise it `from None`."""
    return Failed(type(bug).__name__).with_traceback(bug.__traceback__)


def leaves_stripped[**P, T](entry: Callable[P, T]) -> Callable[P, T]:
    """For what a trigger calls. Nothing is handled here: what fails fails."""

    @wraps(entry)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return entry(*args, **kwargs)
        except (GreffeError, SettingsError, Failed) as ours:
            raise ours from None  # its words are ours, and safe; those of what led to it are not
        except Exception as bug:  # noqa: BLE001 - not handled, only stripped
            raise stripped(bug) from None

    return guarded
