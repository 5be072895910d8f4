"""Invented identifiers that pass their own checksums, so that the samples show what redaction must find.

None can belong to anybody: bank 99999, a birth place abroad that does not exist, company numbers made of nines.
"""


def luhn_completed(stem: str) -> str:
    """The digits with the check digit of Luhn's formula, which SIREN and SIRET use."""
    doubled = [int(digit) * (2 if place % 2 == 0 else 1) for place, digit in enumerate(reversed(stem))]
    total = sum(value - 9 if value > 9 else value for value in doubled)
    return stem + str(-total % 10)


def siren(stem: str) -> str:
    return grouped(luhn_completed(stem), 3)


def siret(siren_number: str, establishment: str) -> str:
    digits = luhn_completed(siren_number.replace(" ", "") + establishment)
    return f"{grouped(digits[:9], 3)} {digits[9:]}"


def french_vat(siren_number: str) -> str:
    """Key = (12 + 3 × (SIREN mod 97)) mod 97."""
    digits = siren_number.replace(" ", "")
    return f"FR {(12 + 3 * (int(digits) % 97)) % 97:02d} {grouped(digits, 3)}"


def french_iban(bank: str, branch: str, account: str) -> str:
    """An account of eleven digits with its RIB key, and the two control digits of ISO 7064 mod 97-10."""
    rib_key = 97 - (89 * int(bank) + 15 * int(branch) + 3 * int(account)) % 97
    bban = f"{bank}{branch}{account}{rib_key:02d}"
    control = 98 - int(bban + "152700") % 97  # F = 15, R = 27
    return grouped(f"FR{control:02d}{bban}", 4)


def nir(stem: str) -> str:
    """Thirteen digits with their key, 97 - (number mod 97), as printed on a health card."""
    parts = (stem[0], stem[1:3], stem[3:5], stem[5:7], stem[7:10], stem[10:13], f"{97 - int(stem) % 97:02d}")
    return " ".join(parts)


def grouped(digits: str, size: int) -> str:
    return " ".join(digits[start : start + size] for start in range(0, len(digits), size))


IDENTIFIERS: dict[str, str] = {
    "siren_bailleur": siren("99999100"),
    "siren_preneur": siren("99999200"),
    "siret_preneur": siret(siren("99999200"), "0001"),
    "siren_fondation": siren("99999300"),
    "siren_lanterne": siren("99999400"),
    "tva_lanterne": french_vat(siren("99999400")),
    "siren_couvreur": siren("99999500"),
    "siren_mutuelle": siren("99999600"),
    "iban_bailleur": french_iban("99999", "00001", "00000000101"),
    "iban_preneur": french_iban("99999", "00001", "00000000202"),
    "iban_lanterne": french_iban("99999", "00002", "00000000303"),
    "iban_carpa": french_iban("99999", "00009", "00000000909"),
    "nir_conjoint": nir("1820699999999"),
}
