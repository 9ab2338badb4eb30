import contextlib
import functools
import http.server
import json
import os
import re
import shutil
import signal
import subprocess
import threading
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from running import Running, copy_to
from running import free_port as new_port

ROOT = Path(__file__).resolve().parent.parent

SITE_URL = os.environ.get("SITE_URL", "/")  # the address of the built site


def pytest_terminal_summary(terminalreporter):
    """Name the records that are older than what they are of, with the command that renews each."""
    passed = terminalreporter.stats.get("passed", [])
    stale = [text for report in passed for what, text in report.user_properties if what == "stale"]
    stale += [text for path in sorted((ROOT / "evidence").glob("*.json")) for text in other_versions(path)]
    if stale:
        terminalreporter.section("Records to renew; nothing fails for it")
        for text in stale:
            terminalreporter.write_line(text)


def other_versions(record):
    """Yield a line for each package that is pinned in another version than a record, a file of JSON, was made with."""
    lists = {"weight": ["tests/weight/peers.txt"]}.get(record.stem, ["requirements.txt", "tests/requirements.txt"])
    part = record.stem
    if record.stem.startswith("django-"):
        lists, part = [f"tests/versions/{record.stem.replace('-', '').replace('.', '')}.txt"], "claims"
    pins = re.findall(r"(?m)^([\w.-]+)==(\S+)", "".join((ROOT / name).read_text() for name in lists))
    for package, version in json.loads(record.read_text(encoding="utf-8")).get("versions", {}).items():
        pinned = [pin for name, pin in pins if name == package.lower()]
        if pinned and version not in pinned:
            yield f"evidence/{record.name} has {package} {version}, and {pinned[-1]} is pinned: scripts/record {part}"


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args):
    """Use the machine's Chromium where there is one; tests/install-tools looks for the same names."""
    from playwright.sync_api import expect  # here, for the proofs run in environments without it

    expect.set_options(timeout=60_000)  # milliseconds; a slow machine needs more than the 5,000 of Playwright
    names = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
    if found := next(filter(None, map(shutil.which, names)), None):
        return {**browser_type_launch_args, "executable_path": found}
    return browser_type_launch_args


class PagesHandler(http.server.SimpleHTTPRequestHandler):
    """Serve site/ as GitHub Pages does: below the path of its address, with 404.html for what is missing."""

    prefix = urlsplit(SITE_URL).path

    def translate_path(self, path):
        return super().translate_path(
            path.removeprefix(self.prefix.rstrip("/")) if path.startswith(self.prefix) else "-"
        )

    def send_error(self, code, message=None, explain=None):
        if code != 404:
            return super().send_error(code, message, explain)
        page = (ROOT / "site/404.html").read_bytes()
        self.send_response(404)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(page)))
        self.end_headers()
        self.wfile.write(page)

    def log_message(self, *args):
        pass


@pytest.fixture(scope="session")
def serve_pages():
    """Serve a folder of pages as GitHub Pages does, and give its address; the server stops after the tests."""
    with contextlib.ExitStack() as running:

        def serve(folder):
            handler = functools.partial(PagesHandler, directory=folder)
            server = running.enter_context(http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler))
            threading.Thread(target=server.serve_forever, daemon=True).start()
            running.callback(server.shutdown)
            return f"http://127.0.0.1:{server.server_port}{PagesHandler.prefix}"

        yield serve


@pytest.fixture(scope="session")
def site_url(serve_pages):
    """The address of a running server of site/."""
    return serve_pages(ROOT / "site")


@pytest.fixture(scope="session")
def plain_site(tmp_path_factory):
    """The folder of the site as mkdocs build leaves it, without the steps of scripts/publish."""
    folder = tmp_path_factory.mktemp("plain") / "site"
    subprocess.run(
        [ROOT / ".venv/bin/mkdocs", "build", "--quiet", "--site-dir", folder],
        cwd=ROOT, env={**os.environ, "NO_MKDOCS_2_WARNING": "1"}, check=True,
    )  # fmt: skip
    return folder


@pytest.fixture(scope="session")
def plain_url(serve_pages, plain_site):
    """The address of a running server of the plain site."""
    return serve_pages(plain_site)


@pytest.fixture
def free_ports():
    """Two ports that nothing listens on."""
    return new_port(), new_port()


@pytest.fixture
def free_port(free_ports):
    """A port that nothing listens on."""
    return free_ports[0]


@pytest.fixture
def processes():
    """A list for processes that lead a group of their own; after the test each group is stopped."""
    running = []
    yield running
    for process in running:
        for how in (signal.SIGTERM, signal.SIGKILL):
            if process.poll() is None:
                os.killpg(process.pid, how)
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                continue
            break
        if process.stdout:
            process.stdout.close()


@pytest.fixture
def start(free_port, tmp_path_factory):
    """Start a server with a command and wait until it listens on the free port; it is stopped after the test."""
    running = []

    def start(*command, cwd=ROOT, env=()):
        output = tmp_path_factory.mktemp("server") / "output"
        running.append(Running(command, free_port, output, cwd, env))
        return running[-1]

    yield start
    for server in running:
        server.stop()


@pytest.fixture
def copy(tmp_path):
    """A copy of the tree as it stands, without what Git ignores."""
    return copy_to(tmp_path / "tree")


@pytest.fixture
def installed_copy(copy):
    """A copy of the tree that shares this one's .venv."""
    (copy / ".venv").symlink_to(ROOT / ".venv")
    return copy


@pytest.fixture
def repository(copy):
    """A copy of the tree, committed to a Git repository of its own."""
    git = ["git", "-C", copy, "-c", "user.name=test", "-c", "user.email=test@localhost"]
    subprocess.run([*git, "init", "--quiet", "--initial-branch=main"], check=True)
    subprocess.run([*git, "add", "--all"], check=True)
    subprocess.run([*git, "commit", "--quiet", "--message=Copy the tree"], check=True)
    return copy
