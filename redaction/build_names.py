"""Computes `data/given_names.txt.gz` and `data/surnames.txt.gz`: names borne in the languages that Faker knows.

Run by hand when the lists are renewed: `python -m redaction.build_names`, with the package Faker (MIT), which is needed
only here. Never imported by what is deployed. Only names in Latin letters; a first name that is a word of French, a
place, or written in `first_names.txt` is left out, as only the model reads these lists. Reproducible byte for byte.
"""

import pkgutil
from collections.abc import Iterable, Iterator
from importlib import import_module

from faker.providers import person

from redaction.build_words import write
from redaction.lexicon import first_names, ordinary_words, places
from redaction.normalise import fold

_LATIN = 0x24F  # the last letter of Latin Extended-B
_VIETNAMESE = range(0x1E00, 0x1F00)


def main() -> None:
    given, surnames = set[str](), set[str]()
    for module in pkgutil.iter_modules(person.__path__):
        provider = import_module(f"{person.__name__}.{module.name}").Provider
        given |= set(_listed(provider, "first_name"))
        surnames |= set(_listed(provider, "last_name"))
    write("given_names.txt.gz", given - ordinary_words() - places() - first_names())
    write("surnames.txt.gz", surnames)


def _listed(provider: type, kind: str) -> Iterator[str]:
    """The words, folded, of every list of a provider whose name says `kind`."""
    for name in dir(provider):
        listed = getattr(provider, name)
        if kind in name and isinstance(listed, Iterable) and not isinstance(listed, str):
            yield from (fold(word) for entry in listed if isinstance(entry, str) for word in _words(entry))


def _words(entry: str) -> list[str]:
    return [word for word in entry.replace("-", " ").split() if len(word) > 2 and all(map(_is_latin, word))]


def _is_latin(letter: str) -> bool:
    return ord(letter) <= _LATIN or ord(letter) in _VIETNAMESE


if __name__ == "__main__":
    main()
