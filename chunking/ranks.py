"""The ranks of what a line opens: which heading stands over which."""

from enum import IntEnum


class Rank(IntEnum):
    """Headings from the outermost in. What is not legal (a title of a web page) has a level, and GENERIC here."""

    DOCUMENT = -1  # the title that the document gives itself: over all of it (`titles.py`)
    ANNEX = 0
    SIGNATURES = 1  # ends whatever was open, but an annex has its own
    PART = 2
    BOOK = 3
    TITLE = 4
    SUBTITLE = 5
    CHAPTER = 6
    SECTION = 7
    SUBSECTION = 8
    PARAGRAPH = 9
    ZONE = 10  # of a judgment
    PLEA = 11  # "Sur le premier moyen"
    ANSWER = 12  # "Énoncé du moyen", "Réponse de la Cour"
    ARTICLE = 13
    ROMAN = 15  # "II. – La prescription"
    CAPITAL = 16  # "A. Sur la recevabilité"
    NUMBER = 17  # "3. Durée"
    NUMBER_2 = 18  # "3.1 Durée initiale"
    NUMBER_3 = 19
    SMALL = 20  # "a. Sur la faute", "b) Les intérêts"
    GENERIC = 21
    CLAUSE = 22  # opens a unit, gives it no name: "a) …", "Attendu que …", "12. La société …"


DIVISIONS = {
    "ANNEXE": Rank.ANNEX,
    "PARTIE": Rank.PART,
    "LIVRE": Rank.BOOK,
    "TITRE": Rank.TITLE,
    "SOUS-TITRE": Rank.SUBTITLE,
    "CHAPITRE": Rank.CHAPTER,
    "SECTION": Rank.SECTION,
    "SOUS-SECTION": Rank.SUBSECTION,
    "PARAGRAPHE": Rank.PARAGRAPH,
}
"""Those that a text is divided into, as they are named in capitals."""
