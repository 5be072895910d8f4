"""The vault: names come back to their cabinet, to no other, and never again once forgotten."""

from collections.abc import Sequence
from dataclasses import replace
from secrets import token_bytes

import pytest

from redaction import Mention, Redactor
from redaction.vault import CabinetKey, Sealed, Vault, VaultError


class Rows:
    """A store in memory with the port's guarantees; `hindered` loses that many races."""

    def __init__(self, hindered: int = 0) -> None:
        self.rows: dict[str, Sealed] = {}
        self.hindered = hindered

    def get(self, tokens: Sequence[str]) -> dict[str, Sealed]:
        return {token: self.rows[token] for token in tokens if token in self.rows}

    def replace(self, sealed: Sealed) -> bool:
        current = self.rows.get(sealed.token)
        if self.hindered or (current.revision if current else "") != sealed.revision:
            self.hindered -= 1
            return False
        self.rows[sealed.token] = replace(sealed, revision=str(int(sealed.revision or 0) + 1))
        return True


def Keeper() -> CabinetKey:  # noqa: N802  (each call another cabinet's)
    return CabinetKey(token_bytes(32))


NAME = Mention("Naqm4snc7284", "SURNAME", "TESSANDIER")


def test_what_was_redacted_is_revealed() -> None:
    redaction = Redactor("pseudonymise", bytes(32)).redact(("M. Aurélien TESSANDIER, puis Tessandier.",))
    vault = Vault("cabinet", Rows(), Keeper())
    assert vault.remember(redaction.mentions) == 2
    revealed = vault.reveal(mention.token for mention in redaction.mentions)
    assert {form for forms in revealed.values() for form in forms} == {"Aurélien", "TESSANDIER", "Tessandier"}


def test_remembering_twice_changes_nothing() -> None:
    vault = Vault("cabinet", Rows(), Keeper())
    assert [vault.remember([NAME]), vault.remember([NAME])] == [1, 0]


def test_a_lost_race_is_run_again_and_loses_no_form() -> None:
    rows, keeper = Rows(hindered=2), Keeper()
    vault = Vault("cabinet", rows, keeper)
    vault.remember([NAME])
    vault.remember([replace_surface("Tessandier")])
    assert vault.reveal([NAME.token]) == {NAME.token: ("TESSANDIER", "Tessandier")}


def test_a_forgotten_subject_is_unreadable_and_begins_anew() -> None:
    rows = Rows()
    vault = Vault("cabinet", rows, Keeper())
    vault.remember([NAME])
    before = rows.rows[NAME.token]
    assert vault.forget(NAME.token)
    assert not vault.forget(NAME.token)
    assert vault.reveal([NAME.token]) == {}
    vault.remember([NAME])
    assert rows.rows[NAME.token].wrapped_key != before.wrapped_key


def test_nothing_can_be_read_in_the_store() -> None:
    rows = Rows()
    Vault("cabinet", rows, Keeper()).remember([NAME])
    assert b"TESSANDIER" not in rows.rows[NAME.token].box


def test_another_cabinet_cannot_open_the_form() -> None:
    rows, keeper = Rows(), Keeper()
    Vault("cabinet", rows, keeper).remember([NAME])
    with pytest.raises(VaultError):
        Vault("autre", rows, keeper).reveal([NAME.token])


def test_changed_bytes_are_refused() -> None:
    rows, keeper = Rows(), Keeper()
    vault = Vault("cabinet", rows, keeper)
    vault.remember([NAME])
    row = rows.rows[NAME.token]
    rows.rows[NAME.token] = replace(row, box=row.box[:-1] + bytes([row.box[-1] ^ 1]))
    with pytest.raises(VaultError):
        vault.reveal([NAME.token])


def replace_surface(surface: str) -> Mention:
    return Mention(NAME.token, NAME.kind, surface)
