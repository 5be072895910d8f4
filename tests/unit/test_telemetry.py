"""Spans hold ids, codes and numbers. No free text passes, and no exception's message ever reaches one."""

import io
import json
import logging
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingestion.adapters.connections import Connections
from ingestion.errors import Park, ParkReason, Retry
from ingestion.settings import Settings
from ingestion.telemetry import FIELDS, VENDORS, Kind, Telemetry, checked, silence_vendors, start
from tests.unit.test_settings import GOOD

BY_KIND = {kind: sorted(name for name, of in FIELDS.items() if of is kind) for kind in Kind}
TEXT_FIELDS = [name for name, kind in FIELDS.items() if kind is not Kind.NUMBER]
WORDS = st.lists(st.text(st.characters(categories=["L"]), min_size=1), min_size=2)


@pytest.fixture
def told() -> io.StringIO:
    return io.StringIO()


@pytest.fixture
def telemetry(told: io.StringIO) -> Telemetry:
    return start(None, out=told)


def spans(told: io.StringIO) -> list[dict[str, object]]:
    return [json.loads(line) for line in told.getvalue().splitlines()]


@given(st.sampled_from(TEXT_FIELDS), WORDS, st.sampled_from(" /\\.,;:'’\u00a0\n\t@%?#"))
def test_no_sentence_path_or_address_passes_in_any_field(name: str, words: list[str], between: str) -> None:
    with pytest.raises(TypeError) as refused:
        checked({name: between.join(words)})
    assert between.join(words) not in str(refused.value)


@given(st.sampled_from(TEXT_FIELDS), st.text())
def test_what_passes_is_short_and_plain(name: str, value: str) -> None:
    try:
        checked({name: value})
    except TypeError:
        return
    assert re.fullmatch(r"[A-Za-z0-9_-]{1,80}", value)


@pytest.mark.parametrize("name", TEXT_FIELDS)
@pytest.mark.parametrize(
    "value", ["", "Divorce Dupont.pdf", "été", "a\n", "x" * 81, "l'arrêt", 7, None, b"ab", ["a"], True]
)
def test_no_text_field_takes_anything_else(name: str, value: object) -> None:
    with pytest.raises(TypeError):
        checked({name: value})  # type: ignore[dict-item]


@pytest.mark.parametrize("name", BY_KIND[Kind.NUMBER])
def test_a_number_field_takes_numbers_only(name: str) -> None:
    assert checked({name: 7}) == {name: 7}
    for value in ("7", "Dupont", None):
        with pytest.raises(TypeError):
            checked({name: value})  # type: ignore[dict-item]


@given(st.text().filter(lambda name: name not in FIELDS))
def test_a_field_that_is_not_listed_is_refused(name: str) -> None:
    with pytest.raises(TypeError):
        checked({name: 1})


@pytest.mark.parametrize("name", ["Divorce Dupont", "", "Document", "a" * 41, "é"])
def test_the_name_of_a_span_is_a_code(name: str, telemetry: Telemetry, told: io.StringIO) -> None:
    with pytest.raises(TypeError):
        telemetry.event(name)
    with pytest.raises(TypeError), telemetry.span(name):
        pass
    assert told.getvalue() == ""


def test_a_span_says_its_fields_and_what_became_known(telemetry: Telemetry, told: io.StringIO) -> None:
    with telemetry.span("document", cabinet="dupont") as stage:
        stage.note(chunks=12)
    telemetry.event("document_parked", code="encrypted")
    first, second = spans(told)
    assert (first["name"], first["cabinet"], first["chunks"]) == ("document", "dupont", 12)
    assert (second["name"], second["code"]) == ("document_parked", "encrypted")


class _OfAVendor(Exception):
    """Its name begins with an underscore, as some do."""


@pytest.mark.parametrize(
    ("error", "field", "value"),
    [
        (Retry("throttled", "Dupont"), "code", "throttled"),
        (Park(ParkReason.ENCRYPTED, "Dupont"), "code", "encrypted"),
        (ValueError("Dupont"), "error", "ValueError"),
        (_OfAVendor("Dupont"), "error", "_OfAVendor"),
        (KeyboardInterrupt("Dupont"), "error", "KeyboardInterrupt"),
    ],
)
def test_an_exception_goes_on_its_way_and_its_message_stays_out(
    error: BaseException, field: str, value: str, telemetry: Telemetry, told: io.StringIO
) -> None:
    with pytest.raises(type(error)) as raised, telemetry.span("document", chunks=1):
        raise error
    assert raised.value is error
    [span] = spans(told)
    assert (span[field], span["chunks"]) == (value, 1)
    assert "Dupont" not in told.getvalue()


@given(st.text(min_size=1).map(lambda text: f"Zanzibar{text}"))
def test_no_message_of_any_exception_reaches_a_span(message: str) -> None:
    told = io.StringIO()
    telemetry = start(None, out=told)
    for error in (ValueError(message), Retry("again", message)):
        with pytest.raises(type(error)), telemetry.span("document"):
            raise error
    assert "Zanzibar" not in told.getvalue()


def test_vendors_loggers_are_quiet(capfd: pytest.CaptureFixture[str]) -> None:
    silence_vendors()
    for name in (
        "azure.core.pipeline.policies.http_logging_policy", "urllib3.connectionpool", "httpx", "httpx2", "openai",
    ):  # fmt: skip
        logging.getLogger(name).warning("https://a.blob.core.windows.net/dupont/Divorce Dupont.pdf")
    said = capfd.readouterr()
    assert "Dupont" not in said.out + said.err


def test_presidios_own_trace_stays_quiet_when_presidio_comes_later(capfd: pytest.CaptureFixture[str]) -> None:
    silence_vendors()
    import presidio_analyzer  # noqa: F401  (sets the level of its trace, and gives it a handler)

    logging.getLogger("decision_process").warning("Divorce Dupont.pdf")
    said = capfd.readouterr()
    assert "Dupont" not in said.out + said.err


def test_vendors_are_quiet_before_the_first_of_them_is_asked() -> None:
    """A timer's first call may come before any span."""
    for name in VENDORS:
        logging.getLogger(name).setLevel(logging.NOTSET)
    Connections(Settings.from_environment(GOOD))
    assert {logging.getLogger(name).level for name in VENDORS} == {logging.CRITICAL}
