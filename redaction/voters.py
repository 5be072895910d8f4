"""Other engines as voters beside the rules, as Presidio configures them: spaCy, CamemBERT, GLiNER, Azure AI Language.

A YAML file names them: `voters: {NAME: {analyzer: FILE, window: CHARACTERS}}`, where FILE is what Presidio's
`AnalyzerEngineProvider` reads. Promises: a file that is wrong is an error before any document; an engine is loaded with
the first one; a text longer than its window is read in overlapping windows, never dropped; whatever an engine raises
is raised, so that redaction fails closed. Voters add findings: none replaces the rules.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

from redaction.errors import RedactionError
from redaction.spans import Span

if TYPE_CHECKING:
    from redaction.recognizer import PresidioVoter

WINDOW = 5_120  # characters that Azure AI Language takes at most; spaCy and transformers take more
OVERLAP = 200  # more than any name or address: what stands on a border is whole in one of two windows
_LEAST = 4 * OVERLAP


class ConfiguredVoter:
    """One engine; loaded on first use, shared between threads."""

    def __init__(self, analyzer: Path, window: int = WINDOW) -> None:
        if window < _LEAST:
            raise RedactionError("voter", f"a window of {window} characters is too small; at least {_LEAST}")
        if not analyzer.is_file():
            raise RedactionError("voter", "the analyzer's configuration is no file")
        self.analyzer = analyzer
        self.window = window
        self._loading = Lock()

    def __call__(self, text: str) -> list[Span]:
        with self._loading:
            voter = self._voter
        found = {span for start, piece in windows(text, self.window) for span in _moved(voter(piece), start)}
        return sorted(found, key=lambda span: (span.start, span.end, span.entity))

    @cached_property
    def _voter(self) -> "PresidioVoter":
        from presidio_analyzer import AnalyzerEngineProvider

        from redaction.recognizer import NoEnhancer, PresidioVoter

        engine = AnalyzerEngineProvider(analyzer_engine_conf_file=self.analyzer).create_engine()
        engine.context_aware_enhancer = NoEnhancer()  # Presidio's own is quadratic
        return PresidioVoter(engine)


def load(file: Path) -> dict[str, ConfiguredVoter]:
    """The voters of a file; their analyzers' files are sought beside it."""
    import yaml

    try:
        named = yaml.safe_load(file.read_text("utf-8"))["voters"]
        chosen = {str(name): (str(it["analyzer"]), int(it.get("window", WINDOW))) for name, it in named.items()}
    except (OSError, yaml.YAMLError, KeyError, TypeError, ValueError, AttributeError):
        raise RedactionError("voter", "the voters' file is not as its manual says") from None
    return {name: ConfiguredVoter(file.parent / analyzer, window) for name, (analyzer, window) in chosen.items()}


def fingerprint(file: Path) -> str:
    """8 hex characters that change with the voters, their windows and what their analyzers' files say.

    Not with the weights that a file names by a path: put another version under another name.
    """
    digest = hashlib.sha256()
    for name, voter in sorted(load(file).items()):
        digest.update(f"{name}\x1f{voter.window}\x1f".encode() + voter.analyzer.read_bytes() + b"\x1e")
    return digest.hexdigest()[:8]


def windows(text: str, size: int) -> Iterator[tuple[int, str]]:
    """(offset, piece) that cover the text, each at most `size` long, overlapping, cut at a blank where there is one."""
    start = 0
    while len(text) - start > size:
        end = text.rfind(" ", start + size - OVERLAP, start + size)
        end = end if end > 0 else start + size
        yield start, text[start:end]
        blank = text.find(" ", end - OVERLAP, end)
        start = blank + 1 if blank >= 0 else end - OVERLAP
    yield start, text[start:]


def _moved(spans: list[Span], by: int) -> Iterator[Span]:
    return (replace(span, start=span.start + by, end=span.end + by) for span in spans)
