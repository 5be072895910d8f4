"""What functions an app has, according to Microsoft's worker, without running them."""

from pathlib import Path

from local.functions.bindings import FunctionDescription, description
from local.functions.messages import IndexedFunction
from local.functions.process import IndexingFailed, WorkerProcess

__all__ = ["IndexingFailed", "describe", "descriptions", "require_app"]


def describe(app: Path) -> list[FunctionDescription]:
    """Every function of the app in `app`, by name, with its bindings as declared.

    A worker process imports the app under this process's environment and ends. Raises IndexingFailed with the
    worker's own sentence when it refuses the app, BindingError when a function has not exactly one trigger.
    """
    require_app(app)
    process = WorkerProcess(app, log=None)
    try:
        return descriptions(process.index().functions)
    finally:
        process.reap()


def descriptions(functions: tuple[IndexedFunction, ...]) -> list[FunctionDescription]:
    return sorted((description(one) for one in functions), key=lambda one: one.name)


def require_app(app: Path) -> None:
    """The worker takes a folder without function_app.py for an app of the old model, without functions."""
    if not (app / "function_app.py").is_file():
        raise IndexingFailed("No function_app.py in the app's folder. Give --app the root of the function app.")
