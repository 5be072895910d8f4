"""What French legal documents look like as text: headings, list numbers, and hyphens that a line break may have cut.

Pure predicates on one line, shared by every format that carries no structure of its own.
"""

import re
from collections.abc import Set as AbstractSet
from itertools import pairwise

_DIVISIONS = {"partie": 1, "livre": 1, "titre": 1, "annexe": 1, "préambule": 1, "preambule": 1, "sous-titre": 2,
              "chapitre": 2, "section": 3, "sous-section": 4, "paragraphe": 5, "article": 5}  # fmt: skip
_DIVISION = re.compile(
    r"(partie|livre|titre|sous-titre|chapitre|section|sous-section|paragraphe|article|annexe|pr[ée]ambule)\b"
    r"(?:\s+(?:[IVXLC]+|\d+|[A-Z]|[LRD]\.?\s?\*?\d[\d-]*|premier|première|préliminaire|unique)"
    r"(?:er|ère|[ -]?(?:bis|ter|quater))?(?:[-.]\d+)*\b)?",
    re.IGNORECASE,
)
_DIVISION_STARTS = frozenset("PLSTCA")
_OF_A_DECISION = re.compile(
    r"(?:entête|exposé du litige|faits? et procédure|faits|la procédure|procédure|moyens?(?: annexés?)?|motivation|"
    r"motifs(?: de la décision)?|sur quoi|par ces motifs|dispositif|discussion|prétentions(?: et moyens)? des parties|"
    r"réponse de la cour|[ée]noncé du moyen|examen des? moyens?|sur (?:le|la|les) [^.;:]{3,60}|entre|"
    r"composition de la cour)"
    r"\s*:?",
    re.IGNORECASE,
)
_DECISION_STARTS = frozenset(
    ("ent", "exp", "fai", "la ", "pro", "moy", "mot", "sur", "par", "dis", "pré", "rép", "éno", "eno", "exa", "com")
)
_OUTLINE_STARTS = frozenset("IVX0123456789")
_OUTLINE = re.compile(r"((?:[IVX]{1,5}|\d{1,2})(?:\.\d{1,2}){1,3})\.?\s*[A-ZÀ-ÖØ-Þ«][^.]*$")
_LEADERS = re.compile(r"\.{4,}|(?:\s\.){4,}|\s\d{1,3}$")
_UPPER_LEVEL = re.compile(r"[A-ZÀ-ÖØ-Þ]{2}")
_LOWER = re.compile(r"[a-zà-öø-ÿ]")
LIST_MARK = re.compile(
    r"(?:[-–—•▪◦‣·*➢□☐☒✓]\s|«\s*\d{1,2}\s*°|\d{1,2}\s*°\s?/?\s?|\d{1,2}\s?[.)/-]\s|\d{1,2}(?:\.\d{1,2}){1,4}\.?\s|"
    r"[a-z]\s?\)\s|\([a-z\d]{1,2}\)\s|[ivx]{1,4}\)\s|[IVX]{1,4}\s?[.)–-]\s|[A-Z]\.\s(?=[A-ZÀ-Ö]))"
)
_ROMAN = frozenset("ivxIVX")
_WORD_OF_ONE_LETTER = re.compile(r"[^\W\d_] [^\W\d_]")  # "à la", "y a": most lines that begin with one letter
_BULLETS = frozenset("-–—•▪◦‣·*➢□☐☒✓")
_BULLET = re.compile(r"[-–—•▪◦‣·*➢□☐☒✓]\s")
# What keeps its hyphen in French even where a line ends: inversions and the second halves of compounds. A word is never
# divided before a vowel's or a mute syllable, so that these cannot be the rest of a divided word; those that could
# (ce-la, ce-lui) are known.
_AFTER_HYPHEN_WORDS = (
    "il elle on ils elles eux y en un une ci là même mêmes dessus dessous delà moi toi nous vous je tu "
    "intérêts huit onze deux trois quatre cinq six sept neuf dix vingt mère père fils traitant traitants "
    "traitance locataire locataires location jacent jacents verbal verbaux clos"
)
_AFTER_HYPHEN = frozenset(_AFTER_HYPHEN_WORDS.split())
_BEFORE_HYPHEN_WORDS = (
    "celui celle ceux celles quatre vingt trente quarante cinquante soixante peut vis après avant "
    "dommages procès non demi semi ayants ayant chef vice"
)
_BEFORE_HYPHEN = frozenset(_BEFORE_HYPHEN_WORDS.split())
_WHOLE_WORDS = "nonobstant nonante cela celui merci genoux parmi ceci autrui voilà avantage avantages avantageux"
_WHOLE = frozenset(_WHOLE_WORDS.split())
_LONGEST_WORD = 80
SPACED_SIGNS = frozenset(":;!?»")  # French sets a space before them
ONE_WORD = 10  # letters of one word set apart with single spaces: more of them may be several words
_SPACES = re.compile(r"[ \xa0]{2,}")
_LAST_WORD = re.compile(r"[\w’']+$")
_FIRST_WORD = re.compile(r"^\w+")


def heading_level(text: str) -> int:
    """1 to 9 where a short line is a heading by its words alone, else 0."""
    if len(text) > 160 or text[:1].islower() or text[-1:] in ",;":
        return 0
    if text[:1] in _DIVISION_STARTS and (match := _DIVISION.match(text)):
        return _division_level(match, text)
    if len(text) <= 100 and text[:1] in _OUTLINE_STARTS and (match := _OUTLINE.match(text)) and text[-1] not in ".;:,":
        return min(match.group(1).count(".") + 2, 9) if not _LEADERS.search(text) else 0
    if len(text) <= 80 and text[:3].lower() in _DECISION_STARTS and _OF_A_DECISION.fullmatch(text):
        return 1 if not _LOWER.search(text) else 2
    return 0


def _division_level(match: re.Match[str], text: str) -> int:
    word, rest = match.group(1), text[match.end() :].strip()
    numbered = match.group() != word
    if not (numbered or word.lower().startswith(("pr", "annexe"))) or not word[0].isupper():
        return 0
    opens_a_clause = rest[:1] in ("", ":", "-", "–", "—", ".", ")") or rest[:1].isupper() or rest.startswith("«")
    runs_on = len(text) > 110 or (text.endswith(".") and len(rest) > 50)
    return _DIVISIONS[word.lower()] if opens_a_clause and not runs_on else 0


def upper_case(text: str) -> bool:
    """Written in capitals throughout, with at least one word of them."""
    return not _LOWER.search(text) and bool(_UPPER_LEVEL.search(text))


def list_level(text: str) -> int:
    """Nesting depth of a list item by its own mark: 1, or what "1.1.2" says; 0 for a line that is none."""
    if text[:4].isalpha() or (text[:1] not in _ROMAN and text[:2].isalpha()) or _WORD_OF_ONE_LETTER.match(text):
        return 0
    match = LIST_MARK.match(text)
    return 0 if match is None else max(1, match.group().strip(" .").count(".") + 1)


def begins_apart(text: str) -> bool:
    """Whether the first letters of a text stand alone: a quick look at every line and block."""
    return text[1:2] == text[3:4] == text[5:6] == " "


def letters_apart(text: str) -> bool:
    """Whether a text consists of single letters with spaces between, four and more: a word that is set apart.

    Not so the names of columns and items, which follow the alphabet.
    """
    if not begins_apart(text):
        return False
    signs = text.split()
    letters = [sign for sign in signs if sign.isalpha()]
    if len(letters) < 4 or len(letters) < 0.7 * len(signs) or any(len(sign) > 1 for sign in signs):
        return False
    return any(ord(right) - ord(left) != 1 for left, right in pairwise(letters[:4]))


def put_together(text: str) -> str:
    """A text whose letters are set apart, as its words; what may be several with no wider space between stays."""
    if not letters_apart(text):
        return text
    words = _SPACES.split(text.strip())
    if len(words) == 1 and sum(map(str.isalpha, text)) > ONE_WORD:
        return text
    joined = " ".join("".join(word.split()) for word in words)
    return f"{joined[:-1].rstrip()} {joined[-1]}" if joined[-1] in SPACED_SIGNS else joined


def is_bullet(text: str) -> bool:
    return text[:1] in _BULLETS and bool(_BULLET.match(text))


def join_broken(left: str, right: str, vocabulary: AbstractSet[str]) -> str:
    """Two lines, the first of which ended in a hyphen (not in `left`): one word, or a compound that keeps it.

    The document itself is asked first: a form that it also holds unbroken is the right one.
    """
    before = _LAST_WORD.search(left, max(len(left) - _LONGEST_WORD, 0))  # of a paragraph that may be long
    after = _FIRST_WORD.search(right)
    if before is None or after is None:
        return f"{left}-{right}"
    head, tail = before.group(), after.group()
    plain, compound = (head + tail).lower(), f"{head}-{tail}".lower()
    if compound in vocabulary and plain not in vocabulary:
        return f"{left}-{right}"
    if plain in vocabulary or plain in _WHOLE or not _keeps_hyphen(head, tail):
        return left + right
    return f"{left}-{right}"


def _keeps_hyphen(head: str, tail: str) -> bool:
    if head[-1].isdigit() or tail[0].isdigit():
        return True
    if not (head.isupper() and tail.isupper()) and (tail[0].isupper() or (len(head) > 1 and head.isupper())):
        return True
    return tail.lower() in _AFTER_HYPHEN or head.lower() in _BEFORE_HYPHEN
