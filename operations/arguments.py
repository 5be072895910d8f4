"""What several commands take, and the cabinet that one of them names."""

from typing import Annotated

import typer

from ingestion.adapters.build import Services
from ingestion.model import Cabinet
from operations.console import wrong

CabinetName = Annotated[str, typer.Argument(help="The cabinet's name, as it was onboarded.")]
OneSource = Annotated[str, typer.Option("--source", help="The source to look in, where several have that name.")]
DocumentId = Annotated[str, typer.Option("--document", help="The document's id, as status and search show it.")]
DocumentName = Annotated[str, typer.Option("--name", help="Or its name in a container, its path in a library.")]
Library = Annotated[str, typer.Option("--library", help="The site's library; by default its first.")]
Folder = Annotated[str, typer.Option("--folder", help="Follow only this folder of the library.")]
Seconds = Annotated[float, typer.Option("--wait", help="Seconds to wait for the index; 0 does not wait.")]


def known(services: Services, name: str) -> Cabinet:
    cabinet = services.registry.by_id(name)
    if cabinet is None:
        raise wrong(f"there is no cabinet {name!r}; make it with `greffe onboard`")
    return cabinet
