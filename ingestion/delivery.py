"""What a failure means for the message that met it: come back later, counted or not, or be done with.

`Busy` is not a failure, and a service that says when to come back knows better than the queue: both are sent again with
the delay, and the delivery is acknowledged. Every other failure leaves by exception: the queue counts it, brings it
back, and in the end shows it as poison, where an operator finds it and replays it.

What is sent again is another message, with an id of its own: the row's owner tells a message that the queue brought
back, whose first delivery died, from one that lives beside it. Two copies under one id took the document from each
other for ever.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

from ingestion.audit import HOUSE
from ingestion.errors import Busy, GreffeError, Refuse, Retry
from ingestion.failures import Failed, stripped
from ingestion.intake import new_id
from ingestion.model import Change, ChangeKind
from ingestion.ports import Audit, Queue
from ingestion.telemetry import Telemetry

LOOKS = (
    ChangeKind.CHANGED,
    ChangeKind.DELETED,
    ChangeKind.LOOK_AGAIN,
    ChangeKind.READ_AGAIN,
    ChangeKind.RECONCILE,
)
MAX_DELAY = 300.0  # seconds; a throttled service that asks for more is asked again before


@dataclass(frozen=True, slots=True)
class Delivery:
    handle: Callable[[Change, Queue], str]
    telemetry: Telemetry
    audit: Audit
    max_attempts: int
    ids: Callable[[], str] = new_id

    def deliver(self, change: Change, queue: Queue) -> str:
        """The outcome, as a code.

        Raises:
            Failed: the queue must count this delivery and bring the message back.
        """
        try:
            return self._acted_on(change, queue)
        except GreffeError as error:
            self._note(change, "failed", error)
            raise Failed(error.code) from None
        except Exception as bug:  # noqa: BLE001 - not handled, only stripped: its text and its chain may quote a document
            self.telemetry.event(
                "bug", document=_which(change), correlation=change.correlation, error=type(bug).__name__
            )
            raise stripped(bug) from None

    def _acted_on(self, change: Change, queue: Queue) -> str:
        """What is not for the queue to count ends here. All else goes on, as does what fails while it is acted on."""
        try:
            return self.handle(change, queue)
        except Busy as busy:
            queue.send(replace(change, id=self.ids()), delay=min(busy.after, MAX_DELAY))
            return self._note(change, "busy", busy)
        except Retry as retry:
            if retry.after is None or change.attempt >= self.max_attempts:
                raise
            again = replace(change, id=self.ids(), attempt=change.attempt + 1)
            queue.send(again, delay=self._delay(change, retry.after))
            return self._note(change, "again", retry)
        except Refuse as refusal:
            self.audit.record(HOUSE, "refused", source=change.source, document=change.document, code=refusal.code)
            return self._note(change, "refused", refusal)

    def _delay(self, change: Change, asked: float) -> float:
        """At least what was asked, and longer each time."""
        return min(asked * (1.0 + change.attempt / 2), MAX_DELAY)

    def _note(self, change: Change, outcome: str, error: GreffeError) -> str:
        self.telemetry.event(
            "delivery",
            cabinet=change.cabinet,
            document=_which(change),
            correlation=change.correlation,
            outcome=outcome,
            code=error.code,
            attempt=change.attempt,
        )
        return outcome


def replayed(change: Change) -> Change:
    """What an operator sends again. A look at a document reads again what is parked; all else is asked for as it was:

    a comparison of a source replayed as a mere look at it would be lost, and so would a sweep.
    """
    looks = change.document and change.kind in LOOKS
    return replace(change, kind=ChangeKind.REPLAY if looks else change.kind, attempt=0)


def _which(change: Change) -> str:
    return change.document or "whole-source"
