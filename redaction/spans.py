"""What a detector says: from where to where, what it is, and why. Offsets are of the normalised text.

Promises that overlapping findings are merged, never dropped, so that an overlap cannot leak an edge.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import regex


class Entity(StrEnum):
    PERSON = "PERSON"
    ADDRESS = "FR_ADDRESS"
    PLACE = "FR_PLACE"
    BIRTH_DATE = "FR_LIFE_DATE"  # birth, marriage, death: by cue
    DATE = "FR_DATE"
    PHONE = "FR_PHONE"
    EMAIL = "FR_EMAIL"
    IP = "FR_IP"
    URL = "FR_URL"  # only a URL that contains a name
    NIR = "FR_NIR"
    IBAN = "FR_IBAN"
    RIB = "FR_RIB"
    CARD = "FR_CARD"
    SIREN = "FR_SIREN"
    SIRET = "FR_SIRET"
    VAT = "FR_VAT"
    PLATE = "FR_PLATE"
    PASSPORT = "FR_PASSPORT"
    CNI = "FR_CNI"
    RESIDENCE_PERMIT = "FR_RESIDENCE_PERMIT"
    DRIVING_LICENCE = "FR_DRIVING_LICENCE"
    CADASTRE = "FR_CADASTRE"
    CONTRACT = "FR_CONTRACT"  # contract, loan, policy, allocataire, file numbers: by cue
    CASE = "FR_CASE"  # RG, Portalis, pourvoi, parquet, ECLI
    ORGANISATION = "FR_ORGANISATION"
    NAMED_ORGANISATION = "FR_NAMED_ORGANISATION"  # contains a party's surname


class Role(StrEnum):
    """What a person is in the document; UNKNOWN is treated as a party, because a wrong guess must not leak."""

    UNKNOWN = "unknown"
    LAWYER = "lawyer"
    JUDGE = "judge"  # judges, prosecutors and clerks
    OFFICER = "officer"  # notaire, commissaire de justice, expert

    @property
    def professional(self) -> bool:
        return self in (Role.LAWYER, Role.JUDGE)


@dataclass(frozen=True, slots=True)
class Span:
    start: int
    end: int
    entity: Entity
    score: float
    why: str  # the rule that fired, never the text
    role: Role = Role.UNKNOWN
    canonical: str = ""  # what the keyed token is computed from; "" where the surface decides
    given: str = ""  # of a person, as written; "" when not known
    surname: str = ""
    bearer: str = ""  # of a first name alone: the surname that goes with it elsewhere in the document


class Ranged(Protocol):
    @property
    def start(self) -> int: ...
    @property
    def end(self) -> int: ...


def mask(text: str, found: Iterable[Ranged]) -> bytearray:
    """A byte for each character, not 0 where something was found."""
    covered = bytearray(len(text))
    for it in found:
        covered[it.start : it.end] = b"\1" * (it.end - it.start)
    return covered


# On an overlap the kind that is named first wins, and the span grows to cover both.
_PRIORITY = {entity: rank for rank, entity in enumerate((
    Entity.CASE, Entity.IBAN, Entity.NIR, Entity.EMAIL, Entity.URL, Entity.SIRET, Entity.VAT, Entity.CARD, Entity.RIB,
    Entity.PASSPORT, Entity.CNI, Entity.RESIDENCE_PERMIT, Entity.DRIVING_LICENCE, Entity.PHONE, Entity.SIREN,
    Entity.IP, Entity.PLATE, Entity.CADASTRE, Entity.CONTRACT, Entity.ADDRESS, Entity.BIRTH_DATE,
    Entity.NAMED_ORGANISATION, Entity.PERSON, Entity.ORGANISATION, Entity.DATE, Entity.PLACE,
))}  # fmt: skip


def merged(spans: Iterable[Span]) -> list[Span]:
    """Disjoint spans in order; of those that overlap, the union under the strongest kind."""
    result: list[Span] = []
    for span in sorted(spans, key=lambda s: (s.start, -s.end, _PRIORITY[s.entity], -s.score, s.why)):
        if result and span.start < result[-1].end:
            result[-1] = _union(result[-1], span)
        else:
            result.append(span)
    return result


def _union(left: Span, right: Span) -> Span:
    if left.start == right.start and left.end == right.end and left.entity is right.entity:
        return left if left.surname or not right.surname else right
    winner = min(left, right, key=lambda s: (_PRIORITY[s.entity], -s.score))
    start, end = left.start, max(left.end, right.end)
    if (winner.start, winner.end) == (start, end):
        return winner
    if winner.entity is Entity.PERSON is not (left if winner is right else right).entity:
        return replace(winner, start=start, end=end)  # a name stays that name when a stray word joins it
    wider = left if left.end - left.start >= right.end - right.start else right
    if winner.entity is Entity.PERSON:
        return replace(wider, start=start, end=end)
    return replace(winner, start=start, end=end, canonical="")


def matched(
    match: "regex.Match[str]", group: int, entity: Entity, why: str, score: float = 0.85, role: Role = Role.UNKNOWN
) -> Span:
    """What a group of a pattern matched, without the signs and blanks at its end."""
    return Span(match.start(group), before_signs(match.string, match.end(group)), entity, score, why, role)


def before_signs(text: str, end: int) -> int:
    """Where what ends at `end` does, the signs and blanks at its end left out."""
    while text[end - 1] in " ,;.\n-":
        end -= 1
    return end
