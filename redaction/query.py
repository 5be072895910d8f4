"""A question is redacted as the documents were, so that «le bail de Mme Lefèvre» meets its tokens in the index.

First the rules that documents pass through; then every word, or run of words, whose token the cabinet knows: so that
lower-case «dupont» works. A common word that is also a known surname is searched in both forms.
"""

from collections.abc import Callable

import regex

from redaction.lexicon import ordinary_words
from redaction.normalise import fold
from redaction.propagation import PARTICLES
from redaction.pseudonyms import TOKEN, Pseudonyms

_WORD = regex.compile(r"\p{L}[\p{L}\p{M}'’\-]*+(?![\p{N}])")
_LONGEST = 4  # words of a surname: «Le Masne de Chermont»


def candidates(pseudonyms: Pseudonyms, redacted: str) -> frozenset[str]:
    """What `with_known` may ask of `known`, so that a cabinet's vault is asked once."""
    asked: set[str] = set()

    def never(token: str) -> bool:
        asked.add(token)
        return False

    with_known(pseudonyms, redacted, never)
    return frozenset(asked)


def with_known(pseudonyms: Pseudonyms, text: str, known: Callable[[str], bool]) -> str:
    """A question that the rules have been over, with every word of it that the cabinet has a token for replaced."""
    words = [match for match in _WORD.finditer(text) if not TOKEN.match(text, match.start())]
    out: list[str] = []
    done, index = 0, 0
    while index < len(words):
        found = _longest(pseudonyms, words, index, known)
        if found is None:
            index += 1
            continue
        count, tokens = found
        start, end = words[index].start(), words[index + count - 1].end()
        out += (text[done:start], tokens)
        done, index = end, index + count
    return "".join([*out, text[done:]])


def _longest(
    pseudonyms: Pseudonyms, words: list[regex.Match[str]], index: int, known: Callable[[str], bool]
) -> tuple[int, str] | None:
    """The longest run of words from `index` that is a known person or surname, and its tokens."""
    if fold(words[index][0]) in PARTICLES:
        return None  # «de Tessandier»: the surname begins at the next word
    for count in range(min(_LONGEST, len(words) - index), 0, -1):
        run = [match[0] for match in words[index : index + count]]
        for cut in range(1, count):
            for given, surname in ((run[:cut], run[cut:]), (run[cut:], run[:cut])):
                token = pseudonyms.person(" ".join(given), " ".join(surname))
                if known(token):
                    return count, f"{token} {pseudonyms.surname(' '.join(surname))}"
        token = pseudonyms.surname(" ".join(run))
        if known(token):
            common = count == 1 and fold(run[0]) in ordinary_words()
            return count, f"{run[0]} {token}" if common else token
    return None
