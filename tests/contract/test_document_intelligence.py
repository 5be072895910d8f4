"""Document Intelligence: the adapter through the unchanged SDK, over HTTPS, against a server that speaks its wire."""

from collections.abc import Iterator

import pytest
from azure.identity import DefaultAzureCredential

from chunking.blocks import Block, BlockKind, Part
from ingestion.adapters.document_intelligence import DocumentIntelligenceOcr
from ingestion.adapters.transport import SharedTransport
from ingestion.errors import Park, ParkReason, Retry
from ingestion.extraction.limits import Limits
from ingestion.extraction.remote_ocr import pages_to_reread, with_pages
from local.certificate import Certificate
from local.document_intelligence import DocumentIntelligence
from local.server import Listener

_SCAN = b"%PDF-1.4 a scan"
_LINES = ["Le bailleur donne à bail au preneur les locaux qui sui-", "vent, pour une durée de neuf ans."]


@pytest.fixture
def service(trust: Certificate) -> Iterator[DocumentIntelligence]:
    service = DocumentIntelligence(lambda _, page: _LINES if page == 2 else [])
    listener = Listener(service.handler(), certificate=trust.bundle).start()
    service.url = listener.url
    yield service
    listener.stop()


@pytest.fixture
def ocr(
    service: DocumentIntelligence, credential: DefaultAzureCredential, transport: SharedTransport
) -> DocumentIntelligenceOcr:
    return DocumentIntelligenceOcr(service.url, credential, transport)


def _part(*blocks: Block, flags: tuple[str, ...] = ()) -> Part:
    return Part("", "acte", blocks, "application/pdf", pages=3, flags=flags)


def _paragraph(text: str, page: int, style: str = "") -> Block:
    return Block(BlockKind.PARAGRAPH, text, page=page, style=style)


_READ_BADLY = _part(
    _paragraph("Bail commercial.", 1), _paragraph("L3 ba!lleur", 2, "ocr_low"), flags=("ocr", "ocr_low_confidence")
)


def test_a_page_that_was_read_badly_is_read_by_the_service_and_put_in_place(ocr: DocumentIntelligenceOcr) -> None:
    pages = ocr.read(_SCAN, pages_to_reread(_READ_BADLY))
    part = with_pages(_READ_BADLY, pages, Limits())
    assert [(block.page, block.text) for block in part.blocks] == [
        (1, "Bail commercial."),
        (2, "Le bailleur donne à bail au preneur les locaux qui suivent, pour une durée de neuf ans."),
    ]
    assert part.flags == ("ocr", "ocr_by_service")


def test_pages_come_back_in_order_and_an_empty_one_holds_no_lines(ocr: DocumentIntelligenceOcr) -> None:
    assert [(page.number, len(page.lines)) for page in ocr.read(_SCAN, (2, 3))] == [(2, 2), (3, 0)]


def test_the_result_does_not_stay_at_the_service(ocr: DocumentIntelligenceOcr, service: DocumentIntelligence) -> None:
    ocr.read(_SCAN, (2,))
    assert service.results == {}


def test_throttling_is_waited_for(ocr: DocumentIntelligenceOcr, service: DocumentIntelligence) -> None:
    service.throttled = 1
    assert ocr.read(_SCAN, (2,))[0].lines


def test_what_outlasts_our_patience_goes_back_to_the_queue(
    service: DocumentIntelligence, credential: DefaultAzureCredential, transport: SharedTransport
) -> None:
    service.polls_before_done = 50
    with pytest.raises(Retry) as refused:
        DocumentIntelligenceOcr(service.url, credential, transport, patience=0.2).read(_SCAN, (2,))
    assert refused.value.code == "ocr_slow"


def test_a_file_that_the_service_cannot_read_is_parked(ocr: DocumentIntelligenceOcr) -> None:
    with pytest.raises(Park) as refused:
        ocr.read(b"not a picture", (1,))
    assert refused.value.reason is ParkReason.MALFORMED


def test_pages_without_text_are_read_again_and_pages_read_well_are_not() -> None:
    assert pages_to_reread(_part(_paragraph("Lu.", 1, "ocr"), flags=("ocr", "page_without_text"))) == (2, 3)
    assert pages_to_reread(_part(_paragraph("Lu.", 1, "ocr"), flags=("ocr",))) == ()
