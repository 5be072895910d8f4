"""French identifiers: one pattern each, a check of their key where they have one, or a word that must stand nearby.

Promises: case-sensitive, possessive patterns in linear time; a key that is right needs no cue, a number without a
key needs one. Reads normalised text only. Never decides what is masked: that is `policy.py`.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import regex

from redaction import checksums
from redaction.spans import Entity, Span

Check = Callable[[str], bool]

_B = r"(?<![\p{L}\p{N}_])"  # not inside a word
_E = r"(?![\p{L}\p{N}_])"
_S = r"[ .\-\n/]?+"  # what people put between groups; one line break, never a blank line
_D = r"[0-9OoQDIlSsBZ|]"  # a digit, or what OCR makes of it
_NUMERO = r"(?:(?:n(?:umero|uméro)?|N(?:UMERO|UMÉRO|uméro)?)(?:[°o]s?|os?)?[ .:]*)?+"
_EURO = r"(?! ?(?:€|euros?\b|EUR\b|F\b|francs?\b))"


@dataclass(frozen=True, slots=True)
class Pattern:
    entity: Entity
    body: regex.Pattern[str]
    needle: str = ""  # skip the pattern unless the text holds this
    check: Check | None = None  # given the identifier without separators, as read
    lengths: tuple[int, ...] = ()  # of the identifier: a greedy match is cut back to them, longest first
    cue: regex.Pattern[str] | None = None  # makes up for a missing or wrong key
    before: int = 70  # characters in which the cue may stand before
    after: int = 0
    score: float = 0.95

    def find(self, text: str) -> Iterator[Span]:
        if self.needle and self.needle not in text:
            return
        for match in self.body.finditer(text, overlapped=self.check is not None):
            span = self._judged(text, match)
            if span is not None:
                yield span

    def _judged(self, text: str, match: regex.Match[str]) -> Span | None:
        group = 1 if match.re.groups else 0
        start, end = match.span(group)
        if self.check is not None:
            for stop in self._ends(text, start, end):
                value = checksums.digits(text[start:stop])
                for reading in (value, _reread(self.entity, value)):
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
        if self.cue.search(text, max(0, start - self.before), start):
            return True
        return bool(self.after and self.cue.search(text, end, end + self.after))

    def _span(self, start: int, end: int, canonical: str, score: float, why: str) -> Span:
        return Span(start, end, self.entity, score, f"{self.entity}:{why}", canonical=canonical.upper())


def _reread(entity: Entity, value: str) -> str:
    """The same identifier with OCR's letters read as digits, where its form says that digits stand there."""
    if entity in (Entity.IBAN, Entity.VAT):
        head = 4 if entity is Entity.VAT else 2
        return value[:2] + checksums.repaired(value[2:head]) + checksums.repaired(value[head:])
    if entity is Entity.NIR and value[5:7] in ("2A", "2B"):
        return checksums.repaired(value[:5]) + value[5:7] + checksums.repaired(value[7:])
    return checksums.repaired(value)


def _iban(value: str) -> bool:
    return checksums.iban(value.upper())


def _c(pattern: str) -> regex.Pattern[str]:
    return regex.compile(pattern)


def _cue(words: str) -> regex.Pattern[str]:
    return regex.compile(rf"(?i)(?<!\p{{L}})(?:{words})")


_BANK = _cue(r"IBAN|RIB|compte|virement|bancaire|domiciliation|prélèvement")
_SECU = _cue(
    r"s[ée]curit[ée] sociale|S[ÉE]CURIT[ÉE] SOCIALE|NIR\b|n° ?SS\b|INSEE|immatricul|assur[ée]|NIA\b|secu\b|sécu\b|NNI\b"
)
_COMPANY = _cue(r"siren\b|siret\b|R\.?C\.?S\b|immatricul|registre du commerce|r[ée]pertoire|SIREN|SIRET|identifiant")
_TEL = _cue(
    r"t[ée]l|port(?:able)?\b|mobile|fax|t[ée]l[ée]copie|joignable|joint|appel|contact|num[ée]ro de|✆|☎|gsm|ligne"
)
_VEHICLE = _cue(
    r"immatricul|v[ée]hicule|plaque|voiture|automobile|carte grise|moto|camion|cyclomoteur|certificat d'imm"
)
_CARD = _cue(r"carte (?:bancaire|bleue|de paiement|de cr[ée]dit)|CB\b|visa|mastercard|PAN\b")


def _after_cue(words: str, number: str, gap: int = 45, numero: str = _NUMERO) -> regex.Pattern[str]:
    """A number introduced by its name: «titulaire du passeport français n° 12AB34567»."""
    lead = rf"(?:[^\n\d|;]|\d{{1,2}}[/.]\d{{1,2}}[/.]\d{{4}}){{0,{gap}}}?"
    return _c(rf"(?<!\p{{L}})(?:{words})(?!\p{{L}}){lead}(?<![\p{{L}}\p{{N}}]){numero}({number}){_E}")


_CONTRACTS = (
    r"(?i:allocataire|contrat|pr[êe]ts?|cr[ée]dit|comptes?|police|client|adh[ée]rent|sinistre|matricule|soci[ée]taire"
    r"|dossier m[ée]dical|b[ée]n[ée]ficiaire|abonn[ée]|assur[ée]|IPP|NDA|CAF|identifiant|[ée]crou|agr[ée]ment|cotisant"
    r"|locataire|facture|ch[èe]que)"
)
_IDENTITY = r"(?=(?:[A-Z0-9]*?[0-9]){3})"

# Order matters only for reading; overlaps are settled by `spans.merged`.
PATTERNS: tuple[Pattern, ...] = (
    Pattern(Entity.IBAN, _c(rf"{_B}(?=[A-Z]{{2}}(?:\d|{_D}\d))[A-Z]{{2}}{_D}{{2}}(?:{_S}[A-Z0-9|lo]){{11,30}}+"), check=_iban,
            lengths=tuple(range(34, 14, -1))),
    Pattern(Entity.IBAN, _c(rf"(?i:IBAN){_E}[ :.n°]{{0,12}}([A-Z]{{2}}[0-9]{{2}}(?:[ .\-]?+[A-Z0-9]{{1,4}}){{3,8}}+){_E}"),
            needle="IBAN", score=0.85),
    Pattern(Entity.RIB, _c(rf"{_B}{_D}{{5}}{_S}{_D}{{5}}{_S}[0-9A-Za-z]{{11}}{_S}{_D}{{2}}{_E}"), check=checksums.rib,
            cue=_BANK),
    Pattern(Entity.NIR, _c(rf"{_B}[1-478lI|B]{_S}{_D}{{2}}{_S}{_D}{{2}}{_S}(?:{_D}{{2}}|2[ABab]){_S}{_D}{{3}}{_S}{_D}{{3}}"
                           rf"{_S}{_D}{{2}}{_E}"), check=lambda v: checksums.nir(v.upper()), cue=_SECU),
    Pattern(Entity.NIR, _c(rf"{_B}[1-478]{_S}\d{{2}}{_S}(?:0[1-9]|[1-9]\d){_S}(?:\d{{2}}|2[AB]){_S}\d{{3}}{_S}\d{{3}}{_E}"),
            cue=_SECU),
    Pattern(Entity.SIRET, _c(rf"{_B}{_D}{{3}}{_S}{_D}{{3}}{_S}{_D}{{3}}{_S}{_D}{{5}}{_E}{_EURO}"), check=checksums.siret,
            cue=_cue(r"siret\b|SIRET")),
    Pattern(Entity.VAT, _c(rf"{_B}FR{_S}[0-9A-Z]{{2}}{_S}{_D}{{3}}{_S}{_D}{{3}}{_S}{_D}{{3}}{_E}"), needle="FR",
            check=checksums.vat, cue=_cue(r"TVA|intracom")),
    Pattern(Entity.CARD, _c(rf"{_B}{_D}{{4}}{_S}{_D}{{4}}{_S}{_D}{{4}}{_S}{_D}{{1,7}}{_E}"), check=checksums.card),
    Pattern(Entity.CARD, _c(rf"{_B}3[47]\d{{2}}{_S}\d{{6}}{_S}\d{{5}}{_E}"), check=checksums.card),
    Pattern(Entity.CARD, _c(rf"{_B}\d{{4}}[ -]\d{{4}}[ -]\d{{4}}[ -]\d{{4}}{_E}"), cue=_CARD),
    Pattern(Entity.PHONE, _c(r"(?<![\p{L}\p{N}+])(?:\+|00)33[ .\-]?(?:\(0\)[ .\-]?)?0?[1-9](?:[ .\-/\n]{0,2}\d\d){4}(?!\d)")),
    Pattern(Entity.PHONE, _c(r"(?<![\p{L}\p{N}+.,/\-])0[1-9](?:[ .\-/\n]\d\d){4}(?![\p{L}\p{N}]|[.,/\-]\d)")),
    Pattern(Entity.PHONE, _c(r"(?<![\p{L}\p{N}+.,/\-])0[67]\d{8}(?![\p{L}\p{N}]|[.,/\-]\d)"), score=0.8),
    Pattern(Entity.PHONE, _c(r"(?<![\p{L}\p{N}+.,/\-])0[1-9](?:[ .\-/]{0,2}\d){8}(?![\p{L}\p{N}]|[.,/\-]\d)"), cue=_TEL,
            before=45),
    Pattern(Entity.PHONE, _c(r"(?<![\p{L}\p{N}+])\+[1-9]\d{0,2}(?:[ .\-]?\(?\d{1,4}\)?){3,6}(?!\d)"), needle="+", score=0.85),
    Pattern(Entity.SIREN, _c(rf"{_B}{_D}{{3}}{_S}{_D}{{3}}{_S}{_D}{{3}}{_E}{_EURO}"), check=None, cue=_COMPANY, before=90,
            after=45),
    Pattern(Entity.PLATE, _c(rf"{_B}[A-HJ-NP-TV-Z]{{2}}-[0-9]{{3}}-[A-HJ-NP-TV-Z]{{2}}{_E}")),
    Pattern(Entity.PLATE, _c(rf"{_B}[A-HJ-NP-TV-Z]{{2}}[ ]?[0-9OI]{{3}}[ ]?[A-HJ-NP-TV-Z]{{2}}{_E}"), cue=_VEHICLE),
    Pattern(Entity.PLATE, _c(rf"{_B}\d{{1,4}}[ -]?[A-Z]{{1,3}}[ -]?(?:\d{{2}}|2[AB]){_E}"), cue=_VEHICLE, before=50),
    Pattern(Entity.PASSPORT, _after_cue(r"[Pp]asseport|PASSEPORT", rf"{_IDENTITY}(?:\d{{2}} ?[A-Z]{{2}} ?\d{{5}}|[A-Z0-9]{{7,10}})")),
    Pattern(Entity.CNI, _after_cue(r"(?i:cartes? (?:nationales? )?d'identit[ée]|C\.?N\.?I\.?(?:S\.?)?|pi[èe]ce d'identit[ée])",
                                   rf"{_IDENTITY}(?:[0-9]{{4}}[ ]?[0-9A-Z]{{3,4}}[ ]?[0-9]{{4,5}}|[A-Z0-9]{{9,14}})")),
    Pattern(Entity.RESIDENCE_PERMIT, _after_cue(r"(?i:(?:titre|carte|permis) de (?:s[ée]jour|r[ée]sident)|r[ée]c[ée]piss[ée])",
                                                rf"{_IDENTITY}[A-Z0-9](?:[ ]?[A-Z0-9]){{8,11}}")),
    Pattern(Entity.DRIVING_LICENCE, _after_cue(r"(?i:permis de conduire|permis [ABC]\b)", rf"{_IDENTITY}[A-Z0-9](?:[ ]?[A-Z0-9]){{8,14}}")),
    Pattern(Entity.PASSPORT, _c(r"(?<![A-Z0-9<])(?=[A-Z0-9<]{0,43}<<)[A-Z0-9<]{30,44}(?![A-Z0-9<])"), needle="<<"),
    Pattern(Entity.CADASTRE, _c(r"(?<!\p{L})(?i:cadastr[ée]+s?[^.;\n\d]{0,40}?|section) ((?:[A-Z]{1,2}),? (?:n(?:um[ée]ro)?[°o]?s?[ .]*)?\d{1,4}"
                                r"(?:(?:,| et) (?:[A-Z]{1,2} )?(?:n[°o] ?)?\d{1,4}(?![\d/]))*)" + _E)),
    Pattern(Entity.CONTRACT, _after_cue(_CONTRACTS, r"(?=[A-Z0-9./-]*?\d{4})[A-Z0-9](?:[./-]?[A-Z0-9]){4,19}", gap=16,
                                        numero=r"(?:n[°o]s?|num[ée]ro|N[°O]s?|:)[ .:]*+")),
    Pattern(Entity.IP, _c(r"(?<![\p{L}\p{N}.])(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)\.){3}(?:25[0-5]|2[0-4]\d|1?\d?\d)(?![\p{L}\p{N}]|\.\d)"),
            cue=_cue(r"IP\b|adresse ip|serveur|connexion|connect")),
    Pattern(Entity.IP, _c(r"(?<![\p{L}\p{N}:])(?:[0-9a-f]{1,4}:){4,7}:?[0-9a-f]{1,4}(?![\p{L}\p{N}:])"), needle=":"),
    Pattern(Entity.CASE, _c(rf"{_B}(?:R\.?G\.?|RÉPERTOIRE GÉNÉRAL|[Rr]épertoire général)[^\n\d]{{0,20}}(\d{{2,4}}/\d{{2,6}}){_E}")),
    Pattern(Entity.CASE, _c(rf"{_B}[A-Z0-9]{{4}}-[A-Z]-[A-Z0-9]{{3}}-[A-Z0-9]{{3,5}}{_E}")),
    Pattern(Entity.CASE, _c(rf"{_B}[A-Z] ?\d{{2}}-\d{{2}}\.\d{{3}}{_E}")),
    Pattern(Entity.CASE, _c(rf"{_B}\d{{2}}-\d{{2}}\.\d{{3}}{_E}")),
    Pattern(Entity.CASE, _c(r"ECLI:[A-Z]{2}:[A-Z0-9]+:\d{4}:[A-Z0-9.]+[A-Z0-9]"), needle="ECLI"),
    Pattern(Entity.CASE, _after_cue(r"[Pp]arquet|PARQUET|minute|MINUTE|[Ii]nstruction", r"\d[\d/.\- ]{3,14}\d", gap=12)),
)  # fmt: skip


def find_identifiers(text: str) -> list[Span]:
    """Every identifier of the normalised text; overlapping ones included."""
    return [span for pattern in PATTERNS for span in pattern.find(text)] + list(find_emails(text))


_LOCAL = regex.compile(r"(?r)(?<![\p{L}\p{N}._%+'\-])[\p{L}\p{N}_][\p{L}\p{N}._%+'\-]{0,63}")
_DOMAIN = regex.compile(r"(?:[\p{L}\p{N}](?:[\p{L}\p{N}\-]{0,62})\.)+[\p{L}]{2,24}(?![\p{L}\p{N}])")
_AT = regex.compile(r"@| ?[\[({](?:at|arobase|AT)[\])}] ?")


def find_emails(text: str) -> Iterator[Span]:
    """Looks at each @ (or «[at]») and around it: no scan of the text for anything else."""
    for at in _AT.finditer(text):
        domain = _DOMAIN.match(text, at.end(), at.end() + 254)
        local = _LOCAL.search(text, max(0, at.start() - 65), at.start())
        if domain and local and local.end() == at.start():
            canonical = f"{local[0]}@{domain[0]}".lower()
            yield Span(local.start(), domain.end(), Entity.EMAIL, 0.95, "FR_EMAIL:form", canonical=canonical)
