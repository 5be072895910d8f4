"""Looks for bytes that a reader answers with anything but blocks or a typed refusal. Outside CI, guided by coverage.

    python -m tests.fuzz.hunt a.docx --seconds 300

Needs `atheris` (not among our requirements). A find is written to the current folder by libFuzzer as `crash-…`: keep
what it shows as a test.
"""

import argparse
import importlib
import sys
import tempfile
from contextlib import suppress
from pathlib import Path

from ingestion.errors import Park
from tests.fuzz.seeds import ENTRIES, SEEDS


def main() -> None:
    parser = argparse.ArgumentParser(description="Fuzz one parser entry.")
    parser.add_argument("entry", choices=sorted(ENTRIES))
    parser.add_argument("--seconds", type=int, default=60)
    asked = parser.parse_args()
    atheris = importlib.import_module("atheris")
    read = ENTRIES[asked.entry]

    def once(data: bytes) -> None:
        with suppress(Park):
            read(data)

    with tempfile.TemporaryDirectory() as corpus:
        (Path(corpus) / "seed").write_bytes(SEEDS.get(asked.entry, SEEDS["a.p7m"]))
        atheris.instrument_all()
        atheris.Setup(
            [sys.argv[0], corpus, f"-max_total_time={asked.seconds}", "-timeout=20", "-rss_limit_mb=2048"], once
        )
        atheris.Fuzz()


if __name__ == "__main__":
    main()
