"""Computes `data/ordinary_words.txt.gz` and `data/towns.txt.gz` from a French spelling dictionary in Hunspell's format.

Run by hand when the lists are renewed: `python -m redaction.build_words fr.dic fr.aff`, with the files of Dicollecte's
dictionary (MPL-2.0; Debian's package `hunspell-fr-classical`). Never imported by what is deployed. The dictionary says
which entries are proper names, so that no surname becomes an "ordinary word". The output is reproducible byte for byte.
"""

import gzip
import re
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path

from redaction import vocabulary
from redaction.lexicon import first_names
from redaction.normalise import fold

DATA = Path(__file__).parent / "data"
# Forms of verbs that hardly anyone writes, and that many a surname looks like.
_UNUSED = (
    frozenset(("simp",)), frozenset(("2sg",)), frozenset(("ipsi", "1sg")), frozenset(("ipsi", "1pl")),
    frozenset(("ipsi", "2pl")), frozenset(("cond", "2pl")), frozenset(("ifut", "2pl")), frozenset(("iimp", "2pl")),
)  # fmt: skip

# Words of the trade that dictionaries lack.
LEGAL = vocabulary.words(
    """bailleresse clausula crédirentier débirentier irrépétibles licitation litisconsorts mainlevée prud'homal
    prud'homale prud'hommes soulte susvisé susvisée susvisés susvisées susmentionné susmentionnée synallagmatique"""
)
# First names that are ordinary words as well, so that "Pierre" alone is not a person.
COMMON_TOO = frozenset(
    fold(word)
    for word in vocabulary.words(
        """aime ange avril baptiste blanche carole charlotte claire clement colombe constant constance desire
    dominique eve fleur florence france franck gentil grace iris jade juste lin loup lucie lys marguerite marin mai
    marine maxime modeste mai olive opale parfait perle pierre placide prudence prosper reine rene rose ruby sage
    saturnin serge sixte toussaint urbain valentin vertu victoire victor violette virginie ocean ambre aurore berenice
    capucine cerise clemence felicite garance mahaut melodie patience tour soleil luna alba barbe beau
        chancel doudou franca hyacinthe foulques melia"""
    )
)

Rules = dict[str, list[tuple[str, str, re.Pattern[str], frozenset[str]]]]  # flag: (taken off, put on, where, tags)


def main() -> None:
    if len(sys.argv) != 3:
        sys.exit("usage: python -m redaction.build_words fr.dic fr.aff")
    entries = list(_entries(Path(sys.argv[1])))
    rules = _rules(Path(sys.argv[2]))
    write("ordinary_words.txt.gz", ordinary(entries, rules))
    write("towns.txt.gz", towns(entries))


def ordinary(entries: Iterable[tuple[str, str, frozenset[str]]], rules: Rules) -> set[str]:
    """Every form of every entry in lower case."""
    names = first_names()
    forms = {form for stem, flags, _ in entries if stem.islower() for form in _forms(stem, flags, rules)}
    kept = {fold(form) for form in forms if len(form) > 1 and all(c.isalpha() or c == "-" for c in form)}
    return (kept - names) | {fold(word) for word in LEGAL} | (kept & names & COMMON_TOO)


def towns(entries: Iterable[tuple[str, str, frozenset[str]]]) -> set[str]:
    """Proper names that are no person's: places, for the most part."""
    entries = list(entries)
    people = {fold(stem) for stem, _, tags in entries if tags & {"po:patr", "po:prn"}} | first_names()
    return {
        fold(stem) for stem, _, tags in entries if "po:npr" in tags and stem[0].isupper() and not stem.isupper()
    } - people


def _entries(path: Path) -> Iterator[tuple[str, str, frozenset[str]]]:
    """(stem, flags, tags) of each line after the first, which counts them."""
    for line in path.read_text("utf-8").splitlines()[1:]:
        word, *tags = line.split()
        stem, _, flags = word.partition("/")
        yield stem, flags, frozenset(tags)


def _rules(path: Path) -> Rules:
    """The suffixes. Prefixes are elisions («l'», «qu'»), which redaction splits off by itself."""
    rules: Rules = defaultdict(list)
    for line in path.read_text("utf-8").splitlines():
        cells = line.split()
        if len(cells) >= 5 and cells[0] == "SFX" and cells[3] != "":
            _, flag, off, on, where, *tags = cells
            kinds = frozenset(tag.partition(":")[2] for tag in tags)
            rules[flag].append(("" if off == "0" else off, on.partition("/")[0], re.compile(where + "$"), kinds))
    return rules


def _forms(stem: str, flags: str, rules: Rules) -> Iterator[str]:
    yield stem
    for flag in (flags[at : at + 2] for at in range(0, len(flags), 2)):
        for off, on, where, tags in rules.get(flag, ()):
            if where.search(stem) and stem.endswith(off) and not any(unused <= tags for unused in _UNUSED):
                yield stem[: len(stem) - len(off)] + ("" if on == "0" else on)


def write(name: str, words: set[str]) -> None:
    (DATA / name).write_bytes(gzip.compress("\n".join(sorted(words)).encode("utf-8"), mtime=0))


if __name__ == "__main__":
    main()
