"""How each server starts, stops and shares the work: a test a row of the table, a real process a cell."""

import contextlib
import shutil
import time
from concurrent.futures import ThreadPoolExecutor

import httpx

from tests.shared.running import ROOT, until


def shows_a_change(server, folder, file, old, new):
    """Whether a change in a file of a copy of the project shows in the page, while the server runs."""
    for name in ("oms", "tests/shared"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    running = server.run("reload", folder=folder)
    text = (folder / file).read_text()
    assert "changed" not in httpx.get(f"{running.url}/small").text

    def shows():
        try:
            return "changed" in httpx.get(f"{running.url}/small", timeout=2).text
        except httpx.HTTPError:
            return False

    for _ in range(2):  # a server may not see a change in the moment after its start
        (folder / file).write_text(text.replace(old, new))
        if until(shows, 15):
            return "yes"
    return "no"


def test_reload_of_a_view(server, cell, tmp_path):
    """Reloads after a change of a view: it shows in the page."""
    cell(shows_a_change(server, tmp_path, "tests/shared/views.py", '"process"', '"changed"'))


def test_reload_of_the_settings(server, cell, tmp_path):
    """Reloads after a change of the settings: it shows in the page."""
    change = 'FORCE_SCRIPT_NAME = "/changed"\nROOT_URLCONF'
    cell(shows_a_change(server, tmp_path, "tests/shared/settings.py", "ROOT_URLCONF", change))


def test_several_workers(server, cell):
    """Runs several workers: two processes answer."""
    running = server.run("workers")
    cell("yes" if len(running.answering()) > 1 else "no")


def test_slow_requests(server, cell):
    """Ten requests at once to a synchronous view that waits, WSGI with 20 threads: at once, or one after the other."""
    running = server.run("threads")
    httpx.get(f"{running.url}/small").raise_for_status()
    with ThreadPoolExecutor(10) as pool:
        before = time.monotonic()
        got = list(pool.map(httpx.get, [f"{running.url}/pause?seconds=1"] * 10))
        took = time.monotonic() - before
    assert {answer.text for answer in got} == {"paused"}
    cell("at once" if took < 5 else "one after the other")


def test_graceful_stop(server, cell):
    """Stopped with SIGTERM while 50 clients wait for an answer: how many of them get it."""
    running = server.run(fresh=True)
    view = "wait" if server.is_wsgi else "async-wait"
    request = f"GET /{view}?seconds=1 HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode()
    with contextlib.ExitStack() as stack:
        clients = [stack.enter_context(running.client(seconds=20)) for _ in range(50)]
        for client in clients:
            client.sendall(request)
        assert until(lambda: running.said().count("waiting") == (1 if server.one_at_a_time else 50), 10)
        running.process.terminate()
        answered = 0
        for client in clients:
            try:
                answered += client.recv(65536).startswith(b"HTTP/1.1 200")
            except OSError:
                pass
    cell(f"{answered} of 50")
