"""Redaction: nothing that names or identifies a client reaches the embedding service, the index, a log or a queue.

Plain texts in, plain texts out; knows nothing of ingestion. Importing it is cheap: Presidio loads with the first
document. Pseudonymised data stay personal data: the vault and the key can give the names back.
"""

from redaction.document import Finding
from redaction.errors import RedactionError, VoterAway
from redaction.hostile import HOSTILE
from redaction.policy import POLICIES, REDACTION_VERSION, fingerprint
from redaction.redactor import Mention, Redaction, Redactor

__all__ = [
    "HOSTILE",
    "POLICIES",
    "REDACTION_VERSION",
    "Finding",
    "Mention",
    "Redaction",
    "RedactionError",
    "Redactor",
    "VoterAway",
    "fingerprint",
]
