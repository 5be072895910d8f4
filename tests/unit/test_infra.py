"""The deployment's templates against the code: every setting and every name that it uses, no key, no place outside the
European Union. There is no compiler here: what is held is what a compiler would not know.
"""

import json
import re
from contextlib import suppress
from dataclasses import fields

import pytest

from ingestion.adapters import audit, drive_notes, links, registry, scans, tables, units, vault
from ingestion.adapters.build import BULK, DOCUMENTS, DRIVES
from ingestion.errors import Refuse
from ingestion.events import sightings
from ingestion.settings import Settings
from operations.onboard import OWN_CONTAINERS
from tests.layout import ROOT
from tests.unit.test_events import blob_event

FILES = {path.stem: path.read_text("utf-8") for path in sorted((ROOT / "infra").glob("*.bicep"))}
MANY = re.MULTILINE | re.DOTALL
EUROPEAN = {  # Azure's regions in member states
    "austriaeast", "belgiumcentral", "denmarkeast", "francecentral", "francesouth", "germanynorth",
    "germanywestcentral", "italynorth", "northeurope", "polandcentral", "spaincentral", "swedencentral", "westeurope",
}  # fmt: skip
REQUIRED = {str(it.metadata["name"]) for it in fields(Settings) if it.metadata["required"]}
KNOWN = {str(it.metadata["name"]) for it in fields(Settings)}
# Of the identity-based connection that the triggers name, for the host and not for us.
OF_THE_HOST = {"GREFFE_STORAGE__credential", "GREFFE_STORAGE__clientId"}
NOT_IN_FLEX = {"FUNCTIONS_WORKER_RUNTIME"}  # said in functionAppConfig there, and refused as a setting


def app_settings() -> set[str]:
    block = FILES["app"].split("name: 'appsettings'")[1].split("\n  }\n")[0]
    return set(re.findall(r"^    (\w+): ", block, flags=re.MULTILINE))


def listed(file: str, variable: str) -> list[str]:
    """The strings of an array."""
    block = re.search(rf"^(?:var|param) {variable} .*?\[\n(.*?)^\]", FILES[file], flags=MANY)
    assert block, f"{file}.bicep has no array {variable}"
    return re.findall(r"'([^']+)'", block[1])


def allowed(parameter: str) -> list[str]:
    block = re.search(rf"@allowed\(\[\n((?:  '[^']+'\n)+)\]\)\nparam {parameter} ", FILES["main"])
    assert block, f"{parameter} may be anything"
    return re.findall(r"'([^']+)'", block[1])


# Settings


def test_the_app_has_every_setting_that_the_code_requires() -> None:
    assert REQUIRED - app_settings() == set()


def test_the_app_has_no_setting_that_nobody_reads() -> None:
    ours = {name for name in app_settings() if name.startswith("GREFFE_")}
    assert ours - KNOWN - OF_THE_HOST == set()


def test_the_sample_of_settings_names_what_the_deployment_does() -> None:
    sample = json.loads((ROOT / "local.settings.sample.json").read_text("utf-8"))["Values"]
    assert set(sample) - app_settings() == NOT_IN_FLEX


def test_the_outputs_are_a_file_of_settings_for_operators() -> None:
    outputs = set(re.findall(r"^output (\w+) ", FILES["main"], flags=re.MULTILINE))
    assert REQUIRED - outputs == set()
    assert {name for name in outputs if name.startswith("GREFFE_")} <= KNOWN


# Names that the code uses


def test_every_table_and_queue_of_the_code_is_made_and_no_other() -> None:
    ours = (audit.TABLE, drive_notes.TABLE, links.TABLE, registry.TABLE, tables.TABLE, units.TABLE)
    assert sorted(listed("data", "tables")) == sorted([*ours, vault.FORMS, vault.KEYS])
    assert sorted(listed("data", "queues")) == sorted([DOCUMENTS, BULK, DRIVES])


def test_the_containers_are_those_that_no_cabinet_may_have() -> None:
    assert set(listed("data", "containers")) == set(OWN_CONTAINERS)
    assert {scans.CONTAINER, "deadletters"} <= set(OWN_CONTAINERS)
    assert next(it.default for it in fields(Settings) if it.name == "dead_letters") == "deadletters"


@pytest.mark.parametrize("kind", listed("events", "followed"))
def test_every_event_that_is_subscribed_is_followed(kind: str) -> None:
    assert sightings(blob_event(kind.removeprefix("Microsoft.Storage."), "Clients/a.pdf", api="PutBlob"))


@pytest.mark.parametrize("kind", ["BlobTierChanged", "DirectoryCreated", "BlobInventoryPolicyCompleted"])
def test_an_event_that_says_nothing_of_content_is_not_subscribed(kind: str) -> None:
    assert f"Microsoft.Storage.{kind}" not in listed("events", "followed")
    with suppress(Refuse):
        assert sightings(blob_event(kind, "a.pdf")) == []


def test_what_greffe_keeps_for_itself_raises_no_event() -> None:
    kept_out = set(listed("events", "notOurs"))
    assert {f"/blobServices/default/containers/{name}/" for name in OWN_CONTAINERS} <= kept_out
    assert "operatorType: 'StringNotBeginsWith'" in FILES["events"]


def test_dead_letters_go_where_they_are_read_by_the_topics_own_identity() -> None:
    assert "deadLetterWithResourceIdentity" in FILES["events"]
    assert "blobContainerName: 'deadletters'" in FILES["events"]


# Keys and places


@pytest.mark.parametrize(
    "said",
    [
        ("data", "allowSharedKeyAccess: false"), ("data", "allowBlobPublicAccess: false"),
        ("data", "enableRbacAuthorization: true"), ("data", "enablePurgeProtection: true"),
        ("app", "httpsOnly: true"), ("app", "unauthenticatedClientAction: 'Return401'"),
    ],
)  # fmt: skip
def test_nothing_is_opened_by_a_key_or_to_everybody(said: tuple[str, str]) -> None:
    assert said[1] in FILES[said[0]]


def test_no_service_takes_a_key_of_its_own_and_none_is_asked_for() -> None:
    assert len(re.findall(r"disableLocalAuth: true", FILES["data"], flags=re.IGNORECASE)) == 3
    for name, text in FILES.items():
        assert not re.search(r"listKeys|listAdminKeys|AccountKey|accessKey|@secure", text), name


def test_what_is_erased_is_not_kept_by_the_storage() -> None:
    assert FILES["data"].count("enabled: false") == 2  # soft delete of blobs and of containers
    assert "isVersioningEnabled: false" in FILES["data"]


def test_every_place_that_may_be_chosen_is_in_the_european_union() -> None:
    assert set(allowed("location")) <= EUROPEAN
    assert not any("global" in it.lower() for it in allowed("embeddingDeployment"))
    assert not re.search(r"location: '(?!global')", "".join(FILES.values()))  # each takes the one that was chosen


def test_every_module_is_given_what_it_takes() -> None:
    modules = re.findall(r"^module \w+ '(\w+)\.bicep' .*?params: \{\n(.*?)\n  \}", FILES["main"], flags=MANY)
    assert {name for name, _ in modules} == set(FILES) - {"main", "events"}
    for name, given in modules:
        takes = set(re.findall(r"^param (\w+) \w+$", FILES[name], flags=re.MULTILINE))
        assert set(re.findall(r"^    (\w+):", given, flags=re.MULTILINE)) == takes, name


def test_what_azd_fills_in_is_a_parameter() -> None:
    filled = json.loads((ROOT / "infra" / "main.parameters.json").read_text("utf-8"))["parameters"]
    assert set(filled) <= set(re.findall(r"^param (\w+) ", FILES["main"], flags=re.MULTILINE))
    needed = set(re.findall(r"^param (\w+) \w+$", FILES["main"], flags=re.MULTILINE))
    assert needed <= set(filled)
