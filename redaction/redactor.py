"""One document's texts in, the same texts without what identifies its people out.

Promises: as many texts out as in; names found in any text are hidden in all; overlaps are merged, never dropped;
redacting twice changes nothing; deterministic. Fails closed: `RedactionError`, and then no text at all comes out.
"""

import time
from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from redaction.document import Document, Finding, Written
from redaction.errors import FailClosed, RedactionError
from redaction.policy import LABELS, Action, Policy, policy_named

if TYPE_CHECKING:
    from redaction.pseudonyms import Pseudonyms
    from redaction.spans import Span

Voter = Callable[[str], "list[Span]"]

MAX_CHARACTERS = 20_000_000  # some 8,000 pages: beyond it the rules would take longer than a message may
MAX_SECONDS = 120.0
READINGS = 8  # of one document: each but the last replaces something, and two are enough for nearly all
AT_ONCE = 4_000  # characters: a page or less is read again as a whole
OWN = "presidio"  # the voter that is always there


@dataclass(frozen=True, slots=True)
class Mention:
    """For the vault: what a token stands for, as it was written."""

    token: str
    kind: str  # an Entity, or "GIVEN" / "SURNAME" for the parts of a person's name
    surface: str = field(repr=False)  # a name: no log line shows it by accident


@dataclass(frozen=True, slots=True)
class Redaction:
    texts: tuple[str, ...]
    mentions: tuple[Mention, ...]
    counts: Mapping[str, int]  # per entity that was replaced: safe for telemetry
    flags: tuple[tuple[str, ...], ...]  # per text


class Redactor:
    """Redacts under one policy and one cabinet's secret. Cheap to make; Presidio is loaded on the first document."""

    def __init__(
        self,
        policy: str,
        secret: bytes,
        *,
        voters: Mapping[str, Voter] | None = None,
        max_characters: int = MAX_CHARACTERS,
        max_seconds: float = MAX_SECONDS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.policy: Policy = policy_named(policy)
        self._secret = secret
        self._added = dict(voters or {})
        self._max_characters = max_characters
        self._max_seconds = max_seconds
        self._clock = clock
        self._voters: dict[str, Voter] = {}
        self._pseudonyms: Pseudonyms | None = None

    def redact(self, texts: Sequence[str]) -> Redaction:
        """All text fields of one document, in order: title, folder, metadata, blocks, table rows.

        What stands around a word tells whom it names, and a token is read as no name. So what was redacted is read
        again as it stands now, by our own rules, until nothing more is found in it.
        """
        document = self._read(texts)
        flags = _flags(document)
        if self.policy.silent:
            return Redaction(tuple(texts), (), {}, flags)
        deadline = self._clock() + self._max_seconds
        mentions: dict[Mention, None] = {}
        counts: Counter[str] = Counter()
        findings = self._chosen(document, self._voted(document, deadline))
        for _ in range(READINGS):
            if not findings:
                return Redaction(tuple(document.texts), tuple(mentions), dict(sorted(counts.items())), flags)
            counts.update(str(finding.span.entity) for finding in findings)
            document = self._written(document, findings, mentions)
            findings = self._left(document, deadline)
        raise RedactionError("timeout", f"not settled after {READINGS} readings")

    def _written(self, document: Document, findings: Sequence[Finding], mentions: dict[Mention, None]) -> Document:
        """The document with its findings replaced, what they hide added to `mentions`."""
        written = [Written(text) for text in document.texts]
        for finding in findings:
            surface = document.texts[finding.text][finding.start : finding.end]
            replacement, said = self._replacement(finding.span, surface)
            written[finding.text].replace(finding.start, finding.end, replacement)
            mentions.update(dict.fromkeys(said))
        return Document([it.text for it in written], [it.places for it in written])

    def _left(self, document: Document, deadline: float) -> list[Finding]:
        """What is found in a redacted document. In a long one only if it is found beside what was written, too."""
        if document.size > AT_ONCE:
            beside = Document(document.beside_what_was_written())
            if not self._chosen(beside, self._voted(beside, deadline, own=True)):
                return []
        return self._chosen(document, self._voted(document, deadline, own=True))

    def find(self, texts: Sequence[str]) -> tuple[Finding, ...]:
        """Everything that is detected, whatever the policy does with it; may overlap."""
        document = self._read(texts)
        spans = self._voted(document, self._clock() + self._max_seconds)
        return tuple(finding for span in spans for finding in document.split(span))

    def redact_query(self, text: str, known: Callable[[str], bool] | None = None) -> str:
        """A question as the index knows it; `known` says whether a token is in the cabinet's token set."""
        from redaction.query import with_known

        redacted = self.redact((text,)).texts[0]
        if known is None or self.policy.silent:
            return redacted
        return with_known(self.pseudonyms, redacted, known)

    def tokens_of_query(self, text: str) -> frozenset[str]:
        """Every token that a word or a run of words of a question could be, so that they are looked up at once."""
        from redaction.query import candidates

        if self.policy.silent:
            return frozenset()
        return candidates(self.pseudonyms, self.redact((text,)).texts[0])

    @property
    def pseudonyms(self) -> "Pseudonyms":
        if self._pseudonyms is None:
            from redaction.pseudonyms import Pseudonyms

            self._pseudonyms = Pseudonyms(self._secret)
        return self._pseudonyms

    def _read(self, texts: Sequence[str]) -> Document:
        size = sum(map(len, texts))
        if size > self._max_characters:
            raise RedactionError("oversize", f"{size} characters, at most {self._max_characters}")
        return Document(texts)

    def _chosen(self, document: Document, spans: "list[Span]") -> list[Finding]:
        """What the policy replaces, disjoint and in order, in the characters of the given texts."""
        from redaction.replace import outside_tokens
        from redaction.spans import Entity, merged

        shields = [span for span in spans if span.entity is Entity.CASE and self._action(span) is Action.KEEP]
        shielded = _Shield(shields)
        acted = [span for span in spans if self._action(span) is not Action.KEEP and not shielded.covers(span)]
        acted = outside_tokens(document.normalised.text, acted)
        findings = [finding for span in merged(acted) for finding in document.split(span)]
        return sorted(findings, key=lambda finding: (finding.text, finding.start))

    def _voted(self, document: Document, deadline: float, *, own: bool = False) -> "list[Span]":
        """What the voters say; `own`: our own rules alone."""
        voters = self._all_voters()
        spans: list[Span] = []
        for name, voter in {OWN: voters[OWN]}.items() if own else voters.items():
            with FailClosed(name):
                spans += voter(document.normalised.text)
            if self._clock() > deadline:
                raise RedactionError("timeout", f"more than {self._max_seconds:g} s")
        return spans

    def _all_voters(self) -> dict[str, Voter]:
        if not self._voters:
            from redaction.recognizer import PresidioVoter

            self._voters = {OWN: PresidioVoter(), **self._added}
        return self._voters

    def _action(self, span: "Span") -> Action:
        return self.policy.action(span.entity, span.role)

    def _replacement(self, span: "Span", surface: str) -> tuple[str, list[Mention]]:
        from redaction.replace import replacement

        if self._action(span) is Action.MASK:
            return LABELS[span.entity], []
        pairs = replacement(self.pseudonyms, span, surface)
        return " ".join(token for token, _, _ in pairs), [Mention(*pair) for pair in pairs]


class _Shield:
    """Spans that the policy keeps whole, so that a case number is not half taken for a telephone number."""

    def __init__(self, spans: "Sequence[Span]") -> None:
        self._spans = sorted((span.start, span.end) for span in spans)
        self._starts = [start for start, _ in self._spans]

    def covers(self, span: "Span") -> bool:
        index = bisect_right(self._starts, span.start) - 1
        return index >= 0 and span.end <= self._spans[index][1]


def _flags(document: Document) -> tuple[tuple[str, ...], ...]:
    from redaction.hostile import flags

    return tuple(flags(text) for text in document.texts)
