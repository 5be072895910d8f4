"""The arithmetic that tells an identifier from a number: pure functions of a string, no patterns here.

Each takes an identifier without separators and answers whether its key is right. Sources: ISO 13616 and the SWIFT
registry (IBAN), ISO 7812 (Luhn), INSEE (NIR, SIREN, SIRET), article 286 ter CGI and BOFiP (VAT), CFONB (RIB).
"""

from itertools import cycle

# Length by country, SWIFT IBAN registry.
IBAN_LENGTHS = {
    "AD": 24, "AE": 23, "AL": 28, "AT": 20, "AZ": 28, "BA": 20, "BE": 16, "BG": 22, "BH": 22, "BR": 29, "BY": 28,
    "CH": 21, "CR": 22, "CY": 28, "CZ": 24, "DE": 22, "DK": 18, "DO": 28, "EE": 20, "EG": 29, "ES": 24, "FI": 18,
    "FO": 18, "FR": 27, "GB": 22, "GE": 22, "GI": 23, "GL": 18, "GR": 27, "GT": 28, "HR": 21, "HU": 28, "IE": 22,
    "IL": 23, "IQ": 23, "IS": 26, "IT": 27, "JO": 30, "KW": 30, "KZ": 20, "LB": 28, "LC": 32, "LI": 21, "LT": 20,
    "LU": 20, "LV": 21, "MC": 27, "MD": 24, "ME": 22, "MK": 19, "MR": 27, "MT": 31, "MU": 30, "NL": 18, "NO": 15,
    "PK": 24, "PL": 28, "PS": 29, "PT": 25, "QA": 29, "RO": 24, "RS": 22, "SA": 24, "SC": 31, "SE": 24, "SI": 19,
    "SK": 24, "SM": 27, "ST": 25, "SV": 28, "TL": 23, "TN": 24, "TR": 26, "UA": 29, "VA": 22, "VG": 24, "XK": 20,
}  # fmt: skip
LA_POSTE = "356000000"
_MISREAD = str.maketrans("OoQDIl|SsBZzG", "0000111558226")  # what OCR makes of digits
_RIB_LETTERS = str.maketrans("ABCDEFGHIJKLMNOPQRSTUVWXYZ", "12345678912345678923456789")


def digits(text: str) -> str:
    """Only the letters and digits, separators gone."""
    return "".join(c for c in text if c.isalnum())


def repaired(text: str) -> str:
    """Digits that OCR took for letters, put right; ask a checksum before believing it."""
    return text.translate(_MISREAD)


def luhn(number: str) -> bool:
    if not number.isdecimal() or not number.isascii():
        return False
    total = 0
    for digit, double in zip(map(int, reversed(number)), cycle((False, True)), strict=False):
        value = digit * 2 if double else digit
        total += value - 9 if value > 9 else value
    return total % 10 == 0


def iban(number: str) -> bool:
    if IBAN_LENGTHS.get(number[:2]) != len(number) or not number.isascii() or not number.isalnum():
        return False
    return int("".join(str(int(c, 36)) for c in number[4:] + number[:4])) % 97 == 1


def rib(number: str) -> bool:
    """23 characters: bank 5, branch 5, account 11 (letters allowed), key 2."""
    value = number.translate(_RIB_LETTERS)
    if len(value) != 23 or not value.isdecimal() or not value.isascii():
        return False
    bank, branch, account, key = int(value[:5]), int(value[5:10]), int(value[10:21]), int(value[21:])
    return key == 97 - (89 * bank + 15 * branch + 3 * account) % 97


def nir(number: str) -> bool:
    """15 characters: the 13 of the NIR, Corsica as 2A and 2B, and its key."""
    if len(number) != 15 or not number.isascii():
        return False
    body = number[:13].replace("2A", "19").replace("2B", "18") if number[5:7] in ("2A", "2B") else number[:13]
    if not body.isdecimal() or not number[13:].isdecimal():
        return False
    return int(number[13:]) == 97 - int(body) % 97


def siren(number: str) -> bool:
    return len(number) == 9 and luhn(number)


def siret(number: str) -> bool:
    """Luhn over 14; La Poste's establishments satisfy a sum of digits divisible by 5 instead."""
    if len(number) != 14 or not number.isdecimal():
        return False
    return luhn(number) or (number.startswith(LA_POSTE) and sum(map(int, number)) % 5 == 0)


def vat(number: str) -> bool:
    """FR, two characters of key, SIREN. A numeric key is computed; a key with letters is checked by its SIREN."""
    key, company = number[2:4], number[4:]
    if len(number) != 13 or not number.startswith("FR") or not company.isdecimal():
        return False
    if not key.isdecimal():
        return siren(company)
    return int(key) == (12 + 3 * (int(company) % 97)) % 97


def card(number: str) -> bool:
    """13 to 19 digits under a prefix that networks use, and Luhn."""
    prefixes = (
        "4",
        "51",
        "52",
        "53",
        "54",
        "55",
        "22",
        "23",
        "24",
        "25",
        "26",
        "27",
        "34",
        "37",
        "36",
        "30",
        "38",
        "6",
    )
    return 13 <= len(number) <= 19 and number.startswith(prefixes) and luhn(number)
