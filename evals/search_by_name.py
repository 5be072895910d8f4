"""Whether a lawyer who names a client finds the file: the same questions in clear text and under keyed tokens.

Invented files of the kinds that a firm has, many of each kind, so that the name decides; bytes to chunks by the
product's pipeline, chunks to hits by its search, once under the policy `off`, once under `pseudonymise`.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from random import Random

from chunking import ChunkSettings
from chunking.blocks import Block, BlockKind, Chunk, Part
from evals.search_service import SearchRoom, document_id, search_room
from evals.synthetic_names import person
from ingestion.model import Cabinet, Head, Version
from ingestion.pipeline import Pipeline
from ingestion.retrieval import Question
from redaction import Mention

FILES = 80
TOP = 10
_SEED = 5
_KINDS = (
    ("bail", "Bail d'habitation. Entre le bailleur et {H} {F}, locataire. Le loyer est payable d'avance. {S} versera "
             "un dépôt de garantie d'un mois et souscrira une assurance contre les risques locatifs."),
    ("divorce", "Requête en divorce de {H} {F}. Les époux se sont séparés l'an dernier. {S} demande la résidence des "
                "enfants et une prestation compensatoire."),
    ("licenciement", "Lettre de licenciement notifiée à {H} {F}. L'employeur reproche à {S} des absences répétées. "
                     "Le préavis de deux mois sera exécuté."),
    ("succession", "Déclaration de succession après le décès du père de {H} {F}. {S} accepte à concurrence de l'actif "
                   "net. Un inventaire a été dressé."),
    ("expertise", "Rapport d'expertise sur les désordres de la maison de {H} {F}. {S} a relevé des infiltrations dans "
                  "la toiture. Le coût des reprises est chiffré."),
)  # fmt: skip
_QUESTIONS = ("le {kind} de {H} {S}", "{kind} {low}", "{G} {S} {kind}", "dossier {S}", "{UP} {kind}", "{kind} {F}")


@dataclass(frozen=True, slots=True)
class File:
    """One invented client's document, and the questions that ask for it by name."""

    id: str
    text: str
    questions: tuple[str, ...]


class Remembered:
    """The port `Vault`, of which a question needs one method: the tokens that the documents gave out."""

    def __init__(self) -> None:
        self.tokens: set[str] = set()

    def remember(self, cabinet: Cabinet, mentions: Sequence[Mention]) -> int:  # noqa: ARG002 - the port's
        self.tokens |= {it.token for it in mentions}
        return len(mentions)

    def known(self, cabinet: Cabinet, tokens: Iterable[str]) -> frozenset[str]:  # noqa: ARG002 - the port's
        return frozenset(self.tokens.intersection(tokens))


def measured() -> dict[str, float]:
    """{"mrr@10_clear": …, "mrr@10_keyed": …, "keyed_to_clear": …, "questions": …}."""
    files = list(_files(Random(_SEED)))
    with search_room() as room:
        clear = _mrr(room, files, "off")
        keyed = _mrr(room, files, "pseudonymise")
    return {
        "mrr@10_clear": round(clear, 4),
        "mrr@10_keyed": round(keyed, 4),
        "keyed_to_clear": round(keyed / clear, 4),
        "questions": sum(len(it.questions) for it in files),
    }


def _files(random: Random) -> Iterator[File]:
    surnames: set[str] = set()
    while len(surnames) < FILES:
        given, surname = person(random)
        if surname.lower() in surnames:
            continue
        kind, frame = _KINDS[len(surnames) % len(_KINDS)]
        surnames.add(surname.lower())
        slots = {
            "H": random.choice(("M.", "Mme")), "F": f"{given} {surname}", "G": given, "S": surname, "kind": kind,
            "low": surname.lower(), "UP": surname.upper(),
        }  # fmt: skip
        asked = tuple(question.format(**slots) for question in _QUESTIONS)
        yield File(f"{kind}-{len(surnames)}", frame.format(**slots), asked)


def _mrr(room: SearchRoom, files: Sequence[File], policy: str) -> float:
    """Mean reciprocal rank of the file that each question is about."""
    vault = Remembered()
    chunks = {it.id: _chunks(it, policy, vault) for it in files}
    cabinet = replace(room.fill(f"names-{policy}", chunks), policy=policy)
    retrieval = replace(room.retrieval, vault=vault)
    total, questions = 0.0, 0
    for it in files:
        for question in it.questions:
            hits = retrieval.ask(cabinet, Question(question, None, TOP))
            ranks = [rank for rank, hit in enumerate(hits, 1) if hit.document == document_id(it.id)]
            total += 1 / ranks[0] if ranks else 0.0
            questions += 1
    return total / questions


def _chunks(it: File, policy: str, vault: Remembered) -> tuple[Chunk, ...]:
    part = Part("", "Pièce.txt", (Block(BlockKind.PARAGRAPH, it.text),), "text/plain")
    head = Head(Version("1"), 1, "Pièce.txt", "", "text/plain", datetime(2026, 1, 5, tzinfo=UTC), ("cabinet",))
    pipeline = Pipeline(lambda _data, _title: (part,), ChunkSettings())
    made = pipeline.run(b"", head, policy=policy, secret=bytes(range(32)))
    vault.tokens |= {mention.token for mention in made.mentions}
    return made.chunks
