"""The local search service through the real azure-search-documents: a token over HTTPS, a key over HTTP."""

from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import pytest
from azure.core import MatchConditions
from azure.core.credentials import AccessToken, AzureKeyCredential
from azure.core.exceptions import HttpResponseError, ResourceExistsError, ResourceModifiedError, ResourceNotFoundError
from azure.search.documents import SearchClient
from azure.search.documents.indexes import SearchIndexClient
from azure.search.documents.indexes.models import (
    AnalyzeTextOptions,
    ComplexField,
    HnswAlgorithmConfiguration,
    SearchableField,
    SearchAlias,
    SearchField,
    SearchIndex,
    SemanticConfiguration,
    SemanticField,
    SemanticPrioritizedFields,
    SemanticSearch,
    SimpleField,
    VectorSearch,
    VectorSearchProfile,
)
from azure.search.documents.models import VectorizedQuery

from local.ai_search import SearchServer
from local.certificate import certificate
from local.server import Listener

EXPIRES = 4102444800  # in 2100


class Token:
    """A credential that answers at once, as the local identity does."""

    def get_token(self, *scopes: str, **_: object) -> AccessToken:
        return AccessToken("eyJ-any-bearer-token", EXPIRES)


class Service:
    """The service and how its clients reach it."""

    def __init__(self, home: Path, scheme: Literal["http", "https"]) -> None:
        made = certificate(home / "certificate") if scheme == "https" else None
        self.server = SearchServer(home / "search")
        self.listener = Listener(self.server, certificate=made.bundle if made else None).start()
        self.credential = Token() if made else AzureKeyCredential("any")
        self.trust = str(made.authority) if made else True

    def indexes(self) -> SearchIndexClient:
        return SearchIndexClient(self.listener.url, self.credential, connection_verify=self.trust, retry_total=0)

    def documents(self, name: str) -> SearchClient:
        return SearchClient(self.listener.url, name, self.credential, connection_verify=self.trust, retry_total=0)

    def stop(self) -> None:
        self.listener.stop()
        self.server.close()


@pytest.fixture(params=["http", "https"])
def service(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Service]:
    running = Service(tmp_path, request.param)
    yield running
    running.stop()


@pytest.fixture
def plain(tmp_path: Path) -> Iterator[Service]:
    running = Service(tmp_path, "http")
    yield running
    running.stop()


def contracts(name: str) -> SearchIndex:
    return SearchIndex(
        name=name,
        fields=[
            SimpleField(name="id", type="Edm.String", key=True, filterable=True, sortable=True),
            SimpleField(name="document", type="Edm.String", filterable=True, facetable=True),
            SimpleField(name="pages", type="Edm.Int32", filterable=True, sortable=True, facetable=True),
            SimpleField(name="signed", type="Edm.DateTimeOffset", filterable=True, sortable=True),
            SearchField(
                name="allowed", type="Collection(Edm.String)", searchable=False, filterable=True, retrievable=False
            ),
            SearchableField(name="title", analyzer_name="fr.microsoft"),
            SearchableField(name="content", analyzer_name="fr.microsoft"),
            ComplexField(name="court", fields=[SimpleField(name="city", type="Edm.String", filterable=True)]),
            SearchField(
                name="vector",
                type="Collection(Edm.Single)",
                searchable=True,
                vector_search_dimensions=4,
                vector_search_profile_name="profile",
            ),
        ],
        vector_search=VectorSearch(
            algorithms=[HnswAlgorithmConfiguration(name="hnsw")],
            profiles=[VectorSearchProfile(name="profile", algorithm_configuration_name="hnsw")],
        ),
        semantic_search=SemanticSearch(
            configurations=[
                SemanticConfiguration(
                    name="default",
                    prioritized_fields=SemanticPrioritizedFields(
                        title_field=SemanticField(field_name="title"),
                        content_fields=[SemanticField(field_name="content")],
                    ),
                )
            ]
        ),
    )


CHUNKS = [
    {
        "id": "bail-0",
        "document": "bail",
        "pages": 12,
        "signed": "2024-03-01T09:00:00Z",
        "allowed": ["avocats"],
        "title": "Bail commercial",
        "content": "Le preneur versera un dépôt de garantie égal à trois mois de loyer.",
        "court": {"city": "Lyon"},
        "vector": [1, 0, 0, 0],
    },
    {
        "id": "travail-0",
        "document": "travail",
        "pages": 4,
        "signed": "2023-01-15T00:00:00Z",
        "allowed": ["avocats", "stagiaires"],
        "title": "Licenciement",
        "content": "Selon l’article L. 1232-1 du code du travail, tout licenciement est motivé.",
        "vector": [0, 1, 0, 0],
    },
    {
        "id": "travail-1",
        "document": "travail",
        "pages": 4,
        "allowed": ["avocats"],
        "title": "Licenciement",
        "content": "La procédure de l'article L. 1232-2 impose un entretien préalable.",
        "vector": [0, 0.9, 0.1, 0],
    },
]


def filled(service: Service) -> SearchClient:
    with service.indexes() as indexes:
        indexes.create_or_update_index(contracts("cabinet-1"))
    client = service.documents("cabinet-1")
    assert all(result.succeeded for result in client.upload_documents(CHUNKS))
    return client


def keys(found: object) -> list[str]:
    assert hasattr(found, "__iter__")
    return [hit["id"] for hit in found]


def test_a_whole_life_of_an_index_with_either_credential(service: Service) -> None:
    with filled(service) as client:
        assert client.get_document_count() == 3
        assert client.get_document("bail-0", selected_fields=["id", "pages"]) == {"id": "bail-0", "pages": 12}
        assert keys(client.search("dépôts de garanties"))[0] == "bail-0"
        hybrid = client.search(
            "licencié",
            vector_queries=[VectorizedQuery(vector=[0, 0, 1, 0], k_nearest_neighbors=1, fields="vector")],
        )
        assert keys(hybrid) == ["travail-1", "travail-0"]
        assert [result.status_code for result in client.delete_documents([{"id": "bail-0"}])] == [200]
        with pytest.raises(ResourceNotFoundError):
            client.get_document("bail-0")


def test_statuses_come_back_per_item(plain: Service) -> None:
    with filled(plain) as client:
        results = client.merge_documents([{"id": "bail-0", "pages": 13}, {"id": "missing", "pages": 1}])
        assert [(result.key, result.succeeded, result.status_code) for result in results] == [
            ("bail-0", True, 200),
            ("missing", False, 404),
        ]
        merged = client.get_document("bail-0")
        assert (merged["pages"], merged["title"], merged["vector"]) == (13, "Bail commercial", [1, 0, 0, 0])


def test_a_field_that_is_not_retrievable_filters_and_never_shows(plain: Service) -> None:
    with filled(plain) as client:
        found = list(client.search("*", filter="allowed/any(p: search.in(p, 'stagiaires, autres'))"))
        assert keys(found) == ["travail-0"]
        assert "allowed" not in found[0]
        assert "allowed" not in client.get_document("travail-0")
        with pytest.raises(HttpResponseError, match="not a retrievable field"):
            list(client.search("*", select=["allowed"]))


def test_a_legal_reference_is_found_however_it_is_typed(plain: Service) -> None:
    with filled(plain) as client:
        for typed in ("L1232-1", "L. 1232-1", "l. 1232-1", "article L.1232-1", "art. L 1232‑1"):
            assert keys(client.search(typed, top=1)) == ["travail-0"], typed


def test_counts_facets_and_highlights(plain: Service) -> None:
    with filled(plain) as client:
        found = client.search(
            "licenciement", include_total_count=True, facets=["document"], highlight_fields="content-2", top=1
        )
        assert found.get_count() == 2
        assert found.get_facets() == {"document": [{"count": 2, "value": "travail"}]}
        (hit,) = found
        assert hit["@search.highlights"]["content"][0].endswith("tout <em>licenciement</em> est motivé.")


def test_orders_by_values_with_missing_ones_first(plain: Service) -> None:
    with filled(plain) as client:
        assert keys(client.search("*", order_by=["signed asc"])) == ["travail-1", "travail-0", "bail-0"]
        assert keys(client.search("*", order_by=["pages desc", "id desc"])) == ["bail-0", "travail-1", "travail-0"]


def test_pages_follow_each_other_through_the_continuation(plain: Service) -> None:
    with filled(plain) as client:
        for start in range(0, 2400, 800):
            client.upload_documents([{"id": f"n-{number:05}"} for number in range(start, start + 800)])
        expected = [f"n-{number:05}" for number in range(2400)]
        everything = client.search("*", filter="id ge 'n-' and id lt 'o'", order_by=["id"], select=["id"], top=5000)
        assert keys(everything) == expected
        pages = client.search(
            "*", filter="id ge 'n-' and id lt 'o'", order_by=["id"], select=["id"], top=2100
        ).by_page()
        assert [len(list(page)) for page in pages] == [1000, 1000, 100]
        assert keys(client.search("*", filter="id ge 'n-' and id lt 'o'", order_by=["id"], select=["id"])) == expected
        assert len(keys(client.search("*", top=1000))) == 1000


def test_the_semantic_ranker_orders_by_how_much_of_the_question_is_answered(plain: Service) -> None:
    with filled(plain) as client:
        found = list(
            client.search(
                "quel article impose un entretien préalable au licenciement",
                query_type="semantic",
                semantic_configuration_name="default",
                query_caption="extractive",
            )
        )
        scores = [hit["@search.reranker_score"] for hit in found]
        assert keys(found)[0] == "travail-1"
        assert scores == sorted(scores, reverse=True)
        assert all(0 <= score <= 4 for score in scores)
        assert "<em>entretien</em>" in found[0]["@search.captions"][0].highlights


def test_an_alias_is_swapped_and_protects_its_index(plain: Service) -> None:
    with filled(plain) as _, plain.indexes() as indexes, plain.documents("cabinet") as through:
        indexes.create_or_update_index(contracts("cabinet-2"))
        indexes.create_alias(SearchAlias(name="cabinet", indexes=["cabinet-1"]))
        assert through.get_document_count() == 3
        with pytest.raises(HttpResponseError, match="used by the alias"):
            indexes.delete_index("cabinet-1")
        indexes.create_or_update_alias(SearchAlias(name="cabinet", indexes=["cabinet-2"]))
        through.upload_documents([CHUNKS[0]])
        assert through.get_document_count() == 1
        assert [alias.name for alias in indexes.list_aliases()] == ["cabinet"]
        indexes.delete_index("cabinet-1")
        assert list(indexes.list_index_names()) == ["cabinet-2"]
        indexes.delete_alias("cabinet")
        with pytest.raises(HttpResponseError):
            through.get_document_count()


def test_an_index_is_changed_only_under_its_etag_and_only_by_adding(plain: Service) -> None:
    with plain.indexes() as indexes:
        created = indexes.create_index(contracts("cabinet-1"))
        with pytest.raises(ResourceExistsError):
            indexes.create_index(contracts("cabinet-1"))
        changed = indexes.get_index("cabinet-1")
        changed.fields.append(SimpleField(name="added", type="Edm.String", filterable=True))
        indexes.create_or_update_index(changed, match_condition=MatchConditions.IfNotModified)
        with pytest.raises((ResourceModifiedError, HttpResponseError)) as stale:
            indexes.create_or_update_index(created, match_condition=MatchConditions.IfNotModified)
        assert stale.value.status_code == 412
        with pytest.raises(HttpResponseError) as removed:
            indexes.create_or_update_index(created)
        assert removed.value.status_code == 400


def test_statistics_and_analysis(plain: Service) -> None:
    with filled(plain) as _, plain.indexes() as indexes:
        statistics = indexes.get_index_statistics("cabinet-1")
        assert (statistics.document_count, statistics.vector_index_size) == (3, 48)
        counters = indexes.get_service_statistics().counters
        assert counters.index_counter.usage == 1
        options = AnalyzeTextOptions(text="l’article L. 1232-1 des contrats", analyzer_name="fr.microsoft")
        analysed = indexes.analyze_text("cabinet-1", options)
        assert [token.token for token in analysed.tokens] == ["articl", "1232", "1", "l1232-1", "contrat"]


def test_a_batch_above_sixteen_megabytes_is_cut_by_the_sdk(plain: Service) -> None:
    with filled(plain) as client:
        heavy = [{"id": f"h-{number}", "content": " " * 6_000_000} for number in range(4)]
        results = client.upload_documents(heavy)
        assert [result.status_code for result in results] == [201] * 4


def test_without_any_credential_nothing_is_answered(plain: Service) -> None:
    client = SearchClient(plain.listener.url, "x1", AzureKeyCredential(""), retry_total=0)
    with client, pytest.raises(HttpResponseError) as refused:
        client.get_document_count()
    assert refused.value.status_code == 403
