"""Text to vectors, by the `openai` package: Azure OpenAI's v1 endpoint, or any base URL that speaks the same.

Batches stay within the service's limits, a few travel at once, a 429 is waited for within a bound and then given back
to the queue. Vectors come back in the order of the texts, as many, and of the index's dimensions, or not at all.
No exception carries what was sent: the service quotes it in its messages, so they are never passed on.
The `openai` package loads for 1.2 s and is imported when the first text is embedded, not before.
"""

import math
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from azure.core.credentials import TokenCredential
from azure.core.exceptions import AzureError

from ingestion.adapters.transport import map_storage_error, retry_after
from ingestion.errors import GreffeError, Retry
from ingestion.model import Vector
from ingestion.ports import Embedded

if TYPE_CHECKING:
    import openai

SCOPE = "https://cognitiveservices.azure.com/.default"
PASSING = frozenset({"throttled", "embedding_unavailable", "embedding_unreachable"})  # within seconds, perhaps


@dataclass(frozen=True, slots=True)
class Limits:
    """Of one request, as the service sets them, and of our patience."""

    inputs: int = 2048
    tokens_per_input: int = 8192
    tokens: int = 300_000  # in sum; the openai package's own documentation
    concurrency: int = 4  # requests at once; more only meets the quota sooner
    attempts: int = 4  # of one request, while throttled or failing
    patience: float = 20.0  # seconds that one request waits in all; the queue waits cheaper
    connect: float = 5.0  # seconds
    read: float = 60.0  # seconds; a full request took the real service up to 20 (unverified)


FOR_A_QUESTION = Limits(attempts=2, patience=2.0, connect=2.0, read=8.0)  # somebody waits; words find much


class EmbeddingMisconfigured(GreffeError):
    """The model, its dimensions or our limits are wrong: the same request can only fail again, so it is not repeated.

    It is on none of the four rungs on purpose. The document is not at fault (no Park), the message is ours (no
    Refuse, which would lose it): it ends in the poison queue, is seen there, and is replayed once the setting is right.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


def entra_api_key(credential: TokenCredential) -> Callable[[], str]:
    """What Azure OpenAI takes for an API key: a fresh Entra token for each request that needs one."""
    from azure.identity import get_bearer_token_provider  # intake never needs it

    return get_bearer_token_provider(credential, SCOPE)


class OpenAIEmbedder:
    """The port `Embedder`. Safe to share between threads; leaves no thread behind."""

    def __init__(
        self,
        base_url: str,  # of Azure OpenAI: "https://NAME.openai.azure.com/openai/v1/"
        api_key: str | Callable[[], str],
        count: Callable[[str], int],
        *,
        limits: Limits = Limits(),
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._base_url = base_url
        self._api_key = api_key
        self._count = count
        self._limits = limits
        self._sleep = sleep

    def embed(self, texts: Sequence[str], model: str, dimensions: int) -> Embedded:
        batches = self._batches(texts)
        if not batches:
            return Embedded([], 0)
        _ = self._client  # made once, before threads ask for it
        with ThreadPoolExecutor(min(len(batches), self._limits.concurrency)) as pool:
            running = [pool.submit(self._one, batch, model, dimensions) for batch in batches]
            wait(running, return_when=FIRST_EXCEPTION)
            pool.shutdown(wait=True, cancel_futures=True)  # after a failure no further batch is paid for
        failed = next((error for it in running if not it.cancelled() and (error := it.exception())), None)
        if failed is not None:
            raise failed
        answers = [it.result() for it in running]
        return Embedded([vector for it in answers for vector in it.vectors], sum(it.tokens for it in answers))

    def close(self) -> None:
        """Ends its connections; the next call opens new ones."""
        if client := self.__dict__.pop("_client", None):
            client.close()

    def _batches(self, texts: Sequence[str]) -> list[list[str]]:
        """In order, each as full as the limits allow."""
        batches: list[list[str]] = []
        room = 0
        for text in texts:
            tokens = self._count(text)
            if not 0 < tokens <= self._limits.tokens_per_input:
                raise EmbeddingMisconfigured(
                    "embedding_input",
                    f"a chunk has {tokens} tokens; the service takes 1 to {self._limits.tokens_per_input}. "
                    "Lower the chunker's maximum.",
                )
            if tokens > room or len(batches[-1]) == self._limits.inputs:
                batches.append([])
                room = self._limits.tokens
            batches[-1].append(text)
            room -= tokens
        return batches

    def _one(self, batch: list[str], model: str, dimensions: int) -> Embedded:
        """One request, repeated while it is throttled or the service fails, within the bounds."""
        patience = self._limits.patience
        for attempt in range(1, self._limits.attempts + 1):
            try:
                return self._request(batch, model, dimensions)
            except Retry as error:
                pause = error.after if error.after is not None else 0.5 * 2**attempt
                if error.code not in PASSING or attempt == self._limits.attempts or pause > patience:
                    raise
                patience -= pause
                self._sleep(pause)
        raise AssertionError("the last attempt returns or raises")

    def _request(self, batch: list[str], model: str, dimensions: int) -> Embedded:
        import openai  # 1.2 s

        try:
            answer = self._client.embeddings.create(input=batch, model=model, dimensions=dimensions)
        except openai.APIStatusError as error:
            raise _of_status(error.status_code, error.response.headers, model) from None
        except openai.APIConnectionError:  # time-outs too
            raise Retry(
                "embedding_unreachable",
                "the embedding service cannot be reached, or did not answer in time. Check its address.",
            ) from None
        except openai.OpenAIError as error:
            raise Retry(
                "embedding_failed", f"the embedding service's answer cannot be read ({type(error).__name__})."
            ) from None
        except AzureError as error:  # of the credential, which the client asks for a token
            raise map_storage_error(error, "the embedding service") from None
        vectors = _in_order({it.index: it.embedding for it in answer.data}, len(batch))
        _check(vectors, dimensions, model)
        return Embedded(vectors, answer.usage.total_tokens)

    @cached_property
    def _client(self) -> "openai.OpenAI":
        import openai  # 1.2 s

        timeout = openai.Timeout(self._limits.read, connect=self._limits.connect)
        return openai.OpenAI(
            base_url=self._base_url,
            api_key=self._api_key,
            timeout=timeout,
            max_retries=0,  # ours are bounded in time and honour what the service asks for
        )


def _of_status(status: int, headers: Mapping[str, str], model: str) -> GreffeError:
    told = f"the embedding service answered {status} for model {model!r}."
    after = retry_after(headers)
    match status:
        case 429:
            return Retry("throttled", f"{told} Its quota is used up for now: wait, or raise the quota.", after=after)
        case 401 | 403:
            return Retry(
                "embedding_forbidden", f"{told} Grant the managed identity the role Cognitive Services OpenAI User."
            )
        case 408 | 409 | 500 | 502 | 503 | 504:
            return Retry("embedding_unavailable", f"{told} It failed, and is asked again.", after=after)
        case 404:
            return EmbeddingMisconfigured("embedding_model", f"{told} Deploy the model, or correct its name.")
        case _:
            return EmbeddingMisconfigured("embedding_rejected", f"{told} It rejects the request itself.")


def _in_order(answered: dict[int, Vector], expected: int) -> list[Vector]:
    if set(answered) != set(range(expected)):
        raise Retry("embedding_incomplete", f"the embedding service gave {len(answered)} vectors for {expected} texts.")
    return [answered[index] for index in range(expected)]


def _check(vectors: list[Vector], dimensions: int, model: str) -> None:
    wrong = next((len(vector) for vector in vectors if len(vector) != dimensions), None)
    if wrong is not None:
        raise EmbeddingMisconfigured(
            "embedding_dimensions",
            f"model {model!r} gave a vector of {wrong} dimensions; the index holds {dimensions}. "
            "Choose a model with that many, or rebuild the index.",
        )
    if not all(math.isfinite(sum(vector)) for vector in vectors):
        raise Retry("embedding_not_finite", f"model {model!r} gave a vector that is not made of numbers.")
