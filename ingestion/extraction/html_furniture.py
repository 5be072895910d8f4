"""What of a saved web page is the site's and not the text's: navigation, consents, the way back from a note."""

import re

from selectolax.lexbor import LexborNode

_FURNITURE = re.compile(
    r"\b(?:cookie|consent|breadcrumb|navbar|menu|sidebar|share|social|skip-?link|banner|sr-only)\b", re.IGNORECASE
)
_BACK = re.compile(r"footnote-back|doc-backlink", re.IGNORECASE)


def names_of(node: LexborNode) -> str:
    attributes = node.attributes
    return " ".join(attributes.get(name) or "" for name in ("class", "role", "id"))


def holds_the_title(node: LexborNode) -> bool:
    """Whether a header is that of the text, not of the site: an <h1> that leads nowhere, and no navigation."""
    own = node.css_first("h1")
    return own is not None and own.css_first("a") is None and node.css_first("nav, ul") is None


def leads_back(node: LexborNode) -> bool:
    """The arrow behind a note, back to its mark."""
    return node.tag == "a" and bool(_BACK.search(names_of(node)))


def is_furniture(node: LexborNode) -> bool:
    attributes = node.attributes
    if attributes.get("role") in ("navigation", "banner", "contentinfo", "search", "complementary"):
        return True
    names = f"{attributes.get('class') or ''} {attributes.get('id') or ''}"
    return len(names) > 1 and bool(_FURNITURE.search(names))
