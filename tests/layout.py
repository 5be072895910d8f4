"""The shape of the repository as rules: who may import whom, what is deployed, what no file may say.

Each rule is a pure function from text to a list of sentences, empty when it holds, so that
`tests/unit/test_layout.py` can show it a bad example as well as the tree. Nothing here imports our own packages.
"""

import ast
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

DEPLOYED = ("function_app", "ingestion", "chunking", "redaction", "index_schemas")
OURS = (*DEPLOYED, "operations", "local", "evals", "bench", "tests", "samples")

# Imports run downhill. evals, bench and tests may look at everything, so they have no row.
MAY_IMPORT: dict[str, set[str]] = {
    "function_app": {"ingestion", "chunking", "redaction", "index_schemas"},
    "operations": {"operations", "ingestion", "chunking", "redaction", "index_schemas"},
    "ingestion": {"ingestion", "chunking", "redaction", "index_schemas"},
    "redaction": {"redaction", "chunking"},
    "chunking": {"chunking"},
    "index_schemas": {"index_schemas"},
    "local": {"local", "chunking"},  # it knows the wire, how tokens are counted, and nothing of those who speak
    "local/demo.py": {"local", "operations", "ingestion"},  # shows both sides of the socket, and is neither
    "samples": {"samples"},
}
ADAPTERS = "ingestion.adapters"
MAY_IMPORT_ADAPTERS = {"function_app", "operations", "local/demo.py"}  # and the adapters themselves
VENDORS = {"azure", "openai", "msgraph", "msgraph_core", "msal", "kiota_abstractions", "kiota_http"}
VENDOR_FREE = (*DEPLOYED, "operations")
FUNCTION_APP_VENDOR = "azure.functions"

DEPLOYED_FILES = {"function_app.py", "host.json", "requirements.txt"}
DEPLOYED_FOLDERS = {"ingestion", "chunking", "redaction", "index_schemas"}

# Built from pieces so that this file does not break its own rule.
FORBIDDEN_TEXT: dict[str, re.Pattern[str]] = {
    "a package registry's address": re.compile(
        "|".join(["pypi" + r"\.org", "python" + r"hosted\.org", "registry" + r"\.npmjs", "npmjs" + r"\.(com|org)"])
    ),
    "an index or registry option": re.compile("--(extra-)?" + "index-url|--find-" + "links|--regis" + "try="),
    "a path of one machine": re.compile(
        r"(?<![\w.}\]*])/(" + "work|farm" + r")/\w|/" + r"root/(\.\w|[\w-]+/[\w.-]+\.\w)" + "|/home/(?!site/)\\w+/"
    ),
    "a Windows or macOS user's folder": re.compile("C:" + r"\\Users\\|/" + "Users/" + r"\w+/"),
}


def tracked_files() -> list[str]:
    """Every file that git keeps, as paths from the root. Works in a checkout that another user owns."""
    listing = subprocess.run(
        ["git", "-c", "safe.directory=*", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return [path for path in listing.stdout.split("\0") if path and (ROOT / path).is_file()]


def module_name(path: str) -> str:
    """`ingestion/adapters/blob.py` → `ingestion.adapters.blob`; a package is named without `__init__`."""
    parts = Path(path).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imported_modules(path: str, source: str) -> Iterator[tuple[int, str]]:
    """Line and dotted name of everything that a file imports, at any depth, relative and by literal name too.

    `from a import b` gives `a.b`, since b may be a module.
    """
    package = module_name(path).split(".")
    if not path.endswith("__init__.py"):
        package = package[:-1]
    for node in ast.walk(ast.parse(source, filename=path)):
        match node:
            case ast.Import(names=names):
                yield from ((node.lineno, alias.name) for alias in names)
            case ast.ImportFrom(module=module, names=names, level=level):
                above = package[: len(package) - level + 1] if level else []
                origin = ".".join([*above, *([module] if module else [])])
                yield from ((node.lineno, f"{origin}.{alias.name}") for alias in names)
            case ast.Call(
                func=ast.Name(id="__import__" | "import_module") | ast.Attribute(attr="import_module"),
                args=[ast.Constant(value=str(name)), *_],
            ):
                yield node.lineno, name


def within(module: str, package: str) -> bool:
    return module == package or module.startswith(package + ".")


def breaches_of_direction(path: str, source: str) -> list[str]:
    room = path.split("/", maxsplit=1)[0].removesuffix(".py")
    allowed = MAY_IMPORT.get(path) or MAY_IMPORT.get(room)
    if allowed is None:
        return []
    return [
        f"{path}:{line}: {room} must not import {module}"
        for line, module in imported_modules(path, source)
        if (top := module.split(".")[0]) in OURS and top not in allowed
    ]


def breaches_of_adapters(path: str, source: str) -> list[str]:
    """Only the adapters, `function_app` and `operations` know which adapters there are."""
    room = path.split("/", maxsplit=1)[0].removesuffix(".py")
    if room not in MAY_IMPORT or {room, path} & MAY_IMPORT_ADAPTERS or within(module_name(path), ADAPTERS):
        return []
    return [
        f"{path}:{line}: only adapters, function_app and operations may import {module}"
        for line, module in imported_modules(path, source)
        if within(module, ADAPTERS)
    ]


def breaches_of_vendors(path: str, source: str) -> list[str]:
    """What may touch the network stands in `ingestion/adapters/`, nowhere else."""
    room = path.split("/", maxsplit=1)[0].removesuffix(".py")
    if room not in VENDOR_FREE or within(module_name(path), ADAPTERS):
        return []
    return [
        f"{path}:{line}: only ingestion/adapters/ may import {module}"
        for line, module in imported_modules(path, source)
        if module.split(".")[0] in VENDORS and not (room == "function_app" and within(module, FUNCTION_APP_VENDOR))
    ]


def forbidden_text(path: str, text: str) -> list[str]:
    return [
        f"{path}:{text.count(chr(10), 0, found.start()) + 1}: holds {what}"
        for what, pattern in FORBIDDEN_TEXT.items()
        for found in pattern.finditer(text)
    ]


def unpinned(requirements: str) -> list[str]:
    """Lines of requirements.txt that do not name exactly one version."""
    lines = (line.split("#")[0].strip() for line in requirements.splitlines())
    pinned = re.compile(r"[A-Za-z0-9][\w.-]*(\[[\w,-]+\])?==[\w.!+]+(\s*;.+)?")
    return [line for line in lines if line and not pinned.fullmatch(line)]


def unlisted_packages(paths: list[str], listed: list[str]) -> list[str]:
    """Packages on disk that pyproject.toml does not install. Tests and samples are never installed."""
    packages = {str(Path(path).parent).replace("/", ".") for path in paths if Path(path).name == "__init__.py"}
    installed = {name for name in packages if name.split(".")[0] not in ("tests", "samples")}
    return sorted(installed ^ set(listed))


def wrongly_deployed(paths: list[str], ignored: str) -> list[str]:
    """Paths that `.funcignore` neither keeps home nor the design deploys, or that it keeps home by mistake."""
    names = set(ignore_patterns(ignored))
    faults = []
    for path in paths:
        parts = path.split("/")
        stays = any(part in names for part in parts)
        goes = path in DEPLOYED_FILES or (len(parts) > 1 and parts[0] in DEPLOYED_FOLDERS)
        if goes and path.endswith(".md"):
            continue  # words about the code: nothing reads them in Azure, and nothing is lost with them
        if stays == goes:
            faults.append(f"{path}: {'would be left at home' if goes else 'would be deployed'}")
    return faults


def ignore_patterns(ignored: str) -> list[str]:
    return [line.strip() for line in ignored.splitlines() if line.strip() and not line.startswith("#")]
