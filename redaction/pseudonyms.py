"""Keyed tokens: the same person or number is the same word in a cabinet, and another word in another cabinet.

A token is one word of letters and digits that ends in a digit, so that analysers neither split nor stem it:
kind (one capital), key version (one letter), nine random-looking characters, one check digit. HMAC-SHA-256 under a
key that HKDF derives from the cabinet's secret. Never numbered by order of appearance: an edit must not rename people.
"""

import hmac
import unicodedata
from functools import lru_cache
from hashlib import sha256

import regex
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from redaction.errors import RedactionError
from redaction.normalise import fold
from redaction.propagation import canonical_surname
from redaction.spans import Entity

SECRET_BYTES = 32
INFO = b"greffe/pseudonym/v1"
KEY_VERSION = 1
_ALPHABET = "bcdfghjkmnpqrstvwxz23456789"  # no vowels: no token is a word; no 0, 1, l, o: none is misread
_BODY = 9  # 27**9 = 7.6e12 tokens: among 10,000 names of a cabinet, one collision in 150,000 cabinets
_VERSIONS = "abcdefghijkmnpqrstuvwxyz"

_REMEMBERED = 20_000  # a bound on memory, not a tuning

GIVEN, SURNAME = "G", "N"
KINDS = {
    Entity.ADDRESS: "A", Entity.IBAN: "B", Entity.RIB: "B", Entity.CARD: "K", Entity.SIREN: "C", Entity.SIRET: "C",
    Entity.VAT: "C", Entity.DATE: "D",
    Entity.BIRTH_DATE: "D", Entity.EMAIL: "E", Entity.PASSPORT: "I", Entity.CNI: "I", Entity.RESIDENCE_PERMIT: "I",
    Entity.DRIVING_LICENCE: "I",
    Entity.PLACE: "L", Entity.ORGANISATION: "O", Entity.NAMED_ORGANISATION: "O", Entity.CADASTRE: "Q",
    Entity.CASE: "R", Entity.NIR: "S",
    Entity.PHONE: "T", Entity.URL: "U", Entity.PLATE: "V", Entity.IP: "W", Entity.CONTRACT: "X",
}  # fmt: skip
TOKEN = regex.compile(rf"(?<![\p{{L}}\p{{N}}])[A-Z][{_VERSIONS}][{_ALPHABET}]{{{_BODY}}}[2-9](?![\p{{L}}\p{{N}}])")
UNWRITTEN = r"(?![A-Z][a-z][a-z2-9]{9}[2-9](?![\p{L}\p{N}]))"  # in other patterns: no token stands here


class Pseudonyms:
    """Makes tokens under one cabinet's key."""

    def __init__(self, secret: bytes, version: int = KEY_VERSION) -> None:
        if len(secret) != SECRET_BYTES:
            raise RedactionError("key", f"a cabinet's secret has {SECRET_BYTES} bytes, this one {len(secret)}")
        if not 1 <= version <= len(_VERSIONS):
            raise RedactionError("key", f"key versions go from 1 to {len(_VERSIONS)}")
        self._key = HKDF(algorithm=SHA256(), length=32, salt=None, info=INFO).derive(secret)
        self._version = _VERSIONS[version - 1]
        self._made: dict[tuple[str, str], str] = {}  # a name is met again and again in a document

    def surname(self, surname: str) -> str:
        return self._token(SURNAME, canonical_surname(surname))

    def person(self, given: str, surname: str) -> str:
        """Of a first name with its surname: a namesake in the family is somebody else."""
        return self._token(GIVEN, f"{fold(given)}|{canonical_surname(surname)}")

    def identifier(self, entity: Entity, canonical: str) -> str:
        return self._token(KINDS[entity], canonical)

    def _token(self, kind: str, value: str) -> str:
        known = self._made.get((kind, value))
        if known is None:
            if len(self._made) > _REMEMBERED:
                self._made.clear()
            known = self._made[kind, value] = self._computed(kind, value)
        return known

    def _computed(self, kind: str, value: str) -> str:
        digest = hmac.digest(self._key, f"{kind}\x1f{value}".encode(), sha256)
        number = int.from_bytes(digest[:10])
        body = ""
        for _ in range(_BODY):
            number, index = divmod(number, len(_ALPHABET))
            body += _ALPHABET[index]
        return f"{kind}{self._version}{body}{_check(kind + self._version + body)}"


@lru_cache(maxsize=50_000)  # a bound on memory, not a tuning
def is_token(word: str) -> bool:
    """Whether a word has the form of a token, its check digit included; says nothing of whose key made it."""
    return TOKEN.fullmatch(word) is not None and _check(word[:-1]) == word[-1]


def canonical_identifier(entity: Entity, surface: str) -> str:
    """What two ways of writing an identifier share."""
    if entity in (
        Entity.ADDRESS,
        Entity.ORGANISATION,
        Entity.NAMED_ORGANISATION,
        Entity.PLACE,
        Entity.DATE,
        Entity.BIRTH_DATE,
    ):
        return fold(surface)
    plain = unicodedata.normalize("NFKC", surface)
    if entity in (Entity.EMAIL, Entity.URL):
        return plain.lower()
    value = "".join(c for c in plain if c.isalnum()).upper()
    if entity is Entity.PHONE:
        return _french_number(value)
    return value


def _french_number(digits: str) -> str:
    for prefix in ("00330", "0033", "330", "33"):
        if digits.startswith(prefix) and len(digits) - len(prefix) == 9:
            return "0" + digits[len(prefix) :]
    return digits


def _check(text: str) -> str:
    return str(2 + sum((index + 1) * ord(c) for index, c in enumerate(text)) % 8)
