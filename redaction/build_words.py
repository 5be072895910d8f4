"""Computes `data/ordinary_words.txt.gz` from the French dictionary of pyspellchecker (MIT), a build-time package.

Run by hand when the list is renewed; never imported by what is deployed. The output is byte for byte reproducible.
"""

import gzip
import json
import sys
from importlib.util import find_spec
from pathlib import Path

from redaction import vocabulary
from redaction.lexicon import first_names
from redaction.normalise import fold

# Surnames that the subtitles behind the dictionary made "words"; and names of places stay in: they are no persons.
LEAST_COUNT = 20
# Words of the trade that subtitles lack.
LEGAL = vocabulary.words(
    """abusif acquéreur acquéreurs alinéa alinéas appelant appelante appelants appelantes attendu avenant bailleresse
bailleur bailleurs cadastre caducité cautionnement cédant cessionnaire cessionnaires chirographaire clausula commettant
commodat concluant concluante conclut consorts considérant copropriétaire copropriétaires crédirentier débirentier
déchéance déclinatoire dessaisissement dévolution dispositif donataire exequatur forclusion greffe greffes huissier
inexécution intimé intimée intimés intimées irrecevabilité irrépétibles licitation litisconsorts mainlevée mandataire
nantissement novation nullité parquet péremption pourvoi pourvois préjudice prescription prud'homal prud'homale
prud'hommes quérable référé référés requérant requérante requérants résiliation résolution rétractation saisine
séquestre soulte stipulant subrogation susvisé susvisée synallagmatique tribunal tribunaux usufruit visa"""
)


def words(dictionary: dict[str, int]) -> list[str]:
    names = first_names()
    kept = {fold(word) for word, count in dictionary.items() if count >= LEAST_COUNT and word.isalpha()}
    return sorted((kept - names) | {fold(word) for word in LEGAL} | (kept & names & COMMON_TOO))


# First names that are ordinary words as well, so that "Pierre" alone is not a person.
COMMON_TOO = frozenset(
    fold(word)
    for word in vocabulary.words(
        """aime ange avril baptiste blanche carole charlotte claire clement colombe constant constance desire
    dominique eve fleur florence france franck gentil grace iris jade juste lin loup lucie lys marguerite marin mai
    marine maxime modeste mai olive opale parfait perle pierre placide prudence prosper reine rene rose ruby sage
    saturnin serge sixte toussaint urbain valentin vertu victoire victor violette virginie ocean ambre aurore berenice
    capucine cerise clemence felicite garance mahaut melodie patience tour soleil luna alba barbe beau"""
    )
)


def main() -> None:
    spec = find_spec("spellchecker")
    if spec is None or spec.origin is None:
        sys.exit("install pyspellchecker first: it is needed to build the list, not to run")
    source = Path(spec.origin).parent / "resources" / "fr.json.gz"
    lines = words(json.loads(gzip.decompress(source.read_bytes())))
    target = Path(__file__).parent / "data" / "ordinary_words.txt.gz"
    target.write_bytes(gzip.compress("\n".join(lines).encode("utf-8"), mtime=0))


if __name__ == "__main__":
    main()
