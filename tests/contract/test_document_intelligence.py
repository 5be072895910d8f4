"""Document Intelligence: the adapter through the unchanged SDK, over HTTPS, against a server that speaks its wire."""

from collections.abc import Callable, Iterator

import pytest
from azure.identity import DefaultAzureCredential

from chunking.blocks import Block, BlockKind, Part
from ingestion.adapters.document_intelligence import DocumentIntelligenceOcr
from ingestion.adapters.transport import SharedTransport
from ingestion.errors import Park, ParkReason, Retry
from ingestion.extraction.limits import Limits
from ingestion.extraction.remote_ocr import by_choice, pages_to_reread, with_pages, with_service
from ingestion.model import OcrChoice
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


def _extracted(*parts: Part) -> Callable[[bytes, str], tuple[Part, ...]]:
    return lambda _data, _name: parts


def test_an_extraction_with_the_service_sends_what_wants_it_and_keeps_the_rest(ocr: DocumentIntelligenceOcr) -> None:
    attached = Part("1", "pouvoir", (_paragraph("L3 m@ndant", 1, "ocr_low"),), "application/pdf", pages=1)
    document, exhibit = with_service(_extracted(_READ_BADLY, attached), ocr)(_SCAN, "acte.pdf")
    assert [block.page for block in document.blocks] == [1, 2]
    assert "ocr_by_service" in document.flags
    assert exhibit == attached


def test_a_scan_that_nobody_could_read_here_is_read_by_the_service(ocr: DocumentIntelligenceOcr) -> None:
    unread = _part(flags=("page_without_text",))
    document = with_service(_extracted(unread), ocr)(_SCAN, "acte.pdf")[0]
    assert [block.page for block in document.blocks] == [2]
    assert "page_without_text" not in document.flags


@pytest.mark.parametrize(("always", "sent"), [(False, 0), (True, 1)])
def test_pages_read_well_are_sent_where_the_cabinet_wants_the_service_always(
    ocr: DocumentIntelligenceOcr, service: DocumentIntelligence, always: bool, sent: int
) -> None:
    read = _part(_paragraph("Lu ici.", 2, "ocr"), _paragraph("Du texte.", 1), flags=("ocr",))
    document = with_service(_extracted(read), ocr, always=always)(_SCAN, "acte.pdf")[0]
    assert service.begun == sent
    assert document.blocks[0].text == ("Du texte." if always else "Lu ici.")


def test_what_is_no_scan_is_never_sent(ocr: DocumentIntelligenceOcr, service: DocumentIntelligence) -> None:
    letter = Part("", "lettre", (_paragraph("Texte.", 1, "ocr_low"),), "message/rfc822")
    assert with_service(_extracted(letter), ocr, always=True)(_SCAN, "lettre.eml") == (letter,)
    assert service.begun == 0


def test_many_pages_are_several_analyses(ocr: DocumentIntelligenceOcr, service: DocumentIntelligence) -> None:
    assert len(ocr.read(_SCAN, range(1, 251))) == 250
    assert service.begun == 3


def test_a_cabinet_s_choice_decides(ocr: DocumentIntelligenceOcr, service: DocumentIntelligence) -> None:
    extract = _extracted(_READ_BADLY)
    assert by_choice(OcrChoice.EMBEDDED, extract, ocr)(_SCAN, "acte.pdf") == (_READ_BADLY,)
    assert service.begun == 0
    by_choice(OcrChoice.SERVICE, extract, ocr)(_SCAN, "acte.pdf")
    assert service.begun == 1


def test_a_choice_that_the_deployment_cannot_keep_is_said_and_tried_again() -> None:
    with pytest.raises(Retry) as refused:
        by_choice(OcrChoice.SERVICE, _extracted(_READ_BADLY), None)
    assert refused.value.code == "ocr_unconfigured"
