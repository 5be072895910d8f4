"""The reference of telemetry names every span, event and field that the code can send, and no other."""

import ast
import re
from collections import defaultdict
from collections.abc import Iterator

from ingestion.telemetry import FIELDS
from tests.layout import ROOT

PAGE = (ROOT / "docs" / "reference" / "telemetry.md").read_text("utf-8")


def rows(heading: str) -> list[list[str]]:
    """The cells of the first table beneath a heading, without its head."""
    section = PAGE.split(f"\n## {heading}\n")[1].split("\n## ")[0]
    table = re.findall(r"^\|(.+)\|$", section, flags=re.MULTILINE)
    return [[cell.strip() for cell in line.split(" | ")] for line in table if line.startswith(" `")]


def sent() -> dict[str, set[str]]:
    """Names of spans and events in the deployed code, with the fields that stand beside them in the call."""
    found: dict[str, set[str]] = defaultdict(set)
    for file in [*(ROOT / "ingestion").rglob("*.py"), ROOT / "function_app.py"]:
        for call in calls(ast.parse(file.read_text("utf-8"))):
            name = call.args[0]
            assert isinstance(name, ast.Constant), f"{file.name}: a name that is not written out"
            found[str(name.value)] |= {it.arg for it in call.keywords if it.arg}
    return found


def calls(tree: ast.Module) -> Iterator[ast.Call]:
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=ast.Attribute(value=ast.Attribute(attr=owner), attr="event" | "span")) if owner.endswith(
                "telemetry"
            ):
                yield node


def test_every_span_and_event_is_on_the_page_with_its_fields() -> None:
    told = {name.strip("`"): set(re.findall(r"`(\w+)`", fields)) for name, _, fields in rows("Spans and events")}
    found = sent()
    assert told.keys() == found.keys()
    assert {name: missing for name, fields in found.items() if (missing := fields - told[name])} == {}
    assert set().union(*told.values()) <= FIELDS.keys()


def test_every_field_is_on_the_page_with_its_kind() -> None:
    assert {name.strip("`"): kind for name, kind, _ in rows("Fields")} == {
        name: it.value for name, it in FIELDS.items()
    }
