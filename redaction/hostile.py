"""Text that is addressed to a model, or hidden from a reader: flagged, never silently removed.

A flag is an enumeration, safe for telemetry. Patterns in French and English, accents optional; no claim to be complete.
"""

import regex

_ORDER = r"(?:ignor(?:e|ez|er|ing)|oubli(?:e|ez|er)|forget|disregard|override|bypass|ne (?:tiens|tenez) (?:pas|plus|aucun) compte|contourne[rz]?)"
_WHAT = r"(?:instructions?|consignes?|r[èe]gles?|directives?|prompts?|rules?|guidelines?|ordres?|système|system)"
_INSTRUCTIONS = regex.compile(
    rf"(?i)(?<!\p{{L}}){_ORDER}(?:\W+\w+){{0,6}}?\W+{_WHAT}(?:\W+\w+){{0,3}}?\W*(?:pr[ée]c[ée]dent|ant[ée]rieur|initial|previous|above|prior|system|ci-dessus|pr[ée]alabl|earlier|you|donn[ée]e|syst[èe]me|(?<=toutes? les \w+)|(?<=all \w+ )\w+)"
    rf"|{_ORDER}(?:\W+\w+){{0,3}}?\W+(?:previous|prior|above|earlier|pr[ée]c[ée]dentes?|ant[ée]rieures?)\W+{_WHAT}"
    r"|(?<!\p{L})(?:you are now|act as an? (?:ai|assistant|llm)|tu es (?:d[ée]sormais|maintenant) un|vous [êe]tes (?:d[ée]sormais|maintenant) un(?:e)? (?:assistant|ia|mod[èe]le|intelligence))"
    r"|(?:reveal|print|affiche[rz]?|r[ée]v[èe]le[rz]?|divulgue[rz]?)(?:\W+\w+){0,4}?\W+(?:system prompt|prompt syst[èe]me|hidden instructions|instructions syst[èe]me)"
    r"|<\|(?:im_start|im_end|system|endoftext)\|>|\[/?INST\]|<</?SYS>>"
    r"|(?:note|message|instruction|attention)s? (?:à l'attention d[eu]|pour|to|for) (?:l'|the |any |la |les |tout )?(?:ia\b|intelligence artificielle|ai\b|llms?\b|assistants? (?:ia|ai)|language models?|mod[èe]les? de langage)"
)
_QUICK = regex.compile(
    r"(?i)ignor|oubli|forget|disregard|overrid|bypass|compte|contourn|you are|act as|tu es|vous [êe]tes|prompt|<\||INST\]|<<|instruction|attention|message"
)
_HIDDEN = "\u200b-\u200f\u2060\ufeff\u180e\u202a-\u202e\u2066-\u2069"
_INVISIBLE = regex.compile(f"[{_HIDDEN}\u00ad]")
_INSIDE_WORD = regex.compile(rf"[\p{{L}}\p{{N}}][{_HIDDEN}]+[\p{{L}}\p{{N}}]")
# Tag characters, or a run of invisible ones, can spell a message that no reader sees.
_PAYLOAD = regex.compile("[\U000e0000-\U000e007f]|[\u200b\u200c\u200d\u2060\ufeff]{4,}")


def flags(text: str) -> tuple[str, ...]:
    """Flags of one text as it was given, sorted: "instructions_to_model", "zero_width"."""
    found = set()
    visible = _INVISIBLE.sub("", text) if _INVISIBLE.search(text) else text
    if _QUICK.search(visible) and _INSTRUCTIONS.search(visible):
        found.add("instructions_to_model")
    if _INSIDE_WORD.search(text) or _PAYLOAD.search(text):
        found.add("zero_width")
    return tuple(sorted(found))
