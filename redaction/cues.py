"""What must stand near a number that has no key of its own: the words that say whose it is, or of what.

A cue is a pattern that is read before the number, in the text itself; its pieces are what is sought first.
"""

import regex

from redaction.anchors import Anchor, anchors


def cue(words: str) -> regex.Pattern[str]:
    return regex.compile(rf"(?i)(?<!\p{{L}})(?:{words})")


def pieces(*words: str) -> tuple[Anchor, ...]:
    return anchors(*words, any_case=True)


BANK = cue(r"IBAN|RIB\b|compte|virement|bancaire|domiciliation|prélèvement")
SOCIAL = cue(r"s[ée]curit[ée] sociale|NIR\b|n° ?SS\b|M\.?S\.?A\b|INSEE|immatricul|assur[ée]|NIA\b|s[ée]cu\b|NNI\b")
COMPANY = cue(r"siren\b|siret\b|R\.?C\.?S\b|R\.?M\b|immatricul|registre du commerce|r[ée]pertoire|identifiant")
TEL = cue(r"t[ée]l|port(?:able)?\b|mobile|fax|joignable|joint|appel|rappel|contact|num[ée]ro de|gsm|ligne|^.{0,60}[✆☎]")
VEHICLE = cue(r"immatricul|v[ée]hicule|plaque|voiture|automobile|carte grise|moto|camion|cyclomoteur")
VEHICLES = pieces(
    "immatricul", "véhicule", "vehicule", "plaque", "voiture", "automobile", "carte grise", "moto", "camion"
)
# What is numbered and somebody's, with a word or a name behind it: «carte Navigo», «assurance-vie « Azur »».
_THING = (
    r"client|contrat|abonn[ée]e?|police|sinistre|compte|pr[êe]t|adh[ée]rente?|soci[ée]taire|r[ée]f(?:[ée]rence|\.)?"
    r"|abonnement|adh[ée]sion|assurance-vie|badge|billet|bracelet|carte|ch[èe]que|CHQ|commande|compteur|cotisante?"
    r"|cr[ée]dit|[ée]crou|d[ée]tention|dipl[ôo]me|facture|formule|francisation|identifiant|IEP|IMEI(?: [12])?"
    r"|immatricul[ée]+s?|INE|IPP|licence|livret|locataire|matricule|PDL|permis|plaque|PRM|PCE|puce|remorque"
    r"|r[ée]servation|s[ée]rie|tatouage|usager|VIN|visa"
)
THINGS = pieces(
    "dossier", "client", "contrat", "abonné", "police", "sinistre", "prêt", "adhér", "sociétaire", "assurance-vie",
    "badge", "billet", "bracelet", "carte", "chèque", "commande", "cotisant", "crédit", "écrou", "détention",
    "diplôme", "facture", "formule", "francisation", "identifiant", "immatricul", "licence", "livret", "locataire",
    "matricule", "permis", "plaque", "puce", "remorque", "réservation", "série", "tatouage", "usager", "visa",
    "compte", "référence", "adhésion", "réf.",
) + anchors("IEP ", "IMEI", "INE ", "IPP ", "PDL", "PRM", "PCE", "VIN ", "CHQ ", "Réf ", "réf ")  # fmt: skip
_KIND = (
    r"(?: (?!(?:pour|dans|avec|soit|depuis|sans|sous|entre|contre|vers|chez|dont|qui|que|est|sont|les|des|une|par|sur"
    r"|aux|environ) )[\p{L}\-]{3,16}| « ?[^»\n]{2,20}»){0,2}(?: n°)?[ :]{1,3}$"
)
BEHIND = cue(rf"(?:dossier|{_THING}){_KIND}")
CODED = cue(rf"(?:{_THING}){_KIND}")
# Not a law's, a decision's or a form's, nor a free call.
_OF_NO_LAW = (
    r"(?is)^(?!.*(?<!\p{L})(?:lois?|d[ée]crets?|ordonnances?|arr[êe]t[ée]?s?|pourvois?|R\.?G|portalis|articles?|directive"
    r"|r[èe]glement|J\.?O|JORF|NOR|CELEX|ECLI|bulletin|cerfa|req(?:u[êe]tes?)?|affaires?|recours|d[ée]cisions?|minute"
    r"|r[ôo]le|jugement|circulaire|instruction|QPC|parquet|norme|ISO|NF|CE|Cass|CAA?|TA|TJ|CJUE|CEDH|vert|gratuit|ISBN"
    r"|EAN)(?!\p{L}))"
)
OF_NO_LAW = regex.compile(_OF_NO_LAW)
# And some word of what it is the number of, unless it is a reference.
NO_LAW = regex.compile(_OF_NO_LAW + r"(?=.*\p{L}{2}.*\P{L}[nr]|.*(?<!\p{L})(?:r[ée]f|n° ?\p{L}{2}))")
VIN = cue(r"V\.?I\.?N\b|ch[âa]ssis|(?:num[ée]ro|n°) (?:de |d')(?:s[ée]rie|identification)|dans la s[ée]rie")
CARD = cue(r"carte (?:bancaire|bleue|de paiement|de cr[ée]dit)|CB\b|visa|mastercard|PAN\b")
CONTRACTS = cue(
    r"(?:allocataire|contrat|pr[êe]ts?|cr[ée]dit|comptes?|police|client|adh[ée]rent|sinistre|matricule|soci[ée]taire"
    r"|dossier|b[ée]n[ée]ficiaire|abonn[ée]|assur[ée]|IPP|NDA|CAF|identifiant|[ée]crou|agr[ée]ment"
    r"|cotisant|locataire|facture|livret|ch[èe]que|assurance-vie|bulletin|r[ée]clamation)(?:e?s?)?(?!\p{L})"
    r"(?:(?!arr[êe]t|d[ée]cret|\bloi\b|pourvoi|ordonnance|R\.?G|d[ée]cision)[^\d]){0,40}$"
)
NUMBERED = cue(
    r"(?:RPPS|ADELI|FINESS|PDL|PRM|PCE|IMEI|OFPRA|CNDA|sinistre|allocataire"
    r"|aide juridictionnelle(?: totale| partielle)?"
    r"|[ée]crou|matricule)"
    r"(?: (?:n°s?|n°|num[ée]ro|N°))?[ :.]{0,3}$"
)
PASSPORT = cue(r"passeport")
CNI = cue(r"cartes? (?:nationales? )?d'identit[ée]|C\.?N\.?I\.?(?:S\.?)?\b|pi[èe]ce d'identit[ée]")
STAY = cue(r"(?:titre|carte|permis) de (?:s[ée]jour|r[ée]sident)|r[ée]c[ée]piss[ée]|n° (?:d')?[ée]tranger|AGDREF")
LICENCE = cue(r"permis (?:de conduire|[ABC]\b|n°)")
CADASTRE = cue(r"cadastr|section|parcelle")
PROSECUTOR = cue(r"(?:parquet|minute|instruction)\b[^\d]{0,14}$")
RG = cue(r"R\.?G\.?\b|r[ée]pertoire g[ée]n[ée]ral")
