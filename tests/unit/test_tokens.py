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
    assert encoding().encode_ordinary("Sans réseau")
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


ORDINARY = "aéÏœ1²,.;'’s\"«»()-–— \u00a0\u202f\n\r\t\u2028\u0301\ue000→"


@given(st.text(st.sampled_from(ORDINARY)))
def test_what_is_counted_by_words_is_what_the_tokenizer_counts(text):
    assert count(text) == len(encoding().encode_ordinary(text))


@given(
    st.lists(
        st.sampled_from(["mot", "l'an", "1240", " ", "  ", "   ", " " * 90, "\n", "\t", "\u00a0", ".", "\u202f:"]),
        max_size=12,
    )
)
def test_spaces_that_justify_and_indent_are_counted_as_the_tokenizer_does(words):
    text = "".join(words)
    assert count(text) == len(encoding().encode_ordinary(text))


@pytest.mark.parametrize("text", ["\n \n", "a\n \nb", "a\r \rb", "a \n \n b", "a\n  \n", "a\n b", "a \r\n b"])
def test_a_line_of_blanks_is_one_pre_token_and_counted_so(text):
    assert count(text) == len(encoding().encode_ordinary(text))


@given(st.lists(st.text(st.sampled_from("ab  \n.,'αЖ中²٣")), min_size=1))
def test_running_counts_are_those_of_the_pieces_in_any_script(pieces):
    text = "".join(pieces)
    ends = [sum(map(len, pieces[: i + 1])) for i in range(len(pieces))]
    each = [len(encoding().encode_ordinary(piece)) for piece in pieces]
    assert tokens.cumulated(text, 0, ends, 7) == [7 + sum(each[: i + 1]) for i in range(len(each))]


def test_words_are_counted_as_the_tokenizer_does_beside_every_character_there_is():
    """Next to a letter, a digit, a blank, a sign: a space begins a pre-token after all that we take for no blank."""
    known = [chr(c) for c in range(0x10000) if not 0xD800 <= c < 0xE000]
    for frame in ("a{} b", "1 {}2", " {} ", ". {} .", "{0} {0}\n", "x {0}{0} y"):
        texts = [frame.format(character) for character in known]
        exact = [len(encoding().encode_ordinary(text)) for text in texts]  # a batch costs eight times that: a task each
        assert [count(text) for text in texts] == exact


@pytest.fixture
def nothing_known():
    """What other tests of this process made known of words is no part of a test on how much is kept."""
    tokens.forget()
    yield
    tokens.forget()


@pytest.mark.usefixtures("nothing_known")
def test_what_is_known_of_words_is_bounded(monkeypatch):
    monkeypatch.setattr(tokens, "_MOST_KNOWN", 10)
    for number in range(30):
        assert count(f"un{number} deux trois{number} quatre{number}") > 4
        assert len(tokens._KNOWN) <= 10


@pytest.mark.usefixtures("nothing_known")
def test_a_long_word_is_counted_and_not_kept():
    long = "x" * 500
    assert count(f"un {long} deux") == len(encoding().encode_ordinary(f"un {long} deux"))
    assert long not in tokens._KNOWN


def test_what_is_forgotten_while_others_count_is_counted_again():
    texts = [f"deux  espaces {number}  puis   trois, article {number}" for number in range(300)]
    exact = [len(it) for it in encoding().encode_ordinary_batch(texts, num_threads=1)]
    with ThreadPoolExecutor(4) as threads:
        counting = [threads.submit(lambda: [count(text) for text in texts]) for _ in range(3)]
        while not all(it.done() for it in counting):
            tokens.forget()
    assert [it.result() for it in counting] == [exact] * 3
