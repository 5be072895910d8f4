"""What msgraph-sdk needs around it: a loop of its own, a quiet start, our token, and its answers left unread.

The SDK is async only. One private event loop runs in a thread of its own for the life of the process, and every call is
awaited by the thread that made it: connections and tokens are kept, nothing runs that nobody waits for, and neither the
worker's own loop nor its thread pool is touched. (`asyncio.run` for each call would open a TLS connection each time.)
"""

import asyncio
import threading
import warnings
from collections.abc import Coroutine, Mapping
from importlib import import_module
from typing import Any
from urllib.parse import urlsplit

from azure.core.credentials import TokenCredential

BUILDERS = (  # the modules of the SDK that we use
    "drives.drives",
    "drives.item.drive_item",
    "drives.item.items.items",
    "drives.item.items.item.drive_item_item",
    "drives.item.items.item.children.children",
    "drives.item.items.item.delta.delta",
    "drives.item.items.item.permissions.permissions",
    "sites.sites",
    "sites.item.site_item",
    "sites.item.drives.drives",
    "subscriptions.subscriptions",
    "subscriptions.item.subscription_item",
)


class Loop:
    """An event loop in a daemon thread, started by the first call."""

    def __init__(self) -> None:
        self._loop: asyncio.AbstractEventLoop | None = None
        self._lock = threading.Lock()

    def wait[T](self, work: Coroutine[Any, Any, T], seconds: float) -> T:
        """The result. TimeoutError after `seconds`: the work is then cancelled, so that nothing is left running."""
        future = asyncio.run_coroutine_threadsafe(work, self._running())
        try:
            return future.result(seconds)
        except TimeoutError:
            future.cancel()
            raise

    def stop(self) -> None:
        with self._lock:
            if self._loop is not None:
                self._loop.call_soon_threadsafe(self._loop.stop)
                self._thread.join()
                self._loop.close()
                self._loop = None

    def _running(self) -> asyncio.AbstractEventLoop:
        with self._lock:
            if self._loop is None:
                self._loop = asyncio.new_event_loop()
                self._thread = threading.Thread(target=self._loop.run_forever, name="graph", daemon=True)
                self._thread.start()
            return self._loop


def load_quietly() -> None:
    """The SDK's own modules warn of themselves when they are loaded: all at once, before any call."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        for name in BUILDERS:
            import_module(f"msgraph.generated.{name}_request_builder")


def unread(headers: Mapping[str, str]) -> Any:
    """A request's configuration that gives the answer itself, whatever its status."""
    from kiota_abstractions.base_request_configuration import RequestConfiguration
    from kiota_abstractions.native_response_handler import NativeResponseHandler
    from kiota_http.middleware.options import ResponseHandlerOption

    asked: RequestConfiguration[Any] = RequestConfiguration(options=[ResponseHandlerOption(NativeResponseHandler())])
    for name, value in headers.items():
        asked.headers.add(name, value)
    return asked


def bearer(credential: TokenCredential, address: str) -> Any:
    """Puts the token on requests to `address` only. The credential blocks: it is asked in a thread."""
    from kiota_abstractions.authentication import AuthenticationProvider
    from kiota_abstractions.request_information import RequestInformation

    split = urlsplit(address)
    host = "graph.microsoft.com" if split.hostname == "127.0.0.1" else split.hostname  # the local cloud's Graph
    scope = f"https://{host}/.default"

    class Bearer(AuthenticationProvider):  # type: ignore[misc, unused-ignore]
        async def authenticate_request(
            self,
            request: RequestInformation,
            additional_authentication_context: dict[str, Any] | None = None,  # noqa: ARG002 - the SDK's signature
        ) -> None:
            if urlsplit(request.url).netloc == split.netloc:
                token = await asyncio.to_thread(credential.get_token, scope)
                request.headers.add("Authorization", f"Bearer {token.token}")

    return Bearer()
