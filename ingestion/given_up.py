"""What was given up on, told every few minutes for as long as it is there: nobody looks at a poison queue by himself.

A span `given_up` for each place that holds something, for an alert to be set on. Counts only; what it is, and how it
comes back, is `greffe dead-letters` and `greffe replay`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from ingestion.telemetry import Telemetry


@dataclass(frozen=True, slots=True)
class GivenUp:
    places: Mapping[str, Callable[[], int]]  # how much each holds, about; by a code
    telemetry: Telemetry

    def tell(self) -> int:
        """How much there is in all. Retry: a place cannot be looked at; the ones before it are told."""
        total = 0
        for place, count in self.places.items():
            if held := count():
                self.telemetry.event("given_up", kind=place, rows=held)
                total += held
        return total
