"""`greffe reveal` and `greffe search --reveal`: tokens turned back into names, for an operator, with an audit entry.

The audit is written before a name is shown; it says how many tokens were asked for, never which nor what they hide.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from ingestion.adapters.build import Services
from ingestion.model import Cabinet
from ingestion.retrieval import Hit
from redaction.pseudonyms import TOKEN, is_token

Names = Mapping[str, tuple[str, ...]]


def tokens(services: Services, cabinet: Cabinet, asked: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """The surface forms of each token; none for one that is unknown, forgotten, or no token at all."""
    services.audit.record(cabinet.id, "revealed", tokens=len(set(asked)))
    names = services.vault.reveal(cabinet, [it for it in asked if is_token(it)])
    return {token: names.get(token, ()) for token in asked}


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
