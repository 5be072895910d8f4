"""Which headings stay open when another opens."""

from hypothesis import given
from hypothesis import strategies as st

from chunking.boundaries import Boundaries, in_order
from chunking.headings import Heading, OpenHeadings
from chunking.ranks import Rank
from chunking.structure import Mark

COUNTED = range(Rank.ROMAN, Rank.SMALL + 1)
NUMBERS = st.sampled_from([(1,), (2,), (1, 1), (1, 2)])


@st.composite
def headings(draw: st.DrawFn) -> Heading:
    rank = draw(st.sampled_from([rank for rank in Rank if rank is not Rank.CLAUSE]))
    number = draw(NUMBERS) if rank in COUNTED else ()
    mark = Mark(rank, rank.name, number=number, style=draw(st.sampled_from(".)")) if number else "")
    return Heading(rank.name, mark, draw(st.integers(0, 2)), draw(st.integers(0, 99)))


@given(st.lists(headings(), max_size=12))
def test_a_heading_closes_what_cannot_hold_it_and_stands_below_what_can(opened: list[Heading]) -> None:
    open_headings = OpenHeadings()
    for heading in opened:
        before = list(open_headings._open)
        depth = open_headings.open(heading)
        assert open_headings.path == (*(it.label for it in before[:depth]), heading.label)
        if heading.mark.rank in COUNTED or heading.mark.rank is Rank.PLEA:
            continue  # these have their order from the document: the next of a series stands beside the last
        assert not any(it.holds(heading) for it in before[depth:])
        assert depth == 0 or before[depth - 1].holds(heading)


def test_of_two_boundaries_at_a_place_the_first_found_is_kept_and_none_at_the_start_of_the_text() -> None:
    assert in_order([(9, 1), (4, 2), (0, 3), (-1, 4), (9, 5)]) == Boundaries([4, 9], [2, 1])
