"""`python -m tests.chaos [--seconds N] [--kills N] [--seed S] [--json FILE]`: the real local cloud under kill −9.

Uploads, edits, deletions, erasures and replays on three cabinets, while worker processes are killed and everything
around them is restarted, throttled and stopped; then quiet, then every index is held against its source. Exit code 1
when one of the counts that must be 0 is not.
"""

import argparse
import json
import sys
import tempfile
from pathlib import Path

from tests.chaos.driver import MUST_BE_ZERO, run


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    parser.add_argument("--seconds", type=float, default=120.0, help="how long the weather is bad, at the least")
    parser.add_argument("--kills", type=int, default=0, help="go on until so many processes were killed")
    parser.add_argument("--seed", type=int, default=0, help="of what is done to whom; timing is the machine's")
    parser.add_argument("--json", type=Path, help="write the counts to this file")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="greffe-chaos-") as home:
        counts = run(Path(home), seconds=options.seconds, kills=options.kills, seed=options.seed)
    for name, count in counts.items():
        print(f"  {name:<28} {count}")
    if options.json:
        options.json.write_text(json.dumps({"chaos": counts}, indent=2) + "\n")
    return 1 if any(counts[name] for name in MUST_BE_ZERO) else 0


sys.exit(main())
