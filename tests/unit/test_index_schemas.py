"""The index schema: what the product relies on is there, and Azure's own SDK accepts it."""

import copy
import json
from pathlib import Path

import pytest
from azure.search.documents.indexes.models import SearchIndex

import index_schemas
from index_schemas import CURRENT, RELIED_ON, VERSIONS, SchemaError, check, load
from ingestion.adapters.ai_search import SEMANTIC


def loaded():
    return copy.deepcopy(dict(load(CURRENT, name="cabinet-a-1", dimensions=1536)))


def field(body, name):
    return next(field for field in body["fields"] if field["name"] == name)


def test_every_version_loads_and_the_current_one_is_the_newest():
    for version in VERSIONS:
        load(version, name="cabinet-a-1", dimensions=8)
    assert VERSIONS[-1] == CURRENT


def test_the_adapter_asks_for_the_semantic_configuration_that_the_schema_has():
    assert loaded()["semantic"]["defaultConfiguration"] == SEMANTIC


def test_name_and_dimensions_are_filled_in_and_no_placeholder_is_left():
    body = loaded()
    assert body["name"] == "cabinet-a-1"
    assert field(body, "content_vector")["dimensions"] == 1536
    assert "{" not in json.dumps(body).replace('{"', "").replace("{}", "")


def test_an_unknown_version_a_bad_name_and_bad_dimensions_are_refused_with_a_sentence():
    with pytest.raises(SchemaError, match="There is no index schema"):
        load("v999", name="cabinet-a", dimensions=8)
    for name in ("A", "cabinet_a", "-cabinet", "cabinet--a", "x" * 129, ""):
        with pytest.raises(SchemaError, match="index name"):
            load(CURRENT, name=name, dimensions=8)
    for dimensions in (0, -1, 4097):
        with pytest.raises(SchemaError, match="dimensions"):
            load(CURRENT, name="cabinet-a", dimensions=dimensions)


@pytest.mark.parametrize("name", sorted(RELIED_ON))
def test_a_schema_that_loses_a_field_is_refused(name):
    body = loaded()
    body["fields"] = [f for f in body["fields"] if f["name"] != name]
    with pytest.raises(SchemaError, match=f"field {name} is missing"):
        check(body)


@pytest.mark.parametrize("name", sorted(RELIED_ON))
def test_a_schema_whose_field_loses_an_attribute_or_its_type_is_refused(name):
    for attribute in RELIED_ON[name][1]:
        body = loaded()
        field(body, name)[attribute.lstrip("!")] = attribute.startswith("!")
        with pytest.raises(SchemaError, match=f"field {name} must state {attribute.lstrip('!')}"):
            check(body)
    body = loaded()
    field(body, name)["type"] = "Edm.Boolean"
    with pytest.raises(SchemaError, match=f"field {name} is not of type"):
        check(body)


def test_an_attribute_left_to_the_default_of_the_service_is_refused():
    body = loaded()
    del field(body, "allowed_principals")["retrievable"]
    with pytest.raises(SchemaError, match="allowed_principals must state retrievable: false"):
        check(body)


def test_vectors_that_could_not_be_reused_are_refused():
    body = loaded()
    body["vectorSearch"]["compressions"][0]["rescoringOptions"]["rescoreStorageMethod"] = "discardOriginals"
    with pytest.raises(SchemaError, match="does not preserve the original vectors"):
        check(body)


def test_a_semantic_configuration_that_names_an_unknown_field_is_refused():
    body = loaded()
    body["semantic"]["configurations"][0]["prioritizedFields"]["titleField"]["fieldName"] = "headline"
    with pytest.raises(SchemaError, match="unknown field headline"):
        check(body)


def test_every_fault_is_in_one_message():
    body = loaded()
    body["fields"] = [f for f in body["fields"] if f["name"] not in ("tokens", "flags")]
    with pytest.raises(SchemaError, match=r"tokens is missing.*flags is missing"):
        check(body)


def test_azures_sdk_builds_its_index_from_the_body_and_sends_the_same_body_back():
    body = loaded()
    index = SearchIndex(body)
    assert index.name == "cabinet-a-1"
    vector = next(f for f in index.fields if f.name == "content_vector")
    assert (vector.vector_search_dimensions, vector.vector_search_profile_name) == (1536, "vectors")
    assert index.semantic_search.configurations[0].prioritized_fields.title_field.field_name == "title"
    compression = index.vector_search.compressions[0]
    assert compression.rescoring_options.rescore_storage_method == "preserveOriginals"
    assert index.vector_search.algorithms[0].parameters.metric == "cosine"
    assert index.as_dict() == body


def test_the_fields_of_the_schema_are_those_relied_on_and_no_others():
    assert {f["name"] for f in loaded()["fields"]} == set(RELIED_ON)


def test_who_may_read_is_never_returned_searched_or_counted():
    principals = field(loaded(), "allowed_principals")
    assert [principals[a] for a in ("retrievable", "searchable", "facetable", "sortable")] == [False] * 4


def test_schema_files_are_the_versions_and_nothing_else():
    files = {path.stem for path in Path(index_schemas.__file__).parent.glob("*.json")}
    assert files == set(VERSIONS)
