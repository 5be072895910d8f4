"""`greffe offboard`: a cabinet that goes. Its indexes, its alias, its key, at last its entry in the registry.

Its sources are ended first (`greffe unwatch`), so that no worker has anything left to do for it and each document has
left by the ordinary way, holds respected. Destroying the key closes whatever is sealed under it, in whichever backup:
locators, pages of scans, the vault. What stays holds ids and codes only: the ledger's rows and the audit's chain, which
`greffe audit` still shows. Each step may be taken again; the registry's entry goes last, so that nothing is half gone.
"""

from collections.abc import Callable

from ingestion.adapters.build import Services
from ingestion.errors import Refuse
from ingestion.model import Cabinet
from operations import hold


def check(services: Services, cabinet: Cabinet) -> None:
    """Raises:
    Refuse: something is still followed, or held.
    """
    if cabinet.sources:
        followed = ", ".join(it.id for it in cabinet.sources)
        raise Refuse("still_followed", f"cabinet {cabinet.id} still has {followed}; end each with `greffe unwatch`")
    held = next(hold.held(services, cabinet), None)
    if held is not None:
        raise Refuse("held", f"document {held[0]} of cabinet {cabinet.id} is under a legal hold; lift it first")


def offboard(services: Services, cabinet: Cabinet, said: Callable[[str], None]) -> None:
    """For good; the key can be recovered in Key Vault for as long as its vault keeps what is deleted.

    Raises:
        Refuse: as `check`; or somebody changed the cabinet at the same time. Retry: run it again.
    """
    check(services, cabinet)
    saved = services.registry.load(cabinet.id)
    if saved is None or saved.cabinet != cabinet:
        raise Refuse("contended", f"cabinet {cabinet.id} was changed by somebody else at the same time; run it again")
    services.audit.record(cabinet.id, "offboarded")
    said("AI Search: the alias, and every index")
    for index in cabinet.indexes:
        admin = services.search_admin(index.endpoint)
        admin.drop_alias(cabinet.alias)
        admin.drop(index.name)
    said("Key Vault: the key, and with it all that it seals")
    services.keys.destroy(cabinet.key_name)
    said("Registry: the cabinet is no longer ours")
    if not services.registry.remove(cabinet.id, saved.etag):
        raise Refuse("contended", f"cabinet {cabinet.id} was changed by somebody else at the same time; run it again")
