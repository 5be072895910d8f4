"""Azure AI Document Intelligence as the port `Ocr`: the `prebuilt-read` model, in French, by managed identity.

One analysis for a hundred pages, only of those asked for; its result lives at the service for 24 hours and is deleted
as soon as it was read. The client retries throttling within `SharedTransport`'s bounds; what takes longer than
`patience` goes back to the queue. No exception carries content: the service quotes none, and its messages are never
passed on.
"""

import io
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from itertools import batched

from azure.ai.documentintelligence import DocumentIntelligenceClient
from azure.ai.documentintelligence.models import AnalyzeResult, DocumentLine, DocumentPage
from azure.core.credentials import TokenCredential
from azure.core.exceptions import AzureError, HttpResponseError

from ingestion.adapters.transport import SharedTransport, storage_errors
from ingestion.errors import Park, ParkReason, Retry
from ingestion.extraction.pdf_line import Line
from ingestion.extraction.pdf_page import Page
from ingestion.extraction.remote_ocr import PAGES_AT_ONCE

MODEL = "prebuilt-read"
LOCALE = "fr"
POINTS_PER_INCH = 72.0
PIXELS_PER_INCH = 300.0  # of a picture, whose page the service measures in pixels
POLLING_SECONDS = 1  # a page takes the service about that long
_HYPHENS = "-‐¬"


class DocumentIntelligenceOcr:
    """Safe to share between threads."""

    def __init__(
        self, endpoint: str, credential: TokenCredential, transport: SharedTransport, *, patience: float = 120.0
    ) -> None:
        self._client = DocumentIntelligenceClient(
            endpoint, credential, polling_interval=POLLING_SECONDS, **transport.core()
        )
        self._patience = patience

    def read(self, data: bytes, pages: Sequence[int]) -> tuple[Page, ...]:
        """Park(MALFORMED or TOO_LARGE) when the service cannot read the file; Retry for all else."""
        if not pages:
            return ()
        found: dict[int, Page] = {}
        for asked in batched(pages, PAGES_AT_ONCE, strict=False):
            result = self._analysed(data, ",".join(map(str, asked)))
            found |= {page.page_number: _page(page) for page in result.pages}
        return tuple(found.get(number, Page(number, (), 595.0, 842.0)) for number in pages)

    def _analysed(self, data: bytes, pages: str, clock: Callable[[], float] = time.monotonic) -> AnalyzeResult:
        deadline = clock() + self._patience
        with storage_errors("Document Intelligence: reading pages"):
            try:
                poller = self._client.begin_analyze_document(
                    MODEL, io.BytesIO(data), pages=pages, locale=LOCALE, content_type="application/octet-stream"
                )
                poller.wait(max(deadline - clock(), 0.0))
                if not poller.done():
                    poller.add_done_callback(lambda _: self._forget_late(poller.details["operation_id"]))
                    raise Retry("ocr_slow", "Document Intelligence takes longer than our patience.", after=60.0)
                result: AnalyzeResult = poller.result()
                self._client.delete_analyze_result(MODEL, poller.details["operation_id"])
            except HttpResponseError as error:
                if error.status_code in (400, 422):
                    raise Park(ParkReason.MALFORMED) from None
                if error.status_code == 413:
                    raise Park(ParkReason.TOO_LARGE) from None
                raise
        return result

    def _forget_late(self, operation: str) -> None:
        """What nobody waited for must not lie at the service for its 24 hours. A worker that dies before leaves it."""
        with suppress(AzureError):
            self._client.delete_analyze_result(MODEL, operation)


def _page(page: DocumentPage) -> Page:
    scale = POINTS_PER_INCH / (PIXELS_PER_INCH if page.unit == "pixel" else 1.0)
    width, height = (page.width or 8.27) * scale, (page.height or 11.69) * scale
    lines = tuple(found for line in page.lines or () if (found := _line(line, scale, height)) is not None)
    return Page(page.page_number, lines, width, height, ocr=True)


def _line(line: DocumentLine, scale: float, height: float) -> Line | None:
    """A line as the layout takes it: the polygon's box, in points, from the bottom left."""
    text = line.content.strip()
    polygon = [side * scale for side in line.polygon or ()]
    if not text or len(polygon) < 4:
        return None
    across, down = polygon[::2], polygon[1::2]
    broken = len(text) > 2 and text[-1] in _HYPHENS and text[-2].isalpha()
    top, bottom = min(down), max(down)
    return Line(text[:-1] if broken else text, min(across), max(across), height - bottom, bottom - top, False, broken)
