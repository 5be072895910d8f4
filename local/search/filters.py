"""A filter's tree against a schema: checked, and turned into one SQL condition on `documents d`.

Rules that the real service enforces are enforced here too (filterable fields, types, what a lambda over strings may
say): a filter that works on the laptop must work in Azure. Values travel as bound parameters, never in the SQL.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass

from local.search.documents import ticks
from local.search.errors import SearchError, bad_expression
from local.search.odata import (
    PARAMETER,
    Compare,
    Date,
    In,
    Junction,
    Lambda,
    Literal,
    Match,
    Node,
    Not,
    Truth,
)
from local.search.schema import COMPLEX, Field, Schema

SIGNS = {"eq": "=", "ne": "<>", "gt": ">", "ge": ">=", "lt": "<", "le": "<="}
KINDS = {"eq": "Equal", "ne": "NotEqual", "gt": "GreaterThan", "ge": "GreaterThanOrEqual", "lt": "LessThan",
         "le": "LessThanOrEqual"}  # fmt: skip
NUMBERS = ("Edm.Int32", "Edm.Int64", "Edm.Double")

type Value = str | int | float


@dataclass(frozen=True, slots=True)
class Condition:
    sql: str
    bound: tuple[Value, ...] = ()


Matcher = Callable[[Match], list[int]]  # full text inside a filter: the ids that match


@dataclass(frozen=True, slots=True)
class _Scope:
    """Inside a lambda: what its variable stands for, and the row of `terms` that holds the element."""

    variable: str
    field: Field
    row: str


EVERYTHING = Condition("1")


def condition(schema: Schema, node: Node, match: Matcher) -> Condition:
    """Raises SearchError(400) where the filter does not fit the schema."""
    return _Compiler(schema, match).of(node, None)


class _Compiler:
    def __init__(self, schema: Schema, match: Matcher) -> None:
        self._schema = schema
        self._match = match
        self._rows = 0

    def of(self, node: Node, scope: _Scope | None) -> Condition:
        match node:
            case Junction(both, left, right):
                first, second = self.of(left, scope), self.of(right, scope)
                word = "and" if both else "or"
                return Condition(f"({first.sql} {word} {second.sql})", first.bound + second.bound)
            case Not(inner):
                return _not(self.of(inner, scope))
            case Compare():
                return self._compare(node, scope)
            case In(path, values):
                return self._in(path, values, scope)
            case Truth("true" | "false" as word):
                return Condition("1" if word == "true" else "0")
            case Truth(path):
                return self._compare(Compare(path, "eq", value=True), scope)
            case Lambda():
                return self._lambda(node, scope)
            case Match():
                return Condition("d.id in (select value from json_each(?))", (json.dumps(self._match(node)),))

    # Fields

    def _field(self, path: str, scope: _Scope | None) -> tuple[Field, bool]:
        """The field, and whether it is the lambda's variable itself."""
        if scope is not None:
            if path == scope.variable:
                return scope.field, True
            first, _, rest = path.partition("/")
            if first != scope.variable:
                raise bad_expression(f"Only bound field references are supported inside lambda expressions: '{path}'.",
                                     PARAMETER)  # fmt: skip
            path = f"{scope.field.path}/{rest}"
        field = self._schema.by_path.get(path)
        if field is None:
            raise bad_expression(f"Could not find a property named '{path}' on type 'search.document'.", PARAMETER)
        return field, False

    def _filterable(self, path: str, scope: _Scope | None) -> tuple[Field, bool]:
        field, itself = self._field(path, scope)
        if "filterable" not in field.flags:
            raise bad_expression(
                f"'{field.path}' is not a filterable field. Only filterable fields can be used in filter expressions.",
                PARAMETER,
            )
        return field, itself

    def _scalar(self, path: str, scope: _Scope | None) -> tuple[Field, bool]:
        field, itself = self._filterable(path, scope)
        if (field.collection and not itself) or (scope is None and "/" in path and self._under_collection(field)):
            raise bad_expression(
                f"The field '{field.path}' is a collection. Use 'any' or 'all' to filter on it.", PARAMETER
            )
        return field, itself

    def _under_collection(self, field: Field) -> bool:
        parts = field.path.split("/")
        return any(self._schema.by_path["/".join(parts[:cut])].collection for cut in range(1, len(parts)))

    # Conditions on one value

    def _compare(self, node: Compare, scope: _Scope | None) -> Condition:
        field, itself = self._scalar(node.path, scope)
        if node.value is None:
            return self._null(field, node, itself, scope)
        value = _comparable(field, node)
        if node.operator == "ne":
            return _not(self._holds(field, itself, scope, "=", (value,)))
        return self._holds(field, itself, scope, SIGNS[node.operator], (value,))

    def _null(self, field: Field, node: Compare, itself: bool, scope: _Scope | None) -> Condition:
        if node.operator not in ("eq", "ne"):
            raise _incompatible(field.type, "null", node.operator)
        present = Condition("1") if itself else self._holds(field, itself, scope, "is not null", ())
        return present if node.operator == "ne" else _not(present)

    def _in(self, path: str, values: tuple[str, ...], scope: _Scope | None) -> Condition:
        field, itself = self._scalar(path, scope)
        if field.type != "Edm.String":
            raise bad_expression(f"search.in can only be used with fields of type Edm.String: '{path}'.", PARAMETER)
        return self._holds(field, itself, scope, "in (select value from json_each(?))", (json.dumps(values),))

    def _holds(
        self, field: Field, itself: bool, scope: _Scope | None, test: str, values: tuple[Value, ...]
    ) -> Condition:
        """That a value of the field passes the test. `test` is ours; a sign among SIGNS gets its placeholder."""
        if values and "?" not in test:
            test = f"{test} ?"
        if itself and scope is not None:
            return Condition(f"{scope.row}.value {test}", values)
        if field.path == self._schema.key.path:
            return Condition(f"d.key {test}", values)
        if scope is None:
            sql = f"d.id in (select id from terms where path = ? and value {test})"  # noqa: S608 - bound values
            return Condition(sql, (field.path, *values))
        row = self._row()
        sql = (
            f"exists (select 1 from terms {row} where {row}.id = {scope.row}.id and {row}.path = ? "  # noqa: S608
            f"and {row}.element = {scope.row}.element and {row}.value {test})"
        )
        return Condition(sql, (field.path, *values))

    def _row(self) -> str:
        self._rows += 1
        return f"t{self._rows}"

    # Lambdas

    def _lambda(self, node: Lambda, scope: _Scope | None) -> Condition:
        field, _ = self._field(node.path, scope)
        if not field.collection:
            raise bad_expression(f"'{node.path}' is not a collection: any and all need one.", PARAMETER)
        if field.type != COMPLEX:
            self._filterable(node.path, scope)
        if node.body is not None and field.type == "Edm.String":
            _check_string_lambda(node.body, node.every)
        row = self._row()
        inner = EVERYTHING if node.body is None else self.of(node.body, _Scope(node.variable, field, row))
        if node.every:
            inner = _not(inner)
        found = self._elements(row, field, inner, scope)
        return _not(found) if node.every else found

    def _elements(self, row: str, field: Field, inner: Condition, scope: _Scope | None) -> Condition:
        if scope is None:
            sql = f"d.id in (select {row}.id from terms {row} where {row}.path = ? and {inner.sql})"  # noqa: S608
        else:
            sql = (
                f"exists (select 1 from terms {row} where {row}.id = {scope.row}.id and {row}.path = ? "  # noqa: S608
                f"and {row}.element = {scope.row}.element and {inner.sql})"
            )
        return Condition(sql, (field.path, *inner.bound))


def _not(inner: Condition) -> Condition:
    return Condition(f"not ({inner.sql})", inner.bound)


def _comparable(field: Field, node: Compare) -> Value:
    value: Literal = node.value
    match field.type, value:
        case "Edm.Boolean", bool():
            if node.operator in ("eq", "ne"):
                return int(value)
        case "Edm.String", str():
            return value
        case "Edm.DateTimeOffset", Date(text):
            moment = ticks(text)
            if moment is not None:
                return moment
        case kind, (int() | float()) if kind in NUMBERS and not isinstance(value, bool):
            return value
    raise _incompatible(field.type, _type_of(value), node.operator)


def _type_of(value: Literal) -> str:
    match value:
        case bool():
            return "Edm.Boolean"
        case str():
            return "Edm.String"
        case int():
            return "Edm.Int32"
        case float():
            return "Edm.Double"
        case Date():
            return "Edm.DateTimeOffset"
        case None:
            return "null"


def _incompatible(left: str, right: str, operator: str) -> SearchError:
    return bad_expression(
        f"A binary operator with incompatible types was detected. Found operand types '{left}' and '{right}' for "
        f"operator kind '{KINDS[operator]}'.",
        PARAMETER,
    )


def _check_string_lambda(body: Node, every: bool) -> None:
    """Over Collection(Edm.String) `any` allows equality joined by or, `all` its negation joined by and."""
    match body:
        case Junction(both, left, right) if both == every:
            _check_string_lambda(left, every)
            _check_string_lambda(right, every)
        case Not(Compare(_, "eq", _) | In()) if every:
            return
        case Compare(_, "ne", _) if every:
            return
        case Compare(_, "eq", _) | In() if not every:
            return
        case _:
            raise bad_expression(
                "Invalid lambda expression. Found a test for equality or inequality where the opposite was expected in "
                "a lambda expression that iterates over a field of type Collection(Edm.String). For 'any', use "
                "expressions of the form 'x eq y' or 'search.in(...)'. For 'all', use expressions of the form "
                "'x ne y', 'not (x eq y)', or 'not search.in(...)'.",
                PARAMETER,
            )
