"""A certificate authority for loopback. Entra tokens travel on HTTPS only, so the local cloud speaks it too.

Clients trust it through their ordinary environment (`REQUESTS_CA_BUNDLE`, `SSL_CERT_FILE`): no product code knows.
"""

from dataclasses import dataclass
from pathlib import Path

import trustme


@dataclass(frozen=True, slots=True)
class Certificate:
    authority: Path  # what clients trust
    chain: Path  # certificate chain, PEM
    key: Path  # private key, PEM
    bundle: Path  # key and chain in one file, as Python's ssl loads it


def certificate(folder: Path) -> Certificate:
    """Made once per folder, for 127.0.0.1 and localhost."""
    made = Certificate(*(folder / name for name in ("authority.pem", "chain.pem", "key.pem", "server.pem")))
    if made.bundle.exists():
        return made
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    authority = trustme.CA(organization_name="Greffe local cloud")
    leaf = authority.issue_cert("127.0.0.1", "localhost")
    authority.cert_pem.write_to_path(str(made.authority))
    leaf.private_key_pem.write_to_path(str(made.key))
    made.chain.write_bytes(b"".join(blob.bytes() for blob in leaf.cert_chain_pems))
    leaf.private_key_and_cert_chain_pem.write_to_path(str(made.bundle))
    made.bundle.chmod(0o600)
    made.key.chmod(0o600)
    return made
