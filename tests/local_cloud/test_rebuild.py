"""What an edit costs, by the service's own meter, and what those who ask notice of a rebuild: on the deployed code."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
from azure.search.documents import SearchClient

from chunking import tokens
from chunking.blocks import embedded_text
from index_schemas import SchemaError
from ingestion.adapters.build import Services
from ingestion.errors import GreffeError, Refuse
from ingestion.model import Cabinet, IndexState
from ingestion.retrieval import Answer, AnsweredBy, Question
from ingestion.search_api import EVERYONE
from local.cloud import Cloud
from operations import documents, onboard, reindex, status

WAIT = 90.0  # seconds; a bound, not a measurement
SUBJECTS = (
    *(
        "la destination des lieux",
        "le dépôt de garantie",
        "la révision du loyer",
        "les charges et taxes",
        "l'entretien",
    ),
    *("les travaux du preneur", "la cession du droit au bail", "la sous-location", "l'assurance", "la clause pénale"),
    *(
        "le congé et le renouvellement",
        "la remise des clés",
        "l'état des lieux",
        "la visite des lieux",
        "les notifications",
    ),
)
QUESTION = "Que prévoit le bail sur la sous-location ?"


def lease(delay: str = "trois mois") -> bytes:
    """Fifteen articles, each longer than the smallest chunk."""
    said = (
        "Le preneur et le bailleur conviennent de ce qui suit au sujet de {0}. Toute demande relative à {0} est faite "
        "par écrit et reçoit une réponse dans le délai de {1}. À défaut de réponse dans ce délai, la demande est "
        "réputée refusée, et chaque partie conserve le droit de saisir le juge du litige relatif à {0}."
    )
    articles = [
        f"Article {number} – {subject[:1].upper()}{subject[1:]}\n\n"
        + said.format(subject, delay if number == len(SUBJECTS) else "deux mois")
        for number, subject in enumerate(SUBJECTS, 1)
    ]
    return "\n\n".join(["BAIL COMMERCIAL", *articles]).encode()


def test_an_edit_is_paid_for_by_the_tokens_of_the_chunks_that_it_changed(
    cloud: Cloud, services: Services, tmp_path: Path
) -> None:
    cabinet = made(services, "avenant")
    paid = metered(cloud)
    put(services, cabinet, tmp_path, lease())
    whole = metered(cloud) - paid
    before = chunks(services, cabinet)
    assert whole == sum(map(embedded_tokens, before))

    paid = metered(cloud)
    put(services, cabinet, tmp_path, lease("six mois"))
    cost = metered(cloud) - paid
    known = {it["content_hash"] for it in before}
    new = [it for it in chunks(services, cabinet) if it["content_hash"] not in known]
    assert 1 <= len(new) <= 2
    assert cost == sum(map(embedded_tokens, new))
    assert cost < whole / 5


def test_those_who_ask_during_a_rebuild_have_an_answer_each_time_and_of_one_generation(
    services: Services, tmp_path: Path
) -> None:
    cabinet = made(services, "permute")
    put(services, cabinet, tmp_path, lease())
    before = cabinet.active.name
    with asking(services, cabinet) as asked:
        assert reindex.rebuild(services, cabinet, WAIT, lambda _: None)["step"] == "swapped"
        after = now(services, cabinet).active.name
        eventually(lambda: asked.served_by(after))
        eventually(lambda: services.rebuild.advance(now(services, cabinet)) == "nothing")
        asked.more(20)
    assert after != before
    assert asked.failures == []
    assert all(len(generations) == 1 for generations in asked.generations)
    assert len({it for generations in asked.generations for it in generations}) == 2
    assert {it.state for it in now(services, cabinet).indexes} == {IndexState.ACTIVE}


def test_a_build_that_cannot_embed_leaves_the_old_index_as_it_was_and_is_seen_to_fail(
    cloud: Cloud, services: Services, tmp_path: Path
) -> None:
    cabinet = made(services, "panne")
    put(services, cabinet, tmp_path, lease())
    before = [it.key for it in ask(services, cabinet)]
    with embeddings(cloud, fail_share=1.0):
        assert reindex.rebuild(services, cabinet, 3.0, lambda _: None)["step"] == "building"
        eventually(lambda: "embedding_" in told_by_workers(cloud, cabinet))
    shown = status.of_cabinet(services, now(services, cabinet), names=False)
    assert [it.state for it in shown.indexes] == ["active", "building"]
    assert shown.indexes[1].chunks == 0
    assert services.rebuild.progress(now(services, cabinet)).agreed == 0
    assert [it.key for it in ask(services, cabinet)] == before

    assert reindex.abandon(services, cabinet) == shown.indexes[1].index
    with pytest.raises(Refuse, match="nothing to abandon"):
        reindex.abandon(services, cabinet)
    assert [it.name for it in now(services, cabinet).indexes] == [cabinet.active.name]
    assert [it.key for it in ask(services, cabinet)] == before


def test_while_the_embedding_service_is_down_a_question_is_answered_by_its_words_and_says_so(
    cloud: Cloud, services: Services, tmp_path: Path
) -> None:
    cabinet = made(services, "muet")
    put(services, cabinet, tmp_path, lease())
    assert ask(services, cabinet).by is AnsweredBy.HYBRID
    cloud.kill("openai")
    try:
        answer = ask(services, cabinet)
        assert answer.by is AnsweredBy.TEXT_ONLY
        assert "sous-location" in str(answer[0].fields["content"])
    finally:
        cloud.restart("openai")
    assert ask(services, cabinet).by is AnsweredBy.HYBRID


def test_a_schema_that_is_refused_changes_nothing_and_says_why(
    services: Services, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cabinet = made(services, "refus")
    put(services, cabinet, tmp_path, lease())
    monkeypatch.setattr(services, "settings", replace(services.settings, embedding_dimensions=1_000_000))
    with pytest.raises(SchemaError, match="1 to 4096 dimensions, not 1000000"):
        reindex.rebuild(services, cabinet, WAIT, lambda _: None)
    assert now(services, cabinet).indexes == cabinet.indexes
    assert ask(services, cabinet)


# Helpers that read as sentences


@dataclass
class Asked:
    """What came back to somebody who asks without a pause, as the HTTP function would ask."""

    services: Services
    cabinet: Cabinet
    failures: list[str] = field(default_factory=list)
    generations: list[set[str]] = field(default_factory=list)
    indexes: list[str] = field(default_factory=list)
    stop: threading.Event = field(default_factory=threading.Event)

    def go_on(self) -> None:
        while not self.stop.is_set():
            try:
                known = self.services.registry.by_id(self.cabinet.id)
                assert known is not None
                hits = ask(self.services, known)
                self.generations.append({str(it.fields["generation"]) for it in hits})
                self.indexes.append(known.active.name)
            except GreffeError as failure:
                self.failures.append(failure.code)

    def served_by(self, index: str) -> bool:
        return bool(self.indexes) and self.indexes[-1] == index

    def more(self, answers: int) -> None:
        seen = len(self.indexes)
        eventually(lambda: len(self.indexes) >= seen + answers)


@contextmanager
def asking(services: Services, cabinet: Cabinet) -> Iterator[Asked]:
    asked = Asked(services, cabinet)
    person = threading.Thread(target=asked.go_on)
    person.start()
    try:
        asked.more(5)
        yield asked
    finally:
        asked.stop.set()
        person.join(WAIT)


def made(services: Services, name: str) -> Cabinet:
    settings = services.settings
    wish = onboard.Wish(name, settings.tenant_id, settings.blob_uri, name, "", "pseudonymise")
    return onboard.onboard(services, wish, lambda _: None)


def put(services: Services, cabinet: Cabinet, folder: Path, data: bytes) -> None:
    file = folder / "bail.txt"
    file.write_bytes(data)
    one = documents.put(services, cabinet, cabinet.sources[0], file, "bail.txt")
    assert documents.wait_for(services, cabinet, [one], WAIT, lambda _: None)[0].status == "live"


def ask(services: Services, cabinet: Cabinet) -> Answer:
    return services.retrieval.ask(cabinet, Question(QUESTION, (EVERYONE,), top=20))


def now(services: Services, cabinet: Cabinet) -> Cabinet:
    saved = services.registry.load(cabinet.id)
    assert saved is not None
    return saved.cabinet


def chunks(services: Services, cabinet: Cabinet) -> list[dict[str, object]]:
    """Of the generations that are live, without a question: that would be embedded, too."""
    index = cabinet.active
    live = {row.live.nonce for row in services.ledger.scan(index) if row.live}
    with SearchClient(index.endpoint, index.name, services.credential) as client:
        return [dict(it) for it in client.search("*", top=1000) if it["generation"] in live]


def embedded_tokens(chunk: dict[str, object]) -> int:
    path = (str(chunk["heading_path"]),) if chunk["heading_path"] else ()
    return tokens.count(embedded_text(path, "", str(chunk["content"])))


def told_by_workers(cloud: Cloud, cabinet: Cabinet) -> str:
    """What their logs say of the cabinet's failures: an event a line, codes and ids only."""
    logs = cloud.layout.of("functions_host").glob("worker-*.log")
    lines = [line for log in logs for line in log.read_text().splitlines() if f'"{cabinet.id}"' in line]
    return "\n".join(line for line in lines if '"outcome":"failed"' in line)


def metered(cloud: Cloud) -> int:
    with closing(cloud.client("openai")) as openai:
        return int(json.loads(openai.call("GET", "/_meter").body)["tokens"])


@contextmanager
def embeddings(cloud: Cloud, **switches: float) -> Iterator[None]:
    with closing(cloud.client("openai")) as openai:
        openai.call("PUT", "/_switches", body=json.dumps(switches).encode())
        try:
            yield
        finally:
            openai.call("PUT", "/_switches", body=json.dumps(dict.fromkeys(switches, 0.0)).encode())


def eventually(true: Callable[[], bool]) -> None:
    end = time.monotonic() + WAIT
    while not true():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.1)
