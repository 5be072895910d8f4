"""A cabinet's entry in the registry, changed by a command: as it stands now, or not at all."""

from collections.abc import Callable

from ingestion.adapters.build import Services
from ingestion.errors import Refuse
from ingestion.model import Cabinet, CabinetId


def change(services: Services, cabinet: CabinetId, by: Callable[[Cabinet], Cabinet]) -> Cabinet:
    """The cabinet as it is afterwards. Where `by` changes nothing, nothing is written.

    Raises:
        Refuse: the registry does not know it, or somebody changed it at the same time.
    """
    saved = services.registry.load(cabinet)
    if saved is None:
        raise Refuse("unknown_cabinet", f"there is no cabinet {cabinet}")
    changed = by(saved.cabinet)
    if changed != saved.cabinet and services.registry.save(changed, saved.etag) is None:
        raise Refuse("contended", f"cabinet {cabinet} was changed by somebody else at the same time; run it again")
    return changed
