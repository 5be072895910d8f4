"""XML from strangers: one hardened parser for every format that is made of it.

No entities are expanded, no DTD is loaded, nothing is fetched, depth and text size keep libxml2's own limits
(256 levels, 10 MB of one text). It must never be used with `huge_tree`.
"""

from lxml import etree

from ingestion.errors import Park, ParkReason

Element = etree._Element


_PARSER = etree.XMLParser(
    resolve_entities=False, no_network=True, load_dtd=False, dtd_validation=False, huge_tree=False,
    remove_comments=True, remove_pis=True, collect_ids=False,
)  # fmt: skip


def parse_xml(data: bytes) -> Element:
    """The root element. Park(MALFORMED) for anything that is not well-formed, and for trees made to be too deep."""
    try:
        return etree.fromstring(data, _PARSER)
    except (etree.XMLSyntaxError, ValueError):
        raise Park(ParkReason.MALFORMED) from None


def attribute(element: Element, name: str) -> str:
    """The attribute as text, "" where it is absent."""
    value = element.get(name)
    return value if isinstance(value, str) else ""
