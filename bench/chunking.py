"""How fast chunks are cut, as a share of the tokenizer's own speed in the same run, and beside its peers.

    share_of_encode     raw tiktoken.encode of the same texts, its time over ours: 1 means that cutting costs nothing
    speed_vs_langchain  LangChain's time over ours (TokenTextSplitter's counting recursive splitter, same maximum)
    mchar_per_second    ours, for orientation: it depends on the machine, the shares do not

Runs alternate and the best of each counts, in CPU time of this process, so that a busy machine disturbs both alike.
"""

import random
import time
from collections.abc import Callable, Sequence
from importlib.util import find_spec
from pathlib import Path

from chunking import ChunkSettings, Part
from chunking.assembly import chunk
from chunking.outline import text_of
from chunking.tokens import encoding
from evals.chunking import blocks_of, texts_of

ROUNDS = 7


def measure(data: Path | None) -> dict[str, dict[str, float]]:
    """{set: {measure: value}}, and a table on standard output. `data` holds documents/ as the corpus does."""
    parts = [Part("", text.name, blocks_of(text.text), "text/plain") for text in texts_of(data)]
    texts = [text_of(part) for part in parts]
    contenders: dict[str, Callable[[], object]] = {
        "ours": lambda: [chunk([part]) for part in parts],
        "encode": lambda: [encoding().encode(text, disallowed_special=()) for text in texts],
    }
    if find_spec("langchain_text_splitters"):
        contenders["langchain"] = _langchain(texts)
    times = _best(contenders)
    results = {
        "share_of_encode": times["encode"] / times["ours"],
        "mchar_per_second": sum(map(len, texts)) / times["ours"] / 1e6,
    }
    if "langchain" in times:
        results["speed_vs_langchain"] = times["langchain"] / times["ours"]
    rounded = {name: round(value, 2) for name, value in results.items()}
    for name, value in rounded.items():
        print(f"{name:<20}{value:>8g}")
    return {"documents": rounded}


def _langchain(texts: Sequence[str]) -> Callable[[], object]:
    from langchain_text_splitters import RecursiveCharacterTextSplitter

    splitter = RecursiveCharacterTextSplitter(
        chunk_size=ChunkSettings().maximum,
        chunk_overlap=0,
        length_function=lambda text: len(encoding().encode(text, disallowed_special=())),
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
