"""The documents say what is: settings with their defaults, links that lead somewhere, targets and files that exist."""

import re
from dataclasses import Field, fields
from pathlib import Path

import pytest
import typer

from ingestion.settings import Settings
from operations.__main__ import app
from samples.make import WRITERS
from tests.layout import ROOT, tracked_files

PAGES = sorted(path for path in tracked_files() if path.endswith(".md"))


def row(setting: Field[object]) -> str:
    """One line of the README's table."""
    default = "empty" if setting.default == "" else f"`{setting.default}`"
    told = "required" if setting.metadata["required"] else default
    return f"| `{setting.metadata['name']}` | {told} | {setting.metadata['why']} |"


def test_the_readme_lists_every_setting_with_its_default_and_nothing_else() -> None:
    readme = (ROOT / "README.md").read_text("utf-8")
    table = re.findall(r"^\| `[A-Z].+\|$", readme, flags=re.MULTILINE)
    assert table == [row(setting) for setting in fields(Settings)]


def test_the_readme_lists_every_command_and_nothing_else() -> None:
    readme = (ROOT / "README.md").read_text("utf-8")
    assert set(re.findall(r"^\| `greffe ([a-z-]+)` \|", readme, flags=re.MULTILINE)) == commands().keys()


def commands() -> dict[str, set[str]]:
    """Each command with its options, as Typer knows them."""
    group = typer.main.get_command(app)
    assert isinstance(group, typer.core.TyperGroup)
    return {name: {opt for it in made.params for opt in it.opts} | {"--help"} for name, made in group.commands.items()}


@pytest.mark.parametrize("page", PAGES)
def test_every_greffe_command_on_a_page_exists_with_its_options(page: str) -> None:
    known = commands()
    for name, rest in re.findall(r"(?:\$ |`)greffe ([a-z][a-z-]*)([^\n`#>]*)", code_of(page)):
        assert name in known, f"greffe {name}"
        plain = re.sub(r'"[^"]*"', "", rest)
        assert set(re.findall(r"(?<= )--?[a-z-]+", plain)) <= known[name], f"greffe {name}{rest}"


@pytest.mark.parametrize("page", PAGES)
def test_every_link_to_a_file_leads_to_one(page: str) -> None:
    text = (ROOT / page).read_text("utf-8")
    targets = [target for target in re.findall(r"\]\(([^)#]+)[^)]*\)", text) if "://" not in target]
    assert [target for target in targets if not (ROOT / page).parent.joinpath(target).resolve().exists()] == []


def test_every_document_is_named_in_the_index_of_documents() -> None:
    index = (ROOT / "docs" / "README.md").read_text("utf-8")
    pages = [Path(page).relative_to("docs") for page in PAGES if page.startswith("docs/") and page != "docs/README.md"]
    assert [str(page) for page in pages if f"({page})" not in index] == []


def test_every_make_target_that_a_page_names_exists() -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text("utf-8"), flags=re.MULTILINE))
    named = {name for page in PAGES for name in re.findall(r"`?\bmake ([a-z]+)[`\s]*(?=[`#\n])", code(page))}
    assert named <= targets


def code_of(page: str) -> str:
    """Every block and every word that a page sets as code."""
    text = (ROOT / page).read_text("utf-8")
    blocks = re.findall(r"```console\n(.*?)```", text, flags=re.DOTALL)
    return "\n".join([*blocks, *re.findall(r"`[^`\n]+`", text)])


def code(page: str) -> str:
    """What a page sets as code: between backticks, or in a block."""
    text = (ROOT / page).read_text("utf-8")
    return "\n".join(re.findall(r"```console\n(.*?)```", text, flags=re.DOTALL) + re.findall(r"`make [a-z]+`", text))


def test_the_readme_of_the_samples_has_a_line_for_each_file() -> None:
    readme = (ROOT / "samples" / "README.md").read_text("utf-8")
    assert [name for name in WRITERS if f"| `{name}` |" not in readme] == []
