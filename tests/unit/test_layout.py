"""Holds the shape of the repository, and shows for each rule a breach that it finds."""

import re
import tomllib
from collections.abc import Callable

import pytest

from tests import layout
from tests.layout import ROOT, tracked_files

Rule = Callable[[str, str], list[str]]


def faults_in_tree(rule: Rule, suffix: str = ".py") -> list[str]:
    paths = [path for path in tracked_files() if path.endswith(suffix)]
    return [fault for path in paths for fault in rule(path, (ROOT / path).read_text("utf-8"))]


def test_imports_run_downhill() -> None:
    assert faults_in_tree(layout.breaches_of_direction) == []


@pytest.mark.parametrize(
    ("path", "source"),
    [
        ("ingestion/reconcile.py", "from local.server import serve"),
        ("ingestion/reconcile.py", "import operations.__main__"),
        ("ingestion/reconcile.py", "def later():\n    from evals import sets"),
        ("function_app.py", "import bench"),
        ("function_app.py", "import operations"),
        ("chunking/splitter.py", "from ingestion.model import Chunk"),
        ("chunking/splitter.py", "from ingestion import model"),
        ("redaction/policy.py", "import importlib\nimportlib.import_module('ingestion.model')"),
        ("index_schemas/__init__.py", "from ingestion import errors"),
        ("operations/__main__.py", "from tests.layout import ROOT"),
        ("local/graph.py", "from ingestion.model import Head"),
    ],
)
def test_an_import_uphill_is_found(path: str, source: str) -> None:
    assert layout.breaches_of_direction(path, source)


def test_only_adapters_import_a_vendor() -> None:
    assert faults_in_tree(layout.breaches_of_vendors) == []


@pytest.mark.parametrize(
    ("path", "source"),
    [
        ("ingestion/reconcile.py", "from azure.data.tables import TableClient"),
        ("ingestion/pipeline.py", "import openai"),
        ("operations/__main__.py", "from azure.identity import DefaultAzureCredential"),
        ("function_app.py", "from azure.storage.queue import QueueClient"),
        ("chunking/tokens.py", "def f():\n    import msgraph"),
    ],
)
def test_a_vendor_outside_the_adapters_is_found(path: str, source: str) -> None:
    assert layout.breaches_of_vendors(path, source)


def test_function_app_may_speak_the_functions_model_and_adapters_anything() -> None:
    assert layout.breaches_of_vendors("function_app.py", "import azure.functions as func") == []
    assert layout.breaches_of_vendors("function_app.py", "from azure import functions") == []
    assert layout.breaches_of_vendors("ingestion/adapters/openai.py", "import openai") == []


def test_only_the_edges_know_the_adapters() -> None:
    assert faults_in_tree(layout.breaches_of_adapters) == []


@pytest.mark.parametrize(
    ("path", "source"),
    [
        ("ingestion/reconcile.py", "from ingestion.adapters import blob"),
        ("ingestion/reconcile.py", "from .adapters.blob import BlobSource"),
        ("ingestion/__init__.py", "from . import adapters"),
        ("ingestion/extraction/pdf.py", "from ..adapters import blob"),
    ],
)
def test_a_core_that_knows_an_adapter_is_found(path: str, source: str) -> None:
    assert layout.breaches_of_adapters(path, source)


def test_pyproject_installs_every_package() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    assert layout.unlisted_packages(tracked_files(), project["tool"]["setuptools"]["packages"]) == []


def test_a_package_that_is_not_installed_is_found() -> None:
    assert layout.unlisted_packages(["ingestion/new/__init__.py"], []) == ["ingestion.new"]
    assert layout.unlisted_packages(["tests/unit/__init__.py", "samples/__init__.py"], []) == []


def test_only_the_function_app_is_deployed() -> None:
    assert layout.wrongly_deployed(tracked_files(), (ROOT / ".funcignore").read_text("utf-8")) == []


@pytest.mark.parametrize(
    "room",
    ["local", "tests", "evals", "bench", "samples", "docs", "operations", "infra", ".ci", ".venv", "node_modules"],
)
def test_each_room_that_stays_at_home_is_named(room: str) -> None:
    ignored = (ROOT / ".funcignore").read_text("utf-8")
    assert layout.wrongly_deployed([f"{room}/part/file.txt"], ignored) == []
    assert layout.wrongly_deployed([f"{room}/part/file.txt"], ignored.replace(f"\n{room}\n", "\n"))


def test_a_deployed_file_that_would_be_left_at_home_is_found() -> None:
    assert layout.wrongly_deployed(["ingestion/local/part.py"], "local\n")


def test_funcignore_uses_only_what_the_packager_understands() -> None:
    patterns = layout.ignore_patterns((ROOT / ".funcignore").read_text("utf-8"))
    assert [pattern for pattern in patterns if not re.fullmatch(r"[\w.-]+", pattern)] == []


def test_no_file_names_a_registry_or_a_machine() -> None:
    faults = []
    for path in tracked_files():
        content = (ROOT / path).read_bytes()
        if b"\0" not in content:
            faults += layout.forbidden_text(path, content.decode("utf-8", "replace"))
    assert faults == []


@pytest.mark.parametrize(
    "text",
    [
        "pip install --" + "index-url https://example.com",
        "https://" + "pypi" + ".org/simple",
        "https://" + "registry" + ".npm" + "js.org/azurite",
        "cd /" + "work/main",
        "open('/" + "root/.cache/x')",
        "/" + "home/someone/greffe",
        "C:" + "\\Users\\someone",
    ],
)
def test_an_address_of_a_registry_or_a_machine_is_found(text: str) -> None:
    assert layout.forbidden_text("file", f"first line\n{text}") != []


@pytest.mark.parametrize("text", ["/drives/{id}/root/delta", "/home/site/wwwroot", "frame/work/shop", "/items/root:/a"])
def test_a_path_of_an_interface_is_not_a_path_of_a_machine(text: str) -> None:
    assert layout.forbidden_text("file", text) == []


def test_requirements_name_one_version_each() -> None:
    assert layout.unpinned((ROOT / "requirements.txt").read_text("utf-8")) == []


@pytest.mark.parametrize(
    "line", ["openai", "openai>=3", "openai~=3.5", "-r other.txt", "openai==3.*", "git+https://x/y"]
)
def test_a_requirement_without_one_version_is_found(line: str) -> None:
    assert layout.unpinned(f"regex==2026.1\n{line}") == [line]
