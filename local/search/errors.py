"""Errors as Azure AI Search words them on the wire. Everything else that is raised is a bug of this server.

A filter's error quotes the filter, because the real service does: callers must not log it.
"""


class SearchError(Exception):
    """An answer other than 2xx: HTTP status, message, and the code of the one detail that it may carry."""

    def __init__(self, status: int, message: str, *, code: str = "", detail: str = "", said: str = "") -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.detail = detail
        self.said = said or message  # the detail's own wording

    def body(self) -> dict[str, object]:
        error: dict[str, object] = {"code": self.code, "message": str(self)}
        if self.detail:
            error["details"] = [{"code": self.detail, "message": self.said}]
        return {"error": error}


def invalid(message: str) -> SearchError:
    return SearchError(400, message)


def refused(message: str, detail: str, said: str = "") -> SearchError:
    """A definition or a batch that the service understands and does not allow."""
    return SearchError(400, message, code="OperationNotAllowed", detail=detail, said=said)


def bad_expression(what: str, parameter: str) -> SearchError:
    return SearchError(400, f"Invalid expression: {what}\r\nParameter name: {parameter}")


def invalid_definition(what: str) -> SearchError:
    return refused(f"The request is invalid. Details: definition : {what}", "InvalidRequestParameter", what)


def precondition_failed() -> SearchError:
    return SearchError(
        412,
        "The precondition given in one of the request headers evaluated to false. "
        "No change was made to the resource from this request.",
    )


def no_index(name: str) -> SearchError:
    return SearchError(404, f"No index with the name '{name}' was found in the service 'local'.")


def no_alias(name: str) -> SearchError:
    message = (
        f"The index alias needs to be a valid alias. Alias – '{name}' cannot be found within the search service – "
        "'local'."
    )
    return SearchError(404, message, code="OperationNotAllowed", detail="IndexAliasNotFoundInService")
