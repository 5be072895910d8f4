"""A document between the wire and the index: checked against the schema, projected for an answer, flattened to rows.

A document is its fields without vectors, plus its vectors as little-endian float32. Never raises with a value in the
message except where the real service quotes it (keys and literals).
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import lru_cache

import numpy as np

from local.search import analysis
from local.search.errors import SearchError, invalid, refused
from local.search.schema import COMPLEX, Field, Schema
from local.search.wire import Body, Json

KEY = re.compile(r"[A-Za-z0-9\-=][A-Za-z0-9_\-=]{0,1023}\Z")
MAX_TERM_BYTES = 32_766  # Lucene's limit for one untokenised term
EPOCH = datetime(1, 1, 1, tzinfo=UTC)
DATE = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d)?)(?:\.(\d{1,7})\d*)?(Z|[+-]\d\d:\d\d)\Z")
INTEGERS = {"Edm.Int32": 2**31, "Edm.Int64": 2**63}
TICKS_PER_SECOND = 10_000_000  # .NET's ticks of 100 ns, so that dates compare as integers


@dataclass(frozen=True, slots=True)
class Document:
    key: str
    fields: Mapping[str, Json]
    vectors: Mapping[str, bytes] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Term:
    """One value that filters, sorts and counts. `element` numbers the element of a collection of objects."""

    path: str
    value: str | int | float
    element: int


def read(schema: Schema, body: Body, position: int) -> Document:
    """An action's document. Raises SearchError(400), which fails the whole batch, as the real service does."""
    key = body.fields.get(schema.key.name)
    if not isinstance(key, str) or not key:
        raise _invalid_action(position, "Document key cannot be missing or empty.", "MissingKeyField")
    if not KEY.match(key):
        message = (
            f"Invalid document key: '{key}'. Keys can only contain letters, digits, underscore (_), dash (-), or equal "
            "sign (=), and cannot start with an underscore."
        )
        raise _invalid_action(position, message, "InvalidDocumentKey")
    fields: dict[str, Json] = {}
    vectors: dict[str, bytes] = {}
    for name, value in body.fields.items():
        if name.startswith("@"):
            continue
        known = schema.by_path.get(name)
        if known is None:
            raise _unknown(name)
        if known.is_vector:
            vectors[name] = _vector(known, value)
        else:
            fields[name] = _value(known, value)
    return Document(key, fields, vectors)


def merged(old: Document, new: Document) -> Document:
    """Fields that are sent replace those that are there; a vector sent as null goes."""
    vectors = {path: data for path, data in {**old.vectors, **new.vectors}.items() if data}
    return Document(old.key, _merged(old.fields, new.fields), vectors)


def _merged(old: Mapping[str, Json], new: Mapping[str, Json]) -> dict[str, Json]:
    out = dict(old)
    for name, value in new.items():
        before = out.get(name)
        out[name] = _merged(before, value) if isinstance(before, dict) and isinstance(value, dict) else value
    return out


def _invalid_action(position: int, message: str, code: str) -> SearchError:
    said = f"{position}: {message}"
    return refused(f"The request is invalid. Details: actions : {said}", code, f"{said} Parameters: actions")


def _unknown(name: str) -> SearchError:
    return invalid(
        f"The request is invalid. Details: parameters : The property '{name}' does not exist on type "
        "'search.documentFields'. Make sure to only use property names that are defined by the type."
    )


def _value(known: Field, value: Json) -> Json:
    if known.collection:
        if value is None:
            return []
        if not isinstance(value, list) or None in value:
            raise _cannot_convert(known, f"Collection({known.type})")
        return [_element(known, item) for item in value]
    return None if value is None else _element(known, value)


def _element(known: Field, value: Json) -> Json:
    match known.type:
        case "Edm.String":
            right = isinstance(value, str)
        case "Edm.Boolean":
            right = isinstance(value, bool)
        case "Edm.Int32" | "Edm.Int64":
            right = isinstance(value, int) and not isinstance(value, bool) and abs(value) <= INTEGERS[known.type]
        case "Edm.Double":
            right = isinstance(value, int | float) and not isinstance(value, bool)
        case "Edm.DateTimeOffset":
            right = isinstance(value, str) and ticks(value) is not None
            value = text_of_ticks(ticks(value) or 0) if right and isinstance(value, str) else value
        case _:
            return _object(known, value)
    if not right:
        raise _cannot_convert(known, known.type)
    return value


def _object(known: Field, value: Json) -> Json:
    if not isinstance(value, dict):
        raise _cannot_convert(known, known.type)
    if known.type != COMPLEX:
        return value  # a geographic point: kept, never searched
    parts = {part.name: part for part in known.fields}
    for name in value:
        if name not in parts:
            raise _unknown(name)
    return {name: _value(parts[name], item) for name, item in value.items()}


def _cannot_convert(known: Field, kind: str) -> SearchError:
    return invalid(
        f"The request is invalid. Details: parameters : Cannot convert the value of field '{known.path}' to the "
        f"expected type '{kind}'."
    )


def _vector(known: Field, value: Json) -> bytes:
    if value is None or value == []:
        return b""
    if not isinstance(value, list):
        raise _cannot_convert(known, "Collection(Edm.Single)")
    if len(value) != known.dimensions:
        raise invalid(
            f"The request is invalid. Details: parameters : The vector field '{known.path}' expects a length of "
            f"'{known.dimensions}'. However, the provided vector has a length of '{len(value)}'. Please ensure that "
            "the vector length matches the expected dimension."
        )
    return float_bytes(value, known)


def float_bytes(value: list[Json], known: Field) -> bytes:
    try:
        numbers = np.asarray(value, dtype="<f4")
    except (TypeError, ValueError):
        raise _cannot_convert(known, "Collection(Edm.Single)") from None
    if numbers.ndim != 1 or not np.isfinite(numbers).all():
        raise _cannot_convert(known, "Collection(Edm.Single)")
    return numbers.tobytes()


@lru_cache(maxsize=10_000)
def ticks(text: str) -> int | None:
    """A DateTimeOffset as 100 ns since the year 1, UTC; None where it is not one."""
    match = DATE.match(text)
    if match is None:
        return None
    try:
        moment = datetime.fromisoformat(match[1] + match[3].replace("Z", "+00:00")).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return (moment - EPOCH) // timedelta(seconds=1) * TICKS_PER_SECOND + int((match[2] or "").ljust(7, "0"))


def text_of_ticks(number: int) -> str:
    """As the service prints it: UTC, a fraction only where there is one."""
    seconds, rest = divmod(number, TICKS_PER_SECOND)
    moment = (EPOCH + timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%S").rjust(19, "0")
    return f"{moment}.{rest:07d}".rstrip("0") + "Z" if rest else f"{moment}Z"


def projected(fields: tuple[Field, ...], value: Mapping[str, Json], chosen: frozenset[str]) -> dict[str, Json]:
    """The chosen paths, in the schema's order: absent scalars are null, absent collections []."""
    out: dict[str, Json] = {}
    for known in fields:
        if known.path in chosen and not known.is_vector:
            out[known.name] = _project(known, value.get(known.name), chosen)
    return out


def _project(known: Field, value: Json, chosen: frozenset[str]) -> Json:
    if known.collection and not isinstance(value, list):
        return []
    if known.type != COMPLEX:
        return value
    if isinstance(value, list):
        return [projected(known.fields, item, chosen) for item in value if isinstance(item, dict)]
    return projected(known.fields, value, chosen) if isinstance(value, dict) else None


def oversized(schema: Schema, document: Document) -> str | None:
    """The path of a term that is too long for the index: this item fails with 400, alone."""
    for term in terms_of(schema, document):
        if isinstance(term.value, str) and len(term.value) * 4 > MAX_TERM_BYTES < len(term.value.encode()):
            return term.path
    return None


def terms_of(schema: Schema, document: Document) -> Iterator[Term]:
    for known, value, element in _leaves(schema.fields, document.fields, 0):
        if known.type == COMPLEX:
            yield Term(known.path, element, element)
        elif known.is_term:
            yield from (Term(known.path, item, element) for item in _comparable(known, value))


def _leaves(fields: tuple[Field, ...], value: Mapping[str, Json], element: int) -> Iterator[tuple[Field, Json, int]]:
    for known in fields:
        item = value.get(known.name)
        if known.type == COMPLEX:
            parts = item if isinstance(item, list) else [item]
            for number, part in enumerate(parts):
                if isinstance(part, dict):
                    place = number if known.collection else element
                    yield known, None, place
                    yield from _leaves(known.fields, part, place)
        elif item is not None:
            yield known, item, element


def _comparable(known: Field, value: Json) -> Iterator[str | int | float]:
    for item in value if isinstance(value, list) else [value]:
        if known.type == "Edm.DateTimeOffset" and isinstance(item, str):
            yield ticks(item) or 0
        elif isinstance(item, bool):
            yield int(item)
        elif isinstance(item, str | int | float):
            yield item


def texts_of(schema: Schema, document: Document) -> dict[str, list[str]]:
    """What full-text search reads, per path."""
    found: dict[str, list[str]] = {}
    for known, value, _ in _leaves(schema.fields, document.fields, 0):
        if known.is_text:
            parts = value if isinstance(value, list) else [value]
            found.setdefault(known.path, []).extend(part for part in parts if isinstance(part, str))
    return found


def analysed(schema: Schema, document: Document) -> dict[str, str]:
    texts = texts_of(schema, document).items()
    return {
        path: " ".join(analysis.terms(schema.by_path[path].analyzer, part) for part in parts) for path, parts in texts
    }
