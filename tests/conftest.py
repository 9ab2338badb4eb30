import functools
import http.server
import os
import shutil
import signal
import socket
import subprocess
import threading
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from running import Running

ROOT = Path(__file__).resolve().parent.parent

SITE_URL = os.environ.get("SITE_URL", "/")  # the address of the built site


def pytest_configure(config):
    """Refuse settings that leave tests out: a test of them would be left out as well."""
    if not config.getoption("numprocesses", None):  # xdist's workers inherit it first
        os.environ.pop("SITE_URL", None)  # what the tests start builds and serves for itself, at MkDocs's own address
    whole = {
        "testpaths": ["tests"],
        "addopts": ["-ra", "--strict-config", "--strict-markers"],
        "empty_parameter_set_mark": "fail_at_collect",
        "python_files": ["test_*.py", "*_test.py"],
        "python_functions": ["test"],
        "norecursedirs": ["*.egg", ".*", "_darcs", "build", "CVS", "dist", "node_modules", "venv", "{arch}"],
    }
    settings = {name: config.getini(name) for name in whole}
    if settings != whole:
        raise pytest.UsageError(f"pytest.ini has {settings}, which may leave tests out; restore {whole}")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport():
    return fail_when_skipped((yield))


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report():
    return fail_when_skipped((yield))


def fail_when_skipped(report):
    """Turn a skip, and a test that is expected to fail, into a failure: neither proves anything."""
    if report.skipped or hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"skipped, or expected to fail: {report.longrepr}\nMake the test run, or delete it."
        vars(report).pop("wasxfail", None)  # pytest counts no failure that has it
    return report


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args):
    """Use the machine's Chromium where there is one; tests/install-tools looks for the same names."""
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

    def end_headers(self):
        self.send_header("LinkChecker", "ok")  # lifts LinkChecker's limit of ten requests a second
        super().end_headers()

    def log_message(self, *args):
        pass


@pytest.fixture(scope="session")
def site_url():
    """The address of a running server of site/."""
    handler = functools.partial(PagesHandler, directory=ROOT / "site")
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}{PagesHandler.prefix}"
        server.shutdown()


@pytest.fixture
def free_ports():
    """Two ports that nothing listens on."""
    with socket.create_server(("127.0.0.1", 0)) as one, socket.create_server(("127.0.0.1", 0)) as other:
        return one.getsockname()[1], other.getsockname()[1]


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
    tree = tmp_path / "tree"
    names = subprocess.check_output(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], cwd=ROOT, text=True
    )
    for name in filter(None, names.split("\0")):
        if (ROOT / name).exists():
            (tree / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, tree / name)
    return tree


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
