"""Route templates of HTTP triggers, as Azure Functions reads them."""

import pytest

from local.functions.bindings import Binding, BindingError, FunctionDescription
from local.functions.http import route
from local.server import Request


def function(template: str | None, methods: list[str] | None = None) -> FunctionDescription:
    properties: dict[str, object] = {} if template is None else {"route": template}
    if methods is not None:
        properties["methods"] = methods
    trigger = Binding("req", "httpTrigger", "in", properties)
    return FunctionDescription("find", "id", trigger, (trigger,))


def parameters(template: str | None, path: str, prefix: str = "api") -> dict[str, str] | None:
    found = route(function(template), prefix).parameters(Request("GET", path, {}, {}, b""))
    return None if found is None else dict(found)


@pytest.mark.parametrize(
    ("template", "path", "expected"),
    [
        (None, "/api/find", {}),
        ("documents", "/api/documents", {}),
        ("documents", "/api/Documents/", {}),
        ("documents", "/api/documents/1", None),
        ("documents", "/documents", None),
        ("documents/{id}", "/api/documents/été 1", {"id": "été 1"}),
        ("documents/{id}", "/api/documents", None),
        ("documents/{id?}", "/api/documents", {}),
        ("documents/{id?}", "/api/documents/7", {"id": "7"}),
        ("documents/{id:int}", "/api/documents/7", {"id": "7"}),
        ("documents/{id:int}", "/api/documents/seven", None),
        ("files/{*path}", "/api/files/a/b.pdf", {"path": "a/b.pdf"}),
        ("files/{*path}", "/api/files", {}),
        ("v1.0/find", "/api/v1x0/find", None),
    ],
)
def test_a_template_takes_its_parameters_from_the_path(
    template: str | None, path: str, expected: dict[str, str] | None
) -> None:
    assert parameters(template, path) == expected


def test_the_prefix_of_host_json_may_be_empty_or_long() -> None:
    assert parameters("find", "/find", prefix="") == {}
    assert parameters("find", "/a/b/find", prefix="a/b") == {}


def test_a_route_takes_only_its_methods() -> None:
    taken = route(function("find", ["GET", "post"]), "api")
    methods = [
        one for one in ("GET", "POST", "PUT") if taken.parameters(Request(one, "/api/find", {}, {}, b"")) is not None
    ]
    assert methods == ["GET", "POST"]


@pytest.mark.parametrize("template", ["a/{id:regex(x)}", "a/{id:fancy}", "a/x{id}"])
def test_a_template_that_is_not_understood_is_refused(template: str) -> None:
    with pytest.raises(BindingError):
        route(function(template), "api")


def test_a_more_precise_route_comes_first() -> None:
    templates = ["{*rest}", "{id}", "{id:int}", "new"]
    ranked = sorted((route(function(one), "api") for one in templates), key=lambda one: one.rank)
    assert [one.function.route for one in ranked] == ["new", "{id:int}", "{id}", "{*rest}"]
