"""How much of what identifies people is found: token precision and recall, mentions, leaks, false spans.

`measure(data)` reads the sets of `data/pii` in the formats of the corpus; without data, the small fictional set
written here; in any case the marked acts, the disturbed identifiers and the search by name. Leak rate: the share of
documents that still show at least one direct identifier after `pseudonymise`.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, fields
from pathlib import Path

import regex

from evals import marked_acts, perturbed, search_by_name
from evals.harness import json_lines
from evals.marked_acts import Act
from redaction import Redactor
from redaction.policy import Action, policy_named
from redaction.spans import Entity

SECRET = b"an evaluation's secret, 32 bytes"
_HONORIFIC = regex.compile(
    r"(?:MM|M|Mmes?|Mlles?|Mademoiselle|Monsieur|Madame|Messieurs|Mesdames|Me|Mes|Ma[îi]tres?|Dr|Pr|Sir|Lord|Lady|et)$"
)
_TOKEN = regex.compile(r"\p{L}[\p{L}\p{M}]*|\p{N}+")
_KINDS = {
    "DOB": Entity.BIRTH_DATE, "ADDRESS": Entity.ADDRESS, "NIR": Entity.NIR, "PHONE": Entity.PHONE,
    "EMAIL": Entity.EMAIL, "SIREN": Entity.SIREN,
    "SIRET": Entity.SIRET, "VAT": Entity.VAT, "IBAN": Entity.IBAN, "PLATE": Entity.PLATE, "IDDOC": Entity.CNI,
    "ACCOUNT": Entity.CONTRACT, "CARD": Entity.CARD,
}  # fmt: skip
_CHECKED = ("NIR", "SIREN", "SIRET", "VAT", "IBAN", "CARD")

Range = tuple[int, int]


@dataclass
class Tally:
    """Counts that add up over documents."""

    right: int = 0
    wrong: int = 0
    missed: int = 0
    mentions: int = 0
    found: int = 0
    documents: int = 0
    leaking: int = 0
    characters: int = 0
    spans: int = 0
    misses: list[str] = field(default_factory=list)

    def add(self, other: "Tally") -> None:
        for each in fields(self):
            setattr(self, each.name, getattr(self, each.name) + getattr(other, each.name))

    def scores(self) -> dict[str, float]:
        precision = _share(self.right, self.right + self.wrong)
        recall = _share(self.right, self.right + self.missed)
        return {
            "token_precision": precision,
            "token_recall": recall,
            "token_f1": _share(2 * precision * recall, precision + recall),
            "mention_recall": _share(self.found, self.mentions),
            "leak_rate": _share(self.leaking, self.documents),
            "mentions": self.mentions,
            "documents": self.documents,
        }


def measure(data: Path | None) -> dict[str, dict[str, float]]:
    """{set: {measure: value}}; sets that the folder does not hold are left out."""
    results = of_sets(data)
    results |= {name: _acts(list(marked_acts.acts(marked_acts.FOLDER / name))) for name in marked_acts.SETS}
    results["identifiers_disturbed"] = perturbed.measured()
    results["search_by_name"] = search_by_name.measured()
    print_table(results)
    return results


def of_sets(data: Path | None) -> dict[str, dict[str, float]]:
    """The sets of the folder alone."""
    folder = (data / "pii" if (data / "pii").is_dir() else data) if data else None
    results: dict[str, dict[str, float]] = {}
    results["fictional_legal"] = _fictional(_rows(folder, "fictional_legal") or SAMPLE)
    if folder is not None:
        for name, evaluate in (("echr_fr", _persons), ("judilibre_filled", _parties)):
            rows = _rows(folder, name)
            if rows:
                results |= evaluate(name, rows)
        for path in sorted((folder / "training").glob("*")) if (folder / "training").is_dir() else ():
            results[f"press_{path.stem[-12:]}"] = _press(path)
        statutes = (data or folder) / "edits"
        if statutes.is_dir():
            results["statutes"] = _false_spans(_texts(statutes))
        for name in ("fiches", "contrats"):
            files = sorted(((data or folder) / "documents" / name).glob("*.[tm]*"))
            if files:
                results[name] = _false_persons(file.read_text("utf-8") for file in files)
    return results


def _rows(folder: Path | None, name: str) -> list[dict[str, object]]:
    path = folder / f"{name}.jsonl" if folder else None
    return list(json_lines(path.read_text("utf-8"))) if path and path.is_file() else []


def _ranges(row: dict[str, object], key: str) -> list[Range]:
    value = row.get(key, [])
    assert isinstance(value, list)  # noqa: S101  (the corpus' format)
    return [(int(item[0]), int(item[1])) for item in value]


def _persons(name: str, rows: Sequence[dict[str, object]]) -> dict[str, dict[str, float]]:
    redactor, tally = Redactor("strict", SECRET), Tally()
    for row in rows:
        text = str(row["text"])
        found = _detected(redactor, text, {Entity.PERSON})
        count(tally, text, _ranges(row, "persons"), found, _ranges(row, "ignore"))
    return {name: tally.scores()}


def _parties(name: str, rows: Sequence[dict[str, object]]) -> dict[str, dict[str, float]]:
    """All persons as detected; then parties as masked by the default policy, where a lawyer hidden is no fault."""
    policy = policy_named("pseudonymise")
    redactor, everyone, parties = Redactor("pseudonymise", SECRET), Tally(), Tally()
    for row in rows:
        text = str(row["text"])
        findings = redactor.find((text,))
        people = [(f.start, f.end) for f in findings if f.span.entity is Entity.PERSON]
        count(everyone, text, _ranges(row, "persons"), people, _ranges(row, "ignore"))
        masked = [(f.start, f.end) for f in findings if policy.action(f.span.entity, f.span.role) is not Action.KEEP]
        named = [
            (f.start, f.end)
            for f in findings
            if f.span.entity is Entity.PERSON and policy.action(f.span.entity, f.span.role) is not Action.KEEP
        ]
        count(parties, text, _ranges(row, "party"), named, [*_ranges(row, "ignore"), *_ranges(row, "pro")], masked)
    return {name: everyone.scores(), f"{name}_parties": parties.scores()}


def _fictional(rows: Sequence[dict[str, object]]) -> dict[str, float]:
    redactor, people, direct, keyed = Redactor("pseudonymise", SECRET), Tally(), Tally(), Tally()
    for row in rows:
        text, spans = str(row["text"]), row["spans"]
        assert isinstance(spans, list)  # noqa: S101  (the corpus' format)
        persons = [(s, e) for s, e, kind in spans if kind == "PERSON"]
        wanted = [(s, e) for s, e, kind in spans if kind in _KINDS]
        checked = [(s, e) for s, e, kind in spans if kind in _CHECKED]
        count(people, text, persons, _detected(redactor, text, {Entity.PERSON}), [])
        count(
            direct,
            text,
            wanted,
            _detected(
                redactor,
                text,
                set(_KINDS.values())
                | set(Entity) - {Entity.PERSON, Entity.DATE, Entity.PLACE, Entity.ORGANISATION, Entity.CASE},
            ),
            [],
        )
        count(keyed, text, checked, _detected(redactor, text, {_KINDS[kind] for kind in _CHECKED}), [])
    scores = people.scores() | {f"identifier_{key}": value for key, value in direct.scores().items()}
    return scores | {
        "checksum_recall": keyed.scores()["mention_recall"],
        "checksum_precision": keyed.scores()["token_precision"],
    }


def _acts(acts: Sequence[Act]) -> dict[str, float]:
    """What `pseudonymise` hides of the marked acts: persons, addresses, dates and identifiers; professionals kept."""
    redactor = Redactor("pseudonymise", SECRET)
    people, everything, rest, kept = Tally(), Tally(), Tally(), Tally()
    for act in acts:
        findings = redactor.find((act.text,))
        masked = [
            (f.start, f.end) for f in findings if redactor.policy.action(f.span.entity, f.span.role) is not Action.KEEP
        ]
        marks = {kind: act.marks.get(kind, []) for kind in "PLADIO"}
        direct = [*marks["P"], *marks["A"], *marks["D"], *marks["I"]]
        count(people, act.text, marks["P"], masked, [])
        count(rest, act.text, [*marks["A"], *marks["D"], *marks["I"]], masked, [])
        count(everything, act.text, direct, masked, [*marks["L"], *marks["O"]])
        count(kept, act.text, marks["L"], masked, [])
    return {
        "person_recall": people.scores()["mention_recall"],
        "other_recall": rest.scores()["mention_recall"],
        "token_precision": everything.scores()["token_precision"],
        "leak_rate": everything.scores()["leak_rate"],
        "professionals_kept": round(1 - kept.scores()["mention_recall"], 4),
        "mentions": everything.mentions,
        "documents": everything.documents,
    }


def _press(path: Path) -> dict[str, float]:
    """CoNLL-like files: words and persons, joined by blanks into texts of some thousand characters."""
    redactor, tally = Redactor("strict", SECRET), Tally()
    for text, gold in _joined(path):
        count(tally, text, gold, _detected(redactor, text, {Entity.PERSON}), [])
    return tally.scores()


def _joined(path: Path) -> Iterator[tuple[str, list[Range]]]:
    words: list[str] = []
    gold: list[Range] = []
    at, open_since = 0, -1
    for line in path.read_text("utf-8").split("\n"):
        cells = line.replace("\t", " ").split(" ")
        if line.startswith(("#", "TOKEN")) or len(cells) < 2 or not cells[0]:
            continue
        tag = cells[1]
        person = tag[2:].lower().startswith("per")
        if person and (open_since < 0 or tag.startswith("B")):
            open_since = at
            gold.append((at, at + len(cells[0])))
        elif person:
            gold[-1] = (open_since, at + len(cells[0]))
        else:
            open_since = -1
        words.append(cells[0])
        at += len(cells[0]) + 1
        if at > 20_000 and not person:
            yield " ".join(words), gold
            words, gold, at = [], [], 0
    yield " ".join(words), gold


def _texts(folder: Path) -> Iterator[str]:
    for path in sorted(folder.glob("*.jsonl")):
        for row in json_lines(path.read_text("utf-8")):
            yield from (str(row[key]) for key in ("before", "after") if row.get(key))


def _false_spans(texts: Iterable[str]) -> dict[str, float]:
    """Statutes name nobody: every person found there is false."""
    redactor, tally = Redactor("strict", SECRET), Tally()
    for text in texts:
        tally.characters += len(text)
        found = [
            f
            for f in redactor.find((text,))
            if f.span.entity not in (Entity.DATE, Entity.PLACE, Entity.ORGANISATION, Entity.CASE)
        ]
        tally.spans += len(found)
    return {"false_spans_per_10kb": _share(tally.spans * 10_000, tally.characters), "characters": tally.characters}


def _false_persons(texts: Iterable[str]) -> dict[str, float]:
    """Leaflets and terms of use name nobody either, among many institutions, products and forms."""
    redactor, tally = Redactor("strict", SECRET), Tally()
    for text in texts:
        tally.characters += len(text)
        tally.spans += len(_detected(redactor, text, {Entity.PERSON}))
    return {"false_persons_per_10kb": _share(tally.spans * 10_000, tally.characters), "characters": tally.characters}


def _detected(redactor: Redactor, text: str, kinds: set[Entity]) -> list[Range]:
    return [(f.start, f.end) for f in redactor.find((text,)) if f.span.entity in kinds]


def count(
    tally: Tally,
    text: str,
    gold: Sequence[Range],
    found: Sequence[Range],
    ignored: Sequence[Range],
    masked: Sequence[Range] | None = None,
) -> None:
    """Tokens of `found` against `gold`; a mention is found when every word of it is masked, honorifics apart."""
    wanted, seen, free = _covered(text, gold), _covered(text, found), _covered(text, ignored)
    hidden = seen if masked is None else _covered(text, masked)
    honorifics = {at for at, word in _words(text, 0, len(text)) if _HONORIFIC.match(word)}
    wanted, seen = wanted - honorifics, seen - honorifics
    tally.right += len(wanted & seen)
    tally.wrong += len(seen - wanted - free)
    tally.missed += len(wanted - hidden)
    missed = [span for span in gold if (_covered(text, [span]) & wanted) - hidden]
    tally.mentions += len(gold)
    tally.found += len(gold) - len(missed)
    tally.misses += [text[max(0, s - 30) : e + 20] for s, e in missed]
    tally.documents += 1
    tally.leaking += bool(missed)


def _covered(text: str, ranges: Iterable[Range]) -> set[int]:
    return {at for start, end in ranges for at, _ in _words(text, start, end)}


def _words(text: str, start: int, end: int) -> Iterator[tuple[int, str]]:
    return ((match.start(), match[0]) for match in _TOKEN.finditer(text, start, end))


def _share(part: float, whole: float) -> float:
    return round(part / whole, 4) if whole else 0.0


def print_table(results: dict[str, dict[str, float]]) -> None:
    """One block per set: its measures in a line each."""
    for name, scores in results.items():
        print(f"\n{name}")
        for measure_name, value in scores.items():
            print(
                f"  {measure_name:34} {value:10.4f}" if value != int(value) else f"  {measure_name:34} {int(value):10}"
            )


# Written for Greffe; nobody in it exists.
_SAMPLE_TEXT = (
    "Entre M. Aurélien TESSANDIER, né le 4 mars 1980 à Tulle, demeurant 12 rue des Forges, 19000 Tulle, et "
    "Mme Odile Vanneste, "
    "joignable au 06 12 34 56 78 ou par odile.vanneste@exemple.fr. M. Tessandier verse le loyer sur "
    "le compte FR76 3000 6000 0112 3456 7890 189. La société Brumaire, SIREN 732 829 320, est caution."
)
_SAMPLE_SPANS = (
    ("Aurélien TESSANDIER", "PERSON"), ("4 mars 1980", "DOB"), ("12 rue des Forges, 19000 Tulle", "ADDRESS"),
    ("Odile Vanneste", "PERSON"),
    ("06 12 34 56 78", "PHONE"), ("odile.vanneste@exemple.fr", "EMAIL"), ("Tessandier", "PERSON"),
    ("FR76 3000 6000 0112 3456 7890 189", "IBAN"),
    ("732 829 320", "SIREN"),
)  # fmt: skip
SAMPLE: list[dict[str, object]] = [
    {
        "id": "sample",
        "text": _SAMPLE_TEXT,
        "spans": [
            [_SAMPLE_TEXT.index(surface), _SAMPLE_TEXT.index(surface) + len(surface), kind]
            for surface, kind in _SAMPLE_SPANS
        ],
    }
]
