"""Text that is addressed to a model, or hidden from a reader: flagged, never silently removed.

A flag is an enumeration, safe for telemetry. Patterns in French and English, accents optional; no claim to be complete.
Linear: the patterns are tried only around words that such text cannot do without.
"""

import re
from collections.abc import Iterator

import regex

from redaction.normalise import ZERO_WIDTH

# What a policy of quarantine keeps out. Extraction says the first, from how text is drawn; this module the others.
HOSTILE = frozenset(("hidden_text", "instructions_to_model", "zero_width"))

_DROP = (
    r"(?:ignor(?:e|ez|er|ing)|oubli(?:e|ez|er)|forget|disregard|overrid(?:e|ing)|bypass|ne (?:tiens"
    r"|tenez) (?:pas|plus|aucun) compte|contourne[rz]?)"
)
_RULES = r"(?:instructions?|consignes?|r[èe]gles?|directives?|prompts?|rules?|guidelines?|ordres)"
_EARLIER = (
    r"(?:pr[ée]c[ée]dente?s?|ant[ée]rieure?s?|initiale?s?|previous|above|prior|earlier|ci-dessus"
    r"|pr[ée]alables?|you|re[çc]ues)"
)
_ORDERS = regex.compile(
    rf"(?i)(?<!\p{{L}}){_DROP}\b[^.\n]{{0,60}}?\b{_RULES}\b[^.\n]{{0,40}}?\b{_EARLIER}\b"
    rf"|(?<!\p{{L}}){_DROP}\b[^.\n]{{0,40}}?\b{_EARLIER}\b[^.\n]{{0,30}}?\b{_RULES}\b"
    rf"|(?<!\p{{L}}){_DROP}\s+(?:toutes?\s+(?:les|tes|vos)|all|any|every|tes|vos|your)\s+{_RULES}\b"
    r"|(?<!\p{L})(?:you are now|act as an? (?:ai|assistant|llm)|(?:tu es|vous [êe]tes) (?:d[ée]sormais"
    r"|maintenant) une? (?:assistant|ia|mod[èe]le|intelligence))"
    r"|(?:reveal|print|affiche[rz]?|r[ée]v[èe]le[rz]?|divulgue[rz]?)\b[^.\n]{0,30}?(?:system prompt"
    r"|prompt syst[èe]me|hidden instructions|instructions syst[èe]me)"
    r"|<\|(?:im_start|im_end|system|endoftext)\|>|\[/?INST\]|<</?SYS>>"
    r"|(?:note|message|instruction|attention)s? (?:à l'attention d[eu]|pour|to|for) (?:l'|the |any |la |les "
    r"|tout )?(?:ia\b|intelligence artificielle|ai\b|llms?\b|assistants? (?:ia|ai)\b|language models?"
    r"|mod[èe]les? de langage)"
)
_ANCHORS = (
    "ignor", "oubli", "forget", "disregard", "overrid", "bypass", "tiens ", "tenez ", "contourne", "you are now",
    "act as a",
    "tu es ", "vous êtes ", "vous etes ",
    "prompt", "instructions", "<|", "inst]", "<<", "l'attention d", "pour l'ia", "pour ia", "language model",
    "modèle de langage", "modele de langage", "to ai", "llm",
)  # fmt: skip
_REACH = 160
_INVISIBLE = re.compile(f"[{ZERO_WIDTH}]")
_INSIDE_WORD = re.compile(r"[^\W_][\u200b-\u200f\u2060\ufeff\u180e\u202a-\u202e\u2066-\u2069]+[^\W_]")
# Tag characters, or a run of invisible ones, can spell a message that no reader sees.
_PAYLOAD = re.compile("[\U000e0000-\U000e007f]|[\u200b\u200c\u200d\u2060\ufeff]{4,}")
_UNSEEN = re.compile(f"[{ZERO_WIDTH}\U000e0000-\U000e007f]")  # what either has: most texts have none


def flags(text: str) -> tuple[str, ...]:
    """Flags of one text as it was given, sorted: "instructions_to_model", "zero_width"."""
    found = set()
    visible = text
    if not text.isascii() and _UNSEEN.search(text):
        visible = _INVISIBLE.sub("", text)
        if _INSIDE_WORD.search(text) or _PAYLOAD.search(text):
            found.add("zero_width")
    if any(_ORDERS.search(window) for window in _windows(visible.replace("’", "'"))):
        found.add("instructions_to_model")
    return tuple(sorted(found))


def _windows(text: str) -> Iterator[str]:
    lowered = text.lower()
    for anchor in _ANCHORS:
        at = lowered.find(anchor)
        while at >= 0:
            yield text[max(0, at - _REACH) : at + _REACH]
            at = lowered.find(anchor, at + _REACH // 2)
