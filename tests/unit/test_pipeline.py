"""Bytes to chunks: a pure function, and nothing leaves it in clear that the policy hides; in doubt, nothing."""

import hashlib
import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from email.message import EmailMessage

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chunking import ChunkSettings
from chunking.blocks import Block, BlockKind, Part
from ingestion.errors import Park, ParkReason
from ingestion.extraction import Limits, extract
from ingestion.model import Head, IndexName, IndexRef, IndexState, Version
from ingestion.pipeline import Pipeline, Processed
from tests.layout import ROOT

SECRET = bytes(range(32))
INDEX = IndexRef(IndexName("i"), "https://s.invalid", IndexState.ACTIVE, "v1", "model", 4)
SETTINGS = ChunkSettings()


def head(title: str = "Note.txt", folder: str = "") -> Head:
    return Head(Version("1"), 1, title, folder, "text/plain", datetime(2026, 1, 5, tzinfo=UTC), ("cabinet",))


def reading(data: bytes, at: Head) -> tuple[Part, ...]:
    """Extraction, in this process."""
    return extract(data, at.title, Limits())


def giving(*parts: Part) -> Callable[[bytes, Head], tuple[Part, ...]]:
    """An extraction that found these parts."""
    return lambda data, at: parts


def run(extraction: Callable[[bytes, Head], tuple[Part, ...]], data: bytes = b"", at: Head | None = None) -> Processed:
    return Pipeline(extraction, SETTINGS).run(data, at or head(), policy="pseudonymise", secret=SECRET)


def part(*texts: str, path: str = "", title: str = "Acte", **metadata: str) -> Part:
    blocks = tuple(Block(BlockKind.PARAGRAPH, text) for text in texts)
    return Part(path, title, blocks, "text/plain", metadata=metadata)


# Nothing leaves in clear

MAIL = "jeanne.lefevre@exemple.fr"


def mail() -> bytes:
    message = EmailMessage()
    message["From"] = f"Jeanne Lefèvre <{MAIL}>"
    message["To"] = "Maître Paul Quinard <p.quinard@exemple.fr>"
    message["Subject"] = "Divorce de Madame Jeanne Lefèvre"
    message.set_content("Maître,\n\nvous trouverez l'acte de Mme Lefèvre, née le 3 mars 1970.\n\nCordialement\n")
    message.add_attachment("Acte de mariage de Madame Jeanne LEFÈVRE.\n", filename="Acte Lefèvre.txt", subtype="plain")
    return message.as_bytes()


def test_no_field_of_a_mail_with_its_exhibit_names_its_people() -> None:
    made = run(reading, mail(), head("Courriel Lefèvre.eml", "Clients/Mme Jeanne Lefèvre/Divorce"))
    assert {it.part for it in made.chunks} == {"", "1"}
    said = repr(made)
    assert "lefèvre" not in said.lower()
    assert MAIL not in said
    assert "3 mars 1970" not in said
    assert "mariage" in said
    assert made.folder.endswith("/Divorce")


FIELDS = ("title", "folder", "metadata", "heading", "cell", "attachment", "attachment's title", "metadata of it")


@pytest.mark.parametrize("where", FIELDS)
@pytest.mark.parametrize("known", FIELDS)
def test_a_name_that_is_certain_in_one_field_is_hidden_in_every_other(where: str, known: str) -> None:
    made = run(*everywhere(dict.fromkeys(FIELDS, "Pièce") | {where: "Lefèvre", known: "Madame Jeanne Lefèvre"}))
    assert "lefèvre" not in repr(made).lower()


def everywhere(texts: dict[str, str]) -> tuple[Callable[[bytes, Head], tuple[Part, ...]], bytes, Head]:
    """A document with a text of ours in each field that a document has."""
    blocks = (
        Block(BlockKind.HEADING, texts["heading"], level=1),
        Block(BlockKind.TABLE_HEADER, f"Poste | {texts['cell']}", table=1),
        Block(BlockKind.TABLE_ROW, f"Loyer | {texts['cell']}", table=1),
        Block(BlockKind.PARAGRAPH, "Le bail est conclu pour neuf années entières.", page=1),
    )
    first = Part("", texts["title"], blocks, "text/html", 1, {"author": texts["metadata"]})
    second = part(texts["attachment"], path="1", title=texts["attachment's title"], subject=texts["metadata of it"])
    return giving(first, second), b"", head(folder=texts["folder"])


@settings(max_examples=30, deadline=None)
@given(st.dictionaries(st.sampled_from(FIELDS), st.sampled_from([MAIL, "FR76 3000 6000 0112 3456 7890 189"])))
def test_an_identifier_leaves_in_no_field(held: dict[str, str]) -> None:
    made = repr(run(*everywhere(dict.fromkeys(FIELDS, "Pièce") | held)))
    assert "exemple.fr" not in made
    assert "0112 3456" not in made


def test_the_structure_survives_redaction() -> None:
    made = run(*everywhere(dict.fromkeys(FIELDS, "Madame Jeanne Lefèvre")))
    assert [it.ordinal for it in made.chunks] == list(range(len(made.chunks)))
    assert made.counts["parts"] == 2
    assert made.counts["mentions"] > 0
    assert made.media_type == "text/html"


# Purity

TEXT = "".join(
    f"Article {n}. Le preneur, Monsieur Jean Dupont, paie le loyer n° {n} à son terme.\n\n" for n in range(60)
)


def test_the_same_bytes_give_the_same_chunks() -> None:
    assert len({repr(run(reading, TEXT.encode())) for _ in range(2)}) == 1


def test_another_process_gives_the_same_chunks() -> None:
    """Whatever its hash seed: sets are in another order there."""
    code = "from tests.unit.test_pipeline import *; print(digest())"
    environment = {"PYTHONHASHSEED": "7"}
    ended = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=environment, capture_output=True, text=True, check=True, timeout=100
    )
    assert ended.stdout.strip() == digest()


def digest() -> str:
    return hashlib.sha256(repr(run(reading, TEXT.encode())).encode()).hexdigest()


def test_the_version_the_date_and_the_readers_change_no_chunk() -> None:
    other = replace(head(), version=Version("2"), modified_at=datetime(2020, 1, 1, tzinfo=UTC), principals=("x",))
    assert run(reading, TEXT.encode()).chunks == run(reading, TEXT.encode(), other).chunks


@pytest.mark.parametrize("data", [TEXT.encode(), mail()])
def test_a_file_that_is_renamed_or_moved_gives_nothing_new_to_embed(data: bytes) -> None:
    before = run(reading, data, head("Note.eml", "Baux"))
    after = run(reading, data, head("Bail commercial, version signée.eml", "Archives/2026"))
    assert after.folder != before.folder
    assert [it.content_hash for it in after.chunks] == [it.content_hash for it in before.chunks]
    assert [it.embedded_text for it in after.chunks] == [it.embedded_text for it in before.chunks]


def test_another_cabinets_secret_gives_other_tokens() -> None:
    other = Pipeline(reading, SETTINGS).run(TEXT.encode(), head(), policy="pseudonymise", secret=bytes(32))
    mine = run(reading, TEXT.encode())
    assert tokens(mine)
    assert not tokens(mine) & tokens(other)


def tokens(made: Processed) -> set[str]:
    return set(re.findall(r"\bN[a-z][0-9a-z]{10}\b", repr(made)))


# Fail closed


@pytest.mark.parametrize(("policy", "secret"), [("no such policy", SECRET), ("pseudonymise", b"short")])
def test_redaction_that_is_not_certain_parks_and_says_nothing(policy: str, secret: bytes) -> None:
    with pytest.raises(Park) as parked:
        Pipeline(reading, SETTINGS).run(b"Madame Jeanne Lefevre", head(), policy=policy, secret=secret)
    assert parked.value.reason is ParkReason.REDACTION_FAILED
    assert "Lefevre" not in f"{parked.value}"
    assert parked.value.__suppress_context__


def test_a_document_longer_than_redaction_takes_is_parked() -> None:
    with pytest.raises(Park) as parked:
        run(giving(part("a" * 20_000_001)))
    assert parked.value.reason is ParkReason.REDACTION_FAILED


def test_more_chunks_than_the_limit_are_parked() -> None:
    with pytest.raises(Park) as parked:
        Pipeline(reading, ChunkSettings(max_chunks=2)).run(TEXT.encode(), head(), policy="off", secret=SECRET)
    assert parked.value.reason is ParkReason.TOO_MANY_CHUNKS


@pytest.mark.parametrize(
    ("parts", "reason"),
    [
        ((part(),), ParkReason.EMPTY),
        ((part("\u00a0\n \u00a0"),), ParkReason.EMPTY),
        ((replace(part(), flags=("page_without_text",)),), ParkReason.NO_TEXT),
    ],
)
def test_a_document_without_text_is_parked_and_not_indexed_as_nothing(
    parts: tuple[Part, ...], reason: ParkReason
) -> None:
    with pytest.raises(Park) as parked:
        run(giving(*parts))
    assert parked.value.reason is reason


def test_what_extraction_refuses_stays_refused() -> None:
    with pytest.raises(Park) as parked:
        run(reading, b"")
    assert parked.value.reason is ParkReason.EMPTY


# The fingerprint


def test_a_revision_rises_with_the_policys() -> None:
    assert Pipeline.revision(2) > Pipeline.revision(1) > Pipeline.revision(0)
    assert Pipeline.revision(65_535) < Pipeline.revision(0) + (1 << 16)


def test_the_fingerprint_changes_with_everything_that_an_index_is_made_by() -> None:
    changed = [
        replace(INDEX, schema="v2"),
        replace(INDEX, model="other"),
        replace(INDEX, dimensions=5),
    ]
    plain, voting = Pipeline(reading, SETTINGS), Pipeline(reading, SETTINGS, voters_fingerprint="0123abcd")
    made = [plain.fingerprint("pseudonymise", it) for it in (INDEX, *changed)]
    assert len({*made, plain.fingerprint("strict", INDEX), voting.fingerprint("pseudonymise", INDEX)}) == 6
