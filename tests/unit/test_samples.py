"""The samples are what their README says: reproducible, small, fictional, and each of its own kind."""

import email.policy
import io
import json
import re
import zipfile
from email.parser import BytesParser
from pathlib import Path

import pypdf
import pytest

from samples import identifiers, make
from samples.identifiers import IDENTIFIERS
from samples.text_blocks import pieces


def read(name: str) -> bytes:
    return (make.DOCUMENTS / name).read_bytes()


def pdf_text(name: str) -> str:
    return make.text_of(pypdf.PdfReader(io.BytesIO(read(name)))).replace("\u00a0", " ")


def test_the_committed_files_are_those_that_the_programme_writes(tmp_path: Path) -> None:
    make.make(tmp_path)
    written = {str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*") if path.is_file()}
    kept = {str(path.relative_to(make.DOCUMENTS)) for path in make.DOCUMENTS.rglob("*") if path.is_file()}
    assert written == kept == set(make.WRITERS)
    differing = [name for name in make.WRITERS if name != make.LOCKED and (tmp_path / name).read_bytes() != read(name)]
    assert differing == []


def test_together_they_stay_small() -> None:
    assert sum(len(read(name)) for name in make.WRITERS) < 1_500_000


def test_the_lease_keeps_its_numbers_in_its_styles() -> None:
    with zipfile.ZipFile(io.BytesIO(read(make.LEASE))) as archive:
        body, numbering = archive.read("word/document.xml").decode(), archive.read("word/numbering.xml").decode()
    assert "Article %1 –" in numbering
    assert "Article 9 –" not in body
    headings = [piece.text for piece in pieces("bail") if piece.kind == "heading"]
    assert headings[9 - 1] == "Cession et sous-location"


def test_the_contract_has_ten_pages_with_heads_feet_and_notes() -> None:
    reader = pypdf.PdfReader(io.BytesIO(read(make.SERVICES)))
    texts = [page.extract_text() for page in reader.pages]
    assert len(texts) == 10
    assert all("Confidentiel" in text for text in texts[1:])
    assert [re.search(r"Page (\d+) sur 10", text) is not None for text in texts] == [True] * 10
    assert sum("procès-verbal de la phase d’essai, signé" in text for text in texts) == 1


def test_the_judgment_has_the_parts_of_a_judgment_in_order() -> None:
    text = pdf_text(make.JUDGMENT)
    places = [text.index(part) for part in ("N° RG 24/00817", "EXPOSÉ DU LITIGE", "\nMOTIFS", "PAR CES MOTIFS")]
    assert places == sorted(places)


def test_the_scan_has_an_image_and_no_text() -> None:
    page = pypdf.PdfReader(io.BytesIO(read(make.NOTICE))).pages[0]
    image = next(iter(page.images)).image
    assert page.extract_text().strip() == ""
    assert image is not None
    assert abs(image.width / float(page.mediabox.width) * 72 - 300) < 1


def test_the_message_quotes_the_one_it_answers_and_carries_a_document() -> None:
    message = BytesParser(policy=email.policy.default).parsebytes(read(make.MAIL))
    body = message.get_body()
    assert body is not None
    assert body["Content-Transfer-Encoding"] == "quoted-printable"
    assert "a écrit :" in body.get_content()
    assert [part.get_filename() for part in message.iter_attachments()] == [
        "Projet d’avenant n° 1 – bail de l’Horloge.docx"
    ]


def test_one_file_asks_for_a_password_and_one_is_damaged() -> None:
    locked = pypdf.PdfReader(io.BytesIO(read(make.LOCKED)))
    assert locked.is_encrypted
    assert not locked.decrypt("")
    assert make.still_locks_the_same(read(make.LOCKED))
    with pytest.raises(zipfile.BadZipFile):
        zipfile.ZipFile(io.BytesIO(read(make.BROKEN)))


def test_each_question_names_a_file_that_holds_its_answer() -> None:
    questions = json.loads((make.DOCUMENTS.parent / "questions.json").read_text("utf-8"))
    text = {make.LEASE: "\n".join(piece.text for piece in pieces("bail")).replace("\u00a0", " ")}
    assert len(questions) == 3
    for question in questions:
        name = question["document"]
        held = " ".join((text.get(name) or pdf_text(name)).split())
        assert question["answer"] in held
        assert question["passage"].split("– ")[-1] in held


def luhn_holds(digits: str) -> bool:
    return identifiers.luhn_completed(digits[:-1]) == digits


def test_every_identifier_passes_its_checksum() -> None:
    for name, value in IDENTIFIERS.items():
        digits = re.sub(r"\D", "", value)
        match name.split("_")[0]:
            case "siren" | "siret":
                assert luhn_holds(digits), name
            case "tva":
                assert int(digits[:2]) == (12 + 3 * int(digits[2:])) % 97, name
            case "iban":
                assert int(digits[2:] + "1527" + digits[:2]) % 97 == 1, name
            case "nir":
                assert (int(digits[:13]) + int(digits[13:])) % 97 == 0, name


@pytest.mark.parametrize(
    ("computed", "published"),
    [
        (identifiers.siren("73282932"), "732 829 320"),
        (identifiers.french_iban("20041", "01005", "00500013026"), "FR76 2004 1010 0500 5000 1302 606"),
        (identifiers.nir("2550814168025"), "2 55 08 14 168 025 38"),
    ],
)
def test_the_checksums_agree_with_published_examples(computed: str, published: str) -> None:
    """Luhn's example number; a bank's specimen account; the specimen of a health card."""
    assert computed == published


def test_names_that_no_file_may_carry_unmarked() -> None:
    """Each text says that it is fiction, save the e-mail and its quotation, whose addresses end in example.org."""
    for path in sorted((make.DOCUMENTS.parent / "text").glob("*.txt")):
        text = path.read_text("utf-8").lower()
        assert "ficti" in text or path.stem.startswith("courriel"), path.stem
