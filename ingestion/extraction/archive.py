"""ZIP as a folder: its members are children, in the order of their names. Nothing is written anywhere.

A member that cannot be unpacked is a child with its reason; one that unpacks to too much makes the archive a bomb.
"""

import posixpath

from ingestion.errors import Park, ParkReason
from ingestion.extraction.limits import Limits
from ingestion.extraction.reading import Attachment, Reading
from ingestion.extraction.zipped import Zipped

_NOISE = ("__MACOSX/", ".DS_Store", "Thumbs.db", "desktop.ini")


def read_archive(data: bytes, limits: Limits) -> Reading:
    """Park(MALFORMED, BOMB, TOO_LARGE, ENCRYPTED when every member is, EMPTY)."""
    zipped = Zipped(data, limits)
    names = sorted(name for name in zipped.names() if not any(noise in name for noise in _NOISE))
    if not names:
        raise Park(ParkReason.EMPTY)
    if len(names) > limits.attachments:
        raise Park(ParkReason.TOO_LARGE)
    children = tuple(_member(zipped, name) for name in names)
    if all(child.refused is ParkReason.ENCRYPTED for child in children):
        raise Park(ParkReason.ENCRYPTED)
    return Reading((), attachments=children)


def _member(zipped: Zipped, name: str) -> Attachment:
    shown = posixpath.basename(name.replace("\\", "/"))
    try:
        return Attachment(shown, zipped.read(name))
    except Park as park:
        if park.reason is ParkReason.BOMB:
            raise
        return Attachment(shown, b"", park.reason)
