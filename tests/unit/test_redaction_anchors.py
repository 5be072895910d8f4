"""What is looked for before a pattern is tried never hides what the pattern would have found."""

import regex
from hypothesis import example, given, settings
from hypothesis import strategies as st

from redaction.anchors import Anchored, anchors, lowered, occurrences
from redaction.digest import digest
from redaction.emails import _SPELLED, _SPELLED_AT
from redaction.patterns import PATTERNS
from redaction.places import _FIVE_DIGITS, _NUMBER_BEFORE, _POSTCODE, _STREET_BEGINS
from redaction.tables import _CSV, _TWO_MARKS
from redaction.vocabulary import STREETS

AS_WRITTEN = anchors("Bonjour ", "cher ", "é le ", " mil ", "SA ", "aa", "(n")
ANY_CASE = anchors("carte grise", "série", "vin ", any_case=True)
PIECES = st.sampled_from((
    "Bonjour", "cher", "Cher", "é", "le", "mil", "SA", "a", "(n", "CARTE", "grise", "Série", "VIN", "İ", "ß", "-", ",",
    "x" * 45, " ", " ", " ", "\n", "\x1c", "\u2028",
))  # fmt: skip
texts = st.lists(PIECES, max_size=25).map("".join)


@settings(max_examples=300, deadline=None)
@given(texts)
@example("carte grise")
@example("İ Série")  # grows in lower case
@example("x" * 45 + "cher " + "x" * 45)  # of a word that is too long to be remembered
@example("aaa")  # twice, one over the other
def test_an_anchor_is_found_wherever_its_literal_stands(text: str) -> None:
    for _ in range(2):  # its words are new, then known
        whole = Anchored(text)
        for sought, within in ((AS_WRITTEN, text), (ANY_CASE, lowered(text))):
            expected = [at for anchor in sought for at in occurrences(within, anchor.literal)]
            assert list(whole.places(sought)) == expected
            assert whole.has(sought) or not expected


def test_a_text_of_many_megabytes_has_the_words_of_its_parts() -> None:
    text = "un deux " * 300_000 + "trois" * 2 + "\nquatre"
    assert Anchored(text).words == {"un", "deux", "troistrois", "quatre"}
    assert Anchored("").words == frozenset()


def test_what_is_sought_later_is_found_in_words_that_were_met_before() -> None:
    text = "un mot nouveaumotsansancre ici"
    assert not list(Anchored(text).places(AS_WRITTEN))
    later = anchors("veaumots")
    assert list(Anchored(text).places(later)) == [text.index("veaumots")]


def test_an_anchor_of_two_rules_is_one() -> None:
    assert anchors("véhicule", any_case=True)[0] is anchors("véhicule", any_case=True)[0]


SIGNS = st.sampled_from((
    *"0123456789", "00", "123", "3456", "12345", "47", "06", "+33", "O", "l", "2A", "B", "FR", "a", "x", ",", ";", "٣",
    ".", "-", "/", ":", " ", "\n", "- \n", " \n ", "  ", "n° ", "AB", "-A-", "<<", "ECLI:FR:", "1234567",
))  # fmt: skip


@settings(max_examples=500, deadline=None)
@given(st.lists(SIGNS, min_size=5, max_size=40).map("".join))
@example("FR44732829320")
@example("2 95 08 2A 933 012 34")
@example("30006 00001 1234567890A 89")
@example("06-12-34-56-78")
@example("AB-123-CD")
@example("1.2.3.4")
@example("n° 1 2 3 4 56 78 90")
@example("U 17-12.345, RG 17/01, 1234-A-123-1234")
def test_whatever_a_pattern_matches_has_its_needle(text: str) -> None:
    for pattern in PATTERNS:
        if pattern.needle is not None and pattern.needle.search(text) is None:
            assert pattern.body.search(text) is None


LINES = st.sampled_from(["69002", "69 002", "F-69002", "Lyon", "Éze", "12", "rue", "bis", "B", "l2", "cours", ";", "|"])
GAPS = st.sampled_from([" ", " ", ",", ", ", "\n", "", ";", "€"])


@settings(max_examples=300, deadline=None)
@given(st.lists(st.tuples(LINES, GAPS), max_size=20).map(lambda them: "".join(map("".join, them))))
def test_postcodes_streets_and_rows_are_where_their_signs_are(text: str) -> None:
    assert _FIVE_DIGITS.search(text) or not _POSTCODE.search(text)
    assert _TWO_MARKS.search(text) or not _CSV.search(text)
    begins = {match.end() for match in _STREET_BEGINS.finditer(text.lower())}
    for at in (at for street in STREETS for at in occurrences(text.lower(), street)):
        numbered = text[at - 1 : at] in (" ", ",") and _NUMBER_BEFORE.search(text[max(0, at - 16) : at])
        assert at in begins or not numbered


def test_an_at_that_is_spelled_out_is_an_anchor() -> None:
    for text in ("a[at]b.fr", "a (arobase) b.fr", "a{AT}b.fr"):
        assert _SPELLED_AT.search(text)
        assert Anchored(text).has(_SPELLED)


def test_the_digest_keeps_a_cluster_whole_whatever_stands_between_its_digits() -> None:
    text = "a" * 50 + "12" + "b" * 34 + "34" + "c" * 35 + "56" + "d" * 50
    windows = digest(Anchored(text)).text.split("\n\n")
    assert [regex.sub(r"\D", "", window) for window in windows] == ["1234", "56"]
