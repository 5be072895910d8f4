"""Which deployment a command speaks to: a file of settings, or the environment.

The file is what GREFFE_ENVIRONMENT names (as `azd env get-values` writes it); else the environment, where it holds
Greffe's settings; else `.greffe/local.env`, which the local cloud writes when it starts. A file is taken whole and wins
over the environment: half of one deployment and half of another is the worst of both.
"""

import os
from collections.abc import Mapping
from pathlib import Path

from ingestion.adapters.build import Services
from ingestion.settings import Settings
from operations.console import wrong

LOCAL = Path(".greffe/local.env")


def connect() -> Services:
    """The services of the deployment.

    Raises:
        typer.Exit: no settings; said on standard error. SettingsError: unusable ones.
    """
    given: Mapping[str, str] = os.environ
    named = os.environ.get("GREFFE_ENVIRONMENT")
    if named and not Path(named).exists():
        raise wrong(f"GREFFE_ENVIRONMENT names no file: {named}")
    if named or "GREFFE_STORAGE__tableServiceUri" not in os.environ:
        file = Path(named) if named else LOCAL
        if not file.exists():
            raise wrong("no deployment to speak to: run `greffe up`, or name a file of settings in GREFFE_ENVIRONMENT")
        given = read(file)
        os.environ.update(given)  # for what vendors read from there: who we are, whose certificates we trust
    return Services(Settings.from_environment(given), operator=True)


def read(file: Path) -> dict[str, str]:
    """NAME=value lines; quotes around a value are dropped, blank lines and # comments skipped."""
    lines = (line.strip() for line in file.read_text().splitlines())
    pairs = (line.partition("=") for line in lines if line and not line.startswith("#"))
    return {name.strip(): value.strip().strip('"') for name, _, value in pairs}
