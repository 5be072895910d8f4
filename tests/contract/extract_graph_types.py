"""Takes the types that our Graph server speaks out of Microsoft's schema, whose path it is given.

The schema (graph.microsoft.com/v1.0/$metadata) has 3.4 MB; what is kept of it is `graph_types.json`: each type's own
and inherited properties, and whether it is open to others.
"""

import json
import sys
from pathlib import Path
from xml.etree import ElementTree

OUT = Path(__file__).parent / "graph_types.json"
EDM = "{http://docs.oasis-open.org/odata/ns/edm}"
NAMESPACE = "graph."
WANTED = (  # and what they are made of
    "changeNotificationCollection", "drive", "driveItem", "permission", "publicError", "site", "subscription",
)  # fmt: skip


def main(schema: Path) -> None:
    # S314: Microsoft's own file, named by whoever runs this.
    root = ElementTree.parse(schema).getroot()  # noqa: S314
    found = next(it for it in root.iter(f"{EDM}Schema") if it.get("Alias") == "graph")
    declared = {
        str(it.get("Name")): it for kind in ("EntityType", "ComplexType") for it in found.findall(f"{EDM}{kind}")
    }
    enums = {str(it.get("Name")): [str(m.get("Name")) for m in it] for it in found.findall(f"{EDM}EnumType")}
    types: dict[str, object] = {}
    left = list(WANTED)
    while left:
        name = left.pop()
        if name in types or name not in declared:
            continue
        properties, is_open = _properties(name, declared)
        types[name] = {"open": is_open, "properties": properties}
        left += [_bare(it) for it in properties.values() if _bare(it) not in types]
    used = {_bare(it) for made in types.values() for it in made["properties"].values()}  # type: ignore[index]
    value = {"types": dict(sorted(types.items())), "enums": {it: enums[it] for it in sorted(used & set(enums))}}
    OUT.write_text(json.dumps(value, indent=1) + "\n")


def _properties(name: str, declared: dict[str, ElementTree.Element]) -> tuple[dict[str, str], bool]:
    """With those of the types beneath it. What one navigates to (an item's children) is not part of it."""
    it = declared[name]
    beneath = str(it.get("BaseType", "")).removeprefix(NAMESPACE)
    properties, is_open = _properties(beneath, declared) if beneath in declared else ({}, False)
    own = {str(found.get("Name")): str(found.get("Type")) for found in it.findall(f"{EDM}Property")}
    return {**properties, **own}, is_open or it.get("OpenType") == "true"


def _bare(kind: str) -> str:
    return kind.removeprefix("Collection(").removesuffix(")").removeprefix(NAMESPACE)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
