"""What all Office Open XML files share: the package, relations, properties, what is active or embedded in it."""

import posixpath
from dataclasses import dataclass

from ingestion.errors import Park, ParkReason
from ingestion.extraction.limits import Limits
from ingestion.extraction.reading import Attachment
from ingestion.extraction.xml import Element, parse_xml
from ingestion.extraction.zipped import Zipped

_STRICT = b"http://purl.oclc.org/ooxml/"
_STRICT_NAMES = {
    b"http://purl.oclc.org/ooxml/wordprocessingml/main": b"http://schemas.openxmlformats.org/wordprocessingml/2006/main",
    b"http://purl.oclc.org/ooxml/drawingml/main": b"http://schemas.openxmlformats.org/drawingml/2006/main",
    b"http://purl.oclc.org/ooxml/presentationml/main": b"http://schemas.openxmlformats.org/presentationml/2006/main",
    b"http://purl.oclc.org/ooxml/officeDocument/": b"http://schemas.openxmlformats.org/officeDocument/2006/",
}
_CORE = {"creator": "author", "title": "title", "subject": "subject", "keywords": "keywords", "created": "created",
         "modified": "modified", "lastModifiedBy": "last_author"}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Relation:
    id: str
    kind: str  # the last word of its type: "styles", "footnotes", "header", "hyperlink"
    target: str  # a member's name, or an address where it is external
    external: bool


class Package:
    def __init__(self, data: bytes, limits: Limits) -> None:
        self._zip = Zipped(data, limits)
        self._relations: dict[str, list[Relation]] = {}

    def names(self) -> list[str]:
        return self._zip.names()

    def main(self) -> str:
        """The name of the main document's member. Park(MALFORMED) where there is none."""
        for relation in self.relations(""):
            if relation.kind == "officeDocument" and relation.target in self._zip:
                return relation.target
        raise Park(ParkReason.MALFORMED)

    def bytes(self, name: str) -> bytes | None:
        """A member as it is, but for the names of strict OOXML, which are made the usual ones. None where absent."""
        data = self._zip.get(name)
        if data is not None and _STRICT in data:
            for strict, plain in _STRICT_NAMES.items():
                data = data.replace(strict, plain)
        return data

    def xml(self, name: str) -> Element | None:
        data = self.bytes(name)
        return None if data is None else parse_xml(data)

    def relations(self, name: str) -> list[Relation]:
        """The relations of a member, "" for the package; their targets are names within it, whatever they say."""
        known = self._relations.get(name)
        if known is None:
            folder, base = posixpath.split(name)
            root = self.xml(posixpath.join(folder, "_rels", f"{base}.rels"))
            known = self._relations[name] = [] if root is None else [_relation(item, folder) for item in root]
        return known

    def metadata(self) -> dict[str, str]:
        root = self.xml("docProps/core.xml")
        if root is None:
            return {}
        found = {_CORE.get(str(item.tag).rpartition("}")[2], ""): (item.text or "").strip() for item in root}
        return {name: text[:500] for name, text in found.items() if name and text}

    def flags(self) -> list[str]:
        names = self.names()
        found = {
            "macros": any(name.endswith("vbaProject.bin") for name in names),
            "embedded_objects": any("/embeddings/" in name for name in names),
            "active_x": any("/activeX/" in name for name in names),
        }
        return [flag for flag, there in found.items() if there]

    def embedded(self) -> tuple[Attachment, ...]:
        """Office files embedded as packages; OLE objects are flagged, not opened."""
        names = [name for name in self.names() if "/embeddings/" in name and not name.endswith(".bin")]
        return tuple(Attachment(posixpath.basename(name), self._zip.read(name)) for name in sorted(names))


def _relation(item: Element, folder: str) -> Relation:
    target, external = str(item.get("Target", "")), item.get("TargetMode") == "External"
    if not external:
        joined = target if target.startswith("/") else posixpath.join("/", folder, target)
        target = posixpath.normpath(joined).lstrip("/")
    return Relation(str(item.get("Id", "")), str(item.get("Type", "")).rpartition("/")[2], target, external)
