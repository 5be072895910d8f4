"""How fast chunks are cut, as a share of the tokenizer's own speed in the same run, and beside its peers.

    share_of_encode      raw tiktoken.encode of the same texts, its time over ours: 1 means that cutting costs nothing
    share_of_encode_new  the same for a process that has met no word yet: ours counts known words by look-up
    speed_vs_langchain   LangChain's time over ours (recursive splitter, same maximum, counting by the same encoding)
    speed_vs_llamaindex  LlamaIndex's time over ours (TokenTextSplitter, same maximum and encoding)
    mchar_per_second     ours, for orientation: it depends on the machine, the shares do not

Runs alternate and the best of each counts, in CPU time of this process, so that a busy machine disturbs both alike.
Peers are measured where they are installed (the extra `bench`).
"""

import random
import time
from collections.abc import Callable, Sequence
from importlib.util import find_spec
from pathlib import Path

from chunking import ChunkSettings, Part, openings, tokens
from chunking.assembly import chunk
from chunking.outline import text_of
from chunking.tokens import encoding
from evals.chunking import Text, amendments_of, blocks_of, texts_of
from evals.harness import table

ROUNDS = 7


def measure(data: Path | None) -> dict[str, dict[str, float]]:
    """{set: {measure: value}}, and a table on standard output. `data` holds documents/ and edits/."""
    articles = [before for before, _ in amendments_of(data)] if data else []
    sets = {"documents": texts_of(data), "amendments": articles}
    return {name: _measured(name, texts) for name, texts in sets.items() if texts}


def _measured(name: str, given: Sequence[Text]) -> dict[str, float]:
    parts = [Part("", text.name, blocks_of(text.text), "text/plain") for text in given]
    texts = [text_of(part) for part in parts]
    times = _best(_contenders(parts, texts))
    results = {
        "share_of_encode": times["encode"] / times["ours"],
        "share_of_encode_new": times["encode"] / times["new"],
        "mchar_per_second": sum(map(len, texts)) / times["ours"] / 1e6,
    }
    for peer in ("langchain", "llamaindex"):
        if peer in times:
            results[f"speed_vs_{peer}"] = times[peer] / times["ours"]
    rounded = {measure_: round(value, 2) for measure_, value in results.items()}
    table(name, rounded)
    return rounded


def _contenders(parts: Sequence[Part], texts: Sequence[str]) -> dict[str, Callable[[], object]]:
    contenders: dict[str, Callable[[], object]] = {
        "ours": lambda: [chunk([part]) for part in parts],
        "encode": lambda: [encoding().encode(text, disallowed_special=()) for text in texts],
        "new": lambda: _cut_anew(parts),
    }
    if find_spec("langchain_text_splitters"):
        contenders["langchain"] = _langchain(texts)
    if find_spec("llama_index"):
        contenders["llamaindex"] = _llamaindex(texts)
    return contenders


def _cut_anew(parts: Sequence[Part]) -> None:
    tokens.forget()
    openings.forget()
    for part in parts:
        chunk([part])


def _langchain(texts: Sequence[str]) -> Callable[[], object]:
    from langchain_text_splitters import RecursiveCharacterTextSplitter

    splitter = RecursiveCharacterTextSplitter(
        chunk_size=ChunkSettings().maximum,
        chunk_overlap=0,
        length_function=lambda text: len(encoding().encode(text, disallowed_special=())),
    )
    return lambda: [splitter.split_text(text) for text in texts]


def _llamaindex(texts: Sequence[str]) -> Callable[[], object]:
    from llama_index.core.node_parser import TokenTextSplitter

    splitter = TokenTextSplitter(
        chunk_size=ChunkSettings().maximum,
        chunk_overlap=0,
        tokenizer=lambda text: encoding().encode(text, disallowed_special=()),
    )
    return lambda: [splitter.split_text(text) for text in texts]


def _best(contenders: dict[str, Callable[[], object]]) -> dict[str, float]:
    """The least CPU seconds of each, over rounds in which every one runs once, in a new order."""
    best = dict.fromkeys(contenders, float("inf"))
    draw = random.Random(1)
    for _ in range(ROUNDS):
        for name in draw.sample(list(contenders), len(contenders)):
            start = time.process_time()
            contenders[name]()
            best[name] = min(best[name], time.process_time() - start)
    return best
