"""One attempt at one version: claim the document, read, plan, write, commit; or park it; or give it up.

In the order of the protocol. Whoever gives up says so in the row, and what was written by then is swept like anything
that is DEAD.
"""

from collections.abc import Mapping, Sequence

from ingestion import protocol
from ingestion.errors import Park, ParkReason, Retry
from ingestion.job import CLAIM_ROUNDS, Job, Ports, batches, contended
from ingestion.model import ChangeKind, Chunk, Head, IndexedChunk, ItemResult, Nonce, Vector
from ingestion.pipeline import Pipeline
from ingestion.ports import Stored
from ingestion.rows import Asked, Generation, Parked, Row, State, chunk_keys
from ingestion.sweep import Sweeper
from ingestion.telemetry import Telemetry

WRITE_ROUNDS = 4  # items that answer 503 are sent again this often, then the message comes back


class Attempts:
    def __init__(self, ports: Ports, pipeline: Pipeline, telemetry: Telemetry, sweeper: Sweeper) -> None:
        self._ports = ports
        self._pipeline = pipeline
        self._telemetry = telemetry
        self._sweeper = sweeper

    def make(self, job: Job, stored: Stored, head: Head) -> str | None:
        """The document's status afterwards; None when somebody moved first and the row must be read again.

        Raises:
            Retry: it was given up, and the message must come back. Bugs go on, after the row is released.
        """
        self._ports.promise(job, ChangeKind.SWEEP, job.limits.lifetime)
        attempt = Generation(
            nonce=self._ports.nonces(),
            state=State.OPEN,
            version=head.version,
            revision=self._pipeline.revision(job.cabinet.policy_revision),
            owner=job.change.id,
            deadline=job.deadline,
        )
        claimed = self._ports.ledger.swap(job.index, protocol.claim(job.placed(stored.row), attempt), stored.etag)
        if claimed is None:
            return None
        try:
            return self._ingest_or_park(job, claimed, attempt, head)
        except Exception as why:
            bug_met_again = job.change.kind is ChangeKind.READ_AGAIN and not isinstance(why, Retry)
            self._release_or_own(job, attempt.nonce, self._ports.clock(), trusted=not bug_met_again)
            raise

    def release_older(self, job: Job, row: Row) -> None:
        """An attempt of ours that died, before we wait or stop: what comes back is a copy, and would wait for it."""
        if row.open and job.began(row.open):
            self._release_or_own(job, row.open.nonce, None)

    def _ingest_or_park(self, job: Job, claimed: Stored, attempt: Generation, head: Head) -> str:
        try:
            return self._ingest(job, claimed, attempt.nonce, head)
        except Park as parked:
            return self._park(job, attempt, parked)

    def _release_or_own(self, job: Job, nonce: Nonce, ended_at: float | None, *, trusted: bool = True) -> None:
        """What cannot be released must come back as the message that owns it: a copy would find its own row busy.

        Raises:
            Retry: for the queue to bring this message back, not for a copy of it to be sent (see `delivery.py`).
        """
        try:
            self._release(job, nonce, ended_at, trusted=trusted)
        except Retry as retry:
            raise Retry(retry.code, str(retry)) from None

    def _release(self, job: Job, nonce: Nonce, ended_at: float | None, *, trusted: bool) -> None:
        """Who gives up says so, be it to a service or to a bug: nobody need wait for this attempt's deadline.

        What comes back may be another message, and a document that meets a bug would hold its row until its message is
        poison, against the very version that mends it. Or nothing comes back, since another delivery of our message is
        done with: so a later look is promised to who left a hint here and trusts us. Not by such a look itself that met
        a bug: they would keep each other up for ever, and a bug is shown by one poison message as well as by many.
        """
        for _ in range(CLAIM_ROUNDS):
            stored = self._ports.ledger.get(job.index, job.change.document)
            if not protocol.owns(stored.row, nonce):
                return
            if trusted and stored.row.asked is Asked.SAME:
                self._ports.promise(job, ChangeKind.READ_AGAIN, job.limits.lifetime)
            if self._ports.ledger.swap(job.index, protocol.release(stored.row, nonce, ended_at), stored.etag):
                return
        raise contended(job)

    def _ingest(self, job: Job, stored: Stored, nonce: Nonce, head: Head) -> str:
        chunks, fields = self._read(job, head)
        vectors = self._embed(job, stored.row, chunks)
        stored = self._ports.advance(job, stored, lambda row: protocol.plan(row, nonce, len(chunks)))
        written = [
            IndexedChunk(key, job.change.document, nonce, chunk, vector, fields)
            for key, chunk, vector in zip(
                chunk_keys(job.change.document, nonce, len(chunks)), chunks, vectors, strict=True
            )
        ]
        settled = self._write(job, written)
        if job.change.kind is not ChangeKind.RECONCILE:  # what changed since a comparison, the feed tells: `Drives`
            self._ports.promise_second_look(job)
        settled_at = self._ports.clock() + job.limits.clock_skew if settled else None
        self._ports.advance(job, stored, lambda row: protocol.commit(row, nonce, settled_at))
        return self._sweeper.sweep(job).status

    def _read(self, job: Job, head: Head) -> tuple[Sequence[Chunk], Mapping[str, object]]:
        """The bytes, after the claim: commits are ordered by the row, and so must what they read be."""
        with self._telemetry.span("read", stage="read", **job.ids) as stage:
            data = self._ports.sources[job.source.kind].read(job.source, job.change.locator, head)
            stage.note(bytes=len(data))
        secret = self._ports.keys.secret(job.cabinet)
        with self._telemetry.span("process", stage="process", **job.ids) as stage:
            pipeline = self._ports.reading(self._pipeline, job.cabinet)
            processed = pipeline.run(data, head, policy=job.cabinet.policy, secret=secret)
            stage.note(**processed.counts)
        self._ports.vault.remember(job.cabinet, processed.mentions)
        inherited = {
            "source_id": job.source.id,
            "folder": processed.folder,
            "media_type": processed.media_type,
            "modified_at": head.modified_at,
            "allowed_principals": list(head.principals),
            "fingerprint": self._pipeline.fingerprint(job.cabinet.recipe, job.index),
        }
        return processed.chunks, inherited

    def _embed(self, job: Job, row: Row, chunks: Sequence[Chunk]) -> list[Vector]:
        """Vectors of unchanged chunks come from the live generation, in one lookup; only the rest costs tokens."""
        known = self._ports.index.vectors(job.index, row.document, row.live.nonce) if row.live else {}
        fresh = {it.content_hash: it.embedded_text for it in chunks if it.content_hash not in known}
        with self._telemetry.span("embed", stage="embed", **job.ids) as stage:
            tokens = 0
            if fresh:
                made = self._ports.embedder.embed(list(fresh.values()), job.index.model, job.index.dimensions)
                known = {**known, **dict(zip(fresh, made.vectors, strict=True))}
                tokens = made.tokens
            stage.note(chunks=len(chunks), reused=len(chunks) - len(fresh), tokens=tokens)
        return [known[it.content_hash] for it in chunks]

    def _write(self, job: Job, chunks: Sequence[IndexedChunk]) -> bool:
        """Every item acknowledged, or an exception. True when no answer was lost: nothing is in flight any more."""
        settled = True
        with self._telemetry.span("write", stage="write", **job.ids, chunks=len(chunks)):
            for batch in batches(chunks):
                settled &= self._write_batch(job, batch)
        return settled

    def _write_batch(self, job: Job, batch: Sequence[IndexedChunk]) -> bool:
        settled, left = True, list(batch)
        for round_ in range(WRITE_ROUNDS):
            self._still_in_time(job)
            try:
                results = self._ports.index.upload(job.index, left)
            except Retry:
                if round_ == WRITE_ROUNDS - 1:
                    raise
                settled = False
            else:
                done = _done(results, job)
                left = [it for it in left if it.key not in done]
            if not left:
                return settled
            self._ports.wait(0.2 * 2**round_)
        raise Retry("index_partial", f"Document {job.change.document}: the index did not take every chunk.", after=10.0)

    def _still_in_time(self, job: Job) -> None:
        """No write may begin once the host may have given this invocation up."""
        if self._ports.clock() - job.started >= job.limits.function_timeout:
            raise Retry("out_of_time", f"Document {job.change.document}: its worker ran out of time.", after=1.0)

    def _park(self, job: Job, attempt: Generation, why: Park) -> str:
        """Visible in the row, and the queue is done with it. Chunks that were written are swept."""
        self._ports.promise_second_look(job)
        stored = self._ports.ledger.get(job.index, job.change.document)
        parked = Parked(why.reason.value, attempt.version, attempt.revision, self._ports.clock())
        keep_old = job.cabinet.keep_old_when_parked
        self._ports.advance(job, stored, lambda row: protocol.park(row, attempt.nonce, parked, keep_old=keep_old))
        self._telemetry.event("document_parked", **job.ids, code=why.code)
        return self._sweeper.sweep(job).status


def _done(results: Sequence[ItemResult], job: Job) -> set[str]:
    """The keys that are in. An item that no repetition would mend parks the document."""
    if any(not it.done and not it.worth_repeating for it in results):
        raise Park(ParkReason.REJECTED_BY_INDEX, f"Document {job.change.document}: the index refuses a chunk of it.")
    return {it.key for it in results if it.done}
