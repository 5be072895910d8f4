"""What each policy does with each kind of finding: keep it, replace it by a keyed token, or mask it for good.

A policy also says what becomes of a document that hides text or speaks to a model: flagged, or kept out as well.

Promises: an unknown policy is an error, never "off". A policy's fingerprint changes with everything that changes its
output. Law: GDPR articles 4(5), 5, 32 (pseudonymisation); COJ L. 111-13 and R. 111-12 (publication of decisions).
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from types import MappingProxyType

from redaction.errors import RedactionError
from redaction.spans import Entity, Role

REDACTION_VERSION = 9  # rises with every change of rules, lexicons or tokens: documents are then reindexed


class Action(StrEnum):
    KEEP = "keep"
    TOKEN = "token"  # noqa: S105  (an action, no secret)
    MASK = "mask"


_PAPERS = (Entity.PASSPORT, Entity.CNI, Entity.RESIDENCE_PERMIT, Entity.DRIVING_LICENCE)
_BANK = (Entity.IBAN, Entity.RIB, Entity.CARD)
_SECRETS = (*_BANK, Entity.NIR, *_PAPERS)
_DIRECT = (
    *_SECRETS, Entity.PERSON, Entity.ADDRESS, Entity.BIRTH_DATE, Entity.PHONE, Entity.EMAIL, Entity.IP, Entity.URL,
    Entity.SIREN, Entity.SIRET, Entity.VAT, Entity.PLATE, Entity.CADASTRE, Entity.CONTRACT, Entity.NAMED_ORGANISATION,
)  # fmt: skip
_MORE = (Entity.DATE, Entity.PLACE, Entity.ORGANISATION)

# What a masked finding is replaced by: a word in brackets that no pattern takes for an identifier.
LABELS: Mapping[Entity, str] = MappingProxyType({
    Entity.PERSON: "[NOM]", Entity.ADDRESS: "[ADRESSE]", Entity.PLACE: "[LIEU]", Entity.BIRTH_DATE: "[DATE]",
    Entity.DATE: "[DATE]",
    Entity.PHONE: "[TÉLÉPHONE]", Entity.EMAIL: "[COURRIEL]", Entity.IP: "[IP]", Entity.URL: "[URL]",
    Entity.NIR: "[NIR]", Entity.IBAN: "[IBAN]",
    Entity.RIB: "[RIB]", Entity.CARD: "[CARTE]", Entity.SIREN: "[SIREN]", Entity.SIRET: "[SIRET]",
    Entity.VAT: "[TVA]", Entity.PLATE: "[PLAQUE]",
    Entity.PASSPORT: "[PASSEPORT]", Entity.CNI: "[CNI]", Entity.RESIDENCE_PERMIT: "[SÉJOUR]",
    Entity.DRIVING_LICENCE: "[PERMIS]",
    Entity.CADASTRE: "[CADASTRE]", Entity.CONTRACT: "[NUMÉRO]", Entity.CASE: "[AFFAIRE]",
    Entity.ORGANISATION: "[ORGANISATION]",
    Entity.NAMED_ORGANISATION: "[ORGANISATION]",
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Policy:
    name: str
    actions: Mapping[Entity, Action]
    professionals: Action  # lawyers, judges and clerks
    quarantine: bool = False  # a document with hidden or hostile text is kept out, not only flagged

    def action(self, entity: Entity, role: Role) -> Action:
        if role.professional and entity in (Entity.PERSON, Entity.ORGANISATION):
            return self.professionals
        return self.actions.get(entity, Action.KEEP)

    @property
    def silent(self) -> bool:
        return not self.actions


def _all(entities: tuple[Entity, ...], action: Action) -> dict[Entity, Action]:
    return dict.fromkeys(entities, action)


_TABLE: Mapping[str, Policy] = MappingProxyType({
    policy.name: policy
    for policy in (
        Policy("off", {}, Action.KEEP),
        Policy("secrets", _all(_SECRETS, Action.MASK), Action.KEEP),
        Policy("pseudonymise", _all(_DIRECT, Action.TOKEN), Action.KEEP),
        Policy("strict", _all((*_DIRECT, *_MORE, Entity.CASE), Action.TOKEN), Action.TOKEN),
        Policy("publish", _all((*_DIRECT, Entity.PLACE), Action.MASK), Action.KEEP),
    )
})  # fmt: skip
_QUARANTINE = "_quarantine"
POLICIES = (*_TABLE, *(f"{name}{_QUARANTINE}" for name in _TABLE))


def policy_named(name: str) -> Policy:
    """The policy of a name; `NAME_quarantine` does the same, and keeps out what hides text or speaks to a model."""
    policy = _TABLE.get(name.removesuffix(_QUARANTINE))
    if policy is None:
        raise RedactionError("policy", f"no such redaction policy; choose one of {', '.join(POLICIES)}")
    return replace(policy, name=name, quarantine=True) if name.endswith(_QUARANTINE) else policy


def fingerprint(policy: str) -> str:
    """16 hex characters that change with the policy's name, its table, or the version of the rules."""
    chosen = policy_named(policy)
    table = ";".join(f"{entity}={action}" for entity, action in sorted(chosen.actions.items()))
    return hashlib.sha256(f"{REDACTION_VERSION}|{chosen.name}|{chosen.professionals}|{table}".encode()).hexdigest()[:16]
