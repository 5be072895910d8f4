"""Identifiers with a key, as typists, converters and OCR write them: recall and precision after each disturbance.

Every identifier is made at random with a right key, in a sentence that does not name its kind where its key alone
must tell it; decoys are numbers of the same look with a wrong key, sums and case numbers. Deterministic.
"""

import unicodedata
from collections.abc import Callable
from random import Random

from redaction import Redactor, checksums
from redaction.policy import Action
from redaction.spans import Entity

EACH = 60  # identifiers of a kind
_SEED = 11
_KEYED = (Entity.NIR, Entity.IBAN, Entity.RIB, Entity.SIREN, Entity.SIRET, Entity.VAT, Entity.CARD)
_FRAMES = (
    "Par courrier du 3 mars 2021, le débiteur a confirmé la référence {} avant toute difficulté.",
    "Il est justifié de {} ; l'affaire est mise en délibéré.",
    "Référence : {}\nObjet : difficultés financières",
    "| Dossier | {} | 12 500,00 € |",
    "(voir {}), page 12",
)
_COMPANY_FRAMES = ("La société, immatriculée au RCS de Lyon sous le numéro {}, conclut.", "SIREN {}, agissant ce jour.")


def _digits(random: Random, count: int) -> str:
    return "".join(random.choice("0123456789") for _ in range(count))


def _luhn(stem: str) -> str:
    return next(f"{stem}{digit}" for digit in range(10) if checksums.luhn(f"{stem}{digit}"))


def _nir(random: Random) -> str:
    place = random.choice((f"{random.randint(1, 95):02d}", "2A", "2B", "99"))
    place = "75" if place == "20" else place
    stem = f"{random.choice('12')}{random.randint(30, 99)}{random.randint(1, 12):02d}{place}{_digits(random, 6)}"
    plain = int(stem.replace("2A", "19").replace("2B", "18"))
    key = f"{97 - plain % 97:02d}"
    return f"{stem[0]} {stem[1:3]} {stem[3:5]} {stem[5:7]} {stem[7:10]} {stem[10:]} {key}"


def _rib(random: Random) -> str:
    bank, branch, account = f"3{_digits(random, 4)}", _digits(random, 5), _digits(random, 11)
    key = 97 - (89 * int(bank) + 15 * int(branch) + 3 * int(account)) % 97
    return f"{bank} {branch} {account} {key:02d}"


def _iban(random: Random) -> str:
    bban = _rib(random).replace(" ", "")
    number = f"FR{98 - int(f'{bban}152700') % 97:02d}{bban}"
    return " ".join(number[at : at + 4] for at in range(0, len(number), 4))


def _siren(random: Random) -> str:
    number = _luhn(f"{random.randint(3, 9)}{_digits(random, 7)}")
    return f"{number[:3]} {number[3:6]} {number[6:]}"


def _siret(random: Random) -> str:
    company = _siren(random)
    number = _luhn(f"{company.replace(' ', '')}{random.randint(0, 9999):04d}")
    return f"{company} {number[9:]}"


def _vat(random: Random) -> str:
    company = _siren(random)
    return f"FR {(12 + 3 * (int(company.replace(' ', '')) % 97)) % 97:02d} {company}"


def _card(random: Random) -> str:
    number = _luhn(f"{random.choice(('4', '51', '53', '55'))}{_digits(random, 14)}"[:15])
    return " ".join(number[at : at + 4] for at in range(0, 16, 4))


MAKERS: dict[Entity, Callable[[Random], str]] = {
    Entity.NIR: _nir, Entity.IBAN: _iban, Entity.RIB: _rib, Entity.SIREN: _siren, Entity.SIRET: _siret,
    Entity.VAT: _vat, Entity.CARD: _card,
}  # fmt: skip
_LOOKALIKE = str.maketrans("ABCEHKMOPTXaceopxy", "АВСЕНКМОРТХасеорху")
_OCR = str.maketrans("0158", "OlSB")


def _as_is(text: str) -> str:
    return text


def _inside(mark: str) -> Callable[[str], str]:
    return lambda number: number[: len(number) // 2] + mark + number[len(number) // 2 :]


def _ocr(number: str) -> str:
    """One sign in four misread, never the first three: a country's letters are read rightly."""
    return number[:3] + "".join(c.translate(_OCR) if at % 4 == 0 else c for at, c in enumerate(number[3:]))


def _nfd(text: str) -> str:
    return unicodedata.normalize("NFD", text)


def _ligatures(text: str) -> str:
    return text.replace("ffi", "ﬃ").replace("fi", "ﬁ")


# What is done to the sentence, and to the number in it.
DISTURBANCES: dict[str, tuple[Callable[[str], str], Callable[[str], str]]] = {
    "as_written": (_as_is, _as_is),
    "unspaced": (_as_is, lambda number: number.replace(" ", "")),
    "nbsp": (lambda text: text.replace(" ", "\u00a0"), lambda number: number.replace(" ", "\u00a0")),
    "narrow_nbsp": (_as_is, lambda number: number.replace(" ", "\u202f")),
    "nfd": (_nfd, _nfd),
    "soft_hyphen": (_as_is, _inside("\u00ad")),
    "zero_width": (_as_is, _inside("\u200b")),
    "homoglyphs": (_as_is, lambda number: number.translate(_LOOKALIKE)),
    "full_width": (_as_is, lambda number: "".join(chr(ord(c) + 0xFEE0) if c > " " else c for c in number)),
    "ligatures": (_ligatures, _as_is),
    "hyphenated": (_as_is, lambda number: number.replace(" ", "-\n", 1)),
    "line_break": (_as_is, lambda number: number.replace(" ", "\n", 1)),
    "ocr": (_as_is, _ocr),
}


def measured() -> dict[str, float]:
    """{"recall_as_written": …, "recall_nbsp": …, "precision": of what is found among the decoys and the rest}."""
    redactor, random = Redactor("pseudonymise", bytes(32)), Random(_SEED)
    rows = [(kind, _frame(kind, random), make(random)) for kind, make in MAKERS.items() for _ in range(EACH)]
    figures = {
        f"recall_{name}": _share([_hidden(redactor, frame, number, *disturb) for _, frame, number in rows])
        for name, disturb in DISTURBANCES.items()
    }
    found = sum(_hidden(redactor, frame, number, _as_is, _as_is) for _, frame, number in rows)
    false = sum(_keyed(redactor, text) for text in _decoys(random))
    return figures | {"precision": round(found / (found + false), 4)}


def _frame(kind: Entity, random: Random) -> str:
    """Nine digits tell nothing by themselves: one number in ten has a right key."""
    return random.choice(_COMPANY_FRAMES if kind is Entity.SIREN else _FRAMES)


def _hidden(
    redactor: Redactor, frame: str, number: str, around: Callable[[str], str], within: Callable[[str], str]
) -> bool:
    """Whether the default policy lets no letter or digit of the number through."""
    before, _, after = frame.partition("{}")
    text = f"{around(before)}{within(number)}{around(after)}"
    start = len(around(before))
    found = [f for f in redactor.find((text,)) if redactor.policy.action(f.span.entity, f.span.role) is not Action.KEEP]
    covered = {at for it in found for at in range(it.start, it.end)}
    return all(at in covered for at in range(start, start + len(within(number))) if text[at].isalnum())


def _keyed(redactor: Redactor, text: str) -> bool:
    return any(f.span.entity in _KEYED for f in redactor.find((text,)))


def _decoys(random: Random) -> list[str]:
    """Numbers of the same look with a wrong key, and what documents are full of."""
    wrong = [
        frame.format(_spoiled(MAKERS[kind](random)))
        for kind in (Entity.NIR, Entity.SIRET, Entity.CARD, Entity.RIB, Entity.VAT)
        for frame in _FRAMES
        for _ in range(EACH // 10)
    ]
    plain = [
        f"la somme de {random.randint(100, 999)} {random.randint(100, 999)} {random.randint(100, 999)} euros"
        for _ in range(EACH)
    ]
    cases = [f"pourvoi n° {random.randint(10, 24)}-{random.randint(10, 24)}.{random.randint(100, 999)}, RG 21/0{n}567"
             for n in range(9)]  # fmt: skip
    return wrong + plain + cases


def _spoiled(number: str) -> str:
    """The last digit made wrong."""
    return f"{number[:-1]}{(int(number[-1]) + 1) % 10}"


def _share(found: list[bool]) -> float:
    return round(sum(found) / len(found), 4)
