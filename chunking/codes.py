"""The French codes and other texts whose articles are cited, each with the ways in which lawyers write its name.

`name_at` reads a name at a position; `name_in` finds the one that a title starts with. Names are returned in one
canonical form, so that a document and a question that write it differently meet. A code that is not listed is
not guessed: its articles are then known by their number alone.
"""

import re
from functools import lru_cache

from chunking.laws import law_at, law_before

# Canonical name → abbreviations (without regard to case, dots and spaces optional). The codes in force that
# practitioners cite; abbreviations as in the usual tables of the legal publishers.
CODES: dict[str, tuple[str, ...]] = {
    "code civil": ("c. civ.", "cciv", "cc"),
    "code de procédure civile": ("c. pr. civ.", "c. proc. civ.", "cpc", "ncpc", "nouveau code de procédure civile"),
    "code des procédures civiles d'exécution": ("c. pr. exéc.", "cpce"),
    "code pénal": ("c. pén.", "cp", "code pén."),
    "code de procédure pénale": ("c. pr. pén.", "c. proc. pén.", "cpp"),
    "code pénitentiaire": ("c. pénit.",),
    "code de la justice pénale des mineurs": ("cjpm",),
    "code du travail": ("c. trav.", "ct", "code trav.", "c. du trav.", "code du trav."),
    "code de commerce": ("c. com.", "ccom", "code com."),
    "code de la consommation": ("c. consom.", "c. conso.", "code conso.", "code de la conso."),
    "code de la sécurité sociale": ("c. séc. soc.", "css"),
    "code de l'action sociale et des familles": ("c. act. soc.", "casf"),
    "code de la santé publique": ("c. sant. publ.", "csp"),
    "code de la mutualité": ("c. mut.",),
    "code des assurances": ("c. assur.", "c. ass."),
    "code monétaire et financier": ("c. mon. fin.", "c. mon. et fin.", "cmf", "comofi"),
    "code général des impôts": ("cgi",),
    "livre des procédures fiscales": ("lpf",),
    "code des impositions sur les biens et services": ("cibs",),
    "code des douanes": ("c. douanes",),
    "code de la construction et de l'habitation": ("c. constr.", "cch"),
    "code de l'urbanisme": ("c. urb.",),
    "code de l'expropriation pour cause d'utilité publique": ("c. expr.", "c. exprop."),
    "code de l'environnement": ("c. envir.", "c. env."),
    "code de l'énergie": ("c. énergie",),
    "code minier": ("c. minier",),
    "code rural et de la pêche maritime": ("c. rur.", "crpm", "code rural"),
    "code forestier": ("c. for.",),
    "code de la route": ("c. route",),
    "code de la voirie routière": ("c. voirie",),
    "code des transports": ("c. transp.",),
    "code de l'aviation civile": ("c. aviation",),
    "code de la propriété intellectuelle": ("c. propr. intell.", "cpi", "code de la pi"),
    "code du patrimoine": ("c. patr.",),
    "code du cinéma et de l'image animée": (),
    "code des postes et des communications électroniques": (),
    "code de la commande publique": ("ccp",),
    "code des marchés publics": ("cmp",),
    "code général des collectivités territoriales": ("cgct",),
    "code général de la propriété des personnes publiques": ("cgppp", "cg3p"),
    "code général de la fonction publique": ("cgfp",),
    "code des relations entre le public et l'administration": ("crpa",),
    "code de justice administrative": ("cja",),
    "code de l'organisation judiciaire": ("coj",),
    "code de justice militaire": ("cjm",),
    "code des juridictions financières": ("cjf",),
    "code électoral": ("c. élect.", "c. élec."),
    "code de l'éducation": ("c. éduc.",),
    "code de la recherche": ("c. rech.",),
    "code du sport": ("c. sport",),
    "code du tourisme": ("c. tourisme",),
    "code de la défense": ("c. déf.",),
    "code de la sécurité intérieure": ("csi",),
    "code de l'entrée et du séjour des étrangers et du droit d'asile": ("ceseda",),
    "code du service national": ("c. serv. nat.",),
    "code des pensions civiles et militaires de retraite": ("cpcmr",),
    "code de l'artisanat": ("c. artisanat",),
    "code de la famille et de l'aide sociale": (),
    "code des communes": (),
    "code du domaine de l'état": (),
    "code de la nationalité": ("code de la nationalité française",),
    **{
        f"code général des impôts annexe {n}": (
            *(f"annexe {roman} {of} {cgi}" for of in ("au", "du") for cgi in ("cgi", "code général des impôts")),
            *(
                f"{cgi}{comma} {ann} {roman}"
                for cgi in ("cgi", "code général des impôts")
                for comma in (",", "")
                for ann in ("ann.", "annexe")
            ),
        )
        for n, roman in enumerate(("i", "ii", "iii", "iv"), 1)
    },
    "code de déontologie des avocats": (),
    "constitution": (),
    "déclaration des droits de l'homme et du citoyen": ("ddhc",),
    "convention de sauvegarde des droits de l'homme et des libertés fondamentales": (
        "convention européenne des droits de l'homme",
        "convention edh",
        "cesdh",
        "conv. edh",
        "cedh",
    ),
    "convention internationale des droits de l'enfant": ("cide",),
    "charte des droits fondamentaux de l'union européenne": ("cdfue", "charte des droits fondamentaux"),
    "traité sur le fonctionnement de l'union européenne": ("tfue",),
    "traité sur l'union européenne": ("tue",),
    "règlement 2016/679": ("rgpd", "règlement général sur la protection des données"),
    "règlement 593/2008": ("règlement rome i", "rome i"),
    "règlement 864/2007": ("règlement rome ii", "rome ii"),
    "règlement 1215/2012": ("règlement bruxelles i bis", "bruxelles i bis"),
    "règlement 2019/1111": ("règlement bruxelles ii ter", "bruxelles ii ter"),
    "règlement 2024/1689": ("règlement sur l'intelligence artificielle",),
    "loi 78-17": ("loi informatique et libertés",),
    "règlement intérieur national": ("rin",),
}
_ACCENTS = {"é": "[ée]", "è": "[èe]", "ê": "[êe]", "ô": "[ôo]", "'": "['’]", " ": r"\s+"}
_SHORT = _ACCENTS | {".": r"\.?", " ": r"\s?"}
_LONGEST_ACRONYM = 5


def _compiled() -> tuple[re.Pattern[str], list[str]]:
    """One pattern of all names, acronyms last, and the canonical name of each of its groups."""
    names: _Tree = {}
    acronyms: _Tree = {}
    for name, shorts in CODES.items():
        _plant(names, _spelt(name, _ACCENTS), name)
        for short in shorts:
            if len(short) <= _LONGEST_ACRONYM and short.isalpha():  # "cpc" is written "C.P.C.", too
                _plant(acronyms, _spelt(".".join((*short, "")), _SHORT), name)
            else:
                whole = next((it for it in CODES if short.startswith(it)), "")
                _plant(names, _spelt(whole, _ACCENTS) + _spelt(short.removeprefix(whole), _SHORT), name)
    canonical: list[str] = []
    pattern = "|".join(_pattern(tree, canonical) for tree in (names, acronyms))
    return re.compile(pattern, re.IGNORECASE), canonical


def _spelt(name: str, letters: dict[str, str]) -> list[str]:
    return [letters.get(letter, letter) for letter in name]


type _Tree = dict[str, _Tree | str]  # what may follow; under "", the name that ends here


def _plant(tree: _Tree, letters: list[str], name: str) -> None:
    for letter in letters:
        tree = tree.setdefault(letter, {})  # type: ignore[assignment]  # only "" holds a name
    tree.setdefault("", name)


def _pattern(tree: _Tree, names: list[str]) -> str:
    """What matches the tree, so that a text is compared with each letter once, and not with two hundred names."""
    forms = []
    for letter, below in sorted(tree.items(), key=_length, reverse=True):
        if isinstance(below, str):
            names.append(below)
            forms.append(r"(?!\w)()")
        else:
            forms.append(letter + _pattern(below, names))
    return forms[0] if len(forms) == 1 else f"(?:{'|'.join(forms)})"


def _length(branch: tuple[str, _Tree | str]) -> int:
    """Of the longest name on it: "cgi, annexe iii" is tried before "cgi"."""
    return 0 if isinstance(branch[1], str) else 1 + max(map(_length, branch[1].items()))


_NAMES, _CANONICAL = _compiled()
_LAST = re.compile(
    r"(?:(?:le|du|ce)\s+)?(?:même|dudit|ledit|présent|ce)\s+(?:code|texte|loi|décret)(?!\w)", re.IGNORECASE
)


def _openings() -> frozenset[str]:
    """The two letters that a name, a numbered text or "même code" may begin with: most words begin with others."""
    pairs = {*"lo dé de or ar rè re di le du ce mê me pr l. d.".split()}  # noqa: SIM905 - as they are read
    pairs |= {name[:2] for name in CODES}
    pairs |= {f"{short[0]}." for shorts in CODES.values() for short in shorts}
    for short in (short for shorts in CODES.values() for short in shorts):
        for second in short[1:]:
            pairs.add(short[0] + second)
            if second not in ". ":  # both may be left out
                break
    return frozenset(pairs | {pair.replace("é", "e").replace("è", "e").replace("ê", "e") for pair in pairs})


_OPENINGS = _openings()
_NEAR = 24  # characters before an article that hold the word before it, most often
_FARTHEST = 90  # characters before an article in which a code's name starts: the longest has 72
_BETWEEN = frozenset({"à", "l'", "l’", "les", "son", ",", ":"})
_LAST_WORDS = frozenset(
    re.split(r"[\s.'’]+", form.rstrip("."))[-1].lower() for name, shorts in CODES.items() for form in (name, *shorts)
)
_MAY_END_LAW = re.compile(r"(?:.*[/-])?\d+(?:/ue|/ce|/cee)?|modifiée?").fullmatch


def name_at(text: str, position: int, last: str = "") -> tuple[str, int] | None:
    """The canonical name that starts at `position`, and where it ends; "même code" is `last`."""
    pair = text[position : position + 2].lower()
    if pair not in _OPENINGS and not pair[1:].isspace():
        return None
    if named := code_at(text, position):
        return named
    if found_law := law_at(text, position):
        return found_law
    if last and (found := _LAST.match(text, position)):
        return last, found.end()
    return None


def code_at(text: str, position: int) -> tuple[str, int] | None:
    """The canonical name of the code whose name is written at `position`, and where that ends."""
    found = _NAMES.match(text, position)
    return (_CANONICAL[(found.lastindex or 1) - 1], found.end()) if found else None


def code_before(text: str, position: int, after: int = 0) -> tuple[str, int] | None:
    """The name that stands before an article and owns it ("C. civ., art. 1240"), and where it starts.

    Not before `after`: what an earlier citation ends with is that one's.
    """
    if position == 0 or text[position - 1] == "\n":
        return None
    # Most citations stand after another word than a name's last, and cost no more than this.
    near = text[max(after, position - _NEAR) : position].split()
    while len(near) > 1 and near[-1].lower() in _BETWEEN:
        near.pop()
    if len(near) > 1 and not _may_be_last(near[-1]):
        return None
    line = text[max(after, position - _FARTHEST) : position].rpartition("\n")[2]
    words = line.split()
    while words and words[-1].lower() in _BETWEEN:
        words.pop()
    if not words or not _may_be_last(words[-1]):
        return None
    start = position - len(line)
    ends = start + line.rindex(words[-1]) + len(words[-1].rstrip(",:."))
    if law := law_before(text, start, ends):
        return law
    for found in _NAMES.finditer(text, start, ends):
        code = _CANONICAL[(found.lastindex or 1) - 1]
        opens = found.start() == 0 or not text[found.start() - 1].isalnum()
        ends_sentence = text.startswith(".", ends) and len(found[0]) >= len(code)
        if found.end() == ends and opens and not ends_sentence:
            return code, found.start()
    return None


@lru_cache(maxsize=4096)
def _may_be_last(written: str) -> bool:
    """Whether a word may be the last of a code's name, or of a law's."""
    word = written.rstrip(",:.").lower().replace("’", "'").rpartition("'")[2]
    if word in _LAST_WORDS:
        return True
    return (word[-1:].isdecimal() or "/" in word or word.startswith("modifi")) and _MAY_END_LAW(word) is not None


def name_in(title: str) -> str:
    """The code that `title` starts with, or "": a text headed "Code civil" speaks of its own articles."""
    found = _NAMES.match(title.lstrip())
    return _CANONICAL[(found.lastindex or 1) - 1] if found else ""
