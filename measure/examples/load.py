"""Measure how many clients each example serves on this machine, and what happens past that.

``python -m measure.examples.load FILE`` takes some minutes. Each module ``load_NAME.py`` has ``LEVELS``, numbers of
clients, and ``measure(clients, seconds)``, which starts the example, lets so many clients use it for some seconds, and
gives the figures of one row, by the heads of their columns. In a round each level has its turn.
"""

import importlib
import json
import sys
from pathlib import Path

from measure.load import load
from tests.shared.record import ROOT, codes

EXAMPLES = ("chat", "notifications", "dashboard", "background", "middleware")


def measure(examples=EXAMPLES, times=3, seconds=5):
    """Take the figures of some examples."""
    measured = [f"measure/examples/load_{name}.py" for name in examples]
    measured += sorted(str(path.relative_to(ROOT)) for name in examples for path in ROOT.glob(f"examples/{name}/*.py"))
    found = load.machine() | {"code": codes(*measured)}
    for name in examples:
        module = importlib.import_module(f"measure.examples.load_{name}")
        rows = {}
        for number in range(1, times + 1):
            for clients in module.LEVELS:
                rows.setdefault(clients, []).append(module.measure(clients, seconds))
            load.progress(f"{name}: round {number} of {times}")
        found[name] = [{"clients": clients, "rounds": rounds} for clients, rounds in rows.items()]
    return found


if __name__ == "__main__":
    load.open_files()
    Path(sys.argv[1]).write_text(json.dumps(measure(), indent=1) + "\n", encoding="utf-8")
