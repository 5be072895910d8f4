"""Trains the names' model: `python -m evals.train_names --data DIR`, with python-crfsuite, which is needed only here.

Data: the press files of `DIR/pii/training` (Europeana newspapers, CC0; NewsEye in HIPE-2022 v2.1, CC BY 4.0) and
sentences of `synthetic_names`. Each fifth of the press is held out in turn, and its figures printed, of models that
never saw it; then trains on all of it and writes `redaction/data/names.crf.gz`. Deterministic: the same data and
version give the same file.
"""

import argparse
import gzip
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

import pycrfsuite

from evals import press
from evals.press import Marked, Range
from evals.redaction import Tally, count
from evals.synthetic_names import sentences
from redaction import traits
from redaction.candidates import windows
from redaction.detect import find_people
from redaction.name_runs import Name
from redaction.normalise import normalise
from redaction.sequence import FILE, Model, find_by_model
from redaction.traits import Token
from redaction.vocabulary import HONORIFICS

SENTENCES = 6_000
SEED = 20
PARAMETERS = {"c1": 0.05, "c2": 0.02, "max_iterations": 80, "feature.possible_transitions": True}
MODELS = 3
LEFT_OUT = 0.3  # of the features of each word, in each model
LABELS = "OBI"

Sequence_ = tuple[list[list[str]], list[str]]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="a folder with pii/training in it")
    parser.add_argument("--out", type=Path, default=Path(traits.__file__).parent / "data" / FILE)
    options = parser.parse_args()
    marked = [it for path in sorted((options.data / "pii" / "training").iterdir()) for it in press.documents(path)]
    legal = sentences(SENTENCES, Random(SEED))
    print_held_out(marked, legal)
    text = trained([*marked, *legal])
    options.out.write_bytes(gzip.compress(text.encode("utf-8"), mtime=0))
    print(f"{options.out.name}: {text.count(chr(10)) - 2} features, {options.out.stat().st_size} bytes")


def print_held_out(marked: Sequence[Marked], legal: Sequence[Marked]) -> None:
    """Figures of each part of the press, of models that never saw it, and of all parts together."""
    totals: dict[str, Tally] = {}
    for number in range(press.PARTS):
        model = Model.parsed(trained([*(it for it in marked if press.part(it) != number), *legal]))
        for title, tally in tallies(model, [it for it in marked if press.part(it) == number]).items():
            print(f"{title}, held out, part {number}:", tally.scores(), flush=True)
            totals.setdefault(title, Tally()).add(tally)
    for title, tally in totals.items():
        print(f"{title}, held out, all parts:", tally.scores(), flush=True)


def tallies(model: Model, documents: Sequence[Marked]) -> dict[str, Tally]:
    """The model alone and in company of the rules, on documents that it has not seen."""
    finders: dict[str, Callable[[str], Iterable[Name]]] = {
        "model alone": lambda text: find_by_model(text, by=model),
        "with the rules": lambda text: (it for it, _ in find_people(text, by=model)),
    }
    found: dict[str, Tally] = {}
    for title, find in finders.items():
        tally = found[title] = Tally()
        for it in documents:
            normal = normalise(it.text)
            count(tally, it.text, it.persons, [normal.original(one.start, one.end) for one in find(normal.text)], [])
    return found


def trained(documents: Iterable[Marked]) -> str:
    """The mean of several models, each of which saw other features of each word, as `redaction.sequence` reads it.

    A word that is known by its letters alone teaches a model nothing of how it is written or of what stands around
    it: with features left out at random, each has to do without the others.
    """
    rows = [row for document in documents for row in labelled(document)]
    dumps = [_one_model(rows, Random(SEED + number)) for number in range(MODELS)]
    return written(dumps)


def _one_model(rows: Sequence[Sequence_], random: Random) -> "pycrfsuite.ParsedDump":
    trainer = pycrfsuite.Trainer(verbose=False)
    trainer.set_params(PARAMETERS)
    for features, labels in rows:
        trainer.append([[it for it in word if random.random() >= LEFT_OUT] for word in features], labels)
    with TemporaryDirectory() as folder:
        file = str(Path(folder) / "model")
        trainer.train(file)
        tagger = pycrfsuite.Tagger()
        tagger.open(file)
        return tagger.info()


def written(dumps: Sequence["pycrfsuite.ParsedDump"]) -> str:
    weights: dict[str, list[float]] = {}
    moves = [[0.0] * len(LABELS) for _ in LABELS]
    for info in dumps:
        for (feature, label), weight in info.state_features.items():
            weights.setdefault(feature, [0.0, 0.0, 0.0])[LABELS.index(label)] += weight / len(dumps)
        for one, row in zip(LABELS, moves, strict=True):
            for at, two in enumerate(LABELS):
                row[at] += info.transitions.get((one, two), 0.0) / len(dumps)
    lines = [(name, _thousandths(numbers)) for name, numbers in sorted(weights.items())]
    kept = [f"{name}\t{numbers}" for name, numbers in lines if numbers != "0 0 0"]
    return "\n".join([*map(_thousandths, moves), *kept])


def _thousandths(numbers: Sequence[float]) -> str:
    return " ".join(str(round(number * 1000)) for number in numbers)


def labelled(document: Marked) -> Iterator[Sequence_]:
    """What the model sees of a document, window by window, and what it should say."""
    normal = normalise(document.text)
    for tokens, _, runs in windows(normal.text):
        at = [normal.original(*token.span()) for token in tokens]
        labels = _labels(tokens, at, document.persons)
        around = traits.padded(tokens)
        for low, high in runs:
            yield [traits.features(around, index) for index in range(low, high)], labels[low:high]


def _labels(words: Sequence[Token], at: Sequence[Range], persons: Sequence[Range]) -> list[str]:
    """B, I and O; honorifics are outside."""
    starts = [start for start, _ in persons]
    labels: list[str] = []
    inside = -1
    for word, (start, end) in zip(words, at, strict=True):
        index = bisect_left(starts, end) - 1
        if index < 0 or persons[index][1] <= start:
            inside = -1
        begun = index == inside
        if index < 0 or persons[index][1] <= start or (not begun and _announces(word)):
            labels.append("O")
        else:
            labels.append("I" if begun else "B")
            inside = index
    return labels


def _announces(word: Token) -> bool:
    return word[0] in HONORIFICS or not word[0].isalnum()


if __name__ == "__main__":
    main()
