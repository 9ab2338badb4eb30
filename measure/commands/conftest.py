"""Keeps which console blocks were run, and when: tests/conftest.py names those that have changed since."""

import json
import os
import sys
from importlib import metadata
from pathlib import Path

from measure.commands.reader import RUN
from tests.shared.record import codes, made


def pytest_sessionfinish(session, exitstatus):
    """Write it where RECORD_TO says."""
    if "RECORD_TO" in os.environ and exitstatus == 0:
        versions = {"Python": "{}.{}".format(*sys.version_info)}
        versions |= {name: metadata.version(name) for name in ("Django", "uvicorn")}
        record = made() | {"versions": versions, "code": codes(*sorted(f"docs/{page}" for page in RUN))}
        path = Path(os.environ["RECORD_TO"]) / "commands.json"
        path.write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
