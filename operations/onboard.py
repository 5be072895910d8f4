"""`greffe onboard`: a new cabinet's key, container, index and registry entry. Each step may be taken again.

The registry entry comes last: until it stands no event is ours, and nothing can be half there.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from urllib.parse import urlsplit

import index_schemas
from ingestion.adapters import scans
from ingestion.adapters.build import Services
from ingestion.errors import Refuse
from ingestion.model import (
    Cabinet,
    CabinetId,
    IndexName,
    IndexRef,
    IndexState,
    OcrChoice,
    SourceId,
    SourceKind,
    SourceRef,
)
from ingestion.search_api import EVERYONE
from operations import registry, sharepoint
from redaction import POLICIES

NAME = re.compile(r"[a-z](?:[a-z0-9]|-(?=[a-z0-9])){2,31}")  # fits a container's, an index's and a key's name
OWN_CONTAINERS = ("app-package", "deadletters", scans.CONTAINER)  # of Greffe's own account, as infra/ makes them
OF_THE_HOST = "azure-webjobs-"
ACCOUNT = re.compile(r"https://[a-z0-9]{3,24}(\.blob\.core\.windows\.net|\.z\d+\.blob\.storage\.azure\.net)/?")


@dataclass(frozen=True, slots=True)
class Wish:
    """What the operator asks for. `account_url`: of the Blob account with the documents, unless a library has them."""

    name: str
    tenant_id: str
    account_url: str
    container: str
    prefix: str
    policy: str
    library: sharepoint.Place | None = None
    ocr: OcrChoice = OcrChoice.EMBEDDED


def onboard(services: Services, wish: Wish, said: Callable[[str], None]) -> Cabinet:
    """Make the cabinet; `said` is told each step.

    Raises:
        Refuse: a name or a policy that cannot be, a place that another cabinet has or that we may not read, a cabinet
            that there is.
        Retry: a service cannot be reached; run it again.
    """
    _check(services, wish)
    source = _place(services, wish, said)
    said("Key Vault: the cabinet's key, and its secret wrapped by it")
    key_name, wrapped = services.keys.create(f"cabinet-{wish.name}")
    said("AI Search: the index, and its alias")
    index = new_index(services, wish.name, IndexState.ACTIVE)
    services.search_admin(index.endpoint).point(wish.name, index.name)
    cabinet = Cabinet(
        id=CabinetId(wish.name),
        tenant_id=wish.tenant_id,
        alias=wish.name,
        indexes=(index,),
        sources=(source,),
        policy=wish.policy,
        policy_revision=1,
        ocr=wish.ocr,
        key_name=key_name,
        wrapped_secret=wrapped,
    )
    said("Registry: the cabinet is ours from here on")
    if services.registry.save(cabinet, None) is None:
        raise Refuse("known_cabinet", f"cabinet {wish.name} was onboarded by somebody else at the same time")
    said("First load: what is there already")
    services.schedules.compare(cabinet)
    services.audit.record(cabinet.id, "onboarded", index=index.name, source=source.id)
    return cabinet


def choose_ocr(services: Services, cabinet: Cabinet, ocr: OcrChoice) -> Cabinet:
    """Who reads the cabinet's scans from now on. What was made before is stale, and can be made again.

    Raises:
        Refuse: no service was set up, or somebody changed the cabinet at the same time.
    """
    _check_ocr(services, ocr)
    changed = registry.change(services, cabinet.id, lambda it: it if it.ocr is ocr else _read_by(it, ocr))
    if cabinet.ocr is not ocr:
        services.audit.record(cabinet.id, "ocr_chosen", ocr=ocr.value)
    return changed


def _read_by(cabinet: Cabinet, ocr: OcrChoice) -> Cabinet:
    return replace(cabinet, ocr=ocr, policy_revision=cabinet.policy_revision + 1)


def _check_ocr(services: Services, ocr: OcrChoice) -> None:
    if ocr is not OcrChoice.EMBEDDED and not services.settings.ocr_endpoint:
        raise Refuse("no_ocr_service", "set GREFFE_OCR_ENDPOINT first: nobody else could read its scans")


def new_index(services: Services, cabinet: str, state: IndexState) -> IndexRef:
    """A physical index of the current schema and embedding settings, empty, behind no alias yet."""
    settings = services.settings
    name = IndexName(f"{cabinet}-{datetime.now(UTC):%Y%m%d%H%M%S%f}"[:-3])  # two may be made within a second
    schema = index_schemas.CURRENT
    services.search_admin(settings.search_endpoint).create(
        index_schemas.load(schema, name=name, dimensions=settings.embedding_dimensions)
    )
    return IndexRef(
        name, settings.search_endpoint, state, schema, settings.embedding_model, settings.embedding_dimensions
    )


def account_of(url: str) -> str:
    """The storage account's name: the first label of its host, or the path where an emulator has it there."""
    split = urlsplit(url)
    return split.path.strip("/") or (split.hostname or "").partition(".")[0]


def _check(services: Services, wish: Wish) -> None:
    if not NAME.fullmatch(wish.name):
        raise Refuse("bad_name", "a cabinet's name has 3 to 32 of a-z, 0-9 and single -, and begins with a letter")
    if wish.policy not in POLICIES:
        raise Refuse("bad_policy", f"there is no such policy; choose one of {', '.join(POLICIES)}")
    _check_ocr(services, wish.ocr)
    if wish.library is None:
        _check_account(services, wish)
        _check_container(services, wish)
    services.prepare_storage()
    if services.registry.by_id(wish.name) is not None:
        raise Refuse("known_cabinet", f"cabinet {wish.name} is onboarded already")


def _check_account(services: Services, wish: Wish) -> None:
    """The worker's token goes wherever a source is, and opens every account that it has a role on: to Azure alone."""
    if not (ACCOUNT.fullmatch(wish.account_url) or wish.account_url == services.settings.blob_uri):
        raise Refuse(
            "foreign_account", "--account is the URL of an account of Azure's, https://NAME.blob.core.windows.net"
        )


def _check_container(services: Services, wish: Wish) -> None:
    """Dead letters hold paths of every cabinet: followed as documents, they would be one cabinet's to search."""
    own = (*OWN_CONTAINERS, services.settings.dead_letters)
    kept = wish.container in own or wish.container.startswith(OF_THE_HOST)
    if kept and account_of(wish.account_url) == account_of(services.settings.blob_uri):
        raise Refuse("own_container", f"container {wish.container} is Greffe's own; choose another with --container")


def _place(services: Services, wish: Wish, said: Callable[[str], None]) -> SourceRef:
    if wish.library is not None:
        return sharepoint.find(services, SourceId(f"{wish.name}-sharepoint"), wish.tenant_id, wish.library, said)
    said("Storage: the cabinet's container")
    source = _source(wish)
    services.container(source).create()
    return source


def _source(wish: Wish) -> SourceRef:
    account = account_of(wish.account_url)
    return SourceRef(
        id=SourceId(f"{wish.name}-blob"),
        kind=SourceKind.BLOB,
        route=f"blob:{account}/{wish.container}",
        address=wish.account_url,
        container=wish.container,
        prefix=wish.prefix,
        principals=(EVERYONE,),
    )
