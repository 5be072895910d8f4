"""The environment as one object: what is missing or wrong is said at once, and no value is ever quoted."""

from collections.abc import Mapping
from dataclasses import FrozenInstanceError, fields

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingestion.settings import Settings, SettingsError

NAMES = [it.metadata["name"] for it in fields(Settings)]
REQUIRED = [it.metadata["name"] for it in fields(Settings) if it.metadata["required"]]
GOOD: Mapping[str, str] = {
    "GREFFE_STORAGE__blobServiceUri": "https://a.blob.core.windows.net/",
    "GREFFE_STORAGE__queueServiceUri": "https://a.queue.core.windows.net",
    "GREFFE_STORAGE__tableServiceUri": "https://a.table.core.windows.net",
    "GREFFE_SEARCH_ENDPOINT": "https://s.search.windows.net",
    "GREFFE_EMBEDDING_BASE_URL": "https://o.openai.azure.com/openai/v1/",
    "GREFFE_EMBEDDING_MODEL": " text-embedding-3-large ",
    "GREFFE_KEY_VAULT_URI": "https://v.vault.azure.net",
    "GREFFE_TENANT_ID": "t",
}


def said(environment: Mapping[str, str]) -> str:
    with pytest.raises(SettingsError) as wrong:
        Settings.from_environment(environment)
    return str(wrong.value)


def test_what_is_required_is_enough() -> None:
    assert set(GOOD) == set(REQUIRED)
    made = Settings.from_environment({**GOOD, "PATH": "/bin"})
    assert made.blob_uri == "https://a.blob.core.windows.net"
    assert made.embedding_model == "text-embedding-3-large"
    assert made.max_chunks == 5_000


def test_everything_that_is_missing_is_in_one_message() -> None:
    message = said({})
    assert all(name in message for name in REQUIRED)
    assert message.count("\n") == len(REQUIRED)


def test_an_empty_value_is_a_missing_one_where_one_is_required() -> None:
    assert "GREFFE_TENANT_ID is missing" in said({**GOOD, "GREFFE_TENANT_ID": ""})


@pytest.mark.parametrize("name", NAMES)
def test_every_setting_has_a_reason_that_its_complaint_gives(name: str) -> None:
    why = next(it.metadata["why"] for it in fields(Settings) if it.metadata["name"] == name)
    assert len(why) > 20
    if name in REQUIRED:
        assert why in said({key: value for key, value in GOOD.items() if key != name})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("GREFFE_SEARCH_ENDPOINT", "http://s.search.windows.net"),
        ("GREFFE_SEARCH_ENDPOINT", "s.search.windows.net"),
        ("GREFFE_SEARCH_ENDPOINT", "https://"),
        ("GREFFE_SEARCH_ENDPOINT", "https://["),
        ("GREFFE_SEARCH_ENDPOINT", "https://user:Passw0rd℀@host"),
        ("GREFFE_EMBEDDING_MODEL", "  "),
        ("GREFFE_EMBEDDING_DIMENSIONS", "0"),
        ("GREFFE_MAX_CHUNKS", "-1"),
        ("GREFFE_MAX_CHUNKS", "1e3"),
        ("GREFFE_MAX_CHUNKS", ""),
        ("GREFFE_FUNCTION_TIMEOUT_SECONDS", "00:10:00"),
        ("GREFFE_FUNCTION_TIMEOUT_SECONDS", "nan"),
        ("GREFFE_FUNCTION_TIMEOUT_SECONDS", "-1"),
    ],
)
def test_a_value_that_cannot_be_is_named_and_not_quoted(name: str, value: str) -> None:
    message = said({**GOOD, name: value})
    assert f"{name} is not usable: expected " in message
    assert len(value.strip()) < 4 or value not in message
    assert "Passw0rd" not in message


@given(st.dictionaries(st.sampled_from(NAMES), st.text(max_size=30).map(lambda text: f"{text}Zanzibar℀@"), min_size=1))
def test_no_message_ever_holds_a_value(values: dict[str, str]) -> None:
    for environment in (values, {name: f"https://{value}" for name, value in values.items()}):
        try:
            Settings.from_environment({**GOOD, **environment})
        except SettingsError as wrong:
            message = str(wrong)
        else:
            message = ""
        assert "Zanzibar" not in message


def test_the_life_of_a_worker_covers_what_may_still_land() -> None:
    seconds = {"FUNCTION_TIMEOUT": "600", "IN_FLIGHT": "120", "CLOCK_SKEW": "30.5"}
    made = Settings.from_environment({**GOOD, **{f"GREFFE_{name}_SECONDS": it for name, it in seconds.items()}})
    assert made.worker_lifetime == 750.5


def test_settings_cannot_change_after_the_start() -> None:
    with pytest.raises(FrozenInstanceError):
        Settings.from_environment(GOOD).max_chunks = 1  # type: ignore[misc]
