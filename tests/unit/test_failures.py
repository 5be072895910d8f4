"""Whatever a trigger meets, its exception quotes nothing: the host logs its text, its chain and the lines of code."""

import traceback
from typing import NoReturn

import azure.functions as func
import pytest

import function_app
from ingestion.errors import Retry
from ingestion.failures import Failed, leaves_stripped
from tests.unit.test_function_app import TRIGGERS

SECRET = "Divorce Dupont.pdf"


def told(error: BaseException) -> str:
    """As Microsoft's worker tells the host: `azure_functions_runtime.utils.tracing`."""
    return "".join(traceback.format_exception(type(error), error, error.__traceback__))


def broken() -> NoReturn:
    try:
        {}[SECRET]
    except LookupError as first:
        raise ValueError(SECRET) from first


USER_FUNCTIONS = {name: getattr(function_app, name)._function.get_user_function() for name in TRIGGERS}
REQUEST = func.HttpRequest("POST", "/", route_params={"cabinet": "dupont"}, body=b"{}")
MESSAGE = func.QueueMessage(id="m", body="{}")
EVENT = func.EventGridEvent(
    id="e", data={}, topic="t", subject=SECRET, event_type="T", event_time=None, data_version=""
)


@pytest.mark.parametrize("name", TRIGGERS)
def test_a_bug_leaves_every_trigger_by_its_types_name(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(function_app, "services", broken)
    given = {"httpTrigger": REQUEST, "queueTrigger": MESSAGE, "eventGridTrigger": EVENT}.get(
        str(TRIGGERS[name]["type"])
    )
    with pytest.raises(Failed, match=r"^ValueError$") as failed:
        USER_FUNCTIONS[name](given)
    assert SECRET not in told(failed.value)
    assert "in broken" in told(failed.value)


def test_an_error_of_ours_leaves_with_its_words_and_without_what_led_to_it() -> None:
    @leaves_stripped
    def entry() -> None:
        try:
            {}[SECRET]
        except LookupError:
            raise Retry("unreachable", "the ledger: reading a row")  # noqa: B904 - as where somebody forgot it

    with pytest.raises(Retry, match="the ledger") as failed:
        entry()
    assert SECRET not in told(failed.value)


def test_what_ends_well_gives_its_answer() -> None:
    assert leaves_stripped(lambda: "live")() == "live"
