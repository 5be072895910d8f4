"""The OData language of `$filter`, read into a tree. Pure; knows no schema.

A syntax error gives the position that the real service gives: the end of the token that could not be used.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from local.search.errors import SearchError, bad_expression

PARAMETER = "$filter"
COMPARISONS = ("eq", "ne", "gt", "ge", "lt", "le")
TOKEN = re.compile(
    r"""\s*(?:
      (?P<date>\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d)?(?:\.\d+)?(?:Z|[+-]\d\d:\d\d))
    | (?P<number>-?(?:\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|INF)\b)
    | (?P<string>'(?:[^']|'')*')
    | (?P<name>[^\W\d]\w*(?:[./](?!(?:any|all)\()[^\W\d]\w*)*)
    | (?P<lambda>/(?:any|all)(?=\())
    | (?P<sign>[(),:])
    )""",
    re.VERBOSE,
)
MAX_DEPTH = 100  # of nested expressions; a deeper one is a mistake or an attack

type Literal = str | int | float | bool | Date | None


@dataclass(frozen=True, slots=True)
class Date:
    text: str


@dataclass(frozen=True, slots=True)
class Compare:
    path: str
    operator: str
    value: Literal


@dataclass(frozen=True, slots=True)
class In:
    path: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Truth:
    """A Boolean field by itself, or the constant true or false."""

    path: str


@dataclass(frozen=True, slots=True)
class Lambda:
    path: str
    every: bool  # all, else any
    variable: str
    body: "Node | None"


@dataclass(frozen=True, slots=True)
class Match:
    """search.ismatch: full text inside a filter."""

    text: str
    fields: tuple[str, ...]
    mode: str


@dataclass(frozen=True, slots=True)
class Not:
    inner: "Node"


@dataclass(frozen=True, slots=True)
class Junction:
    both: bool  # and, else or
    left: "Node"
    right: "Node"


type Node = Compare | In | Truth | Lambda | Match | Not | Junction


@dataclass(frozen=True, slots=True)
class Lexeme:
    kind: str
    text: str
    end: int


def parse(text: str) -> Node:
    """Raises SearchError(400)."""
    return _Parser(text).whole()


def _unreadable(text: str, at: int) -> Lexeme:
    """An error once the parser comes to it, not before: so the service reports the first error of the sentence."""
    at += len(text[at:]) - len(text[at:].lstrip())
    return Lexeme("unterminated", text[at:], len(text)) if text[at] == "'" else Lexeme("unreadable", text[at], at + 1)


class _Parser:
    def __init__(self, text: str) -> None:
        self._text = text
        self._lexemes = self._read(text)
        self._next = 0
        self._depth = 0

    def _read(self, text: str) -> Sequence[Lexeme]:
        lexemes: list[Lexeme] = []
        at, end = 0, len(text.rstrip())
        while at < end:
            match = TOKEN.match(text, at)
            if match is None or match.lastgroup is None:
                return [*lexemes, _unreadable(text, at)]
            lexemes.append(Lexeme(match.lastgroup, match[match.lastgroup], match.end()))
            at = match.end()
        return [*lexemes, Lexeme("end", "", len(text))]

    def _error(self, position: int) -> SearchError:
        if self._now.kind == "unterminated":
            what = f"There is an unterminated string literal at position {position} in '{self._text}'."
            return bad_expression(what, PARAMETER)
        return bad_expression(f"Syntax error at position {position} in '{self._text}'.", PARAMETER)

    def _deeper(self) -> None:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise bad_expression("The expression is nested too deeply.", PARAMETER)

    @property
    def _now(self) -> Lexeme:
        return self._lexemes[self._next]

    def _take(self) -> Lexeme:
        taken = self._now
        self._next = min(self._next + 1, len(self._lexemes) - 1)
        return taken

    def _word(self, *words: str) -> bool:
        """Takes the next token when it is one of these words or signs."""
        found = self._now.kind in ("name", "sign") and self._now.text in words
        if found:
            self._take()
        return found

    def _expect(self, sign: str) -> None:
        if not self._word(sign):
            raise self._error(self._now.end)

    def whole(self) -> Node:
        node = self._either()
        if self._now.kind != "end":
            raise self._error(self._now.end)
        return node

    def _either(self) -> Node:
        self._deeper()
        node = self._both()
        while self._word("or"):
            node = Junction(both=False, left=node, right=self._both())
        self._depth -= 1
        return node

    def _both(self) -> Node:
        node = self._single()
        while self._word("and"):
            node = Junction(both=True, left=node, right=self._single())
        return node

    def _single(self) -> Node:
        if self._word("not"):
            self._deeper()
            return Not(self._single())
        if self._word("("):
            node = self._either()
            self._expect(")")
            return node
        if self._now.kind != "name":
            return self._reversed()
        return self._named()

    def _reversed(self) -> Node:
        """A comparison with its constant first: `5 lt pages`."""
        value = self._literal()
        operator = self._operator()
        path = self._name()
        turned = {"gt": "lt", "lt": "gt", "ge": "le", "le": "ge"}.get(operator, operator)
        return Compare(path, turned, value)

    def _named(self) -> Node:
        name = self._name()
        if self._now.kind == "lambda":
            return self._lambda(name)
        if self._now.text == "(" and self._now.kind == "sign":
            return self._function(name)
        if self._now.kind == "name" and self._now.text in COMPARISONS:
            return Compare(name, self._operator(), self._literal())
        return Truth(name)

    def _name(self) -> str:
        if self._now.kind != "name":
            raise self._error(self._now.end)
        return self._take().text

    def _operator(self) -> str:
        if self._now.text not in COMPARISONS:
            raise self._error(self._now.end)
        return self._take().text

    def _literal(self) -> Literal:
        lexeme = self._now
        if lexeme.kind not in ("unterminated", "end"):
            self._take()
        match lexeme.kind, lexeme.text:
            case "string", text:
                return text[1:-1].replace("''", "'")
            case "date", text:
                return Date(text)
            case "number", text:
                return int(text) if text.lstrip("-").isdigit() else float(text)
            case "name", ("true" | "false" | "null") as word:
                return {"true": True, "false": False, "null": None}[word]
            case "name", ("NaN" | "INF") as word:
                return float(word)
        raise self._error(lexeme.end)

    def _lambda(self, path: str) -> Node:
        every = self._take().text == "/all"
        self._expect("(")
        if self._word(")"):
            return Lambda(path, every, "", None)
        variable = self._name()
        self._expect(":")
        body = self._either()
        self._expect(")")
        return Lambda(path, every, variable, body)

    def _function(self, name: str) -> Node:
        if name not in ("search.in", "search.ismatch", "search.ismatchscoring"):
            raise bad_expression(f"Unknown function '{name}'.", PARAMETER)
        self._expect("(")
        if name == "search.in":
            node: Node = self._search_in()
        else:
            texts = self._strings()
            fields = tuple(part.strip() for part in texts[1].split(",")) if len(texts) > 1 and texts[1] else ()
            node = Match(texts[0], fields, texts[3] if len(texts) > 3 else "any")
        self._expect(")")
        return node

    def _search_in(self) -> In:
        path = self._name()
        self._expect(",")
        listed, *given = self._strings()
        cut = re.compile(f"[{re.escape(given[0] if given else ' ,')}]")
        return In(path, tuple(value.strip() for value in cut.split(listed) if value.strip()))

    def _strings(self) -> list[str]:
        found = []
        while True:
            value = self._literal()
            found.append(value if isinstance(value, str) else "")
            if not self._word(","):
                return found
