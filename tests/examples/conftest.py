"""The examples, started as their pages say, and used in browsers as their readers would.

``@pytest.mark.journey`` runs with each change. The others take seconds: scripts/record examples runs them.

``@pytest.mark.fault(what, seen)`` is a row of the page's table: what was done to the example, and what its readers saw of it,
which the test asserts. The record has the row where the test has passed.
"""

import contextlib
import io
import json
import os
import shutil
import subprocess
import sys
import tempfile
from importlib import metadata
from pathlib import Path

import pytest
from PIL import Image

from tests.shared.network import Network
from tests.shared.record import codes, made
from tests.shared.running import REDIS, ROOT

HERE = Path(__file__).parent
RECORDS = "RECORD_TO" in os.environ  # scripts/record makes the pictures and the figures of the pages
PICTURES = ROOT / "docs/assets/examples"
VERSIONS = "Django", "uvicorn", "channels", "channels-redis", "django-tasks-db"
FAULTS = pytest.StashKey[dict]()  # what was tried in this run: {"chat": [["what was done", "what readers saw"]]}
CHROMIUM = pytest.StashKey[str]()


@pytest.fixture(scope="session", autouse=True)
def chromium(request, browser):
    """Keep the browser's version for the record."""
    request.config.stash[CHROMIUM] = browser.version


@pytest.hookimpl(tryfirst=True)  # before tests are chosen by their marks
def pytest_collection_modifyitems(config, items):
    """Collect the rows, in the order of the tests; leave to the record what is no journey."""
    rows = config.stash[FAULTS] = {}
    for item in items:
        if item.path.parent != HERE:
            continue
        if not item.get_closest_marker("journey"):
            item.add_marker("recorded")
        for mark in item.iter_markers("fault"):
            page = item.path.stem.removeprefix("test_")
            rows.setdefault(page, {})[mark.args] = f"{item.location[0]}::{item.originalname}"


def pytest_sessionfinish(session, exitstatus):
    """Write the rows where RECORD_TO says. All tests have passed, or scripts/record keeps nothing."""
    if RECORDS and exitstatus == 0:
        rows = session.config.stash[FAULTS]
        versions = {"Chromium": session.config.stash[CHROMIUM]} | {name: metadata.version(name) for name in VERSIONS}
        record = made() | {
            "versions": versions,
            "code": codes(*sorted({test for page in rows.values() for test in page.values()})),
            "faults": {page: list(found) for page, found in rows.items()},
        }
        path = Path(os.environ["RECORD_TO"]) / "examples-faults.json"
        path.write_text(json.dumps(record, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


@pytest.fixture
def project(tmp_path):
    """A copy of the project and its examples, with no database yet."""
    for folder in ("oms", "examples"):
        shutil.copytree(ROOT / folder, tmp_path / folder, ignore=shutil.ignore_patterns("__pycache__"))
    return tmp_path


@pytest.fixture
def example(project, start):
    """Start an example by its name, with uvicorn as its page does; each call starts one more process.

    Its tables are made before the first, if options of ``migrate`` are given.
    """
    migrated = set()

    def example(name, *options, port=None, migrate=None, **environment):
        settings = f"examples.{name}.settings"
        if migrate is not None and name not in migrated:
            command = [sys.executable, "-m", "django", "migrate", *migrate, "--settings", settings]
            subprocess.run(command, cwd=project, check=True, capture_output=True)
            migrated.add(name)
        command = f"uvicorn examples.{name}.asgi:application --port PORT {' '.join(map(str, options))}"
        return start(command, project, settings, port, **environment)

    return example


@pytest.fixture
def visitor(browser):
    """Open a browser window of its own for each visitor, with no cookies of another; give its page."""
    contexts = []

    def visitor(**options):
        contexts.append(browser.new_context(**({"viewport": {"width": 420, "height": 480}} | options)))
        return contexts[-1].new_page()

    yield visitor
    for context in contexts:
        context.close()


@pytest.fixture
def network():
    """Lay a network to a server; each call lays one more."""
    with contextlib.ExitStack() as stack:
        yield lambda server: stack.enter_context(contextlib.closing(Network(server)))


@pytest.fixture
def redis(start, tmp_path):
    """The address of a Redis of this test's own."""
    return f"redis://127.0.0.1:{start([*REDIS, '--dir', tmp_path], tmp_path).port}/0"


@pytest.fixture
def postgres(start):
    """A PostgreSQL of this test's own, as Django's settings name it, and a way to ask it."""
    import psycopg  # here, for scripts/test does not install it

    programs = shutil.which("initdb") or max(map(str, Path("/usr/lib/postgresql").glob("*/bin/initdb")))
    initdb, server = (Path(programs).with_name(name) for name in ("initdb", "postgres"))
    with tempfile.TemporaryDirectory() as folder:
        user = []
        if os.getuid() == 0:  # it refuses to run as root
            shutil.chown(folder, "postgres")
            user = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"]
        options = ["--pgdata", f"{folder}/data", "--username=postgres", "--auth=trust", "--no-sync"]
        subprocess.run([*user, initdb, *options], check=True, capture_output=True)
        running = start([*user, server, "-D", f"{folder}/data", "-p", "PORT", "-k", folder], folder)
        assert running.says("ready to accept connections")
        running.settings = {
            "ENGINE": "django.db.backends.postgresql", "NAME": "postgres", "USER": "postgres", "HOST": "127.0.0.1",
            "PORT": running.port,
        }  # fmt: skip
        with psycopg.connect(host="127.0.0.1", port=running.port, user="postgres", autocommit=True) as connection:
            running.ask = lambda question: connection.execute(question).fetchone()[0]
            yield running
        running.kill()


@pytest.fixture
def picture():
    """Take the picture that a page shows, of some windows side by side; without scripts/record it must be there."""

    def picture(name, *windows):
        for theme in ("light", "dark"):
            for window in windows:
                window.emulate_media(color_scheme=theme)
            shots = [Image.open(io.BytesIO(window.screenshot())).convert("RGB") for window in windows]
            whole = Image.new("RGB", (sum(s.width for s in shots) + 12 * (len(shots) - 1), shots[0].height), "gray")
            for number, shot in enumerate(shots):
                whole.paste(shot, (sum(s.width + 12 for s in shots[:number]), 0))
            path = PICTURES / f"{name}-{theme}.png"
            if RECORDS:
                path.parent.mkdir(parents=True, exist_ok=True)
                whole.quantize(64).save(path, optimize=True)
            with Image.open(path) as shown:
                assert shown.size == whole.size, f"{path} is of another page; run scripts/record examples"

    return picture
