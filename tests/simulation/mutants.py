from dataclasses import dataclass
MUTANTS: dict = {}
