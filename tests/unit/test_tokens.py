"""Token counts: exactly cl100k_base, from a file of ours that is checked, and from nowhere else."""

import hashlib
import socket
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tiktoken_ext import openai_public

from chunking import tokens
from chunking.tokens import RANKS_FILE, RANKS_SHA256, RanksError, count, encoding, read_ranks


def test_the_ranks_in_the_package_are_those_that_openai_publishes():
    assert hashlib.sha256(RANKS_FILE.read_bytes()).hexdigest() == RANKS_SHA256


def test_our_encoding_is_the_cl100k_base_of_the_installed_tiktoken(monkeypatch):
    ours = read_ranks()
    monkeypatch.setattr(openai_public, "load_tiktoken_bpe", lambda *_, **__: ours)
    theirs = openai_public.cl100k_base()
    assert theirs["pat_str"] == tokens.PATTERN
    assert theirs["special_tokens"] == tokens.SPECIAL_TOKENS
    assert theirs["name"] == encoding().name
    assert encoding().n_vocab == 100_277


def test_known_counts():
    assert count("") == 0
    assert encoding().encode("hello world") == [15339, 1917]
    assert count("tiktoken is great!") == 6
    assert encoding().decode(encoding().encode("L'article 1240 du code civil")) == "L'article 1240 du code civil"


def test_special_tokens_in_a_document_are_text():
    assert count("<|endoftext|>") == 7


def test_a_lone_surrogate_counts_as_the_replacement_character():
    assert count("a\ud800b") == count("a\ufffdb")


def test_a_damaged_file_is_refused_with_a_sentence_and_left_where_it_is(tmp_path):
    damaged = tmp_path / "cl100k_base.tiktoken"
    damaged.write_bytes(RANKS_FILE.read_bytes()[:-1])
    with pytest.raises(RanksError, match="install Greffe again"):
        read_ranks(damaged)
    assert damaged.exists()


def test_a_missing_file_is_refused_with_a_sentence(tmp_path):
    with pytest.raises(RanksError, match="are missing"):
        read_ranks(tmp_path / "cl100k_base.tiktoken")


def test_no_socket_is_opened_to_load_the_encoding(monkeypatch):
    def refuse(*_args, **_kwargs):
        raise AssertionError("a socket was opened")

    tokens._encoding.cache_clear()
    monkeypatch.setattr(socket, "socket", refuse)
    monkeypatch.setenv("TIKTOKEN_CACHE_DIR", "")
    assert count("Sans réseau") > 0


def test_threads_that_ask_at_once_get_one_encoding():
    tokens._encoding.cache_clear()
    with ThreadPoolExecutor(8) as threads:
        found = list(threads.map(lambda _: encoding(), range(16)))
    assert len({id(each) for each in found}) == 1


@given(st.text())
def test_every_text_is_counted_and_comes_back(text):
    assert encoding().decode(encoding().encode_ordinary(text)) == text
    assert count(text) == len(encoding().encode_ordinary(text))
