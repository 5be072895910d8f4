"""E-mail: headers, bodies, quoted threads, attachments."""

import email.message
import email.policy
import struct

import pytest

from chunking.blocks import BlockKind, Part
from evals.extraction_samples import Text, pdf, zipped
from ingestion.errors import Park, ParkReason
from ingestion.extraction import Limits, extract
from ingestion.extraction.tnef import unpacked_rtf


def _mail(body: str, subtype: str = "plain", **headers: str) -> email.message.EmailMessage:
    message = email.message.EmailMessage(policy=email.policy.SMTP)
    for name, value in ({"From": "Ana Aubépine <ana@exemple.fr>", "Subject": "Bail de l'été"} | headers).items():
        message[name] = value
    message.set_content(body, subtype=subtype)
    return message


def _read(message: email.message.EmailMessage | bytes) -> tuple[Part, ...]:
    return extract(message if isinstance(message, bytes) else message.as_bytes(), "message.eml", Limits())


def _kinds(part: Part) -> list[tuple[BlockKind, str]]:
    return [(block.kind, block.text) for block in part.blocks if block.kind is not BlockKind.MAIL_HEADER]


def test_headers_are_decoded_and_the_subject_is_the_title() -> None:
    part = _read(_mail("Bonjour.", Date="Fri, 21 Nov 2025 09:00:00 +0100"))[0]
    assert part.title == "Bail de l'été"
    assert part.metadata["from"] == "Ana Aubépine <ana@exemple.fr>"
    assert [b.text for b in part.blocks if b.kind is BlockKind.MAIL_HEADER] == [
        "From: Ana Aubépine <ana@exemple.fr>",
        "Date: Fri, 21 Nov 2025 09:00:00 +0100",
        "Subject: Bail de l'été",
    ]


def test_plain_text_is_preferred_to_html() -> None:
    message = _mail("En clair.")
    message.add_alternative("<p>En HTML.</p>", subtype="html")
    assert _kinds(_read(message)[0]) == [(BlockKind.PARAGRAPH, "En clair.")]


def test_an_html_body_is_read_where_there_is_no_other() -> None:
    part = _read(_mail("<style>p{}</style><p>Bonjour,</p><blockquote>Ancien.</blockquote>", "html"))[0]
    assert _kinds(part) == [(BlockKind.PARAGRAPH, "Bonjour,"), (BlockKind.QUOTE, "Ancien.")]


def test_an_html_body_is_split_by_the_same_marks() -> None:
    html = (
        "<div>Bonjour,</div><div>D'accord.</div><div>-- </div><div>Ana Aubépine</div>"
        "<div><b>De :</b> Jean Bruyère<br><b>Envoyé :</b> lundi 15 novembre 2021<br><b>À :</b> Ana<br>"
        "<b>Objet :</b> Bail</div><p>Le bail est prêt.</p>"
    )
    kinds = _kinds(_read(_mail(html, "html"))[0])
    assert [kind for kind, _ in kinds] == [BlockKind.PARAGRAPH] * 2 + [BlockKind.SIGNATURE] * 2 + [BlockKind.QUOTE] * 5
    assert kinds[-1][1] == "Le bail est prêt."


@pytest.mark.parametrize(
    "mark",
    [
        "Le lun. 15 nov. 2021 à 19:42, Jean Bruyère <j@exemple.fr> a écrit :",
        "Le lun. 15 nov. 2021 à 19:42, Jean Bruyère <j@exemple.fr>\na écrit :",
        "-------- Message d'origine --------",
        "-----Message transféré-----",
        "De : Jean Bruyère <j@exemple.fr>\nEnvoyé : lundi 15 novembre 2021 19:42\nÀ : Ana Aubépine\nObjet : Bail",
        "On Mon, 15 Nov 2021 at 19:42, Jean Bruyère <j@exemple.fr> wrote:",
        "> Bonjour,",
    ],
)
def test_what_stands_under_a_mark_of_quotation_is_quoted(mark: str) -> None:
    part = _read(_mail(f"Ma réponse.\n\n{mark}\n\n> Ancien message.\n"))[0]
    kinds = _kinds(part)
    assert kinds[0] == (BlockKind.PARAGRAPH, "Ma réponse.")
    assert {kind for kind, _ in kinds[1:]} == {BlockKind.QUOTE}
    assert kinds[-1][1].endswith("Ancien message.")


def test_a_sentence_that_only_begins_like_a_quotation_is_not_one() -> None:
    text = "Le 3 mai, le tribunal a rendu son jugement.\n\nDe : ce jour, rien d'autre."
    assert {kind for kind, _ in _kinds(_read(_mail(text))[0])} == {BlockKind.PARAGRAPH}


def test_the_signature_is_apart() -> None:
    part = _read(_mail("Bonjour.\n\n-- \nAna Aubépine\nAvocate"))[0]
    assert _kinds(part) == [(BlockKind.PARAGRAPH, "Bonjour."), (BlockKind.SIGNATURE, "Ana Aubépine Avocate")]


def test_attachments_are_numbered_children_and_one_that_cannot_be_read_says_why() -> None:
    inner = _mail("Transféré.", Subject="Pièce")
    inner.add_attachment(b"Annexe au courrier.", maintype="text", subtype="plain", filename="annexe.txt")
    message = _mail("Voici.")
    message.add_attachment(
        pdf([[Text(50, 700, "Acte de vente.")]]), maintype="application", subtype="pdf", filename="acte.pdf"
    )
    message.add_attachment(inner)
    message.add_attachment(b"%PDF-1.4 rien", maintype="application", subtype="pdf", filename="faux.pdf")
    parts = _read(message)
    assert [(part.path, part.title) for part in parts] == [
        ("", "Bail de l'été"), ("1", "acte"), ("2", "Pièce"), ("2.1", "annexe"), ("3", "faux"),
    ]  # fmt: skip
    assert parts[4].flags == ("parked:malformed",)
    assert parts[4].blocks == ()


def test_raw_bytes_in_headers_and_bodies_lose_no_letter() -> None:
    raw = "Subject: Déchéance du terme\r\nFrom: a@exemple.fr\r\n\r\nL’été dernier.".encode("cp1252")
    part = _read(raw)[0]
    assert part.title == "Déchéance du terme"
    assert _kinds(part) == [(BlockKind.PARAGRAPH, "L’été dernier.")]


def test_a_lying_charset_is_survived() -> None:
    raw = b'From: a@exemple.fr\nSubject: x\nContent-Type: text/plain; charset="zlib_codec"\n\nbonjour \xe9t\xe9'
    assert _kinds(_read(raw)[0]) == [(BlockKind.PARAGRAPH, "bonjour été")]


def test_a_mailbox_is_a_folder_of_messages() -> None:
    messages = b"".join(
        b"From a@exemple.fr Mon Nov 15 19:42:00 2021\n" + _mail(f"N {n}.").as_bytes() + b"\n" for n in (1, 2)
    )
    parts = extract(messages, "archives.mbox", Limits())
    assert [part.path for part in parts] == ["", "1", "2"]
    assert _kinds(parts[2]) == [(BlockKind.PARAGRAPH, "N 2.")]


def test_a_message_of_thousands_of_nested_parts_is_a_bomb() -> None:
    nested = "".join(f'Content-Type: multipart/mixed; boundary="b{n}"\n\n--b{n}\n' for n in range(3_000))
    with pytest.raises(Park) as refused:
        _read(f"From: a@exemple.fr\nSubject: x\nMIME-Version: 1.0\n{nested}".encode())
    assert refused.value.reason is ParkReason.BOMB


def test_containers_within_containers_end_at_the_limit() -> None:
    data = b"au fond"
    name = "fond.txt"
    for depth in range(8):
        data, name = zipped({name: data}), f"{depth}.zip"
    parts = extract(data, name, Limits(nesting=3))
    assert parts[-1].flags == ("parked:bomb",)
    assert parts[-1].path == "1.1.1.1"


def test_answers_between_quoted_lines_are_text() -> None:
    body = "Le 3 décembre 2024, Paul a écrit :\n> Le loyer ?\nIl est payé.\n> Les charges ?\nElles aussi.\n"
    assert _kinds(_read(_mail(body))[0]) == [
        (BlockKind.PARAGRAPH, "Le 3 décembre 2024, Paul a écrit :"),
        (BlockKind.QUOTE, "Le loyer ?"),
        (BlockKind.PARAGRAPH, "Il est payé."),
        (BlockKind.QUOTE, "Les charges ?"),
        (BlockKind.PARAGRAPH, "Elles aussi."),
    ]


def _record(name: int, content: bytes) -> bytes:
    return struct.pack("<BII", 2, name, len(content)) + content + b"\0\0"


def _text_property(key: int, text: str) -> bytes:
    value = text.encode("utf-16-le") + b"\0\0"
    return struct.pack("<HHII", 0x1F, key, 1, len(value)) + value + b"\0" * (-len(value) % 4)


def test_what_outlook_hides_in_winmail_dat_comes_out() -> None:
    rtf = b"{\\rtf1 Ci-joint le bail.\\par}"
    stored = struct.pack("<IIII", len(rtf) + 12, len(rtf), 0x414C454D, 0) + rtf
    body = struct.pack("<IHHII", 1, 0x102, 0x1009, 1, len(stored)) + stored
    tnef = b"\x78\x9f\x3e\x22\0\0" + _record(0x00069003, body) + _record(0x00069002, b"\0" * 14)
    tnef += _record(0x00018010, b"PIECE~1.TXT\0") + _record(0x0006800F, "Le loyer dû.".encode())
    tnef += _record(0x00069005, struct.pack("<I", 1) + _text_property(0x3707, "pièce n° 1.txt"))
    message = _mail("Voir la pièce.")
    message.add_attachment(tnef, maintype="application", subtype="ms-tnef", filename="winmail.dat")
    parts = _read(message)
    assert [(part.title, [block.text for block in part.blocks]) for part in parts[1:]] == [
        ("winmail", ["Ci-joint le bail."]),
        ("pièce n° 1", ["Le loyer dû."]),
    ]


def test_compressed_rtf_is_unpacked_as_its_specification_shows() -> None:
    """[MS-OXRTFCP] 4.1.1: a text that copies from the dictionary, and 4.1.2: one that copies from itself."""
    simple = bytes.fromhex(
        "2d0000002b0000004c5a4675f1c5c7a703000a007263706731323542320af32068656c090020627705b06c647d0a800fa0"
    )
    crossing = bytes.fromhex("1a0000001c0000004c5a4675e2d44b51410004205758595a0d6e7d010eb0")
    assert unpacked_rtf(simple, Limits()) == b"{\\rtf1\\ansi\\ansicpg1252\\pard hello world}\r\n"
    assert unpacked_rtf(crossing, Limits()) == b"{\\rtf1 WXYZWXYZWXYZWXYZWXYZ}"


def test_a_mark_before_the_headers_hides_none_of_them_and_no_letter_is_lost() -> None:
    part = _read(b"\xef\xbb\xbfFrom: a@exemple.fr\nSubject: \xe9t\xe9\n\nCorps \xe9t\xe9.")[0]
    assert part.title == "été"
    assert _kinds(part)[-1] == (BlockKind.PARAGRAPH, "Corps été.")


def test_a_mailbox_s_escaped_line_is_as_it_was_written() -> None:
    box = b"From a@b Mon Jan  5 2026\nFrom: a@b.fr\nSubject: un\n\nVoici.\n>From Lyon, rien.\n"
    texts = [block.text for part in extract(box, "a.mbox", Limits()) for block in part.blocks]
    assert texts[-1] == "Voici. From Lyon, rien."


_INVITATION = r"""BEGIN:VCALENDAR
METHOD:REQUEST
BEGIN:VTIMEZONE
TZID:Romance Standard Time
END:VTIMEZONE
BEGIN:VEVENT
UID:040000008200E00074C5B7101A82E008
DTSTART;TZID=Romance Standard Time:20250412T093000
DTEND:20250412T090000Z
SUMMARY;LANGUAGE=fr-FR:Audience de mise en état\, 2e chambre
DESCRIPTION:Dossier Martin c/ Petit.\nApporter les pièces et le
  bordereau.
ORGANIZER;CN="Greffe: civil":mailto:greffe@tj.example
BEGIN:VALARM
DESCRIPTION:Reminder
END:VALARM
STATUS:CANCELLED
END:VEVENT
END:VCALENDAR
"""


def test_an_invitation_reads_as_a_calendar_shows_it() -> None:
    mail = _mail("Vous êtes convoqué.")
    mail.add_alternative(_INVITATION, subtype="calendar", params={"method": "REQUEST"})
    body, invitation = extract(mail.as_bytes(), "audience.eml", Limits())
    assert body.blocks[-1].text == "Vous êtes convoqué."
    assert not invitation.flags
    assert [block.text for block in invitation.blocks] == [
        "Audience de mise en état, 2e chambre",
        "Début : 12/04/2025 09:30",
        "Fin : 12/04/2025 09:00 UTC",
        "Dossier Martin c/ Petit.",
        "Apporter les pièces et le bordereau.",
        "Organisateur : Greffe: civil <greffe@tj.example>",
        "Annulé",
    ]


def test_an_address_card_reads_whichever_way_its_letters_are_written() -> None:
    lines = (
        "BEGIN:VCARD", "VERSION:2.1", "FN;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:H=C3=A9l=C3=A8ne =", "Lef=C3=A8vre",
        "ORG:Cabinet Lefèvre;Droit social", "PHOTO;ENCODING=BASE64:AAAA=", "", "item1.EMAIL:h@lefevre.example",
        "END:VCARD",
    )  # fmt: skip
    found = extract("\r\n".join(lines).encode(), "carte.vcf", Limits())[0].blocks
    assert [block.text for block in found] == [
        "Hélène Lefèvre", "Organisation : Cabinet Lefèvre, Droit social", "Courriel : h@lefevre.example",
    ]  # fmt: skip


def test_a_calendar_without_entries_is_empty() -> None:
    with pytest.raises(Park) as parked:
        extract(b"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nEND:VCALENDAR\r\n", "vide.ics", Limits())
    assert parked.value.reason is ParkReason.EMPTY
