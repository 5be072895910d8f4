"""The embedding client against the loopback service: limits, order, throttling, metering, and nothing said too much."""

import json
import subprocess
import sys
from collections.abc import Callable

import numpy as np
import pytest
import requests
from azure.identity import DefaultAzureCredential
from hypothesis import given, settings
from hypothesis import strategies as st

from chunking import tokens
from ingestion.adapters.openai import EmbeddingMisconfigured, Limits, OpenAIEmbedder, entra_api_key
from ingestion.errors import Retry
from local.hashed_ngrams import NAME, embed
from tests.contract.conftest import EmbeddingService

Made = Callable[..., OpenAIEmbedder]


@pytest.fixture
def pauses() -> list[float]:
    return []


@pytest.fixture
def embedder(embeddings: EmbeddingService, credential: DefaultAzureCredential, pauses: list[float]) -> Made:
    def made(**limits: float) -> OpenAIEmbedder:
        bounds = Limits(**limits)  # type: ignore[arg-type]
        url = f"{embeddings.url}/openai/v1/"
        return OpenAIEmbedder(url, entra_api_key(credential), tokens.count, limits=bounds, sleep=pauses.append)

    return made


def test_vectors_come_back_in_order_as_many_and_as_wide_as_asked(embedder: Made) -> None:
    texts = [f"bail commercial numéro {number}" for number in range(23)]
    found = embedder(inputs=4).embed(texts, NAME, 256)
    np.testing.assert_allclose(found.vectors, embed(texts, 256), atol=1e-6)


def test_tokens_are_metered_as_the_service_counts_them(embedder: Made, embeddings: EmbeddingService) -> None:
    texts = ["La cour d’appel de Lyon", "rejette le pourvoi."]
    found = embedder().embed(texts, NAME, 64)
    assert found.tokens == sum(map(tokens.count, texts)) == embeddings.meter()["tokens"]


def test_no_texts_cost_no_call(embedder: Made, embeddings: EmbeddingService) -> None:
    assert embedder().embed([], NAME, 64).vectors == []
    assert embeddings.meter()["requests"] == 0


@pytest.mark.parametrize(
    ("limits", "requests_made"), [({"inputs": 4}, 3), ({"tokens": 30}, 2), ({}, 1)], ids=["inputs", "sum", "none"]
)
def test_batches_stay_within_the_limits(
    limits: dict[str, int], requests_made: int, embedder: Made, embeddings: EmbeddingService
) -> None:
    texts = ["un deux trois quatre cinq"] * 10  # 6 tokens each
    embedder(**limits).embed(texts, NAME, 64)
    assert embeddings.meter() == {"requests": requests_made, "inputs": 10, "tokens": 60, "throttled": 0}


def test_a_text_beyond_the_limit_is_never_sent(embedder: Made, embeddings: EmbeddingService) -> None:
    with pytest.raises(EmbeddingMisconfigured, match="maximum"):
        embedder(tokens_per_input=5).embed(["un deux trois quatre cinq six"], NAME, 64)
    assert embeddings.meter()["requests"] == 0


def test_a_throttled_request_waits_as_long_as_it_is_told_and_succeeds(
    embedder: Made, embeddings: EmbeddingService, pauses: list[float]
) -> None:
    embeddings.switch(throttle_share=0.5, retry_after=0.25, seed=3)
    found = embedder(inputs=1, concurrency=1, attempts=20).embed(["un", "deux", "trois", "quatre"], NAME, 64)
    assert len(found.vectors) == 4
    assert pauses == [0.25] * embeddings.meter()["throttled"] != []


def test_throttling_beyond_patience_goes_back_to_the_queue_with_its_delay(
    embedder: Made, embeddings: EmbeddingService, pauses: list[float]
) -> None:
    embeddings.switch(throttle_share=1.0, retry_after=45)
    with pytest.raises(Retry) as refused:
        embedder().embed(["texte"], NAME, 64)
    assert (refused.value.code, refused.value.after, pauses) == ("throttled", 45.0, [])


def test_a_failing_service_is_asked_a_bounded_number_of_times(
    embedder: Made, embeddings: EmbeddingService, pauses: list[float]
) -> None:
    embeddings.switch(fail_share=1.0)
    with pytest.raises(Retry) as refused:
        embedder(attempts=3).embed(["texte"], NAME, 64)
    assert (refused.value.code, pauses) == ("embedding_unavailable", [1.0, 2.0])


def test_a_vector_of_the_wrong_width_is_an_error_that_is_not_repeated(
    embedder: Made, embeddings: EmbeddingService
) -> None:
    embeddings.switch(dimensions_wrong=True)
    with pytest.raises(EmbeddingMisconfigured) as refused:
        embedder().embed(["texte"], NAME, 64)
    assert refused.value.code == "embedding_dimensions"
    assert embeddings.meter()["requests"] == 1


def test_an_unknown_model_says_which_and_what_to_do(embedder: Made) -> None:
    with pytest.raises(EmbeddingMisconfigured, match=r"text-embedding-3-large.*Deploy"):
        embedder().embed(["texte"], "text-embedding-3-large", 64)


def test_an_unreachable_service_is_a_retry(pauses: list[float]) -> None:
    alone = OpenAIEmbedder("https://127.0.0.1:1/v1/", "key", tokens.count, sleep=pauses.append)
    with pytest.raises(Retry) as refused:
        alone.embed(["texte"], NAME, 64)
    assert refused.value.code == "embedding_unreachable"


def test_a_stranger_is_refused(embeddings: EmbeddingService) -> None:
    stranger = OpenAIEmbedder(f"{embeddings.url}/v1/", "no-token-of-ours", tokens.count)
    with pytest.raises(Retry) as refused:
        stranger.embed(["texte"], NAME, 64)
    assert refused.value.code == "embedding_forbidden"


@pytest.mark.parametrize("switches", [{"throttle_share": 1.0, "retry_after": 99}, {"dimensions_wrong": True}])
def test_no_error_says_what_was_embedded(
    switches: dict[str, float], embedder: Made, embeddings: EmbeddingService
) -> None:
    embeddings.switch(**switches)
    with pytest.raises((Retry, EmbeddingMisconfigured)) as refused:
        embedder().embed(["divorce Canari-Dupont"], NAME, 64)
    assert "Canari" not in str(refused.value)
    assert refused.value.__suppress_context__ or refused.value.__context__ is None


def test_the_openai_package_is_loaded_only_when_a_text_is_embedded() -> None:
    code = (
        "import sys, ingestion.adapters.openai as a; a.OpenAIEmbedder('https://x.invalid', 'k', len); "
        "sys.exit('openai' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def ask(service: EmbeddingService, **body: str | float | list[str] | list[int]) -> requests.Response:
    whole = json.dumps({"model": NAME, "input": "texte", **body})
    return requests.post(f"{service.url}/v1/embeddings", data=whole, headers={"api-key": "k"}, timeout=30)


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"input": ["a"] * 2049}, 400, "too_many_inputs"),
        ({"input": "mot " * 9000}, 400, "context_length_exceeded"),
        ({"input": ["mot " * 4000] * 80}, 400, "max_tokens_per_request"),
        ({"input": ""}, 400, "invalid_input"),
        ({"input": [1, 2, 3]}, 400, "invalid_input"),
        ({"dimensions": 63}, 400, "invalid_dimensions"),
        ({"model": "another"}, 404, "DeploymentNotFound"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_the_service_refuses_what_the_real_one_refuses(
    body: dict[str, str | int], status: int, code: str, embeddings: EmbeddingService
) -> None:
    answer = ask(embeddings, **body)
    assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)


def test_floats_are_served_where_base64_is_not_asked_for(embeddings: EmbeddingService) -> None:
    vector = ask(embeddings).json()["data"][0]["embedding"]
    np.testing.assert_allclose(vector, embed(["texte"])[0], atol=1e-7)


@settings(max_examples=60)
@given(st.text(max_size=200), st.integers(64, 2048))
def test_every_text_has_a_vector_of_length_one(text: str, dimensions: int) -> None:
    vector = embed([text], dimensions)[0]
    assert vector.shape == (dimensions,)
    assert abs(float(np.linalg.norm(vector)) - 1) < 1e-5


@settings(max_examples=60)
@given(st.lists(st.text(max_size=80), min_size=1, max_size=5))
def test_a_vector_does_not_depend_on_its_neighbours(texts: list[str]) -> None:
    np.testing.assert_array_equal(embed(texts), np.stack([embed([text])[0] for text in texts]))


def test_the_embedding_is_frozen() -> None:
    """A change here makes every stored vector wrong: give the model a new name instead."""
    vector = embed(["La société s’oblige à restituer le dépôt de garantie."], 64)[0]
    cells = np.flatnonzero(vector)[:5]
    assert cells.tolist() == [0, 3, 6, 7, 9]
    np.testing.assert_allclose(vector[cells], [0.126836, 0.155022, -0.112743, -0.239579, 0.239579], atol=1e-6)


@pytest.mark.parametrize(
    ("one", "near", "far"),
    [
        ("la résiliation du bail", "résilier un bail", "la garde de l’enfant"),
        ("préjudice moral", "PREJUDICE MORAL", "vice caché"),
        ("l’indemnité d’éviction", "l'indemnite d'eviction", "le permis de construire"),
    ],
    ids=["inflection", "case and accents", "typography"],
)
def test_what_reads_alike_lies_close(one: str, near: str, far: str) -> None:
    vectors = embed([one, near, far])
    assert vectors[0] @ vectors[1] > 0.5 > vectors[0] @ vectors[2]
