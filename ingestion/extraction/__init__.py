"""From the bytes of any file a law firm has to blocks: faithful, typed in its refusals, safe against hostile files.

`extract` is pure and runs where it is called; workers call it through `sandbox.Sandbox`, which runs it in a process
that can be killed. Raise `EXTRACTION_VERSION` whenever the same bytes may give other blocks: it is part of
the fingerprint.
"""

from ingestion.extraction.limits import Limits
from ingestion.extraction.tree import extract

EXTRACTION_VERSION: int = 7

__all__ = ["EXTRACTION_VERSION", "Limits", "extract"]
