"""OData filters: the SQL says what the expression says, and a wrong expression says where it is wrong."""

import contextlib
import operator
from collections.abc import Callable, Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from local.search import odata
from local.search.engine import Index
from local.search.errors import SearchError
from local.search.wire import Json
from tests.unit.search_index import found, opened, write

DOCUMENTS: list[dict[str, Json]] = [
    {"id": "a", "label": "l'été", "pages": 1, "open": True, "signed": "2024-01-01T00:00:00Z", "tags": ["x", "y"]},
    {"id": "b", "label": "b", "pages": 2, "open": False, "signed": "2024-01-01T01:00:00+01:00", "tags": ["y"]},
    {"id": "c", "pages": 3, "price": 1.5, "signed": "2023-12-31T23:59:59.9999999Z"},
    {"id": "d", "parties": [{"role": "bailleur", "age": 40, "marks": ["m"]}, {"role": "preneur", "age": 20}]},
    {"id": "e", "parties": [{"role": "bailleur", "age": 20}, {"role": "preneur", "age": 40, "marks": ["m"]}]},
]


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Index]:
    made = opened(tmp_path_factory.mktemp("filters"))
    write(made, DOCUMENTS)
    yield made
    made.close()


@pytest.mark.parametrize(
    ("expression", "keys"),
    [
        ("id eq 'a'", "a"),
        ("id gt 'b' and id le 'd'", "cd"),
        ("label eq 'l''été'", "a"),
        ("label ne 'b'", "acde"),
        ("label eq null", "cde"),
        ("label ne null", "ab"),
        ("not (pages gt 1)", "ade"),
        ("pages ge 2 or price lt 2", "bc"),
        ("price eq 1.5e0", "c"),
        ("2 lt pages", "c"),
        ("open", "a"),
        ("not open", "bcde"),
        ("open eq false", "b"),
        ("signed eq 2024-01-01T00:00:00Z", "ab"),
        ("signed lt 2024-01-01T00:00:00Z", "c"),
        ("tags/any()", "ab"),
        ("not tags/any()", "cde"),
        ("tags/any(t: t eq 'x')", "a"),
        ("tags/any(t: t eq 'x' or t eq 'y')", "ab"),
        ("tags/all(t: t ne 'x')", "bcde"),
        ("tags/any(t: search.in(t, 'x, z'))", "a"),
        ("search.in(id, 'a|b c|c', '|')", "ac"),
        ("parties/any(p: p/role eq 'bailleur' and p/age gt 30)", "d"),
        ("parties/all(p: p/age ge 20)", "abcde"),
        ("parties/any(p: p/marks/any(m: m eq 'm') and p/role eq 'preneur')", "e"),
        ("search.ismatch('rien')", ""),
        ("true", "abcde"),
        ("pages eq 1 or pages eq 2 and open eq true", "a"),
        ("(pages eq 1 or pages eq 2) and open eq false", "b"),
    ],
)
def test_a_filter_keeps_what_it_says(index: Index, expression: str, keys: str) -> None:
    assert found(index, filter=expression, orderby="id") == list(keys)


@pytest.mark.parametrize(
    ("expression", "message"),
    [
        ("pages eq", "Syntax error at position 8"),
        ("pages eq 1 and", "Syntax error at position 14"),
        ("(pages eq 1", "Syntax error at position 11"),
        ("pages = 1", "Syntax error at position 7"),
        ("label eq 'open", "unterminated string literal at position 14"),
        ("tags/any(t t eq 'x')", "Syntax error at position 12"),
        ("nothing eq 1", "Could not find a property named 'nothing'"),
        ("content eq 'x'", "'content' is not a filterable field"),
        ("label eq 1", "incompatible types .* 'Edm.String' and 'Edm.Int32'"),
        ("pages eq 'x'", "incompatible types"),
        ("open gt true", "incompatible types"),
        ("signed eq '2024-01-01'", "incompatible types"),
        ("tags eq 'x'", "is a collection"),
        ("parties/age eq 3", "is a collection"),
        ("label/any(t: t eq 'x')", "is not a collection"),
        ("tags/any(t: t ne 'x')", "Invalid lambda expression"),
        ("tags/all(t: t eq 'x')", "Invalid lambda expression"),
        ("tags/any(t: label eq 'x')", "Only bound field references"),
        ("geo.distance(place, 1) lt 2", "Unknown function"),
        ("not " * 150 + "open", "nested too deeply"),
        ("(" * 150 + "open" + ")" * 150, "nested too deeply"),
    ],
)
def test_a_wrong_filter_says_what_is_wrong(index: Index, expression: str, message: str) -> None:
    with pytest.raises(SearchError, match=message) as refused:
        found(index, filter=expression)
    assert refused.value.status == 400


Keeps = Callable[[dict[str, Json]], bool]
SIGNS: dict[str, Callable[[int, int], bool]] = {
    "eq": operator.eq, "ne": operator.ne, "gt": operator.gt, "ge": operator.ge, "lt": operator.lt, "le": operator.le,
}  # fmt: skip


def _comparison(sign: str, number: int) -> tuple[str, Keeps]:
    def keeps(document: dict[str, Json]) -> bool:
        pages = document.get("pages")
        return SIGNS[sign](pages, number) if isinstance(pages, int) else sign == "ne"

    return f"pages {sign} {number}", keeps


def _tagged(tag: str) -> tuple[str, Keeps]:
    def keeps(document: dict[str, Json]) -> bool:
        tags = document.get("tags")
        return isinstance(tags, list) and tag in tags

    return f"tags/any(t: t eq '{tag}')", keeps


def _both(pair: tuple[tuple[str, Keeps], tuple[str, Keeps]]) -> tuple[str, Keeps]:
    (one, first), (other, second) = pair
    return f"({one} and {other})", lambda document: first(document) and second(document)


def _either(pair: tuple[tuple[str, Keeps], tuple[str, Keeps]]) -> tuple[str, Keeps]:
    (one, first), (other, second) = pair
    return f"({one} or {other})", lambda document: first(document) or second(document)


def _negated(inner: tuple[str, Keeps]) -> tuple[str, Keeps]:
    return f"not ({inner[0]})", lambda document: not inner[1](document)


LEAVES = st.builds(_comparison, st.sampled_from(sorted(SIGNS)), st.integers(0, 4)) | st.builds(
    _tagged, st.sampled_from("xyz")
)
FILTERS = st.recursive(
    LEAVES,
    lambda inner: st.tuples(inner, inner).map(_both) | st.tuples(inner, inner).map(_either) | inner.map(_negated),
    max_leaves=6,
)


@settings(max_examples=80, deadline=None)
@given(drawn=FILTERS)
def test_any_filter_keeps_what_a_loop_over_the_documents_keeps(index: Index, drawn: tuple[str, Keeps]) -> None:
    expression, keeps = drawn
    assert found(index, filter=expression, orderby="id") == [doc["id"] for doc in DOCUMENTS if keeps(doc)]


@given(text=st.text(alphabet="abc ()/:,.'0123éeqornt", max_size=40))
def test_no_text_makes_the_reader_fail_otherwise_than_by_a_400(text: str) -> None:
    with contextlib.suppress(SearchError):
        odata.parse(text)
