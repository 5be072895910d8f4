"""A folder mirrored into a container: what goes up, what goes away, and what is left alone. On a real Azurite."""

import os
import time
import unicodedata
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from azure.identity import DefaultAzureCredential
from azure.storage.blob import BlobServiceClient, ContainerClient
from hypothesis import given
from hypothesis import strategies as st

from ingestion.adapters.build import Services
from ingestion.retrieval import Question
from ingestion.search_api import EVERYONE
from ingestion.settings import Settings
from local import __main__ as terminal
from local.cloud import Cloud
from local.drop_folder import DropFolder, Mirrored, changes, files, watching
from operations import onboard

CONTRACT = """Contrat de maintenance

Article 1 – Objet
Le prestataire entretient l'ascenseur de l'immeuble sis à Montrécif.

Article 2 – Redevance
La redevance annuelle est de douze cents euros, payable le premier lundi de mars.
"""


@pytest.fixture
def container(cloud: Cloud, in_cloud: Path, tmp_path: Path) -> Iterator[ContainerClient]:
    """A container of its own, empty; removed again, for drop folders see every container."""
    with (
        DefaultAzureCredential() as credential,
        BlobServiceClient(cloud.environment["GREFFE_STORAGE__blobServiceUri"], credential) as blobs,
    ):
        made = blobs.create_container(f"drop-{time.monotonic_ns()}")
        yield made
        made.delete_container()


@pytest.fixture
def drop(cloud: Cloud, container: ContainerClient, tmp_path: Path) -> Iterator[DropFolder]:
    with cloud.storage() as storage:
        yield looking(DropFolder(tmp_path, storage, pytest.fail))


@pytest.fixture
def folder(drop: DropFolder, container: ContainerClient) -> Path:
    return drop.folder / container.container_name


def looking(drop: DropFolder) -> DropFolder:
    """Long enough for a file at rest to be taken up, and for one that is gone to be missed."""
    drop.look()
    drop.look()
    return drop


def names(container: ContainerClient) -> set[str]:
    return set(container.list_blob_names())


def test_every_container_of_documents_has_a_folder_and_no_other(drop: DropFolder, folder: Path) -> None:
    assert folder.is_dir()
    assert not (drop.folder / "deadletters").exists()
    assert not list(drop.folder.glob("azure-*"))


def test_a_file_goes_up_changes_and_goes_away(drop: DropFolder, folder: Path, container: ContainerClient) -> None:
    file = folder / "Baux" / "Été.txt"
    file.parent.mkdir()
    file.write_text("un")
    looking(drop)
    blob = container.get_blob_client("Baux/Été.txt")
    assert blob.download_blob().readall() == b"un"
    assert blob.get_blob_properties().content_settings.content_type == "text/plain"

    file.write_text("deux mots")
    looking(drop)
    assert blob.download_blob().readall() == b"deux mots"

    file.unlink()
    looking(drop)
    assert names(container) == set()


def test_a_file_that_is_still_written_waits_until_it_rests(
    drop: DropFolder, folder: Path, container: ContainerClient
) -> None:
    file = folder / "long.txt"
    for written in range(1, 4):
        file.write_text("mot " * written)
        drop.look()
        assert names(container) == set()
    drop.look()
    assert names(container) == {"long.txt"}


def test_a_file_that_is_replaced_by_way_of_a_deletion_is_never_deleted(
    drop: DropFolder, folder: Path, container: ContainerClient
) -> None:
    file = folder / "réécrit.txt"
    file.write_text("ancien")
    looking(drop)
    file.unlink()
    drop.look()
    assert names(container) == {"réécrit.txt"}
    file.write_text("nouveau texte")
    looking(drop)
    assert container.download_blob("réécrit.txt").readall() == b"nouveau texte"


def test_names_are_composed_as_people_type_them(drop: DropFolder, folder: Path, container: ContainerClient) -> None:
    taken_apart = unicodedata.normalize("NFD", "Échéancier réglé.txt")
    (folder / taken_apart).write_text("le 5 du mois")
    looking(drop)
    assert names(container) == {unicodedata.normalize("NFC", taken_apart)}


@pytest.mark.parametrize(
    "name", [".DS_Store", ".~lock.bail.odt#", "~$bail.docx", "bail.docx.tmp", "bail.pdf.crdownload", ".caché/bail.txt"]
)
def test_hidden_and_passing_files_stay_home(
    drop: DropFolder, folder: Path, container: ContainerClient, name: str
) -> None:
    (folder / name).parent.mkdir(exist_ok=True)
    (folder / name).write_text("brouillon")
    (folder / "bail.txt").write_text("bail")
    looking(drop)
    assert names(container) == {"bail.txt"}


def test_what_others_put_is_left_alone(drop: DropFolder, folder: Path, container: ContainerClient) -> None:
    container.upload_blob("d'ailleurs.txt", b"a")
    (folder / "le nôtre.txt").write_text("b")
    looking(drop)
    container.upload_blob("le nôtre.txt", b"written over by somebody else", overwrite=True)
    (folder / "le nôtre.txt").unlink()
    looking(drop)
    assert names(container) == {"d'ailleurs.txt", "le nôtre.txt"}


def test_what_was_removed_at_the_source_does_not_come_back_by_itself(
    drop: DropFolder, folder: Path, container: ContainerClient
) -> None:
    (folder / "retiré.txt").write_text("a")
    looking(drop)
    container.delete_blob("retiré.txt")
    looking(drop)
    assert names(container) == set()


def test_a_removal_counts_while_nothing_ran(
    cloud: Cloud, drop: DropFolder, folder: Path, container: ContainerClient, tmp_path: Path
) -> None:
    (folder / "un.txt").write_text("1")
    (folder / "deux.txt").write_text("2")
    looking(drop)
    before = container.get_blob_client("deux.txt").get_blob_properties().etag
    (folder / "un.txt").unlink()
    with cloud.storage() as storage:
        looking(DropFolder(tmp_path, storage, pytest.fail))
    assert names(container) == {"deux.txt"}
    assert container.get_blob_client("deux.txt").get_blob_properties().etag == before  # not put a second time


def test_trouble_is_said_once_without_a_name_and_the_folder_recovers(
    cloud: Cloud, drop: DropFolder, folder: Path, container: ContainerClient, tmp_path: Path
) -> None:
    said: list[str] = []
    with cloud.storage() as storage:
        told = looking(DropFolder(tmp_path, storage, said.append))
        (folder / "bon.txt").write_text("a")
        looking(told)
        folder.rename(tmp_path / "Dupont")
        folder.write_text("a file where a folder should be")
        looking(told)
        assert len(said) == 1
        assert container.container_name in said[0]
        assert "bon" not in said[0]
        assert names(container) == {"bon.txt"}
        folder.unlink()
        (tmp_path / "Dupont").rename(folder)
        (folder / "bon.txt").unlink()
        looking(told)
        assert names(container) == set()
        assert len(said) == 1


def test_a_contract_that_is_dropped_is_found_by_a_question_and_gone_when_it_is_removed(
    cloud: Cloud, in_cloud: Path, tmp_path: Path
) -> None:
    with (
        closing(Services(Settings.from_environment(cloud.environment), operator=True)) as services,
        cloud.storage() as storage,
        watching(drop := DropFolder(tmp_path, storage, pytest.fail)),
    ):
        settings = services.settings
        wish = onboard.Wish("depot", settings.tenant_id, settings.blob_uri, "depot", "", "pseudonymise")
        cabinet = onboard.onboard(services, wish, lambda _: None)
        question = Question("Quand la redevance de l'ascenseur est-elle payable ?", (EVERYONE,), top=3)
        until((drop.folder / "depot").is_dir)
        file = drop.folder / "depot" / "Contrat d'entretien.txt"
        file.write_text(CONTRACT)
        until(
            lambda: any(
                "lundi de mars" in str(it.fields["content"]) for it in services.retrieval.ask(cabinet, question)
            )
        )
        file.unlink()
        until(lambda: services.retrieval.ask(cabinet, question) == [])


def until(true: Callable[[], bool]) -> None:
    while not true():  # pytest's time-out bounds it
        time.sleep(0.1)


def test_the_terminal_names_the_folder(cloud: Cloud, drop: DropFolder) -> None:
    assert str(drop.folder) in terminal.summary(cloud, drop, 1.0)


MARKS = st.dictionaries(st.sampled_from("abc"), st.tuples(st.integers(0, 2), st.integers(0, 2)))


@given(MARKS, MARKS, MARKS)
def test_only_what_rests_is_put_and_only_what_is_ours_and_twice_missing_is_deleted(
    before: dict[str, tuple[int, int]], now: dict[str, tuple[int, int]], held: dict[str, tuple[int, int]]
) -> None:
    mirrored = {name: Mirrored(*mark, '"e"') for name, mark in held.items()}
    put, deleted = changes(
        {name: (Path(name), mark) for name, mark in before.items()},
        {name: (Path(name), mark) for name, mark in now.items()},
        mirrored,
    )
    assert set(put) == {it for it in now if before.get(it) == now[it] and held.get(it) != now[it]}
    assert set(deleted) == held.keys() - now.keys() - before.keys()


def test_a_folder_that_cannot_be_listed_is_an_error_and_not_an_empty_folder(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        files(tmp_path / "absent")


def test_a_name_that_is_no_text_still_gives_a_blob_a_name(tmp_path: Path) -> None:
    Path(os.fsdecode(os.fsencode(tmp_path) + b"/bail\xe9.txt")).write_text("latin-1")
    assert list(files(tmp_path)) == ["bail\ufffd.txt"]
