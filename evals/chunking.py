"""Chunking, measured: are counts exact, is text kept, and what does an edit cost?

    mismatches, over_maximum    chunks whose count is not the tokenizer's; chunks above the maximum
    lost, cut_references        texts that their chunks do not give back; legal references cut in two
    tokens_mean                 of a chunk
    reembedded, within_two      % of a document's tokens that an edit makes new; % of edits with at most 2 new chunks

Two sets: `documents` (texts of the data folder, 200 random small edits), `amendments` (real ones, before and after).
Without a data folder, a fictional contract and judgment stand in. Random edits are seeded: the same figures every time.
"""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from chunking import Block, BlockKind, Chunk, ChunkSettings, Part
from chunking.assembly import chunk
from chunking.outline import text_of
from chunking.references import find_articles
from chunking.tokens import encode
from evals.harness import json_lines

EDITS = 200
SEED = 20260401
WORDS = ("le", "délai", "de", "préavis", "est", "porté", "à", "trois", "mois", "sauf", "accord", "des", "parties")


@dataclass(frozen=True, slots=True)
class Text:
    name: str
    text: str


def measure(data: Path | None, settings: ChunkSettings | None = None) -> dict[str, dict[str, float]]:
    """{set: {measure: value}}, and a table on standard output. `data` holds documents/ and edits/."""
    settings = settings or ChunkSettings()
    texts = texts_of(data)
    results = {"documents": {**_exactness(texts, settings), **_random_edits(texts, settings)}}
    amendments = list(amendments_of(data)) if data else []
    if amendments:
        results["amendments"] = _costs([(_chunks(a, settings), _chunks(b, settings)) for a, b in amendments])
    _print(results)
    return results


def texts_of(data: Path | None) -> list[Text]:
    """The plain texts under data/documents, or a fictional contract and judgment."""
    return list(_documents(data)) if data else _fictional()


def blocks_of(text: str) -> tuple[Block, ...]:
    """A text file as extraction would give it: a paragraph a line, but for tables and titles that it cannot know."""
    return tuple(Block(BlockKind.PARAGRAPH, line) for line in text.split("\n") if line.strip())


def _chunks(text: Text, settings: ChunkSettings) -> tuple[Chunk, ...]:
    return chunk([_part(text)], settings)


def _part(text: Text) -> Part:
    return Part("", text.name, blocks_of(text.text), "text/plain")


def _exactness(texts: Sequence[Text], settings: ChunkSettings) -> dict[str, float]:
    mismatches = over = lost = cut = 0
    sizes: list[int] = []
    for text in texts:
        whole, chunks = text_of(_part(text)), _chunks(text, settings)
        sizes += [c.tokens for c in chunks]
        mismatches += sum(len(encode(c.text)) != c.tokens for c in chunks)
        over += sum(c.tokens > settings.maximum for c in chunks)
        lost += "".join(c.text for c in chunks) != whole
        borders = {c.start for c in chunks}
        cut += sum(
            any(a < border < b for border in borders) for a, b in {(r.start, r.end) for r in find_articles(whole)}
        )
    mean = sum(sizes) / max(len(sizes), 1)
    return {
        "texts": len(texts), "chunks": len(sizes), "mismatches": mismatches, "over_maximum": over, "lost": lost,
        "cut_references": cut, "tokens_mean": round(mean, 1),
    }  # fmt: skip


def _random_edits(texts: Sequence[Text], settings: ChunkSettings) -> dict[str, float]:
    """Small edits, in documents drawn with a chance in proportion to their length: a word, a clause, a sentence."""
    draw = random.Random(SEED)
    long_enough = [text for text in texts if len(text.text) >= 2000]
    before = {text.name: _chunks(text, settings) for text in long_enough}
    pairs = []
    for text in draw.choices(long_enough, weights=[len(text.text) for text in long_enough], k=EDITS):
        edited = Text(text.name, edit(text.text, draw))
        pairs.append((before[text.name], _chunks(edited, settings)))
    return _costs(pairs)


def edit(text: str, draw: random.Random) -> str:
    """`text` with one to twelve words replaced, put in or taken out at a random place."""
    words = draw.choices(WORDS, k=draw.randint(1, 12))
    at = text.find(" ", draw.randrange(len(text)))
    at = at if at >= 0 else len(text)
    end = at
    for _ in words:
        end = max(text.find(" ", end + 1), end)
    match draw.choice(("insert", "delete", "replace")):
        case "insert":
            return f"{text[:at]} {' '.join(words)}{text[at:]}"
        case "delete":
            return text[:at] + text[end:]
        case _:
            return f"{text[:at]} {' '.join(words)}{text[end:]}"


def _costs(pairs: Sequence[tuple[tuple[Chunk, ...], tuple[Chunk, ...]]]) -> dict[str, float]:
    shares, few = [], 0
    for before, after in pairs:
        known = {c.content_hash for c in before}
        new = [c for c in after if c.content_hash not in known]
        shares.append(sum(c.tokens for c in new) / max(sum(c.tokens for c in after), 1))
        few += len(new) <= 2
    return {
        "edits": len(pairs),
        "reembedded": round(100 * sum(shares) / max(len(shares), 1), 2),
        "within_two": round(100 * few / max(len(pairs), 1), 1),
    }


def _documents(data: Path) -> Iterator[Text]:
    for path in sorted((data / "documents").rglob("*")):
        if path.suffix in (".txt", ".md"):
            yield Text(path.name, path.read_text(encoding="utf-8"))


def amendments_of(data: Path) -> Iterator[tuple[Text, Text]]:
    """Articles of codes before and after a reform."""
    for path in sorted((data / "edits").glob("*.jsonl")):
        for pair in json_lines(path.read_text(encoding="utf-8")):
            yield Text(pair["title"], pair["before"]), Text(pair["title"], pair["after"])


def _fictional() -> list[Text]:
    """A contract and a judgment that nobody signed, long enough to be edited two hundred times."""
    draw = random.Random(SEED)
    nouns = ("le bailleur", "le preneur", "la société cédante", "le cessionnaire", "le garant", "l'acquéreur")
    verbs = ("s'oblige à", "renonce à", "demeure tenu de", "peut demander à", "déclare")
    ends = (
        "payer le prix convenu à la date fixée",
        "remettre les pièces visées à l'article L. 145-40-2 du code de commerce",
        "notifier toute cession par lettre recommandée",
        "respecter le délai de l'article 1231-5 du code civil",
    )

    def paragraph(sentences: int) -> str:
        made = [
            f"{draw.choice(nouns)} {draw.choice(verbs)} {draw.choice(ends)} (n° {draw.randrange(999)})"
            for _ in range(sentences)
        ]
        return " ".join(f"{sentence[0].upper()}{sentence[1:]}." for sentence in made)

    contract = [f"Article {n} – Clause {n}\n{paragraph(3)}\n{paragraph(5)}" for n in range(1, 31)]
    zones = ("EXPOSÉ DU LITIGE", "MOTIFS DE LA DÉCISION", "PAR CES MOTIFS")
    judgment = [f"{zone}\n" + "\n".join(paragraph(draw.randint(2, 9)) for _ in range(12)) for zone in zones]
    return [Text("contrat", "\n".join(contract)), Text("jugement", "\n".join(judgment))]


def _print(results: dict[str, dict[str, float]]) -> None:
    for name, measures in results.items():
        print(name)
        for label, value in measures.items():
            print(f"  {label:<16}{value:>10g}")
