"""Looks for bytes that a reader answers with anything but blocks or a typed refusal. Outside CI, guided by coverage.

    python -m tests.fuzz.hunt a.docx --seconds 300
    python -m tests.fuzz.hunt a.msg --seed FOLDER

`--seed` names a file, or a folder whose files of that kind are begun with, too. Needs `atheris`
(not among our requirements). A find is written to the current folder by libFuzzer as `crash-…`: keep what it shows as
a test.
"""

import argparse
import importlib
import sys
import tempfile
from contextlib import suppress
from pathlib import Path


def main() -> None:
    parser = argparse.ArgumentParser(description="Fuzz one parser entry.")
    parser.add_argument("entry", help="a file name of tests/fuzz/seeds.py, or der")
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--seed", type=Path, default=None)
    asked = parser.parse_args()
    atheris = importlib.import_module("atheris")
    with atheris.instrument_imports(include=["ingestion", "chunking"]):
        seeds = importlib.import_module("tests.fuzz.seeds")
    park = importlib.import_module("ingestion.errors").Park
    read = seeds.ENTRIES[asked.entry]

    def once(data: bytes) -> None:
        with suppress(park):
            read(data)

    with tempfile.TemporaryDirectory() as corpus:
        (Path(corpus) / "seed").write_bytes(seeds.SEEDS.get(asked.entry, seeds.SEEDS["a.p7m"]))
        for number, found in enumerate(_given(asked.seed, Path(asked.entry).suffix)):
            (Path(corpus) / f"seed{number}").write_bytes(found.read_bytes())
        bounds = [f"-max_total_time={asked.seconds}", "-timeout=20", "-rss_limit_mb=2048"]
        atheris.Setup([sys.argv[0], corpus, *bounds], once)
        atheris.Fuzz()


def _given(place: Path | None, suffix: str) -> list[Path]:
    if place is None:
        return []
    return sorted(place.rglob(f"*{suffix}")) if place.is_dir() else [place]


if __name__ == "__main__":
    main()
