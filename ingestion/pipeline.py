"""Bytes → blocks → redacted text → chunks: a function of its input and of the pipeline's fingerprint, and of no more.

No network, no clock, no state: the same bytes under the same fingerprint give the same chunks, byte for byte. Redaction
sees every text field of the document at once (title, folder, metadata, blocks of every part), so that a name found in
one is known in all; nothing leaves this module that has not passed through it.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from chunking import CHUNKING_VERSION, ChunkSettings, TooManyChunks
from chunking.assembly import chunk
from chunking.blocks import Block, Chunk, Part
from ingestion.errors import Park, ParkReason, Retry
from ingestion.extraction import EXTRACTION_VERSION
from ingestion.model import Head, IndexRef, Revision
from redaction import HOSTILE, REDACTION_VERSION, Mention, RedactionError, Redactor
from redaction.redactor import Voter

Extract = Callable[[bytes, Head], tuple[Part, ...]]  # raises Park; runs in the sandbox
VOTER_WAIT = 30.0  # seconds, where a service that votes did not say when to come back
Voters = tuple[tuple[str, Voter], ...]  # by name; hashable, as redactors are kept


@dataclass(frozen=True, slots=True)
class Processed:
    """Everything redacted. `counts` are for telemetry."""

    chunks: tuple[Chunk, ...]
    folder: str
    media_type: str
    counts: Mapping[str, int]
    mentions: tuple[Mention, ...] = ()  # for the vault alone: the names themselves


@dataclass(frozen=True, slots=True)
class Pipeline:
    extract: Extract
    settings: ChunkSettings
    voters: Voters = ()  # engines that an operator adds to redaction's rules
    voters_fingerprint: str = ""  # of their configuration; "" without any

    def run(self, data: bytes, head: Head, *, policy: str, secret: bytes) -> Processed:
        """The chunks of one document.

        Raises:
            Park: the document cannot be ingested as it is; redaction that is not certain is one of the reasons,
                hidden or hostile text another where the cabinet's policy says so.
            Retry: a service that votes on redaction cannot be asked now.
        """
        parts = self.extract(data, head)
        if not any(part.blocks for part in parts):
            raise Park(_why_empty(parts))
        parts, folder, mentions = _redacted(parts, head.folder, lambda: redactor(policy, secret, self.voters))
        try:
            chunks = chunk(parts, self.settings)
        except TooManyChunks:
            raise Park(ParkReason.TOO_MANY_CHUNKS) from None
        if not chunks:
            raise Park(ParkReason.EMPTY)  # blocks of blanks
        counts = {
            "parts": len(parts),
            "pages": sum(part.pages for part in parts),
            "blocks": sum(len(part.blocks) for part in parts),
            "mentions": len(mentions),
            "chunks": len(chunks),
        }
        return Processed(chunks, folder, parts[0].media_type, counts, mentions)

    @staticmethod
    def revision(policy_revision: int) -> Revision:
        """Rises whenever a stage's version or the cabinet's policy does; each of them only ever rises."""
        stages = (EXTRACTION_VERSION << 40) | (REDACTION_VERSION << 28) | (CHUNKING_VERSION << 16)
        return Revision(stages | policy_revision)

    def fingerprint(self, policy: str, index: IndexRef) -> str:
        """What made a chunk; it stands on each. A change of voters shows here, and does not raise the revision."""
        voters = f"-v{self.voters_fingerprint}" if self.voters_fingerprint else ""
        stages = f"x{EXTRACTION_VERSION}.r{REDACTION_VERSION}{voters}.c{CHUNKING_VERSION}"
        return f"{stages}.{policy}.{index.schema}.{index.model}.{index.dimensions}"


@lru_cache(maxsize=64)
def redactor(policy: str, secret: bytes, voters: Voters = ()) -> Redactor:
    """One per cabinet: its patterns and lexicons take half a second to load."""
    return Redactor(policy, secret, voters=dict(voters))


def _why_empty(parts: Sequence[Part]) -> ParkReason:
    return ParkReason.NO_TEXT if any("page_without_text" in part.flags for part in parts) else ParkReason.EMPTY


def _redacted(
    parts: Sequence[Part], folder: str, by: Callable[[], Redactor]
) -> tuple[tuple[Part, ...], str, tuple[Mention, ...]]:
    """The parts and the folder's path, redacted; and what was hidden in them."""
    try:
        using = by()
        redaction = using.redact([folder, *(text for part in parts for text in _texts(part))])
    except RedactionError as failed:
        if failed.reason == "away":
            raise Retry("voter_away", str(failed), after=failed.after or VOTER_WAIT) from None
        raise Park(ParkReason.REDACTION_FAILED) from None  # its message may quote what it failed on
    met = {flag for flags in (*redaction.flags, *(part.flags for part in parts)) for flag in flags}
    if using.policy.quarantine and not HOSTILE.isdisjoint(met):
        raise Park(ParkReason.QUARANTINED)
    texts, flags = iter(redaction.texts), iter(redaction.flags)
    folder = next(texts)
    next(flags)
    made = tuple(_rebuilt(part, texts, flags) for part in parts)
    return made, folder, redaction.mentions


def _texts(part: Part) -> Iterator[str]:
    yield part.title
    yield from part.metadata.values()
    for block in part.blocks:
        yield block.text


def _rebuilt(part: Part, texts: Iterator[str], flags: Iterator[tuple[str, ...]]) -> Part:
    """The part with its texts replaced, in the order in which `_texts` gave them; flags of any text are the part's."""
    seen: set[str] = set(part.flags)

    def following() -> str:
        seen.update(next(flags))
        return next(texts)

    title = following()
    metadata = {name: following() for name in part.metadata}
    blocks = tuple(_with_text(block, following()) for block in part.blocks)
    return replace(part, title=title, metadata=metadata, blocks=blocks, flags=tuple(sorted(seen)))


def _with_text(block: Block, text: str) -> Block:
    return replace(block, text=text) if text != block.text else block
