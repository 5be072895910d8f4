"""Embeddings as OpenAI and Azure OpenAI serve them: `POST /v1/embeddings` and `/openai/v1/embeddings`.

One model, `greffe-hashed-ngrams`: see `hashed_ngrams.py`. It wants a bearer token or an api-key, counts tokens as the
real service meters them, refuses what that refuses (inputs, tokens per input, tokens in sum), and misbehaves on
demand: `PUT /_switches` with any of {throttle_share, retry_after, fail_share, latency, seed, dimensions_wrong}.
`GET /_meter` tells what it served. It keeps nothing of what it embeds, and writes no log.
"""

import argparse
import base64
import random
import threading
import time
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from chunking import tokens
from local import hashed_ngrams
from local.server import Handler, Request, Response, arguments, json_response, run
from local.tokens import BadToken, Signer, signer

MOST_INPUTS = 2048
MOST_TOKENS_PER_INPUT = 8192
MOST_TOKENS = 300_000
AUDIENCE = "https://cognitiveservices.azure.com"
PATHS = ("/v1/embeddings", "/openai/v1/embeddings")


class ApiError(Exception):
    def __init__(self, status: int, code: str, message: str, headers: dict[str, str] | None = None) -> None:
        super().__init__(message)
        kind = "invalid_request_error" if status < 429 else "server_error"
        error = {"message": message, "type": kind, "param": None, "code": code}
        self.response = json_response(status, {"error": error}, headers)


@dataclass(slots=True)
class Switches:
    """How it misbehaves. Set by tests."""

    throttle_share: float = 0.0  # of requests answered 429
    retry_after: float = 1.0  # seconds that a 429 asks for
    fail_share: float = 0.0  # of requests answered 500
    latency: float = 0.0  # seconds added to each answer
    seed: int = 0  # of the shares
    dimensions_wrong: bool = False  # vectors of one dimension too many, as after a changed deployment


@dataclass(slots=True)
class Meter:
    requests: int = 0  # that reached the model
    inputs: int = 0
    tokens: int = 0
    throttled: int = 0


@dataclass(frozen=True, slots=True)
class Asked:
    inputs: list[str]
    dimensions: int
    base64: bool


@dataclass
class Embeddings:
    sign: Signer | None
    switches: Switches = field(default_factory=Switches)
    meter: Meter = field(default_factory=Meter)
    _dice: random.Random = field(default_factory=lambda: random.Random(0))  # noqa: S311
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def handle(self, request: Request) -> Response:
        try:
            return self._route(request)
        except ApiError as error:
            return error.response

    def _route(self, request: Request) -> Response:
        match request.method, request.path:
            case "PUT", "/_switches":
                return self._set(_body(request))
            case "GET", "/_meter":
                return json_response(200, asdict(self.meter))
            case "POST", path if path in PATHS:
                self._authorise(request)
                self._misbehave()
                return self._embed(_asked(_body(request)))
        raise ApiError(404, "not_found", "The local service has /v1/embeddings only.")

    def _set(self, wanted: object) -> Response:
        known = {it.name for it in fields(Switches)}
        if not isinstance(wanted, dict) or not set(wanted) <= known:
            raise ApiError(400, "unknown_switch", f"The switches are {sorted(known)}.")
        with self._lock:
            for name, value in wanted.items():
                setattr(self.switches, name, value)
            self._dice.seed(self.switches.seed)
        return json_response(200, asdict(self.switches))

    def _authorise(self, request: Request) -> None:
        if request.headers.get("api-key"):
            return
        if self.sign is None:
            if not request.headers.get("authorization", "").removeprefix("Bearer ").strip():
                raise ApiError(401, "Unauthorized", "Access denied: no bearer token and no api-key.")
            return
        try:
            self.sign.verified(request, AUDIENCE)
        except BadToken as error:
            raise ApiError(401, "Unauthorized", f"Access denied: {error}.") from None

    def _misbehave(self) -> None:
        with self._lock:
            throttled = self._dice.random() < self.switches.throttle_share
            failed = self._dice.random() < self.switches.fail_share
            self.meter.throttled += throttled
        time.sleep(self.switches.latency)
        if throttled:
            wait = self.switches.retry_after
            headers = {"retry-after-ms": str(round(wait * 1000)), "Retry-After": str(max(1, round(wait)))}
            raise ApiError(429, "RateLimitReached", f"Retry after {wait} seconds.", headers)
        if failed:
            raise ApiError(500, "InternalServerError", "The server had an error. It was asked to.")

    def _embed(self, asked: Asked) -> Response:
        used = _metered(asked.inputs)
        vectors = hashed_ngrams.embed(asked.inputs, asked.dimensions + self.switches.dimensions_wrong)
        with self._lock:
            self.meter.requests += 1
            self.meter.inputs += len(asked.inputs)
            self.meter.tokens += used
        data = [
            {"object": "embedding", "index": i, "embedding": _written(vector, asked)}
            for i, vector in enumerate(vectors)
        ]
        usage = {"prompt_tokens": used, "total_tokens": used}
        return json_response(200, {"object": "list", "data": data, "model": hashed_ngrams.NAME, "usage": usage})


def _body(request: Request) -> object:
    try:
        return request.json()
    except ValueError:
        raise ApiError(400, "invalid_json", "The body is not JSON.") from None


def _asked(body: object) -> Asked:
    if not isinstance(body, dict):
        raise ApiError(400, "invalid_json", "The body must be a JSON object.")
    if body.get("model") != hashed_ngrams.NAME:
        raise ApiError(404, "DeploymentNotFound", f"The local service has one model, {hashed_ngrams.NAME}.")
    return Asked(_inputs(body.get("input")), _dimensions(body.get("dimensions")), _is_base64(body))


def _inputs(given: object) -> list[str]:
    inputs = [given] if isinstance(given, str) else given
    if not isinstance(inputs, list) or not inputs:
        raise ApiError(400, "invalid_input", "'input' must be a string or a list of strings.")
    if len(inputs) > MOST_INPUTS:
        raise ApiError(400, "too_many_inputs", f"'input' may hold {MOST_INPUTS} items at most.")
    texts = [it for it in inputs if isinstance(it, str) and it]
    if len(texts) < len(inputs):
        raise ApiError(400, "invalid_input", "An input must be a string, and not an empty one.")
    return texts


def _dimensions(given: object) -> int:
    dimensions = hashed_ngrams.DIMENSIONS if given is None else given
    least, most = hashed_ngrams.LEAST_DIMENSIONS, hashed_ngrams.MOST_DIMENSIONS
    if not isinstance(dimensions, int) or not least <= dimensions <= most:
        raise ApiError(400, "invalid_dimensions", f"'dimensions' must lie between {least} and {most}.")
    return dimensions


def _is_base64(body: dict[str, object]) -> bool:
    wanted = body.get("encoding_format") or "float"
    if wanted not in ("float", "base64"):
        raise ApiError(400, "invalid_encoding_format", "'encoding_format' is float or base64.")
    return wanted == "base64"


def _metered(inputs: list[str]) -> int:
    counts = [tokens.count(text) for text in inputs]
    if max(counts) > MOST_TOKENS_PER_INPUT:
        at = counts.index(max(counts))
        message = f"Input {at} has {counts[at]} tokens; {MOST_TOKENS_PER_INPUT} is the maximum."
        raise ApiError(400, "context_length_exceeded", message)
    if sum(counts) > MOST_TOKENS:
        message = f"The request has {sum(counts)} tokens; {MOST_TOKENS} is the maximum."
        raise ApiError(400, "max_tokens_per_request", message)
    return sum(counts)


def _written(vector: NDArray[np.float32], asked: Asked) -> str | list[float]:
    if asked.base64:  # float32, little-endian
        return base64.b64encode(vector.astype("<f4").tobytes()).decode()
    written: list[float] = vector.tolist()
    return written


def handler(signing_key: Path | None) -> Handler:
    tokens.encoding()  # loads the ranks before the first request waits for them
    return Embeddings(signer(signing_key) if signing_key else None).handle


def main() -> None:
    parser: argparse.ArgumentParser = arguments(__doc__ or "")
    parser.add_argument("--signing-key", type=Path, help="of local.identity; without it any bearer token will do")
    options = parser.parse_args()
    run(handler(options.signing_key), options)


if __name__ == "__main__":
    main()
