"""What tests/ and measure/ start: servers, browsers, the site. All of it ends with the test."""

import contextlib
import functools
import http.server
import os
import shutil
import signal
import subprocess
import threading
from urllib.parse import urlsplit

import pytest

from tests.shared.running import ROOT, Servers
from tests.shared.running import free_port as new_port


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args):
    """Use the machine's Chromium where there is one; scripts/install-tools looks for the same names."""
    from playwright.sync_api import expect  # here, for claims are tested in environments without it

    expect.set_options(timeout=60_000)  # milliseconds; a slow machine needs more than the 5,000 of Playwright
    names = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
    if found := next(filter(None, map(shutil.which, names)), None):
        return {**browser_type_launch_args, "executable_path": found}
    return browser_type_launch_args


class PagesHandler(http.server.SimpleHTTPRequestHandler):
    """Serve site/ as GitHub Pages does: below the path of its address, with 404.html for what is missing."""

    prefix = urlsplit(os.environ.get("SITE_URL", "/")).path

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
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(10)
                break
        if process.stdout:
            process.stdout.close()


@pytest.fixture
def start(tmp_path_factory):
    """Start servers, as tests.shared.running.Servers says; they are stopped after the test."""
    with Servers(tmp_path_factory.mktemp) as start:
        yield start
