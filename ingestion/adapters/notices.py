"""The alarm bell: what an operator must hear of is published to an Event Grid topic, ids and codes only.

Whoever is on call subscribes there (a mail, a ticket, a pager). The audit log is written first and stays the record; a
notice that cannot be published is an error of its caller, who comes again.
"""

from azure.core.credentials import TokenCredential
from azure.eventgrid import EventGridEvent, EventGridPublisherClient

from ingestion.adapters.transport import SharedTransport, storage_errors
from ingestion.ports import Audit

ALARMS = {
    "deletion_breaker": "Greffe.DeletionsHeldBack",
    "refused": "Greffe.MessageRefused",
    "erasure_certified": "Greffe.ErasureCertified",
}
DATA_VERSION = "1"


class NoticedAudit:
    """The port `Audit`: every entry goes to the log, and those of `ALARMS` to the topic as well."""

    def __init__(self, log: Audit, topic_url: str, credential: TokenCredential, transport: SharedTransport) -> None:
        self._log = log
        self._topic = EventGridPublisherClient(topic_url, credential, **transport.core())

    def record(self, cabinet: str, action: str, **fields: str | int | float) -> None:
        self._log.record(cabinet, action, **fields)
        if action in ALARMS:
            with storage_errors("the topic of notices: publishing"):
                self._topic.send(EventGridEvent(f"/cabinets/{cabinet}", ALARMS[action], fields, DATA_VERSION))
