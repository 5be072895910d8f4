"""French identifiers: the arithmetic of their keys, the cues of those without one,
and what typists and OCR do to them."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from redaction import checksums
from redaction.anchors import Anchored
from redaction.digest import digest
from redaction.normalise import normalise
from redaction.patterns import find_identifiers
from redaction.places import find_places_and_dates
from redaction.spans import Entity


def found(text: str) -> set[tuple[Entity, str]]:
    around = digest(Anchored(normalise(text).text))
    return {
        (span.entity, around.source[span.start : span.end])
        for span in [*find_identifiers(around), *find_places_and_dates(around)]
    }


IDENTIFIERS = [
    (Entity.IBAN, "FR76 3000 6000 0112 3456 7890 189", "compte {}"),
    (Entity.IBAN, "FR1420041010050500013M02606", "{} BIC PSSTFRPPBOR"),
    (Entity.IBAN, "DE89 3704 0044 0532 0130 00", "IBAN : {}."),
    (Entity.RIB, "30006 00001 12345678901 89", "{}"),
    (Entity.NIR, "1 71 06 69 266 012 01", "n° {}"),
    (Entity.NIR, "295089933012340", "sous le n° {},"),
    (Entity.NIR, "185088203701244", "preneur, n° MSA {},"),
    (Entity.SIREN, "732 829 320", "RCS de Lyon sous le numéro {},"),
    (Entity.SIREN, "732829320", "SIREN {}"),
    (Entity.SIRET, "732 829 320 00074", "SIRET {}"),
    (Entity.SIRET, "35600000000048", "La Poste {}"),
    (Entity.VAT, "FR44732829320", "TVA {}"),
    (Entity.CARD, "4970 1012 3456 7890", "carte bancaire n° {}"),
    (Entity.CARD, "4111 1111 1111 1111", "réglé avec {}"),
    (Entity.PHONE, "04 78 42 00 17", "tél. : {}"),
    (Entity.PHONE, "07.81.22.45.09", "au {}."),
    (Entity.PHONE, "+33 6 12 34 56 78", "joignable au {}"),
    (Entity.EMAIL, "s.darmagnac@cabinet-armagnac.fr", "courriel : {}"),
    (Entity.EMAIL, "odile.vanneste [at] exemple.fr", "écrire à {}"),
    (Entity.PHONE, "0677 45 90 21", "prêt à témoigner : {}."),
    (Entity.PLATE, "CD-482-KR", "le véhicule {}"),
    (Entity.PLATE, "VF1RFB00X57654321", "Numéro VIN : {}"),
    (Entity.CNI, "X4RTBPFW4", "Pièce d'identité n° : {}"),
    (Entity.SIREN, "512 884 907", "RM {},"),
    (Entity.CONTRACT, "356938035643809", "un téléphone (IMEI {})"),
    (Entity.CONTRACT, "23-09-04417", "OFPRA n° {}"),
    (Entity.CONTRACT, "6 002 451 338", "facture (réf. client {})"),
    (Entity.CONTRACT, "30045512987", "dossier {}"),
    (Entity.CONTRACT, "00021458 877", "compte joint BNP n° {}"),
    (Entity.CONTRACT, "1A 204 887 6543 2", "Par LRAR n° {} du 3 mars,"),
    (Entity.CONTRACT, "1701 2018 000 024 518", "titulaire de la carte professionnelle n° CPI {}, représentée"),
    (Entity.CONTRACT, "512 478 367", "INSCRITE SOUS LE N° {} DONT LE SIÈGE EST À LYON"),
    (Entity.PLATE, "1234 AB 69", "véhicule immatriculé {}"),
    (Entity.PASSPORT, "12AB34567", "passeport français n° {}"),
    (Entity.CNI, "880692310285", "carte nationale d'identité n° {}"),
    (Entity.RESIDENCE_PERMIT, "7503094912", "titulaire de la carte de séjour n° {}"),
    (Entity.DRIVING_LICENCE, "140733200235", "Permis de conduire n° {}."),
    (Entity.CONTRACT, "00124578963", "un prêt n° {}"),
    (Entity.CADASTRE, "AB n° 123", "cadastrée section {}"),
    (Entity.CASE, "21/04567", "N° RG {}"),
    (Entity.IP, "192.168.12.40", "adresse IP {}"),
    (Entity.ADDRESS, "14 bis, rue de la République, 69002 LYON", "demeurant {},"),
    (Entity.ADDRESS, "6, impasse des Ajoncs\n29170 FOUESNANT", "{}\n"),
    (Entity.ADDRESS, "112 cours de l'Intendance à Bordeaux (33000)", "sis {}, n° 2"),
    (Entity.ADDRESS, "8 allée des Chênes, appt 12, 33600 Pessac", "demeurant {}, née"),
    (Entity.ADDRESS, "14 rue du Général-Barbot, Arras", "Condoléances : {}."),
    (Entity.ADDRESS, "3 coron de la Fosse-Ledoux, 59163 Condé-sur-l'Escaut", "M. X, {}\n"),
    (Entity.ADDRESS, "12 rue des Forges", "İbrahim habite {}, et non ailleurs."),  # grows in lower case
    (Entity.BIRTH_DATE, "28 janvier 2025", "le décès de\n\nM. X,\nsurvenu le {}"),
    (Entity.BIRTH_DATE, "12 juin 1971", "né le {} à Villeurbanne"),
    (Entity.BIRTH_DATE, "02/11/1964", "née le {}"),
]  # fmt: skip


@pytest.mark.parametrize(("entity", "surface", "frame"), IDENTIFIERS)
def test_each_identifier_is_found_in_its_sentence(entity: Entity, surface: str, frame: str) -> None:
    assert (entity, surface) in found(frame.format(surface))


CHECKED = [row for row in IDENTIFIERS if row[0] in (Entity.IBAN, Entity.NIR, Entity.SIRET, Entity.VAT, Entity.RIB)]


@pytest.mark.parametrize(("entity", "surface", "frame"), CHECKED)
@pytest.mark.parametrize(
    "disturb",
    [
        lambda text: text.replace(" ", "\u00a0"),
        lambda text: text.replace(" ", "\u202f"),
        lambda text: text.replace(" ", "."),
        lambda text: text.replace(" ", "\n", 1),
        lambda text: text[:5] + "\u200b" + text[5:],
        lambda text: text[:5] + "\u00ad" + text[5:],
        lambda text: text.translate({ord(str(digit)): 0xFF10 + digit for digit in range(10)}),
        lambda text: text[:6] + text[6:].replace("0", "O").replace("1", "l"),
    ],
    ids=["nbsp", "narrow", "dots", "line break", "zero width", "soft hyphen", "full width", "ocr"],
)
def test_an_identifier_with_a_key_survives_what_typing_and_ocr_do(
    entity: Entity, surface: str, frame: str, disturb: Callable[[str], str]
) -> None:
    assert entity in {kind for kind, _ in found(frame.format(disturb(surface)))}


@pytest.mark.parametrize(
    "text",
    [
        "la somme de 732 829 320 euros", "les articles 1103, 1217 et 1231-1", "pourvoi n° 21-19.944",
        "le 14 mars 2024 à 10 h 30", "entre 2018 et 2020, pages 12 à 48",
        "CE, 12 février 2003, n° 252277", "par la cour (n° 21/04567)", "le règlement n° 1215/2012",
        "annexe n° 12 : 250 000 €",
        "arrêté n° 2019-1333 du 11 décembre 2019", "la loi n° 2016-1547", "84 500 euros, soit 12 345,67 €",
    ],
)  # fmt: skip
def test_sums_articles_and_laws_are_no_identifiers(text: str) -> None:
    assert {kind for kind, _ in found(text)} <= {Entity.DATE, Entity.CASE}


def test_la_poste_has_its_own_rule() -> None:
    assert checksums.siret("35600000000048")
    assert checksums.siret("35600000009075")
    assert not checksums.siret("35600000009076")


def test_corsica_counts_as_19_and_18() -> None:
    assert checksums.nir("180082A00100192") or checksums.nir("180082A001001" + f"{97 - 1800819001001 % 97:02d}")


@given(st.integers(10**7, 10**8 - 1))
def test_a_wrong_digit_breaks_luhn(body: int) -> None:
    number = next(f"{body}{digit}" for digit in range(10) if checksums.luhn(f"{body}{digit}"))
    wrong = str((int(number[0]) + 1) % 10) + number[1:]
    assert checksums.siren(number)
    assert not checksums.luhn(wrong)


@given(st.integers(0, 10**23 - 1))
def test_an_iban_with_its_key_is_right_and_with_another_key_wrong(account: int) -> None:
    bban = f"{account:023d}"
    key = 98 - int(bban + "152700") % 97
    assert checksums.iban(f"FR{key:02d}{bban}")
    assert not checksums.iban(f"FR{(key % 97) + 2 if key != 97 else 5:02d}{bban}") or (key % 97) + 2 == key
