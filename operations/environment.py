"""Which deployment a command speaks to: the environment, or a file of settings (as `azd env get-values` writes it).

The file is `--environment`, or GREFFE_ENVIRONMENT, or `.greffe/local.env`, which the local cloud writes when it starts.
What the environment already holds wins over the file.
"""

import os
from pathlib import Path

from ingestion.adapters.build import Services, services
from operations.console import wrong

LOCAL = Path(".greffe/local.env")


def connect(file: Path | None = None) -> Services:
    """The services of the deployment.

    Raises:
        typer.Exit: no settings, or unusable ones; said on standard error.
    """
    chosen = file or Path(os.environ.get("GREFFE_ENVIRONMENT", LOCAL))
    if chosen.exists():
        for name, value in read(chosen).items():
            os.environ.setdefault(name, value)
    elif file is not None:
        raise wrong(f"there is no file of settings at {file}")
    elif "GREFFE_STORAGE__tableServiceUri" not in os.environ:
        raise wrong("no deployment to speak to: run `greffe up`, or name a file of settings in GREFFE_ENVIRONMENT")
    return services()


def read(file: Path) -> dict[str, str]:
    """NAME=value lines; quotes around a value are dropped, blank lines and # comments skipped."""
    lines = (line.strip() for line in file.read_text().splitlines())
    pairs = (line.partition("=") for line in lines if line and not line.startswith("#"))
    return {name.strip(): value.strip().strip('"') for name, _, value in pairs}
