"""Microsoft Graph's drives through msgraph-sdk, which only this and `graph_sdk.py` know, imported at the first call.

The SDK makes the requests and sends them; their answers are read as JSON. Its own models take 6 ms of CPU for every
item (each imports some 2,000 modules anew), which for the listing of 100,000 files is ten minutes; JSON takes 5 µs.

Names and links are content or secrets: they leave in `Item` and `Page` only, and no SDK message passes this module.
What a call costs in resource units is taken from the tenant's budget before it is made.
"""

import threading
from collections.abc import Callable, Coroutine, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any, Protocol, cast
from urllib.parse import quote, unquote, urlsplit

from azure.core.credentials import TokenCredential
from azure.core.exceptions import AzureError, ClientAuthenticationError

from ingestion.adapters.graph_items import (
    Grant,
    Item,
    Json,
    NotThere,
    Page,
    Resync,
    Watch,
    grant_of,
    item_of,
    of_status,
    watch_of,
)
from ingestion.adapters.graph_sdk import Loop, bearer, load_quietly, unread
from ingestion.adapters.transport import CONNECT_SECONDS, POOL, READ_SECONDS, map_storage_error
from ingestion.errors import Park, ParkReason, Retry
from ingestion.model import SourceRef

if TYPE_CHECKING:
    import httpx
    from msgraph.graph_service_client import GraphServiceClient

# Resource units (learn.microsoft.com, "Avoid getting throttled or blocked in SharePoint Online").
ITEM, LIST, WRITE, PERMISSIONS = 1, 2, 2, 5
CALL_SECONDS = 100.0  # of one call with its body; large files are streamed, each read bounded by READ_SECONDS
DOWNLOAD_SECONDS = 300.0
PREFER = "deltashowremovedasdeleted, deltatraversepermissiongaps, deltashowsharingchanges, hierarchicalsharing"
ROOT = "root"


class Budget(Protocol):
    """A tenant's resource units. Busy where they are spent for now."""

    def take(self, tenant: str, units: int) -> None: ...


class GraphDrives:
    """Drives of any tenant, synchronously. Safe to share between threads."""

    def __init__(
        self,
        credential: Callable[[str], TokenCredential],  # by tenant
        tenant: Callable[[SourceRef], str],
        budget: Budget,
    ) -> None:
        self._credential = credential
        self._tenant = tenant
        self._budget = budget
        self._loop = Loop()
        self._clients: dict[tuple[str, str], GraphServiceClient] = {}
        self._lock = threading.Lock()

    def close(self) -> None:
        """Connections and the loop's thread. For tests: a process that ends needs none of it."""
        if "_http" in self.__dict__:
            self._loop.wait(self._http.aclose(), CALL_SECONDS)
        self._loop.stop()

    # --- items ---

    def item(self, source: SourceRef, item: str) -> Item:
        """NotThere, Denied."""
        drive = self._drive(source)
        return item_of(self._call(source, ITEM, drive.items.by_drive_item_id(item).get))

    def answers(self, source: SourceRef) -> bool:
        """Whether the drive itself is there. Denied is an answer that is raised, not False."""
        drive = self._drive(source)
        try:
            self._call(source, ITEM, drive.get)
        except NotThere:
            return False
        return True

    def children(self, source: SourceRef, folder: str) -> Iterator[Item]:
        request = self._drive(source).items.by_drive_item_id(folder).children
        yield from map(item_of, self._paged(source, LIST, request))

    def grants(self, source: SourceRef, item: str) -> list[Grant]:
        request = self._drive(source).items.by_drive_item_id(item).permissions
        return [grant_of(it) for it in self._paged(source, PERMISSIONS, request)]

    def delta(self, source: SourceRef, link: str | None) -> Page:
        """One page. `link` None: from the beginning. Resync where it is too old, or another drive's."""
        if link is not None and not self._is_own(source, link):
            raise Resync
        from msgraph.generated.drives.item.items.item.delta.delta_request_builder import DeltaRequestBuilder

        builder = self._drive(source).items.by_drive_item_id(ROOT).delta
        return self._delta(source, DeltaRequestBuilder(builder.request_adapter, link) if link else builder, link)

    def latest(self, source: SourceRef) -> Page:
        """No items, and the link that tells what changes from now on."""
        url = f"{source.address}/drives/{quote(source.container)}/items/{ROOT}/delta()?token=latest"
        return self.delta(source, url)

    def download(self, source: SourceRef, url: str, limit: int) -> bytes:
        """The bytes behind a pre-authenticated address, without our token. Park above `limit`."""
        with self._errors(source):
            return self._loop.wait(self._downloaded(url, limit), DOWNLOAD_SECONDS)

    def recycle(self, source: SourceRef, item: str) -> None:
        """To the library's recycle bin, where it was not gone already. Only an operator's command comes here."""
        request = self._drive(source).items.by_drive_item_id(item)
        with _absent():
            self._call(source, WRITE, request.delete)

    # --- subscriptions ---

    def subscriptions(self, source: SourceRef) -> list[Watch]:
        """All that this application has in the tenant."""
        return [watch_of(it) for it in self._paged(source, 0, self._client(source).subscriptions)]

    def subscribe(self, source: SourceRef, url: str, secret: str, expires_at: datetime) -> Watch:
        from msgraph.generated.models.subscription import Subscription

        asked = Subscription(
            change_type="updated",  # the only one that drives take
            notification_url=url,
            lifecycle_notification_url=url,  # cannot be added later
            resource=f"drives/{source.container}/root",
            client_state=secret,
            expiration_date_time=expires_at,
        )
        return watch_of(self._call(source, 0, partial(self._client(source).subscriptions.post, asked)))

    def extend(self, source: SourceRef, subscription: str, expires_at: datetime) -> None:
        """Also reauthorizes it. NotThere where it is gone."""
        from msgraph.generated.models.subscription import Subscription

        asked = Subscription(expiration_date_time=expires_at)
        request = self._client(source).subscriptions.by_subscription_id(subscription)
        self._call(source, 0, partial(request.patch, asked))

    def unsubscribe(self, source: SourceRef, subscription: str) -> None:
        request = self._client(source).subscriptions.by_subscription_id(subscription)
        with _absent():
            self._call(source, 0, request.delete)

    # --- where a drive is, for onboarding ---

    def drives(self, source: SourceRef, site: str) -> dict[str, str]:
        """The document libraries of a site, name to id. `site`: its address in a browser."""
        split = urlsplit(site)
        client = self._client(source)
        url = (
            f"{source.address}/sites/{split.hostname}:{quote(split.path.rstrip('/'))}"
            if split.path.strip("/")
            else (f"{source.address}/sites/{split.hostname}")
        )
        found = self._call(source, ITEM, client.sites.by_site_id("_").with_url(url).get)
        libraries = self._paged(source, LIST, client.sites.by_site_id(found["id"]).drives)
        return {it["name"]: it["id"] for it in libraries if it.get("driveType") == "documentLibrary"}

    def at_path(self, source: SourceRef, path: str) -> Item:
        """A file or a folder by its path in the drive."""
        url = f"{source.address}/drives/{quote(source.container)}/root:/{quote(path.strip('/'))}"
        request = self._drive(source).items.by_drive_item_id(ROOT).with_url(url)
        return item_of(self._call(source, ITEM, request.get))

    # --- calls ---

    def _delta(self, source: SourceRef, builder: Any, link: str | None) -> Page:
        headers = {"Prefer": PREFER, "deltaExcludeParent": "true"}
        page = self._call(source, ITEM if link else LIST, builder.get, headers)
        items = [item_of(it) for it in page.get("value") or []]
        return Page(items, page.get("@odata.nextLink"), page.get("@odata.deltaLink"))

    def _paged(self, source: SourceRef, units: int, request: Any) -> Iterator[Json]:
        """What stands on every page. `request`: a builder of the SDK's."""
        link: str | None = None
        while True:
            page = self._call(source, units, (request.with_url(link) if link else request).get)
            yield from page.get("value") or []
            link = self._own_link(source, page.get("@odata.nextLink"))
            if link is None:
                return

    def _call(
        self,
        source: SourceRef,
        units: int,
        make: Callable[..., Coroutine[Any, Any, Any]],  # a builder's method, that takes a request's configuration
        headers: Mapping[str, str] | None = None,
    ) -> Json:
        if units:
            self._budget.take(self._tenant(source), units)
        with self._errors(source):
            answer: httpx.Response = self._loop.wait(make(unread(headers or {})), CALL_SECONDS)
        if not answer.is_success:
            raise of_status(source, answer.status_code, _code(answer), dict(answer.headers))
        try:
            return cast("Json", answer.json()) if answer.content else {}
        except ValueError:
            raise Retry("unreadable", f"source {source.id}: what answered for Graph is not JSON.") from None

    async def _downloaded(self, url: str, limit: int) -> bytes:
        async with self._http.stream("GET", url, follow_redirects=True) as answer:
            answer.raise_for_status()
            pieces: list[bytes] = []
            total = 0
            async for piece in answer.aiter_bytes():
                pieces.append(piece)
                total += len(piece)
                if total > limit:
                    raise Park(ParkReason.TOO_LARGE)
        return b"".join(pieces)

    @contextmanager
    def _errors(self, source: SourceRef) -> Iterator[None]:
        """The SDK's and httpx's errors, on our ladder. None of their texts passes: they quote addresses."""
        import httpx

        try:
            yield
        except httpx.HTTPStatusError as error:
            raise of_status(source, error.response.status_code, "", dict(error.response.headers)) from None
        except (httpx.HTTPError, httpx.InvalidURL, TimeoutError):
            raise Retry("unreachable", f"source {source.id}: Graph cannot be reached, or did not answer.") from None
        except ClientAuthenticationError:
            raise Retry(
                "unauthenticated", f"source {source.id}: no token for Graph. Check the identity and its consent."
            ) from None
        except AzureError as error:  # of the credential, too
            raise map_storage_error(error, f"source {source.id}: a token for Graph") from None

    def _drive(self, source: SourceRef) -> Any:
        return self._client(source).drives.by_drive_id(source.container)

    def _client(self, source: SourceRef) -> "GraphServiceClient":
        key = (self._tenant(source), source.address)
        with self._lock:
            if key not in self._clients:
                self._clients[key] = self._connected(*key)
            return self._clients[key]

    def _connected(self, tenant: str, address: str) -> "GraphServiceClient":
        load_quietly()
        from msgraph.graph_request_adapter import GraphRequestAdapter
        from msgraph.graph_service_client import GraphServiceClient

        adapter = GraphRequestAdapter(bearer(self._credential(tenant), address), client=self._http)
        adapter.base_url = address
        return GraphServiceClient(request_adapter=adapter)

    @cached_property
    def _http(self) -> "httpx.AsyncClient":
        """Without the SDK's middleware: it would repeat calls and sleep for minutes, which is the queue's work."""
        import httpx

        timeout = httpx.Timeout(READ_SECONDS, connect=CONNECT_SECONDS, pool=CALL_SECONDS)
        limits = httpx.Limits(max_connections=POOL, max_keepalive_connections=POOL)
        return httpx.AsyncClient(timeout=timeout, limits=limits)

    def _own_link(self, source: SourceRef, link: str | None) -> str | None:
        """A page's link; one that leads elsewhere would carry our token there."""
        if link and not link.startswith(f"{source.address}/"):
            raise Retry("foreign_link", f"source {source.id}: Graph gave a link to another service. Nothing was sent.")
        return link or None

    def _is_own(self, source: SourceRef, link: str) -> bool:
        """Ours, and this drive's: whatever was stored, our token goes nowhere else."""
        drive = unquote(urlsplit(link).path.partition("/drives/")[2].partition("/")[0])
        return link.startswith(f"{source.address}/") and drive == source.container


def _code(answer: "httpx.Response") -> str:
    try:
        return str(answer.json()["error"]["code"])
    except (ValueError, LookupError, TypeError):
        return ""  # a proxy's page, or nothing


@contextmanager
def _absent() -> Iterator[None]:
    """What is to go may be gone."""
    try:
        yield
    except NotThere:
        return
