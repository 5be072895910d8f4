"""Azure AI Language as a voter: Presidio's configuration, the unchanged SDK, managed identity, over HTTPS."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from ingestion.adapters.transport import THROTTLED_SECONDS
from local.certificate import Certificate
from local.server import Listener, Request, Response, json_response
from local.tokens import BadToken, Signer, signer
from redaction import RedactionError, Redactor
from redaction.spans import Entity
from redaction.voters import WINDOW, ConfiguredVoter, load
from tests.contract.conftest import Identity

pytest.importorskip("azure.ai.textanalytics")
import ingestion.adapters.azure_language  # noqa: F401  (Presidio finds the class by its name)

RESOURCE = "https://cognitiveservices.azure.com"
NAME = "quimpertine"
ANALYZER = """
supported_languages: [fr]
default_score_threshold: 0
nlp_configuration: {nlp_engine_name: no_op, models: [{lang_code: fr, model_name: none}]}
recognizer_registry:
  supported_languages: [fr]
  recognizers:
    - {name: AzureLanguageWithIdentity, type: predefined}
"""


@dataclass
class Language:
    """The service's side of `:analyze-text`: finds one word, counts in characters, refuses what is too long."""

    sign: Signer
    url: str = ""
    refuses: bool = False
    status: int = 200
    lengths: list[int] = field(default_factory=list)

    def __call__(self, request: Request) -> Response:
        try:
            self.sign.verified(request, RESOURCE)
        except BadToken:
            return json_response(401, {"error": {"code": "401", "message": "Access denied."}})
        asked = json.loads(request.body)
        assert request.path == "/language/:analyze-text"
        assert asked["parameters"]["stringIndexType"] == "UnicodeCodePoint"
        text = asked["analysisInput"]["documents"][0]["text"]
        self.lengths.append(len(text))
        if self.status != 200:
            headers = {"Retry-After": "7"} if self.status == 429 else {}
            return json_response(self.status, {"error": {"code": f"{self.status}", "message": text}}, headers)
        if self.refuses or len(text) > WINDOW:
            error = {"code": "InvalidArgument", "message": "Invalid document.",
                     "innererror": {"code": "InvalidDocument", "message": "A document is too long."}}  # fmt: skip
            return self._answer([], [{"id": "0", "error": error}])
        at = text.find(NAME)
        found = [{"text": NAME, "category": "Person", "offset": at, "length": len(NAME), "confidenceScore": 0.9}]
        return self._answer([{"id": "0", "redactedText": "", "entities": found if at >= 0 else [], "warnings": []}], [])

    def _answer(self, documents: list[object], errors: list[object]) -> Response:
        results = {"documents": documents, "errors": errors, "modelVersion": "2026-01-01"}
        return json_response(200, {"kind": "PiiEntityRecognitionResults", "results": results})


@pytest.fixture
def language(trust: Certificate, identity: Identity) -> Iterator[Language]:
    made = Language(signer(identity.signing_key))
    listener = Listener(made, certificate=trust.bundle).start()
    made.url = listener.url
    yield made
    listener.stop()


@pytest.fixture
def voters(language: Language, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, ConfiguredVoter]:
    monkeypatch.setenv("AZURE_AI_ENDPOINT", language.url)
    (tmp_path / "azure.yaml").write_text(ANALYZER, "utf-8")
    (tmp_path / "voters.yaml").write_text("voters:\n  azure: {analyzer: azure.yaml}\n", "utf-8")
    return load(tmp_path / "voters.yaml")


def test_it_votes_with_managed_identity_and_characters_outside_the_first_plane_move_nothing(
    voters: dict[str, ConfiguredVoter],
) -> None:
    text = f"𝔸 La gabare {NAME} accoste."
    assert [(it.entity, text[it.start : it.end]) for it in voters["azure"](text)] == [(Entity.PERSON, NAME)]


def test_a_long_text_is_sent_in_windows_and_nothing_is_lost(
    voters: dict[str, ConfiguredVoter], language: Language
) -> None:
    text = "mot " * 3_000 + NAME + " mot" * 3_000
    assert [(it.start, it.end) for it in voters["azure"](text)] == [(12_000, 12_000 + len(NAME))]
    assert len(language.lengths) > 4
    assert max(language.lengths) <= WINDOW


def test_a_text_that_the_service_refuses_is_not_taken_for_one_without_names(
    voters: dict[str, ConfiguredVoter], language: Language
) -> None:
    language.refuses = True
    redactor = Redactor("pseudonymise", bytes(range(32)), voters=voters)
    with pytest.raises(RedactionError) as refusal:
        redactor.redact((f"La gabare {NAME} accoste.",))
    assert refusal.value.reason == "voter"


@pytest.mark.parametrize(("status", "after"), [(429, 7.0), (503, THROTTLED_SECONDS), (403, None)])
def test_a_service_that_cannot_be_asked_now_lets_the_document_wait(
    voters: dict[str, ConfiguredVoter], language: Language, status: int, after: float | None
) -> None:
    language.status = status
    redactor = Redactor("pseudonymise", bytes(range(32)), voters=voters)
    with pytest.raises(RedactionError) as refusal:
        redactor.redact((f"La gabare {NAME} accoste.",))
    assert (refusal.value.reason, refusal.value.after) == ("away", after)
    assert NAME not in str(refusal.value)
    assert refusal.value.__suppress_context__
