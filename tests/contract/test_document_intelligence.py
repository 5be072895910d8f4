"""Document Intelligence: the adapter through the unchanged SDK, over HTTPS, against a server that speaks its wire."""

import time
from collections.abc import Iterator
from dataclasses import replace

import pytest
from azure.identity import DefaultAzureCredential

from chunking.blocks import Block, BlockKind, Part
from ingestion.adapters.document_intelligence import DocumentIntelligenceOcr
from ingestion.adapters.transport import SharedTransport
from ingestion.errors import Park, ParkReason, Retry
from ingestion.extraction.limits import Limits
from ingestion.extraction.remote_ocr import KeptOcr, by_service, pages_to_reread, with_pages
from ingestion.extraction.scans import Extracted
from local.certificate import Certificate
from local.document_intelligence import DocumentIntelligence
from local.server import Listener
from tests.scan_pages import Pages

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


def test_a_result_that_nobody_waited_for_does_not_stay_at_the_service_either(
    service: DocumentIntelligence, credential: DefaultAzureCredential, transport: SharedTransport
) -> None:
    service.polls_before_done = 1
    with pytest.raises(Retry):
        DocumentIntelligenceOcr(service.url, credential, transport, patience=0.0).read(_SCAN, (2,))
    assert service.results
    end = time.monotonic() + 30
    while service.results and time.monotonic() < end:
        time.sleep(0.1)
    assert service.results == {}


def test_a_file_that_the_service_cannot_read_is_parked(ocr: DocumentIntelligenceOcr) -> None:
    with pytest.raises(Park) as refused:
        ocr.read(b"not a picture", (1,))
    assert refused.value.reason is ParkReason.MALFORMED


def test_pages_without_text_are_read_again_and_pages_read_well_are_not() -> None:
    assert pages_to_reread(_part(_paragraph("Lu.", 1, "ocr"), flags=("ocr", "page_without_text"))) == (2, 3)
    assert pages_to_reread(_part(_paragraph("Lu.", 1, "ocr"), flags=("ocr",))) == ()


def test_an_extraction_with_the_service_sends_what_wants_it_and_keeps_the_rest(ocr: DocumentIntelligenceOcr) -> None:
    attached = Part("1", "note", (_paragraph("Lu.", 1, "ocr"),), "application/pdf", pages=1)
    document, exhibit = by_service(Extracted((_READ_BADLY, attached)), _SCAN, ocr)
    assert [block.page for block in document.blocks] == [1, 2]
    assert "ocr_by_service" in document.flags
    assert exhibit == attached


def test_an_attachment_that_was_read_badly_is_sent_as_well(ocr: DocumentIntelligenceOcr) -> None:
    letter = Part("", "lettre", (_paragraph("Texte.", 1),), "message/rfc822")
    attached = replace(_READ_BADLY, path="1")
    letter_after, exhibit = by_service(Extracted((letter, attached), {"1": _SCAN}), b"From: a", ocr)
    assert letter_after == letter
    assert "bailleur" in exhibit.blocks[1].text


def test_an_attachment_that_the_service_cannot_read_does_not_keep_its_mail_out(ocr: DocumentIntelligenceOcr) -> None:
    letter = Part("", "lettre", (_paragraph("Texte.", 1),), "message/rfc822")
    broken = Part("1", "pouvoir", (), "application/pdf", pages=1, flags=("page_without_text",))
    blank = replace(broken, path="2")
    unsent = replace(broken, path="3")
    found = Extracted((letter, broken, blank, unsent), {"1": b"no picture", "2": _SCAN})
    flags = [part.flags for part in by_service(found, b"From: a", ocr)]
    assert flags == [(), ("parked:malformed",), ("ocr", "ocr_by_service", "parked:empty"), ("parked:no_text",)]


def test_a_scan_that_nobody_could_read_here_is_read_by_the_service(ocr: DocumentIntelligenceOcr) -> None:
    unread = _part(flags=("page_without_text",))
    document = by_service(Extracted((unread,)), _SCAN, ocr)[0]
    assert [block.page for block in document.blocks] == [2]
    assert "page_without_text" not in document.flags


@pytest.mark.parametrize(("always", "sent"), [(False, 0), (True, 1)])
def test_pages_read_well_are_sent_where_the_cabinet_wants_the_service_always(
    ocr: DocumentIntelligenceOcr, service: DocumentIntelligence, always: bool, sent: int
) -> None:
    read = _part(_paragraph("Lu ici.", 2, "ocr"), _paragraph("Du texte.", 1), flags=("ocr",))
    document = by_service(Extracted((read,)), _SCAN, ocr, always=always)[0]
    assert service.begun == sent
    assert document.blocks[0].text == ("Du texte." if always else "Lu ici.")


def test_what_is_no_scan_is_never_sent(ocr: DocumentIntelligenceOcr, service: DocumentIntelligence) -> None:
    letter = Part("", "lettre", (_paragraph("Texte.", 1, "ocr_low"),), "message/rfc822")
    assert by_service(Extracted((letter,)), _SCAN, ocr, always=True) == (letter,)
    assert service.begun == 0


def test_many_pages_are_several_analyses(ocr: DocumentIntelligenceOcr, service: DocumentIntelligence) -> None:
    assert len(ocr.read(_SCAN, range(1, 251))) == 250
    assert service.begun == 3


def test_pages_that_the_service_has_read_of_a_long_document_are_not_sent_again(
    ocr: DocumentIntelligenceOcr, service: DocumentIntelligence
) -> None:
    kept = Pages()
    first = KeptOcr(ocr, kept).read(_SCAN, range(1, 121))
    assert KeptOcr(ocr, kept).read(_SCAN, range(1, 121)) == first
    assert service.begun == 2
    kept.pages.popitem()
    assert KeptOcr(ocr, kept).read(_SCAN, range(1, 121)) == first
    assert service.begun == 3
    KeptOcr(ocr, kept).read(_SCAN + b" of another document", range(1, 121))
    assert service.begun == 5
