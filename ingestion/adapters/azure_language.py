"""Azure AI Language as a voter beside redaction's rules, with managed identity; named in Presidio's configuration.

Presidio's own recognizer takes a key, and answers "nothing found" for a text that the service refuses. This one takes
`DefaultAzureCredential` and raises, so that redaction fails closed. Its package, azure-ai-textanalytics, is the
operator's to install. What is sent is the text before redaction: choose a resource in your region, with no logging.
"""

import os
from collections.abc import Sequence

from azure.ai.textanalytics import TextAnalyticsClient
from azure.core.credentials import TokenCredential
from azure.identity import DefaultAzureCredential
from presidio_analyzer import AnalysisExplanation, RecognizerResult, RemoteRecognizer
from presidio_analyzer.nlp_engine import NlpArtifacts

from ingestion.adapters.transport import SharedTransport, storage_errors
from ingestion.errors import Retry
from redaction import VoterAway

_ENTITIES = (
    "PERSON", "ADDRESS", "PHONENUMBER", "EMAIL", "IPADDRESS", "INTERNATIONALBANKINGACCOUNTNUMBER", "CREDITCARDNUMBER",
    "FRSOCIALSECURITYNUMBER", "FRPASSPORTNUMBER", "FRNATIONALID", "FRDRIVERSLICENSENUMBER", "FRTAXIDENTIFICATIONNUMBER",
)  # fmt: skip


class Refused(Exception):
    """The text itself; the message is the service's code."""


class AzureLanguageWithIdentity(RemoteRecognizer):
    """One request for each window of at most 5,120 characters: `redaction.voters` cuts them."""

    COUNTRY_CODE = "fr"
    name: str

    def __init__(
        self,
        supported_language: str = "fr",
        supported_entities: Sequence[str] | None = None,
        name: str = "AzureLanguageWithIdentity",
        context: Sequence[str] | None = None,
        credential: TokenCredential | None = None,
    ) -> None:
        """The endpoint is `AZURE_AI_ENDPOINT`, as for Presidio's own: its configuration passes no such field on."""
        super().__init__(
            supported_entities=list(supported_entities or _ENTITIES),
            supported_language=supported_language,
            name=name,
            version="5.4.0",
            context=list(context or ()),
        )
        bounded = SharedTransport().core()
        credential = credential or DefaultAzureCredential(**bounded)
        self._client = TextAnalyticsClient(os.environ["AZURE_AI_ENDPOINT"], credential, **bounded)

    def load(self) -> None: ...

    def get_supported_entities(self) -> list[str]:
        return list(self.supported_entities)

    def analyze(
        self,
        text: str,
        entities: Sequence[str],
        nlp_artifacts: NlpArtifacts | None = None,  # noqa: ARG002
    ) -> list[RecognizerResult]:
        """Offsets are of characters, as the service counts them for Python.

        Raises:
            Refused: the service refused the text: nothing is known of it, and that is not "nothing found".
            VoterAway: it could not be asked.
        """
        try:
            with storage_errors("Azure AI Language: reading a text"):
                (answer,) = self._client.recognize_pii_entities([text], language=self.supported_language)
        except Retry as away:
            raise VoterAway(away.after) from None
        if answer.is_error:
            raise Refused(f"Azure AI Language refused a text: {answer.error.code}.")
        wanted = set(entities or self.supported_entities)
        return [
            self._result(str(it.category).upper(), it.offset, it.length, it.confidence_score)
            for it in answer.entities
            if str(it.category).upper() in wanted
        ]

    def _result(self, entity: str, start: int, length: int, score: float) -> RecognizerResult:
        explanation = AnalysisExplanation(recognizer=self.name, original_score=score, pattern_name="azure_language")
        return RecognizerResult(entity, start, start + length, score, explanation)
