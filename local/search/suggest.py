"""Suggestions and autocompletion over a suggester's fields: a scan of the documents, bounded, for small indexes.

Words here are those of the text, not their stems, as a user types them.
"""

from collections.abc import Iterator

from local.search import analysis
from local.search.documents import Document, projected, texts_of
from local.search.errors import invalid
from local.search.requests import selected
from local.search.searching import Reading, filter_condition
from local.search.wire import Body, Json

DEFAULT_TOP = 5
MAX_TOP = 100
SCANNED = 20_000  # documents, at most, for one answer


def suggest(reading: Reading, body: Body) -> dict[str, Json]:
    """Whole field values that hold a word with the prefix, with the key or the selected fields."""
    paths, words = _asked(reading, body)
    names = body.names("select") or [reading.schema.key.name]
    select = selected(reading.schema, names)
    found: list[Json] = []
    for document in _documents(reading, body):
        text = next((text for text in _texts(reading, document, paths) if _completes(words, text)), None)
        if text is not None:
            found.append({"@search.text": text, **projected(reading.schema.fields, document.fields, select)})
            if len(found) == _top(body):
                break
    return {"value": found}


def autocomplete(reading: Reading, body: Body) -> dict[str, Json]:
    """Words that complete the last one, most frequent first."""
    paths, words = _asked(reading, body)
    counts: dict[str, int] = {}
    for document in _documents(reading, body):
        for text in _texts(reading, document, paths):
            for word in {word for word in _words(text) if word.startswith(words[-1])}:
                counts[word] = counts.get(word, 0) + 1
    best = sorted(counts, key=lambda word: (-counts[word], word))[: _top(body)]
    before = " ".join(words[:-1])
    return {"value": [{"text": word, "queryPlusText": f"{before} {word}".strip()} for word in best]}


def _asked(reading: Reading, body: Body) -> tuple[list[str], list[str]]:
    name = body.text("suggesterName")
    suggester = next((part for part in reading.schema.body.bodies("suggesters") if part.text("name") == name), None)
    if suggester is None:
        raise invalid(f"The specified suggester name '{name}' does not exist in this index definition.")
    words = _words(body.text("search"))
    if not words:
        raise invalid("The search text must hold at least one word.\r\nParameter name: search")
    return body.names("searchFields") or suggester.names("sourceFields"), words


def _top(body: Body) -> int:
    top = body.integer("top", DEFAULT_TOP)
    if not 1 <= top <= MAX_TOP:
        raise invalid(f"Value must be between 1 and {MAX_TOP} (inclusive).\r\nParameter name: $top")
    return top


def _documents(reading: Reading, body: Body) -> Iterator[Document]:
    allowed = filter_condition(reading, body.text("filter"))
    sql = f"select d.id from documents d where {allowed.sql} order by d.id limit ?"  # noqa: S608 - bound values
    ids = [number for (number,) in reading.store.rows(sql, (*allowed.bound, SCANNED)) if isinstance(number, int)]
    for start in range(0, len(ids), 500):
        for fields in reading.store.bodies(ids[start : start + 500]).values():
            yield Document("", fields)


def _texts(reading: Reading, document: Document, paths: list[str]) -> Iterator[str]:
    texts = texts_of(reading.schema, document)
    for path in paths:
        yield from texts.get(path, [])


def _words(text: str) -> list[str]:
    return [token.term for token in analysis.tokens("standardasciifolding.lucene", text)]


def _completes(words: list[str], text: str) -> bool:
    held = _words(text)
    return set(words[:-1]) <= set(held) and any(word.startswith(words[-1]) for word in held)
