"""`greffe reveal`, `greffe search --reveal`, `greffe forget`: tokens turned back into names, or never again.

The audit is written before a name is shown or a key destroyed; it says how many tokens were asked for, never which nor
what they hide.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from ingestion.adapters.build import Services
from ingestion.model import Cabinet
from ingestion.pipeline import redactor
from ingestion.retrieval import Hit
from redaction.pseudonyms import TOKEN, is_token

Names = Mapping[str, tuple[str, ...]]


def tokens(services: Services, cabinet: Cabinet, asked: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """The surface forms of each token; none for one that is unknown, forgotten, or no token at all."""
    services.audit.record(cabinet.id, "revealed", tokens=len(set(asked)))
    names = services.vault.reveal(cabinet, [it for it in asked if is_token(it)])
    return {token: names.get(token, ()) for token in asked}


def of_name(services: Services, cabinet: Cabinet, name: str) -> list[str]:
    """The tokens that the cabinet has given to a person of this name, however it is written."""
    by = redactor(cabinet.policy, services.keys.secret(cabinet))
    known = services.vault.known(cabinet, by.tokens_of_query(name) | set(_written(by.redact_query(name))))
    return sorted(known.intersection(_written(by.redact_query(name, known.__contains__))))


def forget(services: Services, cabinet: Cabinet, asked: Sequence[str]) -> dict[str, bool]:
    """Destroys each subject's data key: what its token hides is unreadable for ever. False where there was none."""
    services.audit.record(cabinet.id, "forgotten", tokens=len(set(asked)))
    return {token: is_token(token) and services.vault.forget(cabinet, token) for token in asked}


def _written(text: str) -> list[str]:
    return [match[0] for match in TOKEN.finditer(text) if is_token(match[0])]


def hits(services: Services, cabinet: Cabinet, found: Sequence[Hit]) -> list[Hit]:
    """The hits with names in the place of their tokens, in every text of theirs."""
    met = {match[0] for hit in found for text in _texts(hit) for match in TOKEN.finditer(text) if is_token(match[0])}
    names = tokens(services, cabinet, sorted(met))
    return [_revealed(hit, lambda text: unmasked(text, names)) for hit in found]


def unmasked(text: str, names: Names) -> str:
    """The text with each token's longest form in its place: the one that says most."""
    return TOKEN.sub(
        lambda match: max(names.get(match[0], ()), key=lambda form: (len(form), form), default=match[0]), text
    )


def _revealed(hit: Hit, by: Callable[[str], str]) -> Hit:
    fields = {name: by(value) if isinstance(value, str) else value for name, value in hit.fields.items()}
    return replace(hit, fields=fields, highlights=tuple(map(by, hit.highlights)))


def _texts(hit: Hit) -> list[str]:
    return [*hit.highlights, *(value for value in hit.fields.values() if isinstance(value, str))]
