"""JSON as it arrives, read with its types: a wrong type is the caller's 400, never our TypeError.

`Body` is one JSON object. Absent and null are the same thing, as on the real service.
"""

import json
import re
from collections.abc import Mapping, Sequence

from local.search.errors import SearchError, invalid

HALF_A_PAIR = re.compile(rb"\\u[dD][89a-fA-F]")  # perhaps a surrogate without its other half: no text at all
type Json = str | int | float | bool | list[Json] | dict[str, Json] | None


class Body:
    def __init__(self, fields: Mapping[str, Json], what: str = "request") -> None:
        self.fields = fields
        self._what = what

    def text(self, name: str, default: str = "") -> str:
        value = self.fields.get(name)
        if value is None:
            return default
        if not isinstance(value, str):
            raise self._wrong(name, "a string")
        return value

    def number(self, name: str, default: float) -> float:
        value = self.fields.get(name)
        if value is None:
            return default
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise self._wrong(name, "a number")
        return value

    def integer(self, name: str, default: int) -> int:
        value = self.number(name, default)
        if not isinstance(value, int):
            raise self._wrong(name, "an integer")
        return value

    def optional_integer(self, name: str) -> int | None:
        return None if self.fields.get(name) is None else self.integer(name, 0)

    def flag(self, name: str, default: bool = False) -> bool:
        value = self.fields.get(name)
        if value is None:
            return default
        if not isinstance(value, bool):
            raise self._wrong(name, "a boolean")
        return value

    def items(self, name: str) -> Sequence[Json]:
        value = self.fields.get(name)
        if value is None:
            return ()
        if not isinstance(value, list):
            raise self._wrong(name, "an array")
        return value

    def bodies(self, name: str) -> list["Body"]:
        return [as_body(item, f"{self._what}.{name}") for item in self.items(name)]

    def part(self, name: str) -> "Body":
        """A nested object; an empty one where it is absent."""
        value = self.fields.get(name)
        return as_body({} if value is None else value, f"{self._what}.{name}")

    def names(self, name: str) -> list[str]:
        """A list of names, sent as an array or as one comma-separated string (both are in use)."""
        value = self.fields.get(name)
        pieces = value.split(",") if isinstance(value, str) else [str(item) for item in self.items(name)]
        return [piece.strip() for piece in pieces if piece.strip()]

    def _wrong(self, name: str, expected: str) -> SearchError:
        return invalid(f"The request is invalid. Details: {self._what} : '{name}' must be {expected}.")


def as_body(value: Json, what: str) -> Body:
    if not isinstance(value, dict):
        raise invalid(f"The request is invalid. Details: {what} : An object was expected.")
    return Body(value, what)


def parse(raw: bytes, what: str = "request") -> Body:
    try:
        value: Json = json.loads(raw or b"{}", parse_constant=_no_number)
        if HALF_A_PAIR.search(raw):
            json.dumps(value, ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        raise invalid(f"The request is invalid. Details: {what} : The body is not valid JSON.") from None
    return as_body(value, what)


def _no_number(name: str) -> Json:
    """NaN and Infinity are Python's idea of JSON, not the service's."""
    raise ValueError(name)
