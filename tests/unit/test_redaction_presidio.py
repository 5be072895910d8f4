"""Behind Presidio's interfaces: the recognizer in a registry and from YAML, explanations kept, other voters added."""

from pathlib import Path

import pytest
from presidio_analyzer import EntityRecognizer, Pattern, PatternRecognizer, RecognizerResult
from presidio_analyzer.recognizer_registry import RecognizerRegistryProvider

from redaction import RedactionError, Redactor
from redaction.detect import find_all
from redaction.recognizer import FrenchLegalRecognizer, NoEnhancer, PresidioVoter, build_engine

SECRET = bytes(range(32))
TEXT = "Mme Odile VANNESTE, compte FR76 3000 6000 0112 3456 7890 189."


def test_the_engine_finds_and_explains() -> None:
    results = build_engine().analyze(text=TEXT, language="fr", return_decision_process=True)
    found = {(result.entity_type, TEXT[result.start : result.end]) for result in results}
    assert ("PERSON", "Odile VANNESTE") in found
    assert ("FR_IBAN", "FR76 3000 6000 0112 3456 7890 189") in found
    why = {result.entity_type: result.analysis_explanation.pattern_name for result in results}
    assert why["FR_IBAN"] == "FR_IBAN:key"
    assert why["PERSON"] == "person:honorific"


def test_a_span_comes_through_presidio_as_it_was_found() -> None:
    found = find_all(TEXT)
    through = PresidioVoter()(TEXT)
    assert through
    assert all(span in found for span in through)


def test_what_an_enhancer_of_presidios_has_changed_comes_back_changed() -> None:
    class Raising(NoEnhancer):
        def enhance_using_context(
            self, text: str, raw_results: list[RecognizerResult], *_: object, **__: object
        ) -> list[RecognizerResult]:
            for result in raw_results:
                result.score = 1.0
            return raw_results

    engine = build_engine()
    engine.context_aware_enhancer = Raising()
    spans = PresidioVoter(engine)(TEXT)
    assert {span.score for span in spans} == {1.0}
    assert ("Odile", "VANNESTE") in {(span.given, span.surname) for span in spans}


def test_only_the_entities_that_are_asked_for_come_back() -> None:
    results = build_engine().analyze(text=TEXT, language="fr", entities=["FR_IBAN"])
    assert [result.entity_type for result in results] == ["FR_IBAN"]


def test_presidios_yaml_loads_the_recognizer_by_its_class_name(tmp_path: Path) -> None:
    configuration = tmp_path / "recognizers.yaml"
    configuration.write_text(
        "supported_languages: [fr]\nglobal_regex_flags: 0\nrecognizers:\n"
        "  - name: FrenchLegalRecognizer\n    type: predefined\n    supported_languages: [fr]\n",
        "utf-8",
    )
    registry = RecognizerRegistryProvider(conf_file=configuration).create_recognizer_registry()
    assert [type(recognizer) for recognizer in registry.recognizers] == [FrenchLegalRecognizer]


def test_another_recognizer_adds_its_finds_and_never_replaces_the_rules() -> None:
    barge = PatternRecognizer("ORGANIZATION", supported_language="fr", patterns=[Pattern("barge", r"péniche \w+", 0.9)])
    voter = PresidioVoter(build_engine([barge]))
    redactor = Redactor("strict", SECRET, voters={"barge": voter})
    out = redactor.redact((f"{TEXT} La péniche Mirabelle est saisie.",)).texts[0]
    assert "Mirabelle" not in out
    assert "VANNESTE" not in out


def test_a_recognizer_that_raises_fails_closed() -> None:
    class Broken(EntityRecognizer):
        def load(self) -> None: ...

        def analyze(self, text: str, entities: object, nlp_artifacts: object) -> list[RecognizerResult]:
            raise OSError(f"no answer for {text}")

    broken = PresidioVoter(build_engine([Broken(["PERSON"], supported_language="fr")]))
    with pytest.raises(RedactionError) as refusal:
        Redactor("pseudonymise", SECRET, voters={"remote": broken}).redact((TEXT,))
    assert refusal.value.reason == "voter"
    assert "VANNESTE" not in str(refusal.value)
