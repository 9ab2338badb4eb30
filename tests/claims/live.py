"""What servers answer and log, and a browser, for the errors that only they give."""

import contextlib
import itertools
import json
import re
import shutil
from pathlib import Path

import httpx
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect

from tests.shared.running import Running, free_port, until

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
PLAYWRIGHTS = Path.home().glob(".cache/ms-playwright/chromium-*/chrome-linux*/chrome")
CHROMIUM = next(filter(None, [*map(shutil.which, NAMES), *PLAYWRIGHTS]), None)

# An application that accepts what Django refuses, for mutations.
ACCEPTS = """
async def application(scope, receive, send):
    await receive()
    await send({"type": scope["type"] + (".accept" if scope["type"] == "websocket" else ".startup.complete")})
    await receive()
_ = """


def opened(server, path="/ws/chat/", messages=(), answers=0, origin="http://localhost", between=lambda: None, tls=None):
    """Open a WebSocket, send messages and wait for answers; give the last, or how it was closed or not opened.

    What is to be done between the first answer and the next can be given too.
    """
    address = f"{'wss' if tls else 'ws'}://127.0.0.1:{server.port}{path}"
    try:
        with connect(address, origin=origin, ssl=tls, proxy=None, open_timeout=60) as client:
            last = "opened"
            try:
                for message in messages:
                    client.send(message)
                for _ in range(answers):
                    last = client.recv(60)
                    between()
            except ConnectionClosed as error:
                return f"closed with code {client.close_code}: {error}"
            return last
    except InvalidStatus as error:
        return f"HTTP {error.response.status_code}"


def logged(server, pattern, seconds=30):
    """What a server logged that has a pattern, waited for; or nothing."""
    found = server.says(pattern, seconds)
    return found[0] if found else ""


ERROR = r"(?m)^[\w.]+Error: .*"


def error(server, seconds=30):
    """The last error that a server logged, as the end of its traceback has it."""
    return logged(server, f"{ERROR}\n", seconds) and re.findall(ERROR, server.said())[-1] or "no error"


class Chromium:
    """A browser that does what its debugging protocol says; example.com is this machine, with a port for HTTPS."""

    def __init__(self, folder, https=443):
        port = free_port()
        hosts = f"MAP example.com:443 127.0.0.1:{https}, MAP example.com 127.0.0.1"
        options = ["--headless", "--no-sandbox", "--ignore-certificate-errors", f"--remote-debugging-port={port}"]
        options += [f"--user-data-dir={folder}", f"--host-resolver-rules={hosts}", "about:blank"]
        self.open = contextlib.ExitStack()
        self.running = Running([CHROMIUM, *options], port, folder / "output")
        self.open.callback(self.running.stop)
        (page, *_) = until(self.pages)
        self.socket = self.open.enter_context(connect(page["webSocketDebuggerUrl"], proxy=None, max_size=None))
        self.numbers, self.console = itertools.count(1), []
        for domain in ("Log", "Page", "Runtime"):
            self.tell(f"{domain}.enable")

    def pages(self):
        return [page for page in httpx.get(f"{self.running.url}/json").json() if page["type"] == "page"]

    def tell(self, method, **params):
        """Send a command, and give its result; keep what the console says meanwhile."""
        number = next(self.numbers)
        self.socket.send(json.dumps({"id": number, "method": method, "params": params}))
        while (event := self.hear()).get("id") != number:
            pass
        return event["result"]

    def hear(self, seconds=60):
        event = json.loads(self.socket.recv(seconds))
        if event.get("method") == "Log.entryAdded":
            self.console.append(event["params"]["entry"]["text"])
        return event

    def visit(self, address):
        """Go to an address; give the error that the browser shows instead of a page, or nothing."""
        error = self.tell("Page.navigate", url=address).get("errorText", "")
        while not error and self.hear().get("method") != "Page.loadEventFired":
            pass
        return error

    def run(self, script):
        """Run JavaScript in the page; give the value of its last line, or of the promise there, or its error."""
        got = self.tell("Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True)
        return got["result"].get("value", got["result"].get("description"))

    def says(self, word):
        """Wait until the console has an entry with a word; give the entry."""
        while not (found := [entry for entry in self.console if word in entry]):
            self.hear()
        return found[-1]

    def stop(self):
        self.open.close()


def heading(response):
    """The status of a response and the title of its page."""
    title = re.search("<title>(.*?)</title>", response.text, re.DOTALL)
    return f"{response.status_code}" + (f", {' '.join(title[1].split())}" if title else "")
