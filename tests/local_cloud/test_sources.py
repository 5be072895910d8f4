"""A cabinet with a container and a library: names found in either, a library watched and unwatched."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from ingestion.adapters.build import Services
from ingestion.errors import Refuse
from ingestion.model import Cabinet, SourceId, SourceKind, SourceRef
from ingestion.settings import Settings
from local.cloud import Cloud
from local.sharepoint.library import SITE_PATH
from operations import documents, erase, names, onboard, sharepoint, watch

TEXT = "Bail commercial. Article 1. Le loyer est payable par trimestre et d'avance."
WAIT = 90.0  # seconds; a bound, not a measurement


@dataclass
class Office:
    services: Services
    name: str
    folder: Path  # of the library, on disk

    @property
    def cabinet(self) -> Cabinet:
        saved = self.services.registry.load(self.name)
        assert saved is not None
        return saved.cabinet

    def source(self, kind: SourceKind) -> SourceRef:
        return next(it for it in self.cabinet.sources if it.kind is kind)

    def upload(self, tmp_path: Path, name: str) -> None:
        file = tmp_path / "document.txt"
        file.write_text(TEXT)
        put = documents.put(self.services, self.cabinet, self.source(SourceKind.BLOB), file, name)
        documents.wait_for(self.services, self.cabinet, [put], WAIT, lambda _: None)

    def save(self, name: str) -> None:
        file = self.folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(TEXT)
        library = self.source(SourceKind.SHAREPOINT)
        until(lambda: _is_live(self, library, name), "the file is in the index")


def _is_live(office: Office, library: SourceRef, name: str) -> bool:
    try:
        found = names.find(office.services, office.cabinet, name, source=library.id, there=True)
    except Refuse:
        return False
    return office.services.ledger.get(office.cabinet.active, found.document).row.status == "live"


def until(true: Callable[[], bool], what: str) -> None:
    end = time.monotonic() + WAIT
    while not true():
        assert time.monotonic() < end, f"never: {what}"
        time.sleep(0.1)


@pytest.fixture(scope="module")
def office(cloud: Cloud) -> Iterator[Office]:
    """Onboarded with a container; its library is watched afterwards, with one file in it."""
    folder = cloud.layout.of("graph") / "drives" / "Rivière"
    folder.mkdir()
    folder.joinpath("Premier.txt").write_text(TEXT)
    with pytest.MonkeyPatch.context() as environment:
        for name, value in cloud.environment.items():
            environment.setenv(name, value)
        services = Services(Settings.from_environment(cloud.environment), operator=True)
        settings = services.settings
        wish = onboard.Wish("deux-sources", settings.tenant_id, settings.blob_uri, "deux-sources", "", "off")
        onboard.onboard(services, wish, lambda _: None)
        made = Office(services, "deux-sources", folder)
        until(lambda: _is_library(made, "Rivière"), "the folder is a library")
        library = begun(made, "Rivière")
        assert sharepoint.wait_for_load(services, library, 1, WAIT, lambda _: None)["live"] == 1
        yield made
        services.close()


def test_a_name_is_found_in_whichever_source_has_it(office: Office, tmp_path: Path) -> None:
    office.upload(tmp_path, "Baux/Conteneur n° 1 (50 %).txt")
    office.save("Baux/Bibliothèque n° 1 (50 %).txt")
    for name, kind in (("Conteneur", SourceKind.BLOB), ("Bibliothèque", SourceKind.SHAREPOINT)):
        found = names.find(office.services, office.cabinet, f"Baux/{name} n° 1 (50 %).txt")
        assert found.source.kind is kind
        assert office.services.ledger.get(office.cabinet.active, found.document).row.status == "live"


@pytest.mark.parametrize("name", ["Baux", "Absent.txt", ""])
def test_a_name_that_nothing_has_is_refused_without_being_repeated(name: str, office: Office) -> None:
    with pytest.raises(Refuse) as refused:
        names.find(office.services, office.cabinet, name)
    assert refused.value.code == "unknown_document"
    assert "Absent" not in str(refused.value)


def test_a_name_that_two_sources_have_is_refused_unless_the_source_is_said(office: Office, tmp_path: Path) -> None:
    office.upload(tmp_path, "Double.txt")
    office.save("Double.txt")
    with pytest.raises(Refuse) as refused:
        names.find(office.services, office.cabinet, "Double.txt")
    assert refused.value.code == "ambiguous_name"
    assert all(it.id in str(refused.value) for it in office.cabinet.sources)
    for source in office.cabinet.sources:
        assert names.find(office.services, office.cabinet, "Double.txt", source=source.id).source == source
    with pytest.raises(Refuse) as unknown:
        names.find(office.services, office.cabinet, "Double.txt", source="nobody")
    assert unknown.value.code == "unknown_source"


def test_a_librarys_file_that_is_removed_leaves_the_library_and_the_index(office: Office) -> None:
    office.save("Jetable.txt")
    named = names.find(office.services, office.cabinet, "Jetable.txt", there=True)
    names.remove(office.services, named)
    put = documents.Put(named.name, named.document, documents.Version(""))
    [outcome] = documents.wait_gone(office.services, office.cabinet, [put], WAIT, lambda _: None)
    assert outcome.status == "gone"
    until(lambda: not office.folder.joinpath("Jetable.txt").exists(), "the file leaves the disk, too")


def test_a_librarys_file_is_erased_by_its_path(office: Office) -> None:
    office.save("Dossiers/Effacé.txt")
    which = erase.which(office.services, office.cabinet, "", "Dossiers/Effacé.txt")
    assert which.source == office.source(SourceKind.SHAREPOINT).id
    erase.erase(office.services, office.cabinet, which)
    receipt = erase.wait_for_receipt(office.services, office.cabinet, which.document, WAIT, lambda _: None)
    assert receipt is not None
    assert [it.keys_found for it in receipt.proofs] == [0]
    again = erase.which(office.services, office.cabinet, "", "Dossiers/Effacé.txt")
    assert again.document == which.document


def test_a_library_that_is_unwatched_leaves_the_index_and_may_come_back(office: Office) -> None:
    """With more documents than the deletion breaker lets go: an operator has said so."""
    for number in range(12):
        office.folder.joinpath(f"Courrier {number}.txt").write_text(TEXT)
    services, library = office.services, office.source(SourceKind.SHAREPOINT)
    total = len([it for it in office.folder.rglob("*.txt") if it.name != "Effacé.txt"])
    until(lambda: _live(office, library) >= total, "all are in the index")
    leaving = watch.end(services, office.cabinet, library.id, lambda _: None)
    assert services.sharepoint_feed.watch(leaving) is None
    until(lambda: _live(office, library) == 0, "none is in the index")
    assert len(list(office.folder.rglob("*.txt"))) == total + 1, "nothing is deleted at the source"

    again = begun(office, "Rivière")
    assert again.id == library.id
    assert sharepoint.wait_for_load(services, again, total, WAIT, lambda _: None)["live"] == total
    erased = erase.which(services, office.cabinet, "", "Dossiers/Effacé.txt").document
    assert services.ledger.get(office.cabinet.active, erased).row.status == "erased"


def test_a_source_of_which_nothing_is_left_is_free_for_another_cabinet(office: Office, cloud: Cloud) -> None:
    cloud.layout.of("graph").joinpath("drives", "Vide").mkdir()
    until(lambda: _is_library(office, "Vide"), "the folder is a library")
    source = begun(office, "Vide")
    assert source.id != office.source(SourceKind.SHAREPOINT).id
    with pytest.raises(Refuse) as refused:
        begun(office, "Vide")
    assert refused.value.code == "known_source"
    leaving = watch.end(office.services, office.cabinet, source.id, lambda _: None)
    assert watch.wait_left(office.services, leaving, WAIT, lambda _: None) == 0
    assert office.cabinet.source(source.id) is None
    assert office.services.registry.by_route(source.route) is None
    with pytest.raises(Refuse) as unknown:
        watch.end(office.services, office.cabinet, source.id, lambda _: None)
    assert unknown.value.code == "unknown_source"


def begun(office: Office, library: str) -> SourceRef:
    place = sharepoint.Place(f"https://tenant.sharepoint.com{SITE_PATH}", library)
    return watch.begin(office.services, office.cabinet, place, lambda _: None)


def _is_library(office: Office, library: str) -> bool:
    place = sharepoint.Place(f"https://tenant.sharepoint.com{SITE_PATH}", library)
    try:
        sharepoint.find(office.services, SourceId("x"), office.cabinet.tenant_id, place, lambda _: None)
    except Refuse:
        return False
    return True


def _live(office: Office, library: SourceRef) -> int:
    rows = office.services.ledger.scan(office.cabinet.active)
    return sum(row.source == library.id and row.status == "live" for row in rows)
