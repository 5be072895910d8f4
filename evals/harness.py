"""One command line for every measurement: `python -m evals NAME` and `python -m bench NAME`, with `--data`, `--json`.

A measurement is a module with `measure(data) -> {set: {measure: value}}`, which also prints its table. `data` is a
folder of sets in the formats that its docstring names; without it, the module takes what the repository carries.
"""

import argparse
import importlib
import json
import pkgutil
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

Figures = dict[str, dict[str, float]]


def main(package: ModuleType) -> int:
    """Run the measurements that are named, or all; 0 when each could be taken."""
    names = measurements(package)
    parser = argparse.ArgumentParser(prog=f"python -m {package.__name__}", description=package.__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"one or more of: {', '.join(names)} (default: all)")
    parser.add_argument("--data", type=Path, help="a folder of sets; by default what the repository carries")
    parser.add_argument("--json", type=Path, help="write {set: {measure: value}} to this file")
    options = parser.parse_args()
    if unknown := sorted(set(options.names) - set(names)):
        parser.error(f"no such measurement: {', '.join(unknown)}; there are {', '.join(names)}")
    figures: Figures = {}
    for name in options.names or names:
        figures |= importlib.import_module(f"{package.__name__}.{name}").measure(options.data)
    if options.json:
        options.json.write_text(json.dumps(figures, indent=2, ensure_ascii=False) + "\n")
    return 0


def measurements(package: ModuleType) -> list[str]:
    """The modules of a package that can measure: those that define `measure`."""
    found = (it.name for it in pkgutil.iter_modules(package.__path__))
    return sorted(name for name in found if "def measure(" in _source(package, name))


def _source(package: ModuleType, name: str) -> str:
    file = Path(next(iter(package.__path__))) / f"{name}.py"
    return file.read_text() if file.exists() else ""


def lines(text: str) -> Iterator[str]:
    """The lines of a file, blank ones left out. A text may hold what `splitlines` would part it at: U+2028, U+0085."""
    return (line.rstrip("\r") for line in text.split("\n") if line.strip())


def json_lines(text: str) -> Iterator[dict[str, Any]]:
    """The rows of a JSONL file."""
    return map(json.loads, lines(text))


def table(title: str, figures: dict[str, float]) -> None:
    """A measurement's figures for one set, one line each."""
    print(f"\n{title}")
    for measure, value in figures.items():
        print(f"  {measure:<44} {value:>12.4g}")
