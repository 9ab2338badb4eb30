"""The servers: each is started once for the tests of a module, and stopped with all that it started.

A test fills a cell of a table with ``cell(...)``, which compares it with the evidence.
"""

import itertools
import json
import os
import sys
from importlib import metadata
from pathlib import Path

import pytest

from measure.servers.command_lines import COMMANDS
from tests.shared.https import certificate_in
from tests.shared.record import codes, made
from tests.shared.running import ROOT, Servers

RECORD_TO = os.environ.get("RECORD_TO")  # a folder; without it, what is seen is compared with the evidence
EVIDENCE = ROOT / "evidence/servers.json"
PACKAGES = (
    "Django",
    "uvicorn",
    "httptools",
    "daphne",
    "hypercorn",
    "granian",
    "gunicorn",
    "uvicorn-worker",
    "websockets",
    "aioquic",
)
CELLS = pytest.StashKey[dict]()


class Server:
    """A server of the tables: it runs a command for each job that the tests have for it."""

    def __init__(self, name, certificate, start):
        self.name, self.certificate, self.start = name, certificate, start
        self.running, self.numbers = {}, itertools.count()

    @property
    def is_wsgi(self):
        return "oms.wsgi" in COMMANDS[self.name]["run"]

    @property
    def one_at_a_time(self):
        """Whether one worker answers one request after the other."""
        return self.name == "gunicorn, WSGI"

    def run(self, job="run", application=None, fresh=False, folder=ROOT):
        """Give a server that runs the command for a job, or the plain one where there is none for it.

        One that runs already is given again, unless it must be fresh, with nothing served yet.
        """
        command = COMMANDS[self.name].get(job, COMMANDS[self.name]["run"])
        if application:
            command = command.replace("oms.asgi:application", application)
        key = command, next(self.numbers) if fresh else folder
        if key not in self.running or self.running[key].process.poll() is not None:
            for word, value in zip(("CERT", "KEY"), self.certificate, strict=True):
                command = command.replace(word, str(value))
            self.running[key] = self.start(command, folder, "tests.shared.settings")
        return self.running[key]


@pytest.fixture(scope="session")
def certificate(tmp_path_factory):
    """The files of a certificate for 127.0.0.1 and of its key."""
    return certificate_in(tmp_path_factory.mktemp("certificate"))


@pytest.fixture(scope="module", params=COMMANDS)
def server(request, certificate):
    """One server after the other."""
    with Servers() as start:
        yield Server(request.param, certificate, start)


@pytest.fixture(scope="session")
def all_servers(certificate):
    """All servers at once, each by its name."""
    with Servers() as start:
        yield {name: Server(name, certificate, start) for name in COMMANDS}


def pytest_configure(config):
    config.stash[CELLS] = {}


@pytest.fixture
def cell(request, server):
    """Say what a test saw of a server: the evidence has the same, or the test fails."""
    table, row = request.path.stem.removeprefix("test_"), request.node.originalname.removeprefix("test_")

    def cell(seen):
        request.config.stash[CELLS].setdefault(table, {}).setdefault(row, {})[server.name] = seen
        if RECORD_TO:
            return
        recorded = json.loads(EVIDENCE.read_text(encoding="utf-8"))["tables"].get(table, {}).get(row, {})
        if seen != recorded.get(server.name):
            pytest.fail(
                f"{server.name}, {row}: saw “{seen}”, and evidence/servers.json has “{recorded.get(server.name)}”.\n"
                "Where the new is right, run scripts/record servers.",
                pytrace=False,
            )

    return cell


def pytest_sessionfinish(session, exitstatus):
    """Write what was seen where RECORD_TO says."""
    if RECORD_TO and exitstatus == 0 and session.config.stash[CELLS]:
        tables = [f"measure/servers/test_{name}.py" for name in session.config.stash[CELLS]]
        seen = made() | {
            "versions": {"Python": "{}.{}".format(*sys.version_info)}
            | {name: metadata.version(name) for name in PACKAGES},
            "code": codes("measure/servers/command_lines.py", "tests/shared/views.py", *tables),
            "tables": session.config.stash[CELLS],
        }
        text = json.dumps(seen, indent=1) + "\n"
        (Path(RECORD_TO) / EVIDENCE.name).write_text(text, encoding="utf-8")
