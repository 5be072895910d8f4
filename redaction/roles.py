"""Whether a named person is a professional of justice: lawyer, judge or clerk, officer; or a party, by default.

Promises to doubt: without a strong cue a person is treated as a party, because a wrong guess in the other
direction shows a client. A surname that is borne by both is hidden wherever it stands bare.
"""

from collections.abc import Sequence

import regex

from redaction.name_runs import Name
from redaction.normalise import fold
from redaction.spans import Role
from redaction.vocabulary import LAWYER

_JUDGE = (
    r"(?:juges?|vice-président(?:e|s)?|premi(?:er|ère) (?:président|vice-président)e?|président(?:e|s)?"
    r"|conseill(?:er|ère)s?|assesseur(?:e|s)?|greffi(?:er|ère)s?|auditeur|magistrat(?:e|s)?"
    r"|substitut|procureur|doyen(?:ne)?|rapporteure?|section registrar)"
)
_PROSECUTION = (
    r"(?:premier )?avocat(?:e)?s? général(?:e)?|avocats généraux|procureur(?:e)? général(?:e)?"
    r"|juges? (?:élu|ad hoc|d'instruction|rapporteur|de l'exécution|des référés|aux affaires familiales|départiteur)"
    r"|greffi(?:er|ère)s?(?: en chef| de chambre| adjoint)?(?= *[,.;\n)]|$)"
)
_AFTER_ALWAYS = regex.compile(
    rf"(?i)\]?(?:,| :)? ?\n?(?:faisant fonction d'|qui a fait le rapport, )?(?:{_PROSECUTION})"
)
_AFTER_IN_COURT = regex.compile(
    rf"(?i)\]?(?:,| :)? ?\n?(?:la |le |en qualité de |faisant fonctions? de "
    rf"|ayant fait le rapport, )?{_JUDGE}\b(?! (?:de la société|de l'association|du conseil d'administration"
    rf"|du directoire|du syndicat|municipal|commercial|en |technique|clientèle|directeur|de gestion|de vente"
    rf"|de l'entreprise|du groupe|du comité|du cse|sas|sa\b))"
)
_PLURAL = regex.compile(
    r"(?i)\]?,? ?\n?(?:juges|conseill(?:er|ère)s|présidents|assesseurs|greffiers|avocats généraux|vice-présidents"
    r"|magistrats)\b"
)
_BEFORE = regex.compile(  # read backwards from the name, as all that ends where a name begins: one try instead of sixty
    r"(?ri)(?:(?:président|présidente|assesseur(?:e|s)?|greffi(?:er|ère)s?|conseill(?:er|ère)s?|magistrat(?:e|s)?"
    r"|rapporteur|ministère public|juge)(?: de la chambre| lors des débats| rapporteur| de la mise en état)? ?:"
    r"|sur le rapport de|(?:et |,|en) l'avis de|les conclusions de|en présence de|assisté(?:e|s)? de|tenue par"
    r"|(?:par|à|de|le|la) (?:juge|greffi(?:er|ère)|avocat général)|magistrate?)[ \n]*(?:\p{L}+\.?[ \n])?$"
)
_OFFICER = regex.compile(
    r"(?i),? ?\n?(?:notaire|huissier|commissaire(?:-priseur| de justice)|mandataire|liquidateur"
    r"|administrateur judiciaire|expert|officier public|médiateur)"
)
_COUNSEL_AFTER = regex.compile(
    r"(?i)\]?,? ?\n?(?:avocate?s?(?! général)\b|avocat au|conseils?\b(?! d)|avoués?\b|substitué|plaidant|postulant"
    r"|du barreau)"
)
_COURT = regex.compile(
    r"(?i)greffi|délibér|audience publique|présents? :|composition|conseillers? référendaire|avocat général"
    r"|assesseur|au nom du peuple|greffier|chambre (?:civile|sociale|criminelle|commerciale)|juge élu"
)
_LINK = regex.compile(
    r"\]?(?: ?,? ?(?:et |ainsi que )?(?:de |d')?| ?\n)(?:MM\.|M\.|Mmes?|Mlles?|Messieurs|Mesdames|Monsieur|Madame|Me"
    r"|Mes|Maîtres?)?[ \n]?"
)
_NEAR = 250  # characters in which a court's composition is mentioned around a judge's name


def with_roles(text: str, names: Sequence[Name]) -> list[tuple[Name, Role]]:
    """Each name with its role, cues first, then lists («MM. A, B et C, conseillers»), then namesakes."""
    ordered = sorted(names, key=lambda name: (name.start, -name.end))
    roles = [_by_cue(text, name) for name in ordered]
    _down_the_lists(text, ordered, roles)
    return _by_namesakes(ordered, roles)


def _by_cue(text: str, name: Name) -> Role:
    after = text[name.end : name.end + 90]
    if _OFFICER.match(after):
        return Role.OFFICER
    if name.honorific in LAWYER or _COUNSEL_AFTER.match(after):
        return Role.LAWYER
    if _AFTER_ALWAYS.match(after):
        return Role.JUDGE
    around = text[max(0, name.start - _NEAR) : name.end + _NEAR]
    before = text[max(0, name.start - 60) : name.start]
    if (_AFTER_IN_COURT.match(after) or _BEFORE.search(before)) and _COURT.search(around):
        return Role.JUDGE
    return Role.UNKNOWN


def _down_the_lists(text: str, names: Sequence[Name], roles: list[Role]) -> None:
    """A plural role at the end of a list is everyone's in it."""
    for index in range(len(names) - 2, -1, -1):
        if roles[index] is not Role.UNKNOWN or roles[index + 1] is not Role.JUDGE:
            continue
        name, following = names[index], names[index + 1]
        linked = _LINK.fullmatch(text, name.end, following.start) if following.start >= name.end else None
        if linked and (_plural_follows(text, following) or _in_list(text, names, index + 1)):
            roles[index] = Role.JUDGE


def _plural_follows(text: str, name: Name) -> bool:
    return _PLURAL.match(text, name.end, name.end + 40) is not None


def _in_list(text: str, names: Sequence[Name], index: int) -> bool:
    """Whether the name is itself linked to the next, down to a plural role."""
    while index + 1 < len(names) and names[index + 1].start >= names[index].end:
        if not _LINK.fullmatch(text, names[index].end, names[index + 1].start):
            return False
        index += 1
        if _plural_follows(text, names[index]):
            return True
    return False


def _by_namesakes(names: Sequence[Name], roles: Sequence[Role]) -> list[tuple[Name, Role]]:
    """A bare «M. Sommer» is the judge Sommer, unless a party of that name is about."""
    professional: dict[str, tuple[set[str], Role]] = {}
    for name, role in zip(names, roles, strict=True):
        if role.professional:
            professional.setdefault(fold(name.surname), (set(), role))[0].add(fold(name.given))
    parties = {
        fold(name.surname)
        for name, role in zip(names, roles, strict=True)
        if role is Role.UNKNOWN
        and name.given
        and fold(name.given) not in professional.get(fold(name.surname), (set(),))[0]
    }
    return [(name, _settled(name, role, professional, parties)) for name, role in zip(names, roles, strict=True)]


def _settled(name: Name, role: Role, professional: dict[str, tuple[set[str], Role]], parties: set[str]) -> Role:
    key = fold(name.surname)
    if role is not Role.UNKNOWN or key not in professional:
        return role
    if name.given:
        return professional[key][1] if fold(name.given) in professional[key][0] else Role.UNKNOWN
    return Role.UNKNOWN if key in parties else professional[key][1]
