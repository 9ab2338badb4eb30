"""The tests of docs/servers.md: each is named for its mark there, and its docstring is the sentence before the mark.

They are short: measure/load/load.py measures the same at length.
"""

import asyncio
import time

import httpx
import pytest
from asgiref.sync import SyncToAsync
from clients import get, run
from django.core.asgi import get_asgi_application

from oms import settings
from tests.shared.running import until

VIEWS = "tests/shared/views.py"
WAIT = 0.2  # seconds
UVICORN = "uvicorn oms.asgi:application --port PORT"
GUNICORN = "gunicorn oms.wsgi:application --bind 127.0.0.1:PORT --threads"


@pytest.fixture
def serve(serve):
    """Start a server with the views of tests/shared, or give the one that runs."""
    return lambda command: serve(command, settings="tests.shared.settings")


async def ask(server, path):
    """Ask for a page over a connection of its own; give the time of the answer."""
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    writer.write(f"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode())
    assert (await reader.readline()).split()[1] == b"200"
    await reader.read()
    writer.close()
    return time.monotonic()


def seconds_of(server, path, times, at_once=True):
    """Ask for a page some times, at once or one after the other; give how long it took."""

    async def all_of_them():
        await ask(server, "/small")  # the first answer takes longer
        before = time.monotonic()
        if at_once:
            await asyncio.gather(*(ask(server, path) for _ in range(times)))
        else:
            for _ in range(times):
                await ask(server, path)
        return time.monotonic() - before

    return run(all_of_them())


def pace(server, path):
    """Say how 20 requests at once fare that each wait."""
    seconds = seconds_of(server, f"{path}?seconds={WAIT}", 20)
    return "at once" if seconds < 20 * WAIT / 4 else "one after the other" if seconds >= 20 * WAIT else "neither"


@pytest.mark.mutation(VIEWS, "await asyncio.sleep(seconds(request))", "time.sleep(seconds(request))")
@pytest.mark.recorded
def test_waits_at_once(saw, serve):
    """Yes. One worker of an ASGI server serves many of them at once."""
    said = pace(serve(UVICORN), "/async-pause")
    saw(f"20 requests to a view that waits {WAIT} s with `await`, one worker of uvicorn", said, "at once")


@pytest.mark.mutation(VIEWS, "time.sleep(seconds(request))", "compute(request)")
@pytest.mark.recorded
def test_threads_do_as_well(saw, serve):
    """A WSGI server does too, if it has a thread for each request that waits."""
    for threads, expected in ((20, "at once"), (1, "one after the other")):
        said = pace(serve(f"{GUNICORN} {threads}"), "/pause")
        saw(f"20 requests to a view that waits {WAIT} s, `--threads {threads}`", said, expected)


@pytest.mark.mutation(VIEWS, "time.sleep(seconds(request))", "compute(request)")
@pytest.mark.recorded
def test_sync_views_wait_too(saw, serve):
    """No, if the WSGI server has enough threads. An ASGI server runs each request in its own thread, and they wait at
    once.
    """
    said = pace(serve(UVICORN), "/pause")
    saw(f"20 requests to a synchronous view that waits {WAIT} s, one worker of uvicorn", said, "at once")


@pytest.mark.mutation(VIEWS, "return compute(request)", "return await asyncio.to_thread(compute, request)")
def test_computing_blocks(saw, start, project):
    """No, and an asynchronous one does harm: while it computes on the event loop, nobody else is answered. In a thread,
    with `sync_to_async`, others are answered before it is done.
    """
    server = start(UVICORN, project, "tests.shared.settings")
    httpx.get(f"{server.url}/async-small")  # the first answer takes longer

    def small_during(view, seconds):
        """Ask for a small view while another one computes; how much the server has worked then says which came first."""
        before, computing = server.seconds_of_work(), server.said().count("computing")
        with server.client() as client:
            client.sendall(f"GET /{view}?seconds={seconds}&say=yes HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
            until(lambda: server.said().count("computing") > computing)
            httpx.get(f"{server.url}/async-small")
        return "after it" if server.seconds_of_work() - before > 0.9 * seconds else "before it"

    said = small_during("async-compute", 0.6)
    saw("a small view, asked for while an async view computes, is answered", said, "after it")
    saw("while it computes in a thread", small_during("compute-in-thread", 30), "before it")


@pytest.mark.mutation(
    "django.utils.deprecation.MiddlewareMixin.__acall__", lambda self, request: self.get_response(request)
)
def test_middleware_hops(saw, monkeypatch):
    """Each middleware of `startproject` goes to a thread and back;"""
    hops = []

    async def counted(self, *arguments, **named):
        hops.append(self.func)
        return await original(self, *arguments, **named)

    original = SyncToAsync.__call__
    monkeypatch.setattr(SyncToAsync, "__call__", counted)
    run(get("asynchronous", application=get_asgi_application()))
    calls = sum("process_" in hop.__name__ for hop in hops)
    seen = "one each, or more" if calls >= len(settings.MIDDLEWARE) else f"{calls} in all"
    saw(f"calls in a thread by the {len(settings.MIDDLEWARE)} middleware, for one request", seen, "one each, or more")
