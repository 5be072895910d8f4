"""The command line without a deployment: help, exit codes, JSON for programs, and which deployment a call means."""

import json
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
import typer
from typer.core import TyperGroup
from typer.main import get_command

from index_schemas import SchemaError
from ingestion.adapters.build import Services
from ingestion.errors import WHAT_TO_DO, ParkReason, Refuse, what_to_do
from ingestion.model import DocumentId
from ingestion.settings import Settings, SettingsError
from operations import render
from operations.__main__ import app, main
from operations.console import Exit, complain, show, table
from operations.documents import Outcome, chosen
from operations.environment import connect, read
from operations.letters import Letter
from operations.onboard import NAME, Wish, account_of, onboard
from operations.status import Backlog, CabinetStatus, FlaggedDocument, IndexStatus, ParkedDocument
from redaction import RedactionError
from redaction.vault import VaultError
from tests.unit.test_settings import GOOD

DOCUMENT = DocumentId("a" * 26)


def commands() -> list[str]:
    group = get_command(app)
    assert isinstance(group, TyperGroup)
    return sorted(group.commands)


@dataclass
class Said:
    code: int
    out: str
    err: str


Greffe = Callable[..., Said]


@pytest.fixture
def greffe(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Greffe:
    """The command line as the console script runs it, in a folder and an environment that know no deployment."""
    for name in (*GOOD, "GREFFE_ENVIRONMENT"):
        monkeypatch.setenv(name, "")  # first, so that what `connect` writes there is taken back, too
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str) -> Said:
        monkeypatch.setattr(sys, "argv", ["greffe", *arguments])
        with pytest.raises(SystemExit) as ended:
            main()
        said = capsys.readouterr()
        return Said(int(ended.value.code or 0), said.out, said.err)

    return run


# Help


def test_the_commands_are_these() -> None:
    assert commands() == [
        "add", "audit", "dead-letters", "demo", "erase", "forget", "hold", "offboard", "onboard", "reconcile",
        "reindex", "replay", "reveal", "rm", "search", "status", "unwatch", "up", "watch",
    ]  # fmt: skip


def test_help_names_every_command(greffe: Greffe) -> None:
    said = greffe("--help")
    assert said.code == Exit.DONE
    assert all(name in said.out for name in commands())


@pytest.mark.parametrize("name", commands())
def test_every_command_says_what_it_does_and_what_it_takes(name: str) -> None:
    group = get_command(app)
    assert isinstance(group, TyperGroup)
    command = group.commands[name]
    assert len(command.help or "") > 20
    for parameter in command.params:
        assert getattr(parameter, "help", "x"), parameter.name
    if name not in ("up", "demo"):  # they start a cloud; they have nothing to tell a program
        assert any("--json" in parameter.opts for parameter in command.params)


@pytest.mark.parametrize("name", commands())
def test_help_of_every_command_asks_for_no_deployment(name: str, greffe: Greffe) -> None:
    said = greffe(name, "--help")
    assert said.code == Exit.DONE
    assert said.err == ""


# Exit codes


@pytest.mark.parametrize(
    "arguments",
    [
        ("no-such-command",),
        ("search",),
        ("search", "demo"),
        ("add", "demo", "no-such-file"),
        ("status", "--no-such-option"),
        ("search", "demo", "loyer", "--top", "many"),
    ],
)
def test_a_call_that_cannot_be_followed_ends_with_2(arguments: tuple[str, ...], greffe: Greffe) -> None:
    said = greffe(*arguments)
    assert said.code == Exit.USAGE
    assert said.out == ""


@pytest.mark.parametrize(
    ("given", "becomes"),
    [(("up", "--home", "h"), ["-m", "local", "up", "--home", "h"]), (("demo",), ["-m", "local", "demo"])],
)
def test_who_ends_the_command_ends_the_cloud(
    given: tuple[str, ...], becomes: list[str], greffe: Greffe, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As one process: a signal to a parent that waits would leave the cloud behind."""
    become: list[list[str]] = []
    monkeypatch.setattr("os.execv", lambda _, arguments: become.append(arguments))
    greffe(*given)
    assert become == [[sys.executable, *becomes]]


@pytest.mark.parametrize(
    "arguments", [("status", "--json"), ("dead-letters",), ("search", "demo", "loyer"), ("replay", "--dry-run")]
)
def test_without_a_deployment_one_sentence_says_how_to_name_one(arguments: tuple[str, ...], greffe: Greffe) -> None:
    said = greffe(*arguments)
    assert said.code == Exit.USAGE
    assert said.out == ""
    assert "GREFFE_ENVIRONMENT" in said.err
    assert "Traceback" not in said.err


def test_unusable_settings_are_listed_and_end_with_2(
    greffe: Greffe, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GREFFE_ENVIRONMENT", str(settings_in(tmp_path / "a.env", {"GREFFE_TENANT_ID": "t"})))
    said = greffe("status")
    assert said.code == Exit.USAGE
    assert "GREFFE_SEARCH_ENDPOINT is missing" in " ".join(said.err.split())


# Which deployment


def settings_in(file: Path, values: dict[str, str]) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("".join(f'{name}="{value}"\n' for name, value in values.items()))
    return file


@pytest.mark.usefixtures("greffe")
def test_the_environment_is_the_deployment_where_it_names_one(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in GOOD.items():
        monkeypatch.setenv(name, value)
    assert connect().settings.tenant_id == "t"


@pytest.mark.usefixtures("greffe")
def test_a_named_file_wins_over_the_environment_and_is_taken_whole(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Half of one deployment and half of another is the worst of both."""
    for name, value in {**GOOD, "GREFFE_TENANT_ID": "environment", "GREFFE_MAX_CHUNKS": "7"}.items():
        monkeypatch.setenv(name, value)
    named = settings_in(tmp_path / "azure.env", {**GOOD, "GREFFE_TENANT_ID": "file", "SSL_CERT_FILE": "c.pem"})
    monkeypatch.setenv("GREFFE_ENVIRONMENT", str(named))
    monkeypatch.setenv("SSL_CERT_FILE", "")
    settings = connect().settings
    assert (settings.tenant_id, settings.max_chunks) == ("file", 5_000)
    del_one = {name: value for name, value in GOOD.items() if name != "GREFFE_SEARCH_ENDPOINT"}
    monkeypatch.setenv("GREFFE_ENVIRONMENT", str(settings_in(tmp_path / "half.env", del_one)))
    with pytest.raises(SettingsError, match="GREFFE_SEARCH_ENDPOINT is missing"):
        connect()


@pytest.mark.usefixtures("greffe")
def test_the_local_clouds_file_is_found_where_nothing_else_is_named(tmp_path: Path) -> None:
    settings_in(tmp_path / ".greffe" / "local.env", {**GOOD, "GREFFE_TENANT_ID": "local"})
    assert connect().settings.tenant_id == "local"


@pytest.mark.usefixtures("greffe")
def test_a_named_file_that_is_not_there_is_no_reason_to_take_another(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    settings_in(tmp_path / ".greffe" / "local.env", dict(GOOD))
    monkeypatch.setenv("GREFFE_ENVIRONMENT", str(tmp_path / "missing.env"))
    with pytest.raises(typer.Exit) as ended:
        connect()
    assert ended.value.exit_code == Exit.USAGE
    assert "names no file" in capsys.readouterr().err


def test_a_file_of_settings_is_read_as_azd_writes_it(tmp_path: Path) -> None:
    file = tmp_path / "a.env"
    file.write_text('# of azd\n\nA="https://a?x=1&y=2"\n B = plain \nC=\n')
    assert read(file) == {"A": "https://a?x=1&y=2", "B": "plain", "C": ""}


# What programs read, and what people see

OUTCOMES = [
    Outcome("Bail.pdf", DOCUMENT, "live"),
    Outcome("Scellé.pdf", DocumentId("b" * 26), "parked", ParkReason.ENCRYPTED.value),
]


def printed(capsys: pytest.CaptureFixture[str]) -> object:
    said = capsys.readouterr()
    assert said.err == ""
    return json.loads(said.out)


def test_outcomes_as_json_have_their_reason_and_advice_and_end_with_1(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(typer.Exit) as ended:
        render.outcomes(OUTCOMES, "live", as_json=True)
    assert ended.value.exit_code == Exit.IN_PART
    assert printed(capsys) == [
        {"name": "Bail.pdf", "document": "a" * 26, "status": "live", "reason": "", "advice": ""},
        {
            "name": "Scellé.pdf",
            "document": "b" * 26,
            "status": "parked",
            "reason": "encrypted",
            "advice": WHAT_TO_DO[ParkReason.ENCRYPTED],
        },
    ]


def test_outcomes_that_are_all_as_wanted_end_with_0(capsys: pytest.CaptureFixture[str]) -> None:
    render.outcomes(OUTCOMES[:1], "live", as_json=False)
    assert "1 live, 0 not" in capsys.readouterr().out


def test_letters_as_json_are_ids_and_reasons(capsys: pytest.CaptureFixture[str]) -> None:
    letter = Letter("poison", "documents-poison", "m1", "demo", DOCUMENT, "gave_up", "2026-01-05T09:00:00+00:00")
    render.letters([letter], "Given up on", as_json=True)
    assert printed(capsys) == [
        {
            "kind": "poison",
            "where": "documents-poison",
            "id": "m1",
            "cabinet": "demo",
            "document": DOCUMENT,
            "reason": "gave_up",
            "since": "2026-01-05T09:00:00+00:00",
        }
    ]
    render.letters([], "Given up on", as_json=True)
    assert printed(capsys) == []


def test_a_status_shows_states_parked_documents_and_what_waits(capsys: pytest.CaptureFixture[str]) -> None:
    parked = ParkedDocument(DOCUMENT, "encrypted", WHAT_TO_DO[ParkReason.ENCRYPTED], True, index="demo-2")
    flagged = FlaggedDocument("b" * 26, ("hidden_text", "instructions_to_model"))
    indexes = [IndexStatus("demo-1", "active", {"live": 3}, 40), IndexStatus("demo-2", "building", {"parked": 1}, 0)]
    state = CabinetStatus("demo", "pseudonymise", indexes, [parked], flagged=[flagged])
    queues = {"documents": Backlog(7, 2), "documents-bulk": Backlog(50, 32), "drives": Backlog(0, 0)}
    render.status([state], queues, 1)
    said = " ".join(capsys.readouterr().out.split())
    for wanted in (
        "Cabinet demo",
        "3 live",
        "40",
        DOCUMENT,
        "encrypted",
        "kept building",
        "documents 2 5",
        "dead letters 1",
        "b" * 26,
    ):
        assert wanted in said
    assert "documents-bulk 32 or more 18" in said
    assert "hidden_text, instructions_to_model" in said
    assert "drives" not in said


@pytest.mark.parametrize("text", ["[/b] Annexe [v2] [bold]", "[/]", "\\[x]", "[link=https://a]b"])
def test_brackets_in_a_document_are_shown_and_not_obeyed(text: str, capsys: pytest.CaptureFixture[str]) -> None:
    table("Hits", ("text",), [(text,), (None,)])
    complain(f"no blob of that name: {text}")
    said = capsys.readouterr()
    assert text in said.out
    assert text in said.err


@pytest.mark.parametrize("obeyed", ["\x1b]52;c;ZWNobw==\x07", "\x1b[2J", "\x9b31m", "\r", "\u202e", "\u2066"])
def test_what_a_terminal_would_obey_is_not_printed(obeyed: str, capsys: pytest.CaptureFixture[str]) -> None:
    table("Hits", ("document",), [(f"Bail{obeyed}.pdf",)])
    complain(f"Bail{obeyed}.pdf")
    said = capsys.readouterr()
    assert not set(obeyed) & {"\x1b", "\x9b", "\x07", "\r", "\u202e", "\u2066"} & set(said.out + said.err)
    assert "Bail" in said.out
    assert "Bail" in said.err


def test_json_keeps_accents_and_stands_alone_on_standard_output(capsys: pytest.CaptureFixture[str]) -> None:
    show({"titre": "Arrêt"}, as_json=True, render=lambda: pytest.fail("people see nothing"))
    assert "Arrêt" in capsys.readouterr().out


def test_an_extract_is_one_line_of_bounded_length() -> None:
    text = render.extract({"content": "Le loyer\n est payé.\n" * 40})
    assert "\n" not in text
    assert len(text) == render.EXTRACT + 1


def test_a_reason_of_a_newer_version_is_shown_without_advice() -> None:
    assert what_to_do("of_a_newer_version") == what_to_do("") == ""
    assert what_to_do("encrypted") == WHAT_TO_DO[ParkReason.ENCRYPTED]


# Names


def test_files_are_named_under_the_folder_that_was_given(tmp_path: Path) -> None:
    folder = tmp_path / "Pièces n° 1"
    (folder / "Sous").mkdir(parents=True)
    for name in ("b.txt", "Sous/a.txt", ".cachée"):
        (folder / name).write_text("x")
    single = folder / "b.txt"
    assert [name for _, name in chosen([single], recursive=False)] == ["b.txt"]
    assert [name for _, name in chosen([folder], recursive=True)] == ["Pièces n° 1/Sous/a.txt", "Pièces n° 1/b.txt"]


def test_a_folder_that_would_be_left_out_in_silence_is_refused(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "a.txt").write_text("x")
    with pytest.raises(Refuse, match="-r"):
        chosen([tmp_path / "a.txt", tmp_path / "folder"], recursive=False)
    with pytest.raises(Refuse, match="no file"):
        chosen([tmp_path / "folder"], recursive=True)


def test_two_files_that_would_be_one_document_are_refused(tmp_path: Path) -> None:
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "Bail.txt").write_text(folder)
    with pytest.raises(Refuse, match=r"Bail\.txt"):
        chosen([tmp_path / "a" / "Bail.txt", tmp_path / "b" / "Bail.txt"], recursive=False)


@pytest.mark.usefixtures("greffe")
def test_a_mistake_of_ours_does_not_end_as_if_it_were_done_in_part(
    greffe: Greffe, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken() -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("operations.commands.upkeep.connect", broken)
    said = greffe("status")
    assert said.code == Exit.FAILED
    assert "mistake in Greffe (ZeroDivisionError)" in " ".join(said.err.split())


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (SchemaError("an index has 1 to 4096 dimensions, not 0"), Exit.USAGE),
        (RedactionError("voter", "the voters' file is not as its manual says"), Exit.FAILED),
        (VaultError("the vault does not open"), Exit.FAILED),
    ],
)
def test_what_a_setting_or_a_file_makes_impossible_is_one_sentence(
    error: Exception, code: Exit, greffe: Greffe, monkeypatch: pytest.MonkeyPatch
) -> None:
    def impossible() -> None:
        raise error

    monkeypatch.setattr("operations.commands.upkeep.connect", impossible)
    said = greffe("status")
    assert said.code == code
    assert " ".join(said.err.split()) == f"greffe: {error}"


def test_a_file_that_cannot_be_read_is_named_in_one_sentence(greffe: Greffe, monkeypatch: pytest.MonkeyPatch) -> None:
    def unreadable() -> None:
        raise PermissionError(13, "Permission denied", "Bail.pdf")

    monkeypatch.setattr("operations.commands.upkeep.connect", unreadable)
    said = greffe("status")
    assert (said.code, said.err.strip()) == (Exit.USAGE, "greffe: Bail.pdf: Permission denied")


@pytest.mark.parametrize("name", ["demo", "cabinet-dupont", "a1-2"])
def test_a_cabinets_name_fits_everything_that_is_named_after_it(name: str) -> None:
    assert NAME.fullmatch(name)


@pytest.mark.parametrize("name", ["", "ab", "Demo", "1demo", "demo-", "de--mo", "dé-mo", "a" * 34, "demo\n", "de_mo"])
def test_a_name_that_would_not_fit_is_no_cabinets(name: str) -> None:
    assert not NAME.fullmatch(name)


@pytest.mark.parametrize("container", ["deadletters", "letters", "greffe-scans", "app-package", "azure-webjobs-hosts"])
def test_a_container_of_greffes_own_is_no_cabinets(container: str) -> None:
    """Its dead letters hold the paths of every cabinet."""
    own = {**GOOD, "GREFFE_DEAD_LETTER_CONTAINER": "letters"}
    services = Services(Settings.from_environment(own), operator=True)
    wish = Wish("demo", "t", services.settings.blob_uri, container, "", "pseudonymise")
    with pytest.raises(Refuse, match="Greffe's own"):
        onboard(services, wish, lambda _: None)


@pytest.mark.parametrize(
    "url",
    [
        "https://cabinets.example",
        "http://cabinets.blob.core.windows.net",
        "https://blob.core.windows.net.example",
        "https://cabinets.blob.core.windows.net:8443",
        "https://cabinets.blob.core.windows.net@example.com",
        "https://cabinets.blob.core.windows.net:x",
        "",
    ],
)
def test_no_token_travels_to_an_account_that_is_not_azures(url: str) -> None:
    services = Services(Settings.from_environment(GOOD), operator=True)
    with pytest.raises(Refuse, match="account of Azure's"):
        onboard(services, Wish("demo", "t", url, "demo", "", "pseudonymise"), lambda _: None)


@pytest.mark.parametrize(
    ("url", "account"),
    [
        ("https://cabinets.blob.core.windows.net", "cabinets"),
        ("https://cabinets.blob.core.windows.net/", "cabinets"),
        ("https://127.0.0.1:10000/devstoreaccount1", "devstoreaccount1"),
    ],
)
def test_an_account_is_known_by_its_url(url: str, account: str) -> None:
    assert account_of(url) == account
