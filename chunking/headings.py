"""The headings that are open at a place: what a new one closes, and what it stands under.

Livre, Titre, Chapitre, Article and the zones of a judgment have their order by law. Numbers and letters have the order
that the document gives them: the first of a kind ("1)", "a.", "A/") stands below what is open, and the next of that
kind beside it, whatever was opened between the two.
"""

from typing import NamedTuple

from chunking.blocks import maker
from chunking.ranks import Rank
from chunking.structure import Mark

_COUNTED = frozenset(range(Rank.ROMAN, Rank.SMALL + 1))
_SERIES = _COUNTED | {Rank.PLEA}


class Heading(NamedTuple):
    label: str
    mark: Mark
    level: int  # as extraction saw it, 1 to 9; 0 where it saw none
    offset: int

    def holds(self, other: "Heading") -> bool:
        """Whether `other` may stand below this one."""
        above, below = self.mark.rank, other.mark.rank
        if above is Rank.DOCUMENT:
            return True
        if above in _COUNTED and not self.level and (below is Rank.PLEA or other.mark.number[-1:] == (1,)):
            return True
        if above is not Rank.GENERIC and below is not Rank.GENERIC:
            return above < below
        if self.level and other.level:
            return self.level < other.level
        return self.level > 0 if above is Rank.GENERIC else True

    def is_like(self, other: "Heading") -> bool:
        """Whether both are of one series: "I." and "II.", "Sur le premier moyen" and "Sur le second"."""
        return (self.mark.rank, self.mark.style, self.level) == (other.mark.rank, other.mark.style, other.level)


new_heading = maker(Heading)


class OpenHeadings:
    """From the outermost in. `path` is what a heading path shows of them."""

    def __init__(self) -> None:
        self._open: list[Heading] = []
        self.path: tuple[str, ...] = ()
        self.article = -1  # where the heading of the article starts under which we are

    def open(self, heading: Heading) -> int:
        """How many stand over it."""
        keep = self._depth_of(heading)
        self._open[keep:] = [heading]
        self.path = (*self.path[:keep], heading.label)
        if heading.mark.rank is Rank.ARTICLE:
            self.article = heading.offset
        elif self.article >= 0 and not any(it.offset == self.article for it in self._open):
            self.article = next((it.offset for it in reversed(self._open) if it.mark.rank is Rank.ARTICLE), -1)
        return keep

    def counts_on(self, mark: Mark) -> bool:
        """Whether `mark` bears the number after an open heading's: then it is a heading, too."""
        *group, last = mark.number or (0,)
        before = (*group, last - 1)
        return any(
            (it.mark.number, it.mark.rank, it.mark.style) == (before, mark.rank, mark.style) for it in self._open
        )

    def _depth_of(self, heading: Heading) -> int:
        """How many of those that are open stay so."""
        depth, rank = len(self._open), heading.mark.rank
        if rank in _SERIES:
            like = next((at for at, it in enumerate(self._open) if it.is_like(heading)), -1)
            if like >= 0:
                return like
        elif depth and rank is not Rank.DOCUMENT:
            innermost = self._open[-1]
            if innermost.mark.rank is rank and innermost.level == heading.level:
                return depth - 1  # as an article after an article: what holds the one holds the other
        while depth and not self._open[depth - 1].holds(heading):
            depth -= 1
        return depth
