"""One document's texts in, the same texts without what identifies its people out.

Promises: as many texts out as in; names found in any text are hidden in all; overlaps are merged, never dropped;
redacting twice changes nothing; deterministic. Fails closed: `RedactionError`, and then no text at all comes out.
"""

import time
from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import accumulate
from typing import TYPE_CHECKING

from redaction.errors import FailClosed, RedactionError
from redaction.policy import LABELS, Action, Policy, policy_named

if TYPE_CHECKING:
    from redaction.normalise import Normalised
    from redaction.pseudonyms import Pseudonyms
    from redaction.spans import Span

Voter = Callable[[str], "list[Span]"]

MAX_CHARACTERS = 20_000_000  # some 8,000 pages: beyond it the rules would take longer than a message may
MAX_SECONDS = 120.0
_BETWEEN = "\n\n"  # no pattern crosses a blank line, so no finding crosses two texts


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


@dataclass(frozen=True, slots=True)
class Finding:
    """A span of one of the given texts, in its own characters, for evaluations and reports."""

    text: int
    start: int
    end: int
    span: "Span"


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
        """All text fields of one document, in order: title, folder, metadata, blocks, table rows."""
        document = self._read(texts)
        flags = _flags(document)
        if self.policy.silent:
            return Redaction(tuple(texts), (), {}, flags)
        findings = self._chosen(document)
        mentions: dict[Mention, None] = {}
        written = [list[str]() for _ in texts]
        done = [0] * len(texts)
        for finding in findings:
            text = texts[finding.text]
            replacement, said = self._replacement(finding.span, text[finding.start : finding.end])
            written[finding.text] += (text[done[finding.text] : finding.start], replacement)
            done[finding.text] = finding.end
            mentions.update(dict.fromkeys(said))
        out = tuple("".join(pieces) + text[at:] for pieces, text, at in zip(written, texts, done, strict=True))
        counts = Counter(str(finding.span.entity) for finding in findings)
        return Redaction(out, tuple(mentions), dict(sorted(counts.items())), flags)

    def find(self, texts: Sequence[str]) -> tuple[Finding, ...]:
        """Everything that is detected, whatever the policy does with it; may overlap."""
        document = self._read(texts)
        return tuple(finding for span in self._voted(document) for finding in document.split(span))

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

    def _read(self, texts: Sequence[str]) -> "_Document":
        size = sum(map(len, texts))
        if size > self._max_characters:
            raise RedactionError("oversize", f"{size} characters, at most {self._max_characters}")
        return _Document(texts)

    def _chosen(self, document: "_Document") -> list[Finding]:
        """What the policy replaces, disjoint and in order, in the characters of the given texts."""
        from redaction.replace import outside_tokens
        from redaction.spans import Entity, merged

        spans = self._voted(document)
        shields = [span for span in spans if span.entity is Entity.CASE and self._action(span) is Action.KEEP]
        shielded = _Shield(shields)
        acted = [span for span in spans if self._action(span) is not Action.KEEP and not shielded.covers(span)]
        acted = outside_tokens(document.normalised.text, acted)
        findings = [finding for span in merged(acted) for finding in document.split(span)]
        return sorted(findings, key=lambda finding: (finding.text, finding.start))

    def _voted(self, document: "_Document") -> "list[Span]":
        deadline = self._clock() + self._max_seconds
        spans: list[Span] = []
        for name, voter in self._all_voters().items():
            with FailClosed(name):
                spans += voter(document.normalised.text)
            if self._clock() > deadline:
                raise RedactionError("timeout", f"more than {self._max_seconds:g} s")
        return spans

    def _all_voters(self) -> dict[str, Voter]:
        if not self._voters:
            from redaction.recognizer import PresidioVoter

            self._voters = {"presidio": PresidioVoter(), **self._added}
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


class _Document:
    """The texts of one document as one normalised text, and the way back to each."""

    def __init__(self, texts: Sequence[str]) -> None:
        from redaction.normalise import normalise

        self.texts = texts
        self._starts = [0, *accumulate(len(text) + len(_BETWEEN) for text in texts)]
        self.normalised: Normalised = normalise(_BETWEEN.join(texts))

    def split(self, span: "Span") -> list[Finding]:
        """The span in the texts' own characters; one that crosses texts becomes one finding in each."""
        start, end = self.normalised.original(span.start, span.end)
        found: list[Finding] = []
        index = bisect_right(self._starts, start) - 1
        while index < len(self.texts) and self._starts[index] < end:
            base = self._starts[index]
            low, high = max(start - base, 0), min(end - base, len(self.texts[index]))
            if low < high:
                found.append(
                    Finding(index, low, high, span if not found else replace(span, canonical="", given="", surname=""))
                )
            index += 1
        return found


def _flags(document: _Document) -> tuple[tuple[str, ...], ...]:
    from redaction.hostile import flags

    return tuple(flags(text) for text in document.texts)
