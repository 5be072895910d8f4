"""The simple query syntax, read into a tree as Lucene's SimpleQueryParser reads it. Pure, and never fails.

    word  "a phrase"  prefix*  +must  either | or  -not  ( group )  \\escaped

Operators bind from left to right: a change of operator wraps what was read so far.
"""

from dataclasses import dataclass

from local.search.analysis import ARTICLE

SPACE = " \t\r\n\u00a0\u202f"
STOPS = SPACE + '"+|()'


@dataclass(frozen=True, slots=True)
class Word:
    text: str


@dataclass(frozen=True, slots=True)
class Phrase:
    text: str


@dataclass(frozen=True, slots=True)
class Prefix:
    text: str


@dataclass(frozen=True, slots=True)
class Without:
    inner: "Query"


@dataclass(frozen=True, slots=True)
class Group:
    every: bool  # and, else or
    parts: tuple["Query", ...]


@dataclass(frozen=True, slots=True)
class Scoped:
    """Full syntax only: in one field."""

    path: str
    inner: "Query"


@dataclass(frozen=True, slots=True)
class Boosted:
    """Full syntax only: `^factor`."""

    inner: "Query"
    factor: float


type Query = Word | Phrase | Prefix | Without | Group | Scoped | Boosted


def parse(text: str, *, every: bool) -> Query | None:
    """None where nothing is asked for ("", "*" and their like): that matches every document."""
    together = ARTICLE.sub(lambda match: "".join(match[0].split()), text)  # "L. 1232-1" is one word
    return _Reader(together, every=every).group(depth=0)


class _Reader:
    def __init__(self, text: str, *, every: bool) -> None:
        self._text = text
        self._at = 0
        self._every = every

    def group(self, depth: int) -> Query | None:
        top: Query | None = None
        joined: bool | None = None  # how `top` was joined
        operator: bool | None = None  # asked for explicitly, by + or |
        negated = False
        while self._at < len(self._text):
            sign = self._text[self._at]
            if sign == ")" and depth:
                break
            self._at += 1
            if sign in "+|":
                operator = sign == "+"
            elif sign == "-" and self._starts_word():
                negated = not negated
            elif sign not in SPACE + ")":
                part = self._part(sign, depth)
                if part is not None:
                    every = self._every if operator is None else operator
                    top = _joined(top, Without(part) if negated else part, every, joined)
                    joined = every
                operator, negated = None, False
        return top

    def _starts_word(self) -> bool:
        follows = self._text[self._at : self._at + 1]
        return bool(follows) and follows not in SPACE

    def _part(self, sign: str, depth: int) -> Query | None:
        if sign == "(" and depth < 50:
            inner = self.group(depth + 1)
            self._at += 1
            return inner
        if sign == '"':
            return self._phrase()
        self._at -= 1
        return self._word()

    def _phrase(self) -> Query | None:
        end = self._text.find('"', self._at)
        if end < 0:
            return None  # a quote that is never closed is ignored
        text, self._at = self._text[self._at : end], end + 1
        return Phrase(text) if text.strip() else None

    def _word(self) -> Query | None:
        read: list[str] = []
        prefix = False
        while self._at < len(self._text) and (self._text[self._at] not in STOPS or not read):
            sign = self._text[self._at]
            self._at += 1
            if sign == "\\" and self._at < len(self._text):
                read.append(self._text[self._at])
                self._at += 1
            else:
                read.append(sign)
                prefix = sign == "*"
        text = "".join(read).rstrip("*") if prefix else "".join(read)
        if not text.strip():
            return None
        return Prefix(text) if prefix else Word(text)


def _joined(top: Query | None, part: Query, every: bool, joined: bool | None) -> Query:
    if top is None:
        return part
    if isinstance(top, Group) and joined == every and top.every == every:
        return Group(every, (*top.parts, part))
    return Group(every, (top, part))
