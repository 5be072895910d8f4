"""Batches of actions: each item's status, what the index then holds, and what fails a batch as a whole."""

import threading
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from local.search.engine import MAX_ACTIONS, Index, Pace
from local.search.errors import SearchError
from local.search.wire import Json, parse
from tests.unit.search_index import NOW, delete, found, opened, write

type Fields = dict[str, Json]
type Action = tuple[str, str, Fields]

FIELDS = st.fixed_dictionaries(
    {},
    optional={"label": st.sampled_from(["x", "y"]) | st.none(), "pages": st.integers(0, 3), "content": st.just("bail")},
)
ACTIONS: st.SearchStrategy[Action] = st.tuples(
    st.sampled_from(["upload", "merge", "mergeOrUpload", "delete"]), st.sampled_from("abc"), FIELDS
)  # fmt: skip


def expected(model: dict[str, Fields], kind: str, key: str, fields: Fields) -> int:
    """What the service would answer, on a plain dictionary."""
    known = key in model
    match kind:
        case "delete":
            model.pop(key, None)
            return 200
        case "merge" if not known:
            return 404
        case "upload":
            model[key] = fields
        case _:
            model[key] = model.get(key, {}) | fields
    return 200 if known else 201


@settings(max_examples=40, deadline=None)
@given(batches=st.lists(st.lists(ACTIONS, min_size=1, max_size=6), max_size=5), lag=st.sampled_from([0.0, 2.0]))
def test_any_history_of_batches_is_that_of_a_dictionary(
    tmp_path_factory: pytest.TempPathFactory, batches: list[list[Action]], lag: float
) -> None:
    index = opened(tmp_path_factory.mktemp("history"))
    model: dict[str, Fields] = {}
    for place, batch in enumerate(batches):
        wanted = [expected(model, *action) for action in batch]
        sent = [{"@search.action": kind, "id": key, **fields} for kind, key, fields in batch]
        assert [item.status for item in write(index, sent, NOW + place, Pace(lag))] == wanted
    index.show_what_is_due(NOW + 100)
    for key in "abc":
        document = index.lookup(key, ["label", "pages", "content"])
        assert document == ({"content": None, "label": None, "pages": None} | model[key] if key in model else None)
    assert sorted(found(index, search="bail")) == sorted(key for key in model if model[key].get("content"))
    index.close()


@pytest.fixture
def index(tmp_path: Path) -> Index:
    return opened(tmp_path)


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ({"label": "x"}, "Document key cannot be missing or empty"),
        ({"id": "_a"}, "Invalid document key"),
        ({"id": "a/b"}, "Invalid document key"),
        ({"id": "é"}, "Invalid document key"),
        ({"id": "a", "nothing": 1}, "The property 'nothing' does not exist"),
        ({"id": "a", "parties": [{"nothing": 1}]}, "The property 'nothing' does not exist"),
        ({"id": "a", "pages": "3"}, "field 'pages' to the expected type 'Edm.Int32'"),
        ({"id": "a", "pages": 2**31 + 1}, "'Edm.Int32'"),
        ({"id": "a", "open": 1}, "'Edm.Boolean'"),
        ({"id": "a", "signed": "yesterday"}, "'Edm.DateTimeOffset'"),
        ({"id": "a", "tags": "x"}, "expected type 'Collection\\(Edm.String\\)'"),
        ({"id": "a", "tags": [None]}, "Collection\\(Edm.String\\)"),
        ({"id": "a", "vector": [1]}, "expects a length of '2'"),
        ({"id": "a", "vector": ["x", "y"]}, "'Collection\\(Edm.Single\\)'"),
        ({"@search.action": "replace", "id": "a"}, "'replace' is not an action"),
    ],
)
def test_a_document_that_does_not_fit_fails_its_batch(index: Index, document: Fields, message: str) -> None:
    with pytest.raises(SearchError, match=message) as refused:
        write(index, [{"id": "good"}, document])
    assert refused.value.status == 400
    assert index.count() == 0
    index.close()


def test_a_batch_has_one_to_a_thousand_actions(index: Index) -> None:
    for size in (0, MAX_ACTIONS + 1):
        with pytest.raises(SearchError):
            write(index, [{"id": f"n-{number}"} for number in range(size)])
    assert len(write(index, [{"id": f"n-{number}"} for number in range(MAX_ACTIONS)])) == MAX_ACTIONS
    index.close()


def test_a_term_that_is_too_long_fails_alone(index: Index) -> None:
    items = write(index, [{"id": "a", "label": "é" * 20_000}, {"id": "b"}])
    assert [item.status for item in items] == [400, 201]
    assert index.count() == 1
    index.close()


def test_a_merge_keeps_the_vector_and_replaces_collections_whole(index: Index) -> None:
    write(index, [{"id": "a", "tags": ["x", "y"], "vector": [1, 2], "signed": "2024-02-03T00:00:00+01:00"}])
    write(index, [{"@search.action": "merge", "id": "a", "tags": ["z"]}])
    assert index.lookup("a", ["tags", "vector", "signed"]) == {
        "signed": "2024-02-02T23:00:00Z",
        "tags": ["z"],
        "vector": [1.0, 2.0],
    }
    index.close()


def test_readers_and_writers_do_not_disturb_each_other(index: Index) -> None:
    failures: list[BaseException] = []

    def run(work: int) -> None:
        try:
            for number in range(25):
                if work < 2:
                    write(index, [{"id": f"w{work}-{number}", "content": "bail rural", "vector": [1, number]}])
                    delete(index, f"w{work}-{number - 1}")
                else:
                    found(index, search="bail", filter="id ne 'x'", facets=["id"], count=True)
                    found(index, vectorQueries=[{"kind": "vector", "vector": [1, 1], "fields": "vector", "k": 5}])
        except BaseException as error:
            failures.append(error)
            raise

    threads = [threading.Thread(target=run, args=(work,)) for work in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert sorted(found(index, search="bail")) == ["w0-24", "w1-24"]
    index.close()


@pytest.mark.parametrize("raw", [b"{", b"[]", b'{"a": NaN}', b'{"a": "\\ud800"}', b"[" * 100_000, b"\xff"])
def test_a_body_that_is_no_json_object_is_a_400(raw: bytes) -> None:
    with pytest.raises(SearchError) as refused:
        parse(raw)
    assert refused.value.status == 400


def test_a_whole_surrogate_pair_is_a_character() -> None:
    assert parse(b'{"a": "\\ud83d\\ude00"}').text("a") == "\U0001f600"
