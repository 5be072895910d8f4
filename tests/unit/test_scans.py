"""Long scans: what was recognised once is not recognised again, by whomever it was, and nothing else is believed."""

import io
import os
import signal
import threading
import time
from email.message import EmailMessage

import pytest
from PIL import Image, ImageDraw, ImageFont

from evals.extraction_samples import assembled
from ingestion.errors import Busy, Retry
from ingestion.extraction import Limits, extract, ocr
from ingestion.extraction.legibility import is_legible
from ingestion.extraction.pdf_line import Line
from ingestion.extraction.sandbox import Sandbox
from ingestion.extraction.scans import LONG_SCAN, Desk, Notebook, OcrPage, ScanOrder, packed, unpacked
from tests.scan_pages import Pages, scan

needs_ocr = pytest.mark.skipif(not ocr.installed() and not os.environ.get("CI"), reason="needs the extra `ocr`")
_MANY = LONG_SCAN + 2
_NAME = "0123456789abcdef" * 2


def test_a_page_is_the_same_after_it_was_kept() -> None:
    page = OcrPage(
        (Line("Attendu que", 72.0, 190.5, 700.25, 11.0, False, broken=True, tilted=True),), 93.0, sideways=True
    )
    assert unpacked(packed(page)) == page


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "[1]",
        '[90,false,[["a",1,2]]]',
        '[90,false,[["a",1,2,3,NaN,true,true]]]',
        "[90,false,[[1,1,2,3,4,true,true]]]",
    ],
)
def test_what_was_not_kept_as_a_page_is_none(text: str) -> None:
    assert unpacked(text) is None


def test_a_short_scan_is_not_kept_and_a_long_one_is_kept_whole() -> None:
    kept = Pages()
    notebook = Notebook(kept, most=500)
    names = [f"{number:032x}" for number in range(LONG_SCAN)]
    for name in names[:-1]:
        notebook.note(name, "page")
    assert not kept.pages
    notebook.note(names[-1], "page")
    assert list(kept.pages) == names


def test_a_child_cannot_name_a_page_as_it_likes_or_fill_the_store() -> None:
    kept = Pages()
    notebook = Notebook(kept, most=LONG_SCAN)
    for name in ("../autre", "A" * 32, *(f"{number:032x}" for number in range(50))):
        notebook.note(name, "page")
    notebook.note(_NAME, "x" * (2 << 20))
    assert len(kept.pages) == LONG_SCAN


@needs_ocr
def test_a_line_stands_where_the_scan_has_it_though_its_picture_was_narrowed() -> None:
    page = Image.new("L", (2480, 700), 255)  # 300 dpi
    font = ImageFont.load_default(60)
    sentence = "Attendu que le bailleur a vendu le fonds au preneur"
    ImageDraw.Draw(page).text((600, 300), sentence, fill=0, font=font)
    picture, paper = io.BytesIO(), io.BytesIO()
    page.save(picture, "PNG")
    page.save(paper, "PDF", resolution=300)
    width = font.getlength(sentence) * 72 / 300
    for line in (_first_line(picture.getvalue(), "scan.png"), _first_line(paper.getvalue(), "scan.pdf")):
        assert line.text == sentence
        assert (line.x0, line.x1 - line.x0) == pytest.approx((600 * 72 / 300, width), abs=2)


@needs_ocr
@pytest.mark.parametrize("turned", [90, 180, 270])
def test_a_page_that_went_into_the_scanner_the_wrong_way_is_read(turned: int) -> None:
    page = Image.new("L", (2480, 1400), 255)
    for n, word in enumerate(("Attendu", "Condamne", "Rejette", "Ordonne", "Confirme", "Infirme")):
        sentence = f"{word} que les lots sont vendus au preneur par le bailleur"
        ImageDraw.Draw(page).text((300, 200 + 180 * n), sentence, fill=0, font=ImageFont.load_default(60))
    upright, wrong = io.BytesIO(), io.BytesIO()
    page.save(upright, "PNG")
    page.rotate(turned, expand=True).save(wrong, "PNG")
    expected = extract(upright.getvalue(), "scan.png", Limits())[0].blocks
    found = extract(wrong.getvalue(), "scan.png", Limits())[0].blocks
    assert [block.text for block in found] == [block.text for block in expected]
    assert [block.kind for block in found] == [block.kind for block in expected]
    for block, other in zip(found, expected, strict=True):
        assert block.position == pytest.approx(other.position, abs=4)


_CMAP = b"""/CIDInit /ProcSet findresource begin 12 dict begin begincmap /CMapName /Adobe-Identity-UCS def
1 begincodespacerange <00> <FF> endcodespacerange 1 beginbfrange <41> <7A> <%b> endbfrange endcmap end end"""


@needs_ocr
@pytest.mark.parametrize("first", [b"0024", b"2190"])
def test_a_page_whose_font_lies_about_its_letters_is_read_from_its_picture(first: bytes) -> None:
    sentence = "Attendu que le bailleur a vendu le fonds au preneur par acte du mois de mars"
    text = " ".join(f"BT /F1 14 Tf 40 {700 - 20 * n} Td ({sentence}) Tj ET" for n in range(4)).encode()
    cmap = _CMAP % first
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R "
        b"/Resources << /Font << /F1 5 0 R >> >> >>",
        b"<< /Length %d >>\nstream\n%b\nendstream" % (len(text), text),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding /ToUnicode 6 0 R >>",
        b"<< /Length %d >>\nstream\n%b\nendstream" % (len(cmap), cmap),
    ]
    part = extract(assembled(objects), "acte.pdf", Limits())[0]
    assert " ".join(block.text for block in part.blocks) == " ".join([sentence] * 4)
    assert "ocr" in part.flags


@pytest.mark.parametrize(
    ("text", "legible"),
    [
        ("Le preneur verse le loyer au bailleur chaque trimestre et d'avance. " * 3, True),
        ("$WWHQGX TXH OH EDLOOHXU D GpOLYUp FRQJp DX SUHQHXU SDU DFWH H[WUDMXGLFLDLUH " * 2, False),
        ("!\"# $% &'( )*+ ,-. /:; <=> " * 8, False),
        ("25.91Z 28.11Z 28.24Z 28.95Z 28.99A 28.99B 46.14Z 46.61Z 71.12A 71.12B " * 3, True),
        ("1 250,50 € 3 000,00 € 89,90 € 450,00 € 12 345,67 € 13 049,77 € 6,50 € 0,00 € " * 2, True),
        ("Signature : ....................................................... " * 3, True),
        ("SARL SCI SCP SELARL TGI TJ CPH CNIL CNB RCS RPVA SIRET TVA HT TTC PJ " * 3, True),
        ("Договор аренды заключён между сторонами на срок девять лет начиная с первого " * 2, True),
        ("#@!", True),
    ],
)
def test_writing_is_told_from_signs_without_sense(text: str, legible: bool) -> None:
    line = Line(text, 0, 0, 0, 0, bold=False)
    assert is_legible([line]) is legible


def _first_line(data: bytes, name: str) -> Line:
    """The first line that Tesseract finds, as the desk is told of it."""
    told: list[str] = []
    ocr.work_for(Desk(recognised=lambda _name, page: told.append(page)))
    try:
        extract(data, name, Limits())
    finally:
        ocr.work_for(Desk())
    page = unpacked(told[0])
    assert page is not None
    return page.lines[0]


@needs_ocr
def test_a_scan_whose_worker_died_goes_on_where_it_stopped() -> None:
    kept, data = Died(after=LONG_SCAN + 1), scan(range(_MANY))
    with Sandbox(Limits()) as sandbox:
        with pytest.raises(Retry):
            sandbox.read(data, "pièces.pdf", ScanOrder(kept=kept))
        assert len(kept.pages) == LONG_SCAN + 1
        kept.after = _MANY
        found = sandbox.read(data, "pièces.pdf", ScanOrder(kept=kept))  # `Pages` refuses a page that comes twice
        assert len(kept.pages) == _MANY
        assert found.parts == sandbox.extract(data, "pièces.pdf")


@needs_ocr
def test_a_page_is_recognised_once_though_a_try_at_the_document_dies() -> None:
    kept = Pages()
    data = scan(range(_MANY))
    with Sandbox(Limits()) as sandbox:
        sandbox.extract(b"a", "a.txt")
        helper = sandbox.helper_pid
        assert helper is not None
        killer = threading.Thread(target=_kill_after_first_pages, args=(helper, kept))
        killer.start()
        found = sandbox.read(data, "pièces.pdf", ScanOrder(kept=kept))
        killer.join()
        assert sandbox.helper_pid != helper
    assert len(kept.pages) == _MANY
    assert found.parts[0].pages == _MANY


@needs_ocr
def test_a_scan_that_had_its_turn_comes_back_with_its_pages_kept() -> None:
    kept, data = Pages(), scan(range(_MANY))
    turns = 0
    with Sandbox(Limits(scan_seconds=0.0)) as sandbox:
        while turns < _MANY:
            turns += 1
            try:
                found = sandbox.read(data, "pièces.pdf", ScanOrder(kept=kept))
                break
            except Busy:
                assert len(kept.pages) >= LONG_SCAN
    assert turns == 1 + _MANY - LONG_SCAN
    assert {block.page for block in found.parts[0].blocks} == set(range(1, _MANY + 1))


@needs_ocr
def test_a_service_that_reads_every_page_gets_them_unread_here() -> None:
    with Sandbox(Limits()) as sandbox:
        document = sandbox.read(scan([1, 2]), "pièce.pdf", ScanOrder(recognise=False, originals=True)).parts[0]
    assert not document.blocks
    assert "page_without_text" in document.flags
    assert "ocr" not in document.flags


@pytest.mark.parametrize(("originals", "handed"), [(True, {"1"}), (False, set())])
def test_attachments_with_pages_for_a_service_come_with_their_bytes(originals: bool, handed: set[str]) -> None:
    exhibit = scan([1])
    with Sandbox(Limits()) as sandbox:
        found = sandbox.read(_mail(exhibit), "envoi.eml", ScanOrder(recognise=False, originals=originals))
    assert set(found.originals) == handed
    assert all(data == exhibit for data in found.originals.values())
    assert found.parts[1].media_type == ("application/pdf" if originals else "application/octet-stream")


def _mail(exhibit: bytes) -> bytes:
    mail = EmailMessage()
    mail["Subject"] = "Pièces"
    mail.set_content("Veuillez trouver la pièce ci-jointe.")
    mail.add_attachment(exhibit, maintype="application", subtype="pdf", filename="pièce 1.pdf")
    mail.add_attachment("Un texte.", filename="note.txt")
    return mail.as_bytes()


def _kill_after_first_pages(helper: int, kept: Pages) -> None:
    end = time.monotonic() + 60
    while not kept.pages and time.monotonic() < end:
        time.sleep(0.01)
    os.kill(helper, signal.SIGKILL)


class Died(Pages):
    """A store behind which the worker dies after some pages."""

    def __init__(self, after: int) -> None:
        super().__init__()
        self.after = after

    def keep(self, name: str, page: str) -> None:
        if len(self.pages) >= self.after:
            raise Retry("answer_lost", "the worker dies here")
        super().keep(name, page)
