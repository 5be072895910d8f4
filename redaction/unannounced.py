"""Surnames that are words of French and that nothing announces: known by how the document uses them.

«Chapelain prétend…», «celle de Bastide», «Relancer Marchand»: a common noun would have its article, and would stand
somewhere in lower case. A word is a surname here when the document never writes it small, never gives it an article,
and uses it as persons are used, often enough. Reads normalised text, one pass over single capitalised words; says
nothing of titles, institutions, places and companies that everyone knows.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from functools import lru_cache

import regex

from redaction.doubts import follows_a_place
from redaction.lexicon import known_given_names, known_surnames, places
from redaction.lower_case import LowerCase
from redaction.name_runs import Name, is_acronym, is_ordinary
from redaction.normalise import fold
from redaction.vocabulary import BRANDS, CUES, HONORIFICS, INSTITUTIONS, KIN, NEVER, OFFICES, PAPERS, TITLES, words

_ALONE = regex.compile(
    r"(?<![\p{L}\p{N}@_'\-./&\[])\p{Lu}\p{Ll}{3,}+(?:-\p{Lu}\p{Ll}++)?+"
    r"(?![\p{L}\p{N}'@_\-\]]|\.\p{L}| (?:(?:de|du|des|et|la|le|d') ?)*\p{Lu})"
)
_DETERMINERS = words(
    "le la les un une des du au aux ce cet cette ces mon ma mes ton ta tes son sa ses notre nos votre vos leur leurs"
    " quel quelle chaque tout toute tous toutes aucun aucune nul nulle plusieurs deux trois quatre premier première"
)
# Who says, wants, refuses: a person, or a company that speaks as one.
_SAYS = regex.compile(
    r" (?:(?:ne |n'|lui |leur |m'|me |nous |vous |s'|se |l'|y |en )*+"
    r"(?:soutient|soutenait|affirm(?:e|ait)|conclut|déclar(?:e|ait)|refus(?:e|ait)|reconnaît|demand(?:e|ait)"
    r"|prétend(?:ait)?|contest(?:e|ait)|réplique|répond(?:ait)?|accept(?:e|ait)|reproch(?:e|ait)|confirm(?:e|ait)"
    r"|précis(?:e|ait)|ajout(?:e|ait)|maintient|exig(?:e|eait)|réclam(?:e|ait)|ignor(?:e|ait)|admet|nie|niait|dit|disait"
    r"|crie|criait|pens(?:e|ait)|propos(?:e|ait)|rappell?(?:e|ait)|signal(?:e|ait)|montr(?:e|ait)|appell?(?:e|ait)"
    r"|vient|viendra|venait|passe|passait|part|arriv(?:e|ait)|souhait(?:e|ait)|croit|estim(?:e|ait)|signe|remet|quitt(?:e|ait)"
    r"|pa[iy]e|travaill(?:e|ait)|expliqu(?:e|ait)|racont(?:e|ait)|habit(?:e|ait)|téléphon(?:e|ait)|menac(?:e|ait)"
    r"|frapp(?:e|ait)|tenait|sait|savait|veut|voulait|buvait|ment|mentait|promet)(?!\p{L})"
    r"|(?:a|avait|aurait|m'a|lui a|nous a|l'a|n'a) (?:\p{Ll}+ )?"
    r"(?:soutenu|affirmé|déclaré|refusé|reconnu|demandé|prétendu|répondu|accepté"
    r"|confirmé|ajouté|admis|dit|crié|pensé|rappelé|appelé|signé|payé|travaillé|expliqué|raconté|téléphoné|menacé|frappé"
    r"|su|voulu|menti|promis|quitté|vu|insulté|écrit)(?!\p{L})"
    r"|(?:est|était) (?:venue?|partie?|arrivée?|passée?|rentrée?)(?!\p{L}))"
)
_IS = regex.compile(r" (?:a|était|avait|ait|aurait|est|fut|sera|soit|n'|ne|s'|se|lui|l'|m')(?!\p{L})")
_OF_PEOPLE = regex.compile(
    r"(?r)(?:(?<!\p{L})(?:celles?|celui|ceux) (?:de |d')|(?i)(?<!\p{L})(?:chez|relancer|appeler"
    r"|prévenir|rappeler|contacter|interroger|rencontrer|remercier) )$"
)
_AGAINST = regex.compile(r"(?ri)(?<!\p{L})(?:selon|contre|avec|envers) $")
_ERRAND = regex.compile(
    r"(?ri)(?<!\p{L})(?:relancer|rappeler|rencontrer|remercier|embrass(?:e|er|ez)|salu(?:e|er|ez)) $"
)
_LINKED = regex.compile(r"(?<=(?:^|[^\p{L}])\p{Ll}++[ ,;]{1,2})(?:de|d'|à|par|que|qu'|pour|et|ni) ?$")
_WHO = regex.compile(r" \((?:l[ea] |l'|une? |[mts]on |[mts]a |notre |votre )?(\p{Ll}[\p{Ll}\-]+)[ ,)]")
_TRADE = regex.compile(r"\p{Ll}{3,}(?:eu[rs]e?|trice|i[eè]re?|iste|ienn?e?|logue|g[eè]re?|-\p{Ll}+)$")
_ENDS = regex.compile(
    r" ?[,.;:)\n»]| \(|$"
    r"| (?:a|est|et|qui|sur|pour|dans|au|aux|en|à|ni|le|la|les|du|se|ne|s'|n'|lui|m'|l'|pas|aussi)(?!\p{L})"
)
_PEOPLE = KIN | OFFICES
_WEAK, _STRONG = 1, 2


class Unannounced:
    """The single capitalised words of one text, weighed once, and whom they tell of in company of names."""

    def __init__(self, text: str, lower: LowerCase) -> None:
        self._text = text
        self._lower = lower
        self._met: dict[str, list[regex.Match[str]]] = defaultdict(list)
        for match in _ALONE.finditer(text):
            if _may_be_a_surname(match[0]):
                self._met[match[0]].append(match)
        weighed = ((word, _weights(text, word, matches)) for word, matches in self._met.items())
        self._weighed = {word: weights for word, weights in weighed if min(weights) >= 0}

    def beside(self, names: Sequence[Name]) -> list[Name]:
        """One name for each place that tells of a person, `names` being known; `propagation.py` finds the others.

        Called again, it says only whom it has not said yet."""
        found: list[Name] = []
        for _ in range(_ROUNDS):  # whoever is found tells of those beside them
            more = list(self._told(_Company(self._text, [*names, *found])))
            if not more:
                break
            found += more
            for name in more:
                self._weighed.pop(name.surname, None)
        return found

    def _told(self, company: "_Company") -> Iterator[Name]:
        for word, weights in self._weighed.items():
            met = self._met[word]
            beside = [company.of(match) for match in met] if is_ordinary(word) else [0] * len(weights)
            if _is_enough(word, [*weights, *beside]) and word not in self._lower:
                for match, weight in zip(met, map(sum, zip(weights, beside, strict=True)), strict=True):
                    if weight:
                        yield Name(*match.span(), "", word, "use")


_ROUNDS = 3


def _is_enough(word: str, weights: Sequence[int]) -> bool:
    """Contracts write «contrat de Franchise», «selon Devis»: what nobody is known to be called acts as people do."""
    return max(weights, default=0) >= (_WEAK if fold(word) in known_surnames() else _STRONG)


def _weights(text: str, word: str, matches: Sequence[regex.Match[str]]) -> list[int]:
    """What each place tells; what French has no word for is the model's to tell, but for a trade."""
    weigh = _weight if is_ordinary(word) else _trade
    return [weigh(text, match) for match in matches]


@lru_cache(maxsize=20_000)
def _may_be_a_surname(word: str) -> bool:
    """No office, no institution, no place."""
    folded = fold(word)
    if is_acronym(word) or word in HONORIFICS or folded in _NOBODY or folded in places():
        return False
    return word.lower() not in _ANNOUNCE


_PRONOUNS = words(
    """cela ceci celui celle ceux celles elle elles chacun chacune quel quelle quels quelles chaque personne rien tout
    tous toutes certains certaines aucun aucune autrui quiconque lequel laquelle lesquels lesquelles plusieurs nous vous
    quelqu'un voici voila dont comme ainsi aussi alors apres avant avec sans sous sur pour par dans depuis pendant selon
    contre entre vers chez malgre outre sauf lors lorsque quand puisque parce donc mais enfin ensuite puis encore meme
    janvier fevrier mars avril mai juin juillet aout septembre octobre novembre decembre lundi mardi mercredi jeudi
    vendredi samedi dimanche internet dieu noel paques maman papa"""
)
_NOBODY = TITLES | NEVER | INSTITUTIONS | BRANDS | _PRONOUNS | {fold(it) for it in _DETERMINERS} | {"poste"}
_ANNOUNCE = (CUES | OFFICES | KIN | PAPERS) - {"petit", "petite", "jeune", "abbé"}  # surnames as often


def _weight(text: str, match: regex.Match[str]) -> int:
    """How much one place tells of a person; less than 0 where it tells of none."""
    start, end = match.span()
    before = text[max(0, start - 30) : start]
    last = before.rstrip(" \n").rpartition(" ")[2].rpartition("\n")[2]
    if last.rpartition("'")[2].lower() in _DETERMINERS and before[-1:] in " \n":
        return -1
    if _ERRAND.search(before):
        return 1
    if follows_a_place(text, start):
        return -1
    if last[:1].isupper() and last[-1:].isalnum() and before[-1:] == " ":  # the end of a longer name, «High Court»
        return int(fold(last) in known_given_names() and not is_ordinary(last))
    inside = last[-1:].islower() or last.endswith(",")
    if said := _SAYS.match(text, end):
        return 2 if inside else _opening(match[0], said[0])
    if _OF_PEOPLE.search(before) and _ENDS.match(text, end):
        return 2
    if _trade(text, match):
        return 2
    if _IS.match(text, end):
        return int(inside)
    linked = _LINKED.search(before) or _AGAINST.search(before)
    return int(linked is not None and _ENDS.match(text, end) is not None)


def _opening(word: str, verb: str) -> int:
    """At the beginning of a sentence every word has its capital, and notes leave its article out."""
    if fold(word) in _PARTIES:
        return 0
    return 1 if verb.strip() in _NOUNS_TOO else 2  # «Nouvelle demande»


class _Company:
    """Who stands beside a word: «Blanchet et Mme Tual», «Tual, Carré»."""

    def __init__(self, text: str, names: Sequence[Name]) -> None:
        self._text = text
        self._starts = {name.start for name in names}
        self._ends = {name.end for name in names}

    def of(self, match: regex.Match[str]) -> int:
        after = _AND.match(self._text, match.end())
        before = _AND_BEFORE.search(self._text, max(0, match.start() - 6), match.start())
        if after and "," in after[0] and not _GOES_ON.search(self._text, max(0, match.start() - 3), match.start()):
            after = None  # «Interrogé, Bouchareb prétend»
        links = [after[0]] if after and after.end() in self._starts else []
        links += [before[0]] if before and before.start() in self._ends else []
        return max((2 if "et" in link else 1 for link in links), default=0)


_AND = regex.compile(r" et (?:de |d')?|, | ?/ ?")
_AND_BEFORE = regex.compile(r"(?: et (?:de |d')?|, | ?/ ?)$")
_GOES_ON = regex.compile(r"[\p{Ll},:] $")


def _trade(text: str, match: regex.Match[str]) -> int:
    """«loué à Rouch (coiffeur)», «relancer Legrand»: who somebody is, in brackets; a company's trade says nothing."""
    if _ERRAND.search(text, max(0, match.start() - 12), match.start()):
        return 1
    who = _WHO.match(text, match.end())
    if who is None or who[1] in _COMPANIES_TOO or _COMPANY.search(text, max(0, match.start() - 20), match.start()):
        return 0
    return 2 if who[1] in _PEOPLE or _TRADE.match(who[1]) else 0


_COMPANY = regex.compile(
    r"(?ri)(?:soci[ée]t[ée]s?|sarl|sas|sasu|sa|sci|eurl|scp|snc|gaec|earl|association|syndicat|banque|groupe|cabinet) $"
)
_NOUNS_TOO = words("demande signe passe part montre offre réplique réclame vient")
_PARTIES = words(
    """client cliente patient patiente victime temoin salarie salariee demandeur demanderesse defendeur defenderesse
    appelant appelante intime intimee expert experte adversaire confrere consoeur bureau conseil comite syndicat
    service franchise franchisee franchiseur agence"""
)
_COMPANIES_TOO = words(
    """employeur bailleur vendeur assureur preneur acquéreur prestataire fournisseur transporteur constructeur éditeur
    hébergeur opérateur créancier débiteur locataire mandataire distributeur fabricant importateur donneur cessionnaire
    promoteur courtier"""
)
