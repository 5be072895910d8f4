"""French identifiers: one pattern each, a check of their key where they have one, or a word that must stand nearby.

Promises: case-sensitive, possessive patterns in linear time; a key that is right needs no cue, a number without a
key needs one. Patterns run over the `digest`; cues are read in the text itself. Normalised text only. Never decides
what is masked: that is `policy.py`.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import regex

from redaction import checksums, cues
from redaction.anchors import Anchor
from redaction.digest import Digest
from redaction.emails import find_emails
from redaction.spans import Entity, Span

Check = Callable[[str], bool]
TIMEOUT = 20.0  # seconds for one pattern over one document: never met by linear patterns, and then an error

_B = r"(?<![\p{L}\p{N}_])"  # not inside a word
_BD = r"(?=[0-9OoQDIlSsBZ|]{0,2}\d)(?<![\p{L}\p{N}_])"  # the same, before a number that OCR may have misread
_E = r"(?![\p{L}\p{N}_])"
# What people put between groups; one line break, with its hyphen and blanks, never a blank line.
_S = r"(?:-?[ ]?\n[ ]?|[ .\-/])?+"
_D = r"[0-9OoQDIlSsBZ|]"  # a digit, or what OCR makes of it
_EURO = r"(?! ?(?:€|euros?\b|EUR\b|F\b|francs?\b))"
_WALLS = regex.compile(r"[\n|;]")


@dataclass(frozen=True, slots=True)
class Pattern:
    entity: Entity
    body: regex.Pattern[str]
    needle: re.Pattern[str] | None = None  # whatever the pattern matches has this: sought first, as `re` is fast
    check: Check | None = None  # given the identifier without separators, as read
    lengths: tuple[int, ...] = ()  # of the identifier: a greedy match is cut back to them, longest first
    cue: regex.Pattern[str] | None = None  # makes up for a missing or wrong key
    before: int = 70  # characters in which the cue may stand before
    after: int = 0
    same_line: bool = False  # the cue may not stand beyond a line, a cell or a semicolon
    anchors: tuple[Anchor, ...] = ()  # pieces of the cue: only what follows one of them is read
    score: float = 0.95

    def find(self, digest: Digest) -> Iterator[Span]:
        if self.needle is not None and not digest.has(self.needle):
            return
        group = 1 if self.body.groups else 0
        for start, length in self._after_anchors(digest, group) if self.anchors else self._everywhere(digest, group):
            span = self._judged(digest.source, start, start + length)
            if span is not None:
                yield span

    def _everywhere(self, digest: Digest, group: int) -> Iterator[tuple[int, int]]:
        for match in self.body.finditer(digest.text, overlapped=self.check is not None, timeout=TIMEOUT):
            yield digest.at(match.start(group)), len(match[group])

    def _after_anchors(self, digest: Digest, group: int) -> Iterator[tuple[int, int]]:
        for at in digest.whole.places(self.anchors):
            for match in self.body.finditer(digest.source, at, at + self.before + 30, timeout=TIMEOUT):
                yield match.start(group), len(match[group])

    def _judged(self, text: str, start: int, end: int) -> Span | None:
        if self.check is not None:
            for stop in self._ends(text, start, end):
                value = checksums.digits(text[start:stop])
                for reading in (value, *_reread(self.entity, value)):
                    if self.check(reading):
                        return self._span(start, stop, reading, 1.0, "key")
        if self.cue is not None and self._near(text, start, end):
            return self._span(start, end, checksums.digits(text[start:end]), self.score * 0.8, "cue")
        if self.check is None and self.cue is None:
            return self._span(start, end, checksums.digits(text[start:end]), self.score, "form")
        return None

    def _ends(self, text: str, start: int, end: int) -> Iterator[int]:
        if not self.lengths:
            yield end
            return
        ends = [at + 1 for at in range(start, end) if text[at].isalnum()]
        for length in self.lengths:
            if length <= len(ends) and (ends[length - 1] == end or not text[ends[length - 1]].isalnum()):
                yield ends[length - 1]

    def _near(self, text: str, start: int, end: int) -> bool:
        assert self.cue is not None  # noqa: S101  (narrowing: only called with a cue)
        lead = text[max(0, start - self.before) : start]
        if self.same_line:
            lead = _WALLS.split(lead)[-1]
        if self.cue.search(lead):
            return True
        return bool(self.after and self.cue.search(text, end, end + self.after))

    def _span(self, start: int, end: int, canonical: str, score: float, why: str) -> Span:
        return Span(start, end, self.entity, score, f"{self.entity}:{why}", canonical=canonical.upper())


def _reread(entity: Entity, value: str) -> Iterator[str]:
    """The same identifier with OCR's letters read as digits, where its form says that digits stand there."""
    if entity is Entity.IBAN:
        yield _iban_repaired(value)
    elif entity is Entity.VAT:  # its key may have letters of its own
        yield value[:4] + checksums.repaired(value[4:])
        yield value[:2] + checksums.repaired(value[2:])
    elif entity is Entity.NIR and value[5:7] in ("2A", "2B"):
        yield checksums.repaired(value[:5]) + value[5:7] + checksums.repaired(value[7:])
    else:
        yield checksums.repaired(value)


def _iban(value: str) -> bool:
    return checksums.iban(value.upper())


def _iban_repaired(value: str) -> str:
    return value[:2].upper() + checksums.repaired(value[2:]).upper()


def _nir(value: str) -> bool:
    return checksums.nir(value.upper())


def _c(pattern: str) -> regex.Pattern[str]:
    return regex.compile(pattern)


def _n(needle: str) -> re.Pattern[str]:
    return re.compile(needle)


_DAY = r"\d{1,2}[./-]\d{1,2}[./-](?:\d{4}|\d\d)(?!\d)"  # «Date du sinistre : 11/02/2025»
_DIGITS = r"(?=(?:[A-Z]*?[0-9]){3})"
# The rest of a code that blanks, points or strokes part: three digits more, and no amount.
_CODE = (
    r"(?=(?:(?:[A-Z0-9]|[./\-](?=[A-Z0-9])| (?=[A-Z]{0,3}\d)){0,8}?\d){3})"
    r"[A-Z0-9]*+(?:[./\-][A-Z0-9]++| (?=[A-Z]{0,3}\d)[A-Z0-9]++){0,8}+"
    r"(?: [A-Z](?![\p{L}\p{N}']|\.\p{L}))?+" + _E + r"(?!,\d)" + _EURO
)
_OTHER_WORD = "(?:IP|PCE|PDL|PRM|CCP|VIN|INE|IPP|IEP|RG|RIB|BIC|DU|AU|LE|LA|DE|EN|ET|N)"  # before a code, and no part
_SMALL_WORD = "(?:DE|LE|LA|ET|EN|ES|CE|SE|NE|ME|TE|SA|MA|TA|PM|AM|KM|FR)"  # of a sentence in capitals
_PHONE_B = r"(?<![\p{L}\p{N}+.,/\-])"
_PHONE_E = r"(?![\p{L}\p{N}]|[.,/\-]\d)"
# Nine digits, with what `_D` and `_S` allow, and the letter in a Corsican NIR; seven, with a blank between two.
_NINE = re.compile(r"(?:[\dOoQDIlSsBZ|Aab](?:-? ?\n ?|[ .\-/])?+){9}")
_SEVEN = re.compile(r"\d(?: ?\d){6}")
_OCTET = r"(?:25[0-5]|2[0-4]\d|1?\d?\d)"

# Order matters only for reading; overlaps are settled by `spans.merged`.
PATTERNS: tuple[Pattern, ...] = (
    Pattern(Entity.IBAN, _c(rf"{_B}(?=[A-Z]{{2}}(?:\d|{_D}\d))[A-Z]{{2}}{_D}{{2}}(?:{_S}[A-Z0-9|lo]){{11,30}}+"),
        check=_iban,
            lengths=tuple(range(34, 14, -1))),
    Pattern(Entity.IBAN, _c(rf"{_B}([A-Z]{{2}}\d{{2}}(?:[ .\-]?+[A-Z0-9]{{1,4}}){{3,8}}+){_E}"), cue=cues.cue("IBAN"),
        before=20, score=0.85),
    Pattern(Entity.IBAN, _c(rf"{_B}(FR\d\d(?:[ .\-]?+[0-9A-Z]{{4}}){{5}}[ .\-]?+[0-9A-Z]{{3}}){_E}"), needle=_n("FR"),
        score=0.85),
    Pattern(Entity.RIB, _c(rf"{_BD}{_D}{{5}}{_S}{_D}{{5}}{_S}[0-9A-Za-z]{{11}}{_S}{_D}{{2}}{_E}"),
        check=checksums.rib, cue=cues.BANK, needle=_NINE),
    Pattern(Entity.NIR, _c(rf"{_B}[1-478lI|B]{_S}{_D}{{2}}{_S}{_D}{{2}}{_S}(?:{_D}{{2}}"
            rf"|2[ABab]){_S}{_D}{{3}}{_S}{_D}{{3}}{_S}{_D}{{2}}{_E}"),
            check=_nir, cue=cues.SOCIAL, needle=_NINE),
    Pattern(Entity.NIR, _c(rf"{_B}[1-478]{_S}\d{{2}}{_S}(?:0[1-9]|[1-9]\d){_S}(?:\d{{2}}"
            rf"|2[AB]){_S}\d{{3}}{_S}\d{{3}}{_E}"), cue=cues.SOCIAL, needle=_NINE),
    Pattern(Entity.SIRET, _c(rf"{_BD}{_D}{{3}}{_S}{_D}{{3}}{_S}{_D}{{3}}{_S}{_D}{{5}}{_E}{_EURO}"),
        check=checksums.siret,
            cue=cues.cue("siret"), needle=_NINE),
    Pattern(Entity.VAT, _c(rf"{_B}FR{_S}[0-9A-Zlo|]{{2}}{_S}{_D}{{3}}{_S}{_D}{{3}}{_S}{_D}{{3}}{_E}"), needle=_n("FR"),
        check=checksums.vat,
            cue=cues.cue("TVA|intracom")),
    Pattern(Entity.CARD, _c(rf"{_BD}{_D}{{4}}{_S}{_D}{{4}}{_S}{_D}{{4}}{_S}{_D}{{1,7}}{_E}"),
        check=checksums.card, needle=_NINE),
    Pattern(Entity.CARD, _c(rf"{_B}3[47]\d{{2}}{_S}\d{{6}}{_S}\d{{5}}{_E}"), check=checksums.card, needle=_NINE),
    Pattern(Entity.CARD, _c(rf"{_B}\d{{4}}[ -]\d{{4}}[ -]\d{{4}}[ -]\d{{4}}{_E}"), cue=cues.CARD,
        anchors=cues.pieces("carte", "cb", "visa", "mastercard", "pan")),
    Pattern(Entity.PHONE, _c(r"(?<![\p{L}\p{N}+])(?:\+|00)33\)?[ .\-]?(?:\(0\)[ .\-]?)?0?[1-9](?:[ .\-/\n]{0,2}\d\d)"
            r"{4}(?!\d)")),
    Pattern(Entity.PHONE, _c(rf"{_PHONE_B}0[1-9](?:[ .\-/\n]\d\d){{4}}{_PHONE_E}"), needle=_NINE),
    Pattern(Entity.PHONE, _c(rf"{_PHONE_B}0[67]\d{{8}}{_PHONE_E}"), score=0.8, needle=_NINE),
    Pattern(Entity.PHONE, _c(rf"{_PHONE_B}0[1-9]\d{{2}}(?:[ .]\d{{2}}){{3}}{_PHONE_E}"), score=0.8, needle=_NINE),
    Pattern(Entity.PHONE, _c(rf"{_PHONE_B}0[1-9](?:(?:[ .\-/]{{0,2}}\d){{8}}"  # «04.66.83 / 21.90», and no date
            rf"|(?!.(?:0\d|1[0-2])[./\-])(?:[ .\-/]{{0,4}}\d\d){{4}}){_PHONE_E}"), cue=cues.TEL, before=45),
    Pattern(Entity.PHONE, _c(rf"{_PHONE_B}00[1-9]\d{{0,2}}(?:(?:[ .\-]\(?\d{{1,4}}\)?){{3,6}}|\d{{8,11}})(?!\d)"),
        needle=_n("00[1-9]"), score=0.85),
    Pattern(Entity.PHONE, _c(r"(?<![\p{L}\p{N}+])\+[1-9]\d{0,2}(?:[ .\-]?\(?\d{1,4}\)?){3,6}(?!\d)"), needle=_n(r"\+"),
        score=0.85),
    Pattern(Entity.SIREN, _c(rf"{_BD}{_D}{{3}}{_S}{_D}{{3}}{_S}{_D}{{3}}{_E}{_EURO}"), cue=cues.COMPANY, before=90,
        after=45, needle=_NINE),
    Pattern(Entity.PLATE, _c(rf"{_B}[A-HJ-NP-TV-Z]{{2}}-[0-9]{{3}}-[A-HJ-NP-TV-Z]{{2}}{_E}"), needle=_n("-[0-9]{3}-")),
    Pattern(Entity.PLATE, _c(rf"{_B}[A-HJ-NP-TV-Z]{{2}} [0-9]{{3}} [A-HJ-NP-TV-Z]{{2}}{_E}"
            rf"(?<!{_SMALL_WORD} \d\d\d ..|{_SMALL_WORD})"), needle=_n("[A-Z] [0-9]{3} [A-Z]")),
    Pattern(Entity.PLATE, _c(rf"{_B}[A-HJ-NP-TV-Z]{{2}}[ ]?[0-9OI]{{3}}[ ]?[A-HJ-NP-TV-Z]{{2}}{_E}"), cue=cues.VEHICLE,
        anchors=cues.VEHICLES),
    Pattern(Entity.PLATE, _c(rf"{_B}\d{{1,4}}[ -]?[A-Z]{{1,3}}[ -]?(?:\d{{2}}|2[AB]){_E}"), cue=cues.VEHICLE, before=50,
        anchors=cues.VEHICLES),
    Pattern(Entity.PASSPORT, _c(rf"{_B}{_DIGITS}(?:\d{{2}} ?[A-Z]{{2}} ?\d{{5}}|[A-Z0-9]{{7,10}}){_E}"),
        cue=cues.PASSPORT, before=55, same_line=True, anchors=cues.pieces("passeport")),
    Pattern(Entity.CNI, _c(rf"{_B}{_DIGITS}(?:[0-9]{{4}}[ ]?[0-9A-Z]{{3,4}}[ ]?[0-9]{{4,5}}|[A-Z0-9]{{9,14}}"
            rf"|\d{{3}}-\d{{7}}-\d{{2}}){_E}"),
        cue=cues.CNI, before=75, same_line=True, anchors=cues.pieces("identit", "cni", "c.n.i")),
    Pattern(Entity.CNI, _c(rf"{_B}(?=[A-Z]*?\d)(?=\d*?[A-Z])[A-Z0-9]{{9}}{_E}"),  # of 2021: few digits, no vowels
        cue=cues.CNI, before=30, same_line=True, anchors=cues.pieces("identit", "cni", "c.n.i")),
    Pattern(Entity.RESIDENCE_PERMIT, _c(rf"{_B}{_DIGITS}[A-Z0-9](?:[ ]?[A-Z0-9]){{8,11}}+{_E}"), cue=cues.STAY,
        before=75, same_line=True,
        anchors=cues.pieces("séjour", "sejour", "résident", "resident", "récépiss", "étranger", "agdref")),
    Pattern(Entity.DRIVING_LICENCE, _c(rf"{_B}{_DIGITS}[A-Z0-9](?:[ ]?[A-Z0-9]){{8,14}}+{_E}"), cue=cues.LICENCE,
        before=70, same_line=True, anchors=cues.pieces("permis ")),
    Pattern(Entity.PASSPORT, _c(r"(?<![A-Z0-9<])(?=[A-Z0-9<]{0,43}<<)[A-Z0-9<]{30,44}(?![A-Z0-9<])"), needle=_n("<<")),
    Pattern(Entity.CADASTRE, _c(rf"{_B}([A-Z]{{1,2}},? (?:[nN](?:um[ée]ro|UM[ÉE]RO)?[°o]?s?[ .]*)?\d{{1,4}}(?:(?:,"
            rf"| et) (?:[A-Z]{{1,2}} )?(?:n[°o] ?)?\d{{1,4}}(?![\d/]| \d{{3}}))*){_E}"),
            cue=cues.CADASTRE, before=50, same_line=True, anchors=cues.pieces("cadastr", "section", "parcelle")),
    Pattern(Entity.CONTRACT, _c(rf"(?:n[°o]s?|[Nn]um[ée]ro|N[°O]s?|:)[ .:]*+(?!{_DAY})((?=[A-Z0-9./-]*?\d{{4}})[A-Z0-9]"
            rf"(?:[./-]?[A-Z0-9]){{4,19}}+(?: [A-Z](?!\p{{L}}))?){_E}"),
            cue=cues.CONTRACTS, before=60, same_line=True),
    Pattern(Entity.CONTRACT, _c(r"(?:n[°o]s?|[Nn]um[ée]ro|N[°O]s?) ?((?=(?:\d ?){7})"
            r"\d{1,11}(?: \d{2,11}){1,5}+)(?![\p{L}\d])"),
        needle=_SEVEN, cue=cues.CONTRACTS, before=60, same_line=True),
    Pattern(Entity.CONTRACT, _c(rf"{_B}(?=(?:\d ?){{7}})\d{{1,11}}(?: \d{{2,11}}){{0,5}}+{_E}(?!,\d){_EURO}"),
        needle=_SEVEN, cue=cues.BEHIND, before=45, same_line=True, anchors=cues.THINGS, score=0.75),
    Pattern(Entity.CONTRACT, _c(rf"{_B}[A-Z]{{1,5}}[/.\-](?=(?:[A-Z0-9/.\-]*?\d){{4}})[A-Z0-9]++"
            rf"(?:[/.\-][A-Z0-9]++){{0,6}}+{_E}"), cue=cues.BEHIND, before=16, same_line=True, anchors=cues.THINGS,
        score=0.75),
    Pattern(Entity.CONTRACT, _c(rf"{_B}(?!{_OTHER_WORD} )[A-Z]{{1,3}}[/.\- ]?\d" + _CODE), cue=cues.CODED,
        before=45, same_line=True, anchors=cues.THINGS, score=0.75),
    Pattern(Entity.CONTRACT, _c(rf"{_B}(?!{_DAY}|(?:19|20)\d\d[-/](?:19|20)\d\d)\d{{1,6}}(?:[./\-][A-Z0-9]|[A-Z])"
            + _CODE), cue=cues.CODED, before=45, same_line=True, anchors=cues.THINGS, score=0.75),
    # Letters among digits: what was numbered by a machine («client 411NGUES02»), and no reference of a law.
    Pattern(Entity.CONTRACT, _c(r"(?=[A-Z0-9]{8})(?<![\p{L}\p{N}._/\-@#+])(?=(?:[A-Z]*\d){5})(?=\d*[A-Z])"
            r"(?!(?:JORF|LEGI|KALI|JURI|CETA|CONS|CNIL)|[A-Z]{4}\d{7}[A-Z](?!\p{L}))[A-Z0-9]{8,20}+(?![\p{L}\p{N}_/\-:])"),
        cue=cues.OF_NO_LAW, before=60, same_line=True, score=0.6),
    # Whatever it is of: nobody counts to a milliard without a blank («INE 110938475FK», «compte 38401177254»).
    Pattern(Entity.CONTRACT, _c(r"(?<![\p{L}\p{N}.,/_\-+=%#&?])\d{9,20}[A-Z]{0,2}(?![\p{L}\p{N}_]|[.,/\-]\d)" + _EURO),
        needle=_NINE, cue=cues.OF_NO_LAW, before=60, same_line=True, score=0.6),
    # What no word announces that we know («LRAR n° 1A 204 887 6543 2», «carte professionnelle n° …»).
    Pattern(Entity.CONTRACT, _c(r"(?<!\p{L})(?:[nN]°s?|N[°O]|[Nn]um[ée]ro|[Rr][ée]f(?:[ée]rence|\.)?) ?:? ?"
            r"(?:(?:\p{Ll}[\p{Ll}']{2,10}|[A-Z]{2,6}) ?: ?|\p{Ll}[\p{Ll}']{2,10} )?"
            r"(?!(?:19|20)\d\d[-/ ]\d{1,5}(?![\d/-]))(?!\d\d-\d\d[.]\d{3})(?!\d\d/\d{4,6}(?![\d/]))"
            r"(?:[A-Z]{2,6} )?((?=(?:(?:[A-Z0-9./]|(?<! )-| (?![ \-]))*?\d){6})(?=[A-Z]{0,2}\d)"
            r"[A-Z0-9]++(?:[./\-][A-Z0-9]++| (?=[A-Z]{0,2}\d)[A-Z0-9]++){0,8}+"
            r"(?: [B-LN-Z](?![\p{L}\p{N}.'])|))(?![\p{L}\p{N}_])" + _EURO),
        cue=cues.NO_LAW, before=60, same_line=True, score=0.7),
    Pattern(Entity.PLATE, _c(rf"{_B}(?=[A-Z]*?\d)(?=[0-9]*?[A-Z])[A-HJ-NPR-Z0-9]{{17}}{_E}"), cue=cues.VIN, before=60,
        same_line=True, anchors=cues.pieces("vin ", "châssis", "série", "identification")),
    Pattern(Entity.CONTRACT, _c(rf"{_B}(?!{_DAY})((?=[A-Z0-9./-]*?\d{{4}})[A-Z0-9](?:[./-]?[A-Z0-9]){{4,19}}+){_E}"),
        cue=cues.NUMBERED, before=40, same_line=True,
        anchors=cues.pieces("rpps", "adeli", "finess", "pdl", "prm", "pce", "imei", "ofpra", "cnda", "sinistre",
            "allocataire", "juridictionnelle", "écrou", "matricule")),
    Pattern(Entity.IP, _c(rf"(?<![\p{{L}}\p{{N}}.])(?:{_OCTET}\.){{3}}{_OCTET}(?![\p{{L}}\p{{N}}]|\.\d)"),
        needle=_n(r"\.\d{1,3}\.\d"), cue=cues.cue("IP\\b|adresse ip|serveur|conne[xc]")),
    Pattern(Entity.IP, _c(r"(?<![\p{L}\p{N}:])(?:[0-9a-f]{1,4}:){4,7}:?[0-9a-f]{1,4}(?![\p{L}\p{N}:])"),
        needle=_n(":")),
    Pattern(Entity.IP, _c(r"(?<![\p{L}\p{N}:\-])[0-9A-Fa-f]{2}(?:[:\-][0-9A-Fa-f]{2}){5}(?![\p{L}\p{N}:\-])"),
        cue=cues.cue("MAC\\b|adresse|[ée]quipement|box|r[ée]seau|wi-?fi"), before=40, same_line=True,
        anchors=cues.pieces("mac", "wifi", "wi-fi")),
    Pattern(Entity.CASE, _c(rf"{_B}\d{{2,4}}/\d{{2,6}}{_E}"), needle=_n(r"/\d\d"), cue=cues.RG, before=30),
    Pattern(Entity.CASE, _c(rf"{_B}[A-Z0-9]{{4}}-[A-Z]-[A-Z0-9]{{3}}-[A-Z0-9]{{3,5}}{_E}"), needle=_n("-[A-Z]-")),
    Pattern(Entity.CASE, _c(rf"{_B}(?:[A-Z] ?)?\d{{2}}-\d{{2}}\.\d{{3}}{_E}"), needle=_n(r"-\d\d\.\d")),
    Pattern(Entity.CASE, _c(r"ECLI:[A-Z]{2}:[A-Z0-9]+:\d{4}:[A-Z0-9.]+[A-Z0-9]"), needle=_n("ECLI")),
    Pattern(Entity.CASE, _c(rf"{_B}\d[\d/.\- ]{{3,14}}\d{_E}"), cue=cues.PROSECUTOR, before=35, same_line=True,
        anchors=cues.pieces("parquet", "minute", "instruction")),
)  # fmt: skip


# Nine digits or more: sought around long numbers only.
_LONG = (
    Entity.IBAN, Entity.RIB, Entity.NIR, Entity.SIRET, Entity.SIREN, Entity.VAT, Entity.CARD, Entity.PHONE,
)  # fmt: skip


def find_identifiers(digest: Digest) -> list[Span]:
    """Every identifier of the text behind the digest; overlapping ones included."""
    found: list[Span] = []
    if not digest.text:
        return list(find_emails(digest.whole))
    long = digest.long_numbers()
    for pattern in PATTERNS:
        around = long if pattern.entity in _LONG or pattern.needle is _NINE else digest
        if around.text:
            found += pattern.find(around)
    return found + list(find_emails(digest.whole))
