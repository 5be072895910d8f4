"""One fused recognizer of French legal identifiers and persons, behind Presidio's own interface.

Registered in a `RecognizerRegistry`, or named in Presidio's YAML (`name: FrenchLegalRecognizer`) once this module is
imported. Promises: no network, no model, linear time; every result carries its explanation. `build_engine` gives an
`AnalyzerEngine` on Presidio's built-in no-op NLP engine, without the quadratic context enhancer.
"""

from collections.abc import Sequence
from functools import cache

from presidio_analyzer import (
    AnalysisExplanation,
    AnalyzerEngine,
    EntityRecognizer,
    RecognizerRegistry,
    RecognizerResult,
)
from presidio_analyzer.context_aware_enhancers import ContextAwareEnhancer
from presidio_analyzer.nlp_engine import NlpArtifacts
from presidio_analyzer.nlp_engine.no_op_nlp_engine import NoOpNlpEngine

from redaction.detect import find_all
from redaction.lexicon import first_names, ordinary_words
from redaction.spans import Entity, Role, Span

LANGUAGE = "fr"


class _Result(RecognizerResult):
    """A span as Presidio carries it, and the span itself: what comes back as it was need not be put together again."""

    __slots__ = ("span",)  # beside the attributes that Presidio writes out

    def __init__(self, span: Span, explanation: AnalysisExplanation, metadata: dict[str, str]) -> None:
        super().__init__(str(span.entity), span.start, span.end, span.score, explanation, metadata)
        self.span = span

    @property
    def unchanged(self) -> bool:
        """Whether no enhancer of Presidio's has moved it."""
        return (self.start, self.end, self.score) == (self.span.start, self.span.end, self.span.score)


class FrenchLegalRecognizer(EntityRecognizer):
    """All French legal entities in one pass over normalised text; its own context window, its own checksums."""

    COUNTRY_CODE = LANGUAGE
    name: str

    def __init__(
        self,
        supported_language: str = LANGUAGE,
        supported_entities: Sequence[str] | None = None,
        name: str = "FrenchLegalRecognizer",
        context: Sequence[str] | None = None,
    ) -> None:
        entities = list(supported_entities or [str(entity) for entity in Entity])
        super().__init__(
            supported_entities=entities, name=name, supported_language=supported_language, context=list(context or ())
        )

    def load(self) -> None:
        first_names()
        ordinary_words()

    def analyze(
        self,
        text: str,
        entities: Sequence[str],
        nlp_artifacts: NlpArtifacts | None = None,  # noqa: ARG002
    ) -> list[RecognizerResult]:
        wanted = set(entities or self.supported_entities)
        return [self._result(span) for span in find_all(text) if span.entity in wanted]

    def _result(self, span: Span) -> RecognizerResult:
        explanation = AnalysisExplanation(recognizer=self.name, original_score=span.score, pattern_name=span.why)
        details = {
            "role": str(span.role),
            "canonical": span.canonical,
            "given": span.given,
            "surname": span.surname,
            "bearer": span.bearer,
            RecognizerResult.RECOGNIZER_NAME_KEY: self.name,
            RecognizerResult.RECOGNIZER_IDENTIFIER_KEY: self.id,
        }
        return _Result(span, explanation, details)


class NoEnhancer(ContextAwareEnhancer):
    """Leaves results alone: the recognizer reads its own context, and Presidio's default one is quadratic."""

    def __init__(self) -> None:
        super().__init__(0.0, 0.0, 0, 0)

    def enhance_using_context(
        self,
        text: str,  # noqa: ARG002
        raw_results: list[RecognizerResult],
        nlp_artifacts: NlpArtifacts,  # noqa: ARG002
        recognizers: list[EntityRecognizer],  # noqa: ARG002
        context: list[str] | None = None,  # noqa: ARG002
    ) -> list[RecognizerResult]:
        return raw_results


def build_engine(more: Sequence[EntityRecognizer] = ()) -> AnalyzerEngine:
    """Presidio's engine with our recognizer, and any other that the operator adds."""
    nlp = NoOpNlpEngine([{"lang_code": LANGUAGE, "model_name": "none"}])
    nlp.load()
    registry = RecognizerRegistry(recognizers=[FrenchLegalRecognizer(), *more], supported_languages=[LANGUAGE])
    return AnalyzerEngine(
        registry=registry, nlp_engine=nlp, supported_languages=[LANGUAGE], context_aware_enhancer=NoEnhancer()
    )


@cache
def _shared_engine() -> AnalyzerEngine:
    """One for all cabinets: it holds rules, no keys and no documents."""
    return build_engine()


class PresidioVoter:
    """The engine as a voter: normalised text in, spans out."""

    def __init__(self, engine: AnalyzerEngine | None = None) -> None:
        self._engine = engine or _shared_engine()

    def __call__(self, text: str) -> list[Span]:
        results = self._engine.analyze(text=text, language=LANGUAGE, return_decision_process=True)
        return [_as_span(result) for result in results]


def _as_span(result: RecognizerResult) -> Span:
    if isinstance(result, _Result) and result.unchanged:
        return result.span
    details = result.recognition_metadata or {}
    explanation = result.analysis_explanation
    return Span(
        start=result.start,
        end=result.end,
        entity=_entity(result.entity_type),
        score=result.score,
        why=(explanation.pattern_name if explanation else None) or "voter",
        role=Role(details.get("role", Role.UNKNOWN)),
        canonical=details.get("canonical", ""),
        given=details.get("given", ""),
        surname=details.get("surname", ""),
        bearer=details.get("bearer", ""),
    )


def _entity(name: str) -> Entity:
    """Ours, or what it is with us; a kind that we do not know is hidden as a number is, rather than shown."""
    known = _OTHER_NAMES.get(name.upper())
    return known or (Entity(name) if name in _OURS else Entity.CONTRACT)


_OURS = frozenset(map(str, Entity))
# What other engines call the same things.
_OTHER_NAMES = {
    "PERSON": Entity.PERSON, "LOCATION": Entity.PLACE, "ORGANIZATION": Entity.ORGANISATION, "NRP": Entity.ORGANISATION,
    "EMAIL_ADDRESS": Entity.EMAIL, "PHONE_NUMBER": Entity.PHONE, "IBAN_CODE": Entity.IBAN, "CREDIT_CARD": Entity.CARD,
    "IP_ADDRESS": Entity.IP, "URL": Entity.URL, "DATE_TIME": Entity.DATE, "PER": Entity.PERSON, "LOC": Entity.PLACE,
    "ORG": Entity.ORGANISATION, "MISC": Entity.ORGANISATION, "AGE": Entity.DATE, "PHONENUMBER": Entity.PHONE,
    "EMAIL": Entity.EMAIL, "ADDRESS": Entity.ADDRESS, "DATETIME": Entity.DATE, "IPADDRESS": Entity.IP,
    "INTERNATIONALBANKINGACCOUNTNUMBER": Entity.IBAN, "CREDITCARDNUMBER": Entity.CARD,
    "FRSOCIALSECURITYNUMBER": Entity.NIR, "FRPASSPORTNUMBER": Entity.PASSPORT, "FRNATIONALID": Entity.CNI,
    "FRDRIVERSLICENSENUMBER": Entity.DRIVING_LICENCE,
}  # fmt: skip
