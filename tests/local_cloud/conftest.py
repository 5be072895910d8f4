"""One cloud for the whole run, and what its tests share. Absent Azurite skips them at home, and fails them in CI."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from ingestion.adapters.build import Services
from ingestion.settings import Settings
from local.azurite import is_installed
from local.certificate import Certificate, certificate
from local.cloud import Cloud
from tests.local_cloud.grid import Grid, Webhook


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests of the one cloud run in one process: pytest-xdist would start a second cloud for the others."""
    for item in items:
        if "cloud" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.xdist_group("cloud"))
            item.add_marker(pytest.mark.local_cloud)


@pytest.fixture(scope="session")
def installed() -> None:
    if not is_installed() and not os.environ.get("CI"):
        pytest.skip("Azurite is not installed: run `npm install`.")


@pytest.fixture(scope="session")
def trusted(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    return certificate(tmp_path_factory.mktemp("certificate"))


@pytest.fixture(scope="session")
def cloud(installed: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cloud]:
    """Everything runs, and Event Grid's time is a hundred times faster than Azure's."""
    with Cloud(tmp_path_factory.mktemp("cloud")) as cloud:
        cloud.turn(time_scale=100.0)
        yield cloud


@pytest.fixture
def in_cloud(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> Path:
    """This process has the cloud's settings: SDK clients and `DefaultAzureCredential` work. Gives the cloud's home."""
    for name, value in cloud.environment.items():
        monkeypatch.setenv(name, value)
    return cloud.layout.home


@pytest.fixture(scope="module")
def services(cloud: Cloud) -> Iterator[Services]:
    """As an operator has them: the cloud's settings are this process's, too, while a module's tests run."""
    with pytest.MonkeyPatch.context() as environment:
        for name, value in cloud.environment.items():
            environment.setenv(name, value)
        services = Services(Settings.from_environment(cloud.environment), operator=True)
        yield services
        services.close()


@pytest.fixture
def webhook() -> Iterator[Webhook]:
    webhook = Webhook()
    yield webhook
    webhook.hang.set()
    webhook.listener.stop()


@pytest.fixture
def grid(tmp_path: Path) -> Iterator[Grid]:
    grid = Grid(tmp_path)
    yield grid
    grid.stop()
