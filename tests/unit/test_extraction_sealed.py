"""Files within files of the rarer kinds: S/MIME, messages in Outlook messages, saved web pages, files within a PDF."""

import base64
import io
import struct
from contextlib import suppress

import pypdf
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chunking.blocks import BlockKind, Part
from evals.extraction_samples import Text, pdf
from ingestion.errors import Park, ParkReason
from ingestion.extraction import Limits, extract
from ingestion.extraction.pdf_careful import read_with_pypdf
from ingestion.extraction.smime import ENVELOPED_DATA, SIGNED_DATA, signed_content
from tests.compound_file import compound_file

_INNER = b"Content-Type: text/plain; charset=utf-8\r\n\r\nLe preneur donne cong\xc3\xa9.\r\n"


def _der(tag: int, *content: bytes) -> bytes:
    body = b"".join(content)
    size = len(body)
    length = bytes([size]) if size < 128 else b"\x82" + struct.pack(">H", size)
    return bytes([tag]) + length + body


def _endless(tag: int, *content: bytes) -> bytes:
    return bytes([tag]) + b"\x80" + b"".join(content) + b"\x00\x00"


def _signed(content: bytes, *, streamed: bool = False) -> bytes:
    data_oid = _der(0x06, b"\x2a\x86\x48\x86\xf7\x0d\x01\x07\x01")
    if streamed:
        octets = _endless(0x24, *(_der(0x04, content[at : at + 9]) for at in range(0, len(content), 9)))
        inner = _endless(0x30, _der(0x02, b"\x01"), _der(0x31), _endless(0x30, data_oid, _endless(0xA0, octets)))
        return _endless(0x30, _der(0x06, SIGNED_DATA), _endless(0xA0, inner))
    inner = _der(0x30, _der(0x02, b"\x01"), _der(0x31), _der(0x30, data_oid, _der(0xA0, _der(0x04, content))))
    return _der(0x30, _der(0x06, SIGNED_DATA), _der(0xA0, inner))


def _mail(sealed: bytes) -> bytes:
    head = b"From: ana@exemple.fr\nSubject: Bail\nMIME-Version: 1.0\nContent-Transfer-Encoding: base64\n"
    return head + b"Content-Type: application/pkcs7-mime; name=smime.p7m\n\n" + base64.encodebytes(sealed)


def _shown(part: Part) -> list[str]:
    return [block.text for block in part.blocks if block.kind is not BlockKind.MAIL_HEADER]


@pytest.mark.parametrize("streamed", [False, True])
def test_a_mail_signed_in_one_piece_is_read_through_its_signature(streamed: bool) -> None:
    part = extract(_mail(_signed(_INNER, streamed=streamed)), "message.eml", Limits())[0]
    assert _shown(part) == ["Le preneur donne congé."]
    assert "signed" in part.flags


def test_an_encrypted_mail_is_refused_as_encrypted() -> None:
    sealed = _der(0x30, _der(0x06, ENVELOPED_DATA), _der(0xA0, b"\x00" * 20))
    with pytest.raises(Park) as refused:
        extract(_mail(sealed), "message.eml", Limits())
    assert refused.value.reason is ParkReason.ENCRYPTED


def test_a_signed_file_has_what_was_signed_as_its_child() -> None:
    parts = extract(_signed(pdf([[Text(50, 700, "Acte de cautionnement.")]])), "acte.pdf.p7m", Limits())
    assert [part.path for part in parts] == ["", "1"]
    assert "signed" in parts[0].flags
    assert _shown(parts[1]) == ["Acte de cautionnement."]


def test_a_signature_that_stands_apart_holds_no_content() -> None:
    inner = _der(0x30, _der(0x02, b"\x01"), _der(0x31), _der(0x30, _der(0x06, b"\x2a")))
    with pytest.raises(Park) as refused:
        signed_content(_der(0x30, _der(0x06, SIGNED_DATA), _der(0xA0, inner)))
    assert refused.value.reason is ParkReason.EMPTY


@settings(deadline=None)
@given(st.binary(max_size=300))
def test_what_was_signed_comes_back_whole(content: bytes) -> None:
    assert signed_content(_signed(content)) == signed_content(_signed(content, streamed=True)) == content


@settings(deadline=None)
@given(at=st.integers(0, 150), byte=st.integers(0, 255))
def test_a_damaged_envelope_ends_in_a_typed_refusal_or_in_content(at: int, byte: int) -> None:
    sealed = bytearray(_signed(_INNER, streamed=True))
    sealed[at % len(sealed)] = byte
    with suppress(Park):  # anything else would be a crash
        signed_content(bytes(sealed))


def _properties(header: int, *ids: int) -> bytes:
    entries = b"".join(struct.pack("<HHIQ", 0x001F, pid, 6, 8) for pid in ids)
    return bytes(header) + entries


def _message(subject: str, body: str, header: int) -> dict[str, bytes]:
    return {
        "__properties_version1.0": _properties(header, 0x0037, 0x1000),
        "__substg1.0_0037001F": subject.encode("utf-16-le"),
        "__substg1.0_1000001F": body.encode("utf-16-le"),
    }


def test_a_message_attached_to_an_outlook_message_is_its_child() -> None:
    inner = {f"__substg1.0_3701000D/{name}": data for name, data in _message("Relance", "Sans réponse.", 24).items()}
    attached = {f"__attach_version1.0_#00000000/{name}": data for name, data in inner.items()}
    attached["__attach_version1.0_#00000000/__properties_version1.0"] = bytes(8)
    data = compound_file(_message("Bail", "Voir le message joint.", 32) | attached)
    parts = extract(data, "message.msg", Limits())
    assert [(part.path, part.title) for part in parts] == [("", "Bail"), ("1", "Relance")]
    assert [_shown(part) for part in parts] == [["Voir le message joint."], ["Sans réponse."]]


def test_a_message_in_an_unknown_code_page_is_refused_as_malformed() -> None:
    """Found by fuzzing: the package has errors of its own for it."""
    message = _message("Bail", "Texte.", 32)
    message["__properties_version1.0"] += struct.pack("<HHIQ", 0x0003, 0x3FDE, 6, 12_345)
    with pytest.raises(Park) as refused:
        extract(compound_file(message), "message.msg", Limits())
    assert refused.value.reason is ParkReason.MALFORMED


def test_a_message_whose_only_body_is_compressed_rtf_is_read() -> None:
    rtf = b"{\\rtf1 Le bail est joint.\\par}"
    message = _message("Bail", "", 32)
    message["__properties_version1.0"] += struct.pack("<HHIQ", 0x0102, 0x1009, 6, 8)
    message["__substg1.0_10090102"] = struct.pack("<IIII", len(rtf) + 12, len(rtf), 0x414C454D, 0) + rtf
    assert _shown(extract(compound_file(message), "message.msg", Limits())[0]) == ["Le bail est joint."]


_SAVED = (
    "From: <Saved by Blink>\nSnapshot-Content-Location: https://exemple.fr/bail\nSubject: Le bail\nMIME-Version: 1.0\n"
    'Content-Type: multipart/related; type="text/html"; boundary="b"\n\n--b\nContent-Type: text/html; charset=utf-8\n'
    "Content-Transfer-Encoding: 8bit\nContent-Location: https://exemple.fr/bail\n\n"
    "<html><head><title>Le bail</title></head><body><nav>Accueil</nav><main><h1>Le bail</h1><p>Texte élu.</p></main>"
    "</body></html>\n--b\nContent-Type: text/css\nContent-Location: cid:css\n\np { color: red }\n--b--\n"
)


def test_a_saved_web_page_is_its_text_without_the_files_saved_with_it() -> None:
    parts = extract(_SAVED.encode(), "bail.mhtml", Limits())
    assert [_shown(part) for part in parts] == [["Le bail", "Texte élu."]]
    assert parts[0].metadata["address"] == "https://exemple.fr/bail"
    assert parts[0].flags == ()


def test_the_second_engine_hands_over_the_files_within_a_pdf() -> None:
    writer = pypdf.PdfWriter(clone_from=io.BytesIO(pdf([[Text(50, 700, "Voir l'annexe.")]])))
    writer.add_attachment("annexe.txt", b"Le loyer est de 900 euros.")
    out = io.BytesIO()
    writer.write(out)
    attachments = read_with_pypdf(out.getvalue(), Limits()).attachments
    assert [(item.name, item.data) for item in attachments] == [("annexe.txt", b"Le loyer est de 900 euros.")]
    parts = extract(out.getvalue(), "acte.pdf", Limits())
    assert _shown(parts[1]) == ["Le loyer est de 900 euros."]
