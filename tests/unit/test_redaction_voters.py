"""Engines that an operator adds by Presidio's configuration: loaded as configured, windowed, and closed when they fail.

The model is a small spaCy pipeline that the test itself makes and saves; nothing is downloaded.
"""

from collections.abc import Callable
from pathlib import Path

import pytest
import spacy
from hypothesis import given
from hypothesis import strategies as st
from presidio_analyzer import EntityRecognizer, RecognizerResult
from presidio_analyzer.nlp_engine import NlpArtifacts

from redaction import RedactionError, Redactor
from redaction.spans import Entity
from redaction.voters import OVERLAP, WINDOW, ConfiguredVoter, fingerprint, load, windows

SECRET = bytes(range(32))
TEXT = "La gabare quimpertine accoste ; quimpertine salue, puis l'équipage décharge."

ANALYZER = """
supported_languages: [fr]
default_score_threshold: 0
nlp_configuration:
  nlp_engine_name: {engine}
  models: [{{lang_code: fr, model_name: {model}}}]
  ner_model_configuration:
    labels_to_ignore: []
    model_to_presidio_entity_mapping: {{PER: PERSON}}
recognizer_registry:
  supported_languages: [fr]
  recognizers: [{recognizers}]
"""


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A pipeline that takes one word for a person, which no rule of ours would."""
    nlp = spacy.blank("fr")
    nlp.add_pipe("entity_ruler").add_patterns([{"label": "PER", "pattern": "quimpertine"}])  # type: ignore[attr-defined]
    folder = tmp_path_factory.mktemp("model") / "fr_test"
    nlp.to_disk(folder)
    return folder


@pytest.fixture
def configured(tmp_path: Path, model: Path) -> Callable[..., dict[str, ConfiguredVoter]]:
    def write(
        recognizers: str = "{name: SpacyRecognizer, type: predefined}", engine: str = "spacy"
    ) -> dict[str, ConfiguredVoter]:
        analyzer = ANALYZER.format(engine=engine, model=model, recognizers=recognizers)
        (tmp_path / "spacy.yaml").write_text(analyzer, "utf-8")
        (tmp_path / "voters.yaml").write_text("voters:\n  spacy: {analyzer: spacy.yaml, window: 5120}\n", "utf-8")
        return load(tmp_path / "voters.yaml")

    return write


def test_a_model_named_in_presidios_configuration_votes(configured: Callable[..., dict[str, ConfiguredVoter]]) -> None:
    found = configured()["spacy"](TEXT)
    assert [(span.entity, TEXT[span.start : span.end]) for span in found] == [(Entity.PERSON, "quimpertine")] * 2


def test_what_it_finds_is_hidden_and_what_the_rules_find_too(
    configured: Callable[..., dict[str, ConfiguredVoter]],
) -> None:
    redactor = Redactor("pseudonymise", SECRET, voters=configured())
    out = redactor.redact((f"{TEXT} M. Jean DUPONNEL signe.",)).texts[0]
    assert "quimpertine" not in out
    assert "DUPONNEL" not in out
    assert "équipage" in out


class AzureLike(EntityRecognizer):
    """Behaves as Presidio's recognizer for Azure AI Language does: nothing is found in a text that is too long."""

    COUNTRY_CODE = "fr"

    def __init__(self, name: str = "AzureLike", supported_language: str = "fr", **_: object) -> None:
        super().__init__(["PERSON"], name=name, supported_language=supported_language)

    def load(self) -> None: ...

    def analyze(
        self, text: str, entities: list[str], nlp_artifacts: NlpArtifacts | None = None
    ) -> list[RecognizerResult]:
        if len(text) > WINDOW:
            return []
        at = text.find("quimpertine")
        return [RecognizerResult("PERSON", at, at + 11, 0.9)] if at >= 0 else []


def test_an_engine_that_drops_long_texts_is_given_short_ones(
    configured: Callable[..., dict[str, ConfiguredVoter]],
) -> None:
    voter = configured("{name: AzureLike, type: predefined}", "no_op")["spacy"]
    text = "mot " * 5_000 + "quimpertine" + " mot" * 5_000
    assert [(span.start, span.end) for span in voter(text)] == [(20_000, 20_011)]


def test_an_engine_that_cannot_be_loaded_refuses_the_document(
    configured: Callable[..., dict[str, ConfiguredVoter]],
) -> None:
    redactor = Redactor(
        "pseudonymise", SECRET, voters=configured("{name: NoSuchRecognizer, type: predefined}", "no_op")
    )
    with pytest.raises(RedactionError) as refusal:
        redactor.redact((TEXT,))
    assert refusal.value.reason == "voter"


def test_the_fingerprint_changes_with_voters_their_windows_and_what_their_files_say(tmp_path: Path) -> None:
    voters, analyzer = tmp_path / "voters.yaml", tmp_path / "a.yaml"

    def written(names: str, says: str) -> str:
        voters.write_text(f"voters: {names}", "utf-8")
        analyzer.write_text(says, "utf-8")
        return fingerprint(voters)

    first = written("{a: {analyzer: a.yaml}}", "default_score_threshold: 0.3")
    assert first == written("{a: {analyzer: a.yaml, window: 5120}}", "default_score_threshold: 0.3")
    others = [
        written("{a: {analyzer: a.yaml, window: 4000}}", "default_score_threshold: 0.3"),
        written("{b: {analyzer: a.yaml}}", "default_score_threshold: 0.3"),
        written("{a: {analyzer: a.yaml}}", "default_score_threshold: 0.4"),
        written("{a: {analyzer: a.yaml}, b: {analyzer: a.yaml}}", "default_score_threshold: 0.3"),
    ]
    assert len({first, *others}) == 5


@pytest.mark.parametrize(
    "content",
    ["", "voters: 3", "voters: {a: {}}", "voters: {a: {analyzer: none.yaml}}", "a: [", "voters: {a: {window: x}}"],
)
def test_a_file_that_is_wrong_is_refused_before_any_document(tmp_path: Path, content: str) -> None:
    (tmp_path / "voters.yaml").write_text(content, "utf-8")
    with pytest.raises(RedactionError):
        load(tmp_path / "voters.yaml")


def test_a_window_too_small_for_a_name_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("", "utf-8")
    with pytest.raises(RedactionError, match="too small"):
        ConfiguredVoter(tmp_path / "a.yaml", window=OVERLAP)


@given(st.lists(st.sampled_from(["a", "mot", "x" * 300, "quimpertine"]), max_size=400).map(" ".join))
def test_windows_cover_the_text_and_overlap(text: str) -> None:
    size = 4 * OVERLAP
    done = 0
    for start, piece in windows(text, size):
        assert text[start : start + len(piece)] == piece
        assert start <= done
        assert len(piece) <= size
        assert start == 0 or done - start <= OVERLAP
        done = start + len(piece)
    assert done == len(text)
