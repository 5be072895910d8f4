"""A sealed path: opens only with its own key and source, and says next to nothing to anybody else."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingestion.errors import Refuse
from ingestion.locators import document_id, open_, seal
from ingestion.model import Locator, SourceId

SECRET, OTHER_SECRET = b"a" * 32, b"b" * 32
SOURCE, OTHER_SOURCE = SourceId("dupont-blob"), SourceId("martin-blob")
PATH = "clients/Divorce Dupont.pdf"

paths = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=300)


@given(paths)
def test_whatever_is_sealed_opens_again(path: str) -> None:
    assert open_(SECRET, SOURCE, seal(SECRET, SOURCE, path)) == path


@given(paths)
def test_the_same_path_gives_the_same_locator_and_id(path: str) -> None:
    first, second = seal(SECRET, SOURCE, path), seal(SECRET, SOURCE, path)
    assert first == second
    assert document_id(SOURCE, first) == document_id(SOURCE, second)


@given(paths, paths)
def test_two_paths_never_share_a_document(one: str, other: str) -> None:
    same = document_id(SOURCE, seal(SECRET, SOURCE, one)) == document_id(SOURCE, seal(SECRET, SOURCE, other))
    assert same == (one == other)


@pytest.mark.parametrize("end", ["\0", "\0\0\0", "\x80", "\x80\0", "é\x80\0"])
def test_a_path_that_looks_like_padding_survives(end: str) -> None:
    assert open_(SECRET, SOURCE, seal(SECRET, SOURCE, f"a{end}")) == f"a{end}"


@pytest.mark.parametrize(("secret", "source"), [(OTHER_SECRET, SOURCE), (SECRET, OTHER_SOURCE)], ids=["key", "source"])
def test_another_key_or_source_is_refused(secret: bytes, source: SourceId) -> None:
    with pytest.raises(Refuse) as refused:
        open_(secret, source, seal(SECRET, SOURCE, PATH))
    assert refused.value.code == "bad_locator"


@given(st.text(max_size=120))
def test_what_nobody_sealed_is_refused(text: str) -> None:
    with pytest.raises(Refuse):
        open_(SECRET, SOURCE, Locator(text))


@given(st.integers(0, 400), st.integers(0, 7))
def test_one_flipped_bit_is_refused(place: int, bit: int) -> None:
    sealed = bytearray(seal(SECRET, SOURCE, PATH), "ascii")
    sealed[place % len(sealed)] ^= 1 << bit
    if sealed.decode("latin-1") == seal(SECRET, SOURCE, PATH):
        return
    with pytest.raises(Refuse):
        open_(SECRET, SOURCE, Locator(sealed.decode("latin-1")))


def test_another_spelling_of_the_same_seal_is_refused() -> None:
    locator = seal(SECRET, SOURCE, "x" * 40)  # 80 bytes sealed: the last base64 character has two spare bits
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    other = locator[:-1] + letters[letters.index(locator[-1]) ^ 1]
    with pytest.raises(Refuse):
        open_(SECRET, SOURCE, Locator(other))


def test_a_refusal_says_neither_path_nor_secret() -> None:
    with pytest.raises(Refuse) as refused:
        open_(OTHER_SECRET, SOURCE, seal(SECRET, SOURCE, PATH))
    assert "Dupont.pdf" not in str(refused.value)
    assert refused.value.__cause__ is None


@given(st.text(st.sampled_from("abcdefghij"), min_size=1, max_size=31))
def test_short_names_of_all_lengths_look_alike(path: str) -> None:
    assert len(seal(SECRET, SOURCE, path)) == len(seal(SECRET, SOURCE, "a"))


def test_locator_and_id_are_safe_in_keys_and_urls() -> None:
    locator = seal(SECRET, SOURCE, "cessionnè/contrat (v2) #1 + 50 %.pdf")
    assert re.fullmatch(r"[A-Za-z0-9_-]+", locator)
    assert re.fullmatch(r"[a-z2-7]{26}", document_id(SOURCE, locator))


def test_one_locator_in_two_sources_is_two_documents() -> None:
    locator = seal(SECRET, SOURCE, PATH)
    assert document_id(SOURCE, locator) != document_id(OTHER_SOURCE, locator)
