"""A document by the name that people know it by, in whichever of a cabinet's sources it lies.

A name is a blob's name in its container, or a file's path in its library, as `greffe search` shows folder and title.
The sources themselves are asked, all of them: a name that is in two of them is nobody's guess. What an erasure is for
may be gone from its container, so there the ledger's word counts, too; a library's name is known to the library alone.
"""

from dataclasses import dataclass, field

from ingestion.adapters.build import Services
from ingestion.adapters.graph_items import NotThere
from ingestion.adapters.sharepoint import drive_missing, listing_errors, locate
from ingestion.errors import Park, Refuse, Retry
from ingestion.locators import document_id, open_, seal
from ingestion.model import Cabinet, DocumentId, Locator, SourceId, SourceKind, SourceRef


@dataclass(frozen=True, slots=True)
class Named:
    """A document that a source has under a name, or that the ledger knows of it. `name` is content."""

    name: str = field(repr=False)
    source: SourceRef
    document: DocumentId
    locator: Locator
    place: str = field(repr=False)  # a blob's path in its container, or an item's id in its drive; content


def find(services: Services, cabinet: Cabinet, name: str, *, source: str = "", there: bool = False) -> Named:
    """The one document of this name. `there`: it lies in its source now. `source`: only this one is asked.

    Raises:
        Refuse: no source of the cabinet has such a document, or several have. Retry: one of them cannot be asked.
    """
    asked = [it for it in cabinet.sources if source in ("", it.id)]
    if not asked:
        raise no_source(cabinet, source)
    places = [place for it in asked if name.strip("/") and (place := _in(services, cabinet, it, name))]
    found = [it for it in places if _is_there(services, it) or (not there and _known(services, cabinet, it))]
    if not found:
        raise Refuse(
            "unknown_document", f"cabinet {cabinet.id} has no document of this name; give its path in its source"
        )
    if len(found) > 1:
        several = ", ".join(it.source.id for it in found)
        raise Refuse("ambiguous_name", f"this name is in {len(found)} sources, {several}: say which with --source")
    return found[0]


def no_source(cabinet: Cabinet, source: str) -> Refuse:
    has = ", ".join(it.id for it in cabinet.sources)
    return Refuse("unknown_source", f"cabinet {cabinet.id} has no source {source!r}; it has {has or 'none'}")


def shown(services: Services, cabinet: Cabinet, source_id: SourceId, locator: Locator) -> str | None:
    """The name that `find` takes, of a document that the ledger knows; None where its source tells none any more."""
    source = cabinet.source(source_id)
    if source is None:
        return None
    if source.kind is SourceKind.BLOB:
        return open_(services.keys.secret(cabinet), source.id, locator).removeprefix(source.prefix)
    try:
        head = services.sources[source.kind].head(source, locator)
    except (Park, Retry):  # its id is shown instead
        return None
    return f"{head.folder}/{head.title}".strip("/") if head else None


def remove(services: Services, it: Named) -> None:
    """At its source: the blob, or the file, which goes to its library's recycle bin. The index follows."""
    if it.source.kind is SourceKind.BLOB:
        services.container(it.source).delete(it.place)
        return
    with listing_errors(it.source):
        services.graph.recycle(it.source, it.place)


def _in(services: Services, cabinet: Cabinet, source: SourceRef, name: str) -> Named | None:
    """Where a source would have it. None where a library has no file there."""
    secret = services.keys.secret(cabinet)
    if source.kind is SourceKind.BLOB:
        path = source.prefix + name
        locator = seal(secret, source.id, path)
        return Named(name, source, document_id(source.id, locator), locator, path)
    item = _item(services, source, name)
    if item is None:
        return None
    locator = locate(secret, source, item)
    return Named(name, source, document_id(source.id, locator), locator, item)


def _item(services: Services, source: SourceRef, path: str) -> str | None:
    with listing_errors(source):
        try:
            found = services.graph.at_path(source, path)
        except NotThere:
            if not services.graph.answers(source):
                raise drive_missing(source) from None
            return None
    return found.id if found.kind == "file" else None


def _is_there(services: Services, it: Named) -> bool:
    """Also of what its source keeps from us: an operator may still name it."""
    try:
        return services.sources[it.source.kind].head(it.source, it.locator) is not None
    except Park:
        return True


def _known(services: Services, cabinet: Cabinet, it: Named) -> bool:
    return any(services.ledger.get(index, it.document).row.source for index in cabinet.indexes)
