"""`python -m bench [NAME …] [--data DIR] [--json FILE]`."""

import sys

import bench
from evals.harness import main

sys.exit(main(bench))
