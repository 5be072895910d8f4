"""Where spans go in Azure: Application Insights, with an Entra token and never an ingestion key alone."""

from azure.core.credentials import TokenCredential
from azure.monitor.opentelemetry.exporter import AzureMonitorTraceExporter
from opentelemetry.sdk.trace.export import SpanExporter


def exporter(connection_string: str, credential: TokenCredential) -> SpanExporter:
    """The connection string names the resource; the credential is what lets us write to it."""
    made: SpanExporter = AzureMonitorTraceExporter(connection_string=connection_string, credential=credential)
    return made
