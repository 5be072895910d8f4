"""`python -m evals [NAME …] [--data DIR] [--json FILE]`."""

import sys

import evals
from evals.harness import main

sys.exit(main(evals))
