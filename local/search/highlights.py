"""Fragments of a document with the words of a query marked. Pure."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from local.search import analysis
from local.search.query_syntax import Boosted, Group, Phrase, Prefix, Query, Scoped, Without, Word
from local.search.requests import Highlight
from local.search.schema import Schema

SENTENCE = re.compile(r"[^.!?\n]+(?:[.!?](?!\s)[^.!?\n]*)*[.!?]*\s*|[.!?\n]+")
MAX_FRAGMENT = 400  # characters


@dataclass(frozen=True, slots=True)
class _Wanted:
    terms: frozenset[str]
    prefixes: tuple[str, ...]

    def takes(self, term: str) -> bool:
        return term in self.terms or term.startswith(self.prefixes)


def highlights(
    schema: Schema, query: Query | None, texts: dict[str, list[str]], asked: Highlight
) -> dict[str, list[str]]:
    """Per field, the fragments with a match, best first; a field without one is left out."""
    if query is None:
        return {}
    found: dict[str, list[str]] = {}
    for path, number in asked.fields.items():
        analyzer = schema.by_path[path].search_analyzer
        wanted = _wanted(query, analyzer)
        fragments = [piece for text in texts.get(path, []) for piece in _fragments(text, wanted, schema, path, asked)]
        fragments.sort(key=lambda fragment: -fragment[0])
        if fragments:
            found[path] = [text for _, text in fragments[:number]]
    return found


def _wanted(query: Query, analyzer: str) -> _Wanted:
    terms: set[str] = set()
    prefixes: list[str] = []
    for leaf in _leaves(query):
        if isinstance(leaf, Prefix):
            prefixes.append(analysis.folded(leaf.text.lower()))
        else:
            terms |= {token.term for token in analysis.tokens(analyzer, leaf.text)}
    return _Wanted(frozenset(terms), tuple(prefixes))


def _leaves(query: Query) -> Sequence[Word | Phrase | Prefix]:
    match query:
        case Word() | Phrase() | Prefix():
            return [query]
        case Scoped(_, inner) | Boosted(inner, _):
            return _leaves(inner)
        case Group(_, parts):
            return [leaf for part in parts for leaf in _leaves(part)]
        case Without():
            return []


def _fragments(text: str, wanted: _Wanted, schema: Schema, path: str, asked: Highlight) -> list[tuple[int, str]]:
    matches = [token for token in analysis.tokens(schema.by_path[path].analyzer, text) if wanted.takes(token.term)]
    fragments = []
    for start, end in _passages(text):
        inside = [token for token in matches if start <= token.start and token.end <= end]
        if inside:
            spans = sorted({(token.start, token.end) for token in inside})
            fragments.append((len({token.term for token in inside}), _marked(text, start, end, spans, asked)))
    return fragments


def _passages(text: str) -> list[tuple[int, int]]:
    """Sentences, a long one cut at a space."""
    cut = []
    for match in SENTENCE.finditer(text):
        start = match.start()
        while match.end() - start > MAX_FRAGMENT:
            space = text.rfind(" ", start + 1, start + MAX_FRAGMENT)
            end = space if space > start else start + MAX_FRAGMENT
            cut.append((start, end))
            start = end
        cut.append((start, match.end()))
    return cut


def _marked(text: str, start: int, end: int, spans: list[tuple[int, int]], asked: Highlight) -> str:
    pieces, at = [], start
    for first, last in spans:
        if first < at:
            continue  # a reference that lies over its own words
        pieces += [text[at:first], asked.before, text[first:last], asked.after]
        at = last
    return "".join([*pieces, text[at:end]]).strip()
