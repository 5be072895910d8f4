"""The full (Lucene) query syntax, as far as this repository may need it, read into the tree of the simple one.

    word  "phrase"  prefix*  field:word  field:(a b)  word^2  a AND b  a OR b  NOT c  +a  -b  \\escaped

Fuzzy and proximity marks (~) are read and ignored; regular expressions, ranges and wildcards inside a word are refused,
so that nobody relies on what is not there.
"""

import re
from dataclasses import dataclass

from local.search.analysis import ARTICLE
from local.search.errors import SearchError, invalid
from local.search.query_syntax import Boosted, Group, Phrase, Prefix, Query, Scoped, Without, Word
from local.search.schema import Schema

TOKEN = re.compile(
    r"""\s*(?:
      (?P<word_and>AND\b|&&) | (?P<word_or>OR\b|\|\|) | (?P<word_not>NOT\b|!)
    | (?P<field>[A-Za-z]\w*(?:/\w+)*):
    | (?P<boost>\^\d+(?:\.\d+)?) | (?P<slop>~\d*(?:\.\d+)?)
    | "(?P<phrase>(?:[^"\\]|\\.)*)"
    | (?P<sign>[()+-])
    | (?P<word>(?:\\.|[^\s"()^~:\\])+)
    )""",
    re.VERBOSE,
)
ESCAPED = re.compile(r"\\(.)")
MAX_DEPTH = 50


@dataclass(frozen=True, slots=True)
class Lexeme:
    kind: str
    text: str


def parse(text: str, *, every: bool, schema: Schema) -> Query | None:
    """Raises SearchError(400) for what cannot be read."""
    together = ARTICLE.sub(lambda match: "".join(match[0].split()), text)
    reader = _Reader(_lexemes(together), every=every, schema=schema)
    query = reader.group(depth=0)
    if reader.rest:
        raise _failed()
    return query


def _failed() -> SearchError:
    return invalid("Failed to parse query string. See https://aka.ms/azure-search-full-query for supported syntax.")


def _lexemes(text: str) -> list[Lexeme]:
    found, at, end = [], 0, len(text.rstrip())
    while at < end:
        match = TOKEN.match(text, at)
        if match is None or match.lastgroup is None:
            raise _failed()
        found.append(Lexeme(match.lastgroup, match[match.lastgroup]))
        at = match.end()
    return found


class _Reader:
    def __init__(self, lexemes: list[Lexeme], *, every: bool, schema: Schema) -> None:
        self.rest = lexemes[::-1]  # the next one is the last
        self._every = every
        self._schema = schema

    def _is(self, *kinds: str) -> bool:
        return bool(self.rest) and (self.rest[-1].kind in kinds or self.rest[-1].text in kinds)

    def group(self, depth: int) -> Query | None:
        """Clauses joined by OR, each of them clauses joined by AND, as the operators' precedence says."""
        if depth > MAX_DEPTH:
            raise _failed()
        either: list[list[Query]] = [[]]
        while self.rest and not self._is(")"):
            if self._is("word_or"):
                self.rest.pop()
                either.append([])
            elif self._is("word_and"):
                self.rest.pop()
            else:
                self._add(either, depth)
        branches = [_all_of(branch) for branch in either if branch]
        if not branches:
            return None
        return branches[0] if len(branches) == 1 else Group(every=False, parts=tuple(branches))

    def _add(self, either: list[list[Query]], depth: int) -> None:
        must = self._is("+") or bool(either[-1] and self._after_and)
        must_not = self._is("-", "word_not")
        if self._is("+", "-", "word_not"):
            self.rest.pop()
        clause = self._clause(depth)
        self._after_and = self._is("word_and")
        if clause is None:
            return
        if must_not:
            either[-1].append(Without(clause))
        elif must or self._after_and or self._every or not either[-1]:
            either[-1].append(clause)
        else:
            either.append([clause])

    _after_and = False

    def _clause(self, depth: int) -> Query | None:
        if not self.rest:
            raise _failed()
        lexeme = self.rest.pop()
        match lexeme.kind:
            case "field":
                return self._scoped(lexeme.text, depth)
            case "phrase":
                query: Query | None = Phrase(ESCAPED.sub(r"\1", lexeme.text)) if lexeme.text.strip() else None
            case "word":
                query = _word(lexeme.text)
            case "sign" if lexeme.text == "(":
                query = self.group(depth + 1)
                if not self._is(")"):
                    raise _failed()
                self.rest.pop()
            case _:
                raise _failed()
        return self._suffixed(query)

    def _scoped(self, path: str, depth: int) -> Query | None:
        field = self._schema.by_path.get(path)
        if field is None or not field.is_text:
            raise invalid(f"The field '{path}' in the search expression is not a searchable field of the index.")
        inner = self._clause(depth)
        return None if inner is None else Scoped(path, inner)

    def _suffixed(self, query: Query | None) -> Query | None:
        while self._is("boost", "slop"):
            suffix = self.rest.pop()
            if suffix.kind == "boost" and query is not None:
                query = Boosted(query, float(suffix.text[1:]))
        return query


def _all_of(branch: list[Query]) -> Query:
    return branch[0] if len(branch) == 1 else Group(every=True, parts=tuple(branch))


def _word(text: str) -> Query | None:
    if text == "*":
        return None
    body = text.removesuffix("*")
    if text.startswith(("/", "[", "{")) or re.search(r"(?<!\\)[*?]", body):
        raise invalid("Regular expressions, ranges and inner wildcards are not supported by the local service.")
    plain = ESCAPED.sub(r"\1", body)
    return Prefix(plain) if body != text else Word(plain)
