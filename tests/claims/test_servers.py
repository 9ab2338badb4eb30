"""The tests of docs/servers.md: each is named for its mark there, and its docstring is the sentence before the mark.

They are short: measure/load/load.py measures the same at length.
"""

import asyncio
import sys
import time

import pytest
from asgiref.sync import SyncToAsync
from clients import get, run
from django.core.asgi import get_asgi_application

from oms import settings

VIEWS = "tests/shared/views.py"
WAIT = 0.2  # seconds
GUNICORN = "gunicorn oms.wsgi:application --threads"


@pytest.fixture
def serving(start, free_port, project):
    """Start a server of the project, with the views of tests/shared."""

    def serving(command):
        module, *arguments = command.split()
        port = ["--bind", f"127.0.0.1:{free_port}"] if module == "gunicorn" else ["--port", free_port]
        environment = {"DJANGO_SETTINGS_MODULE": "tests.shared.settings"}
        return start(sys.executable, "-m", module, *arguments, *port, cwd=project, env=environment)

    return serving


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
def test_waits_at_once(saw, serving):
    """ASGI helps. One worker of an ASGI server serves many of them at once."""
    said = pace(serving("uvicorn oms.asgi:application"), "/async-pause")
    saw(f"20 requests to a view that waits {WAIT} s with `await`, one worker of uvicorn", said, "at once")


@pytest.mark.mutation(VIEWS, "time.sleep(seconds(request))", "compute(request)")
@pytest.mark.recorded
def test_threads_do_as_well(saw, serving):
    """Threads of a WSGI server do as well, as long as each request that waits has one."""
    for threads, expected in ((20, "at once"), (1, "one after the other")):
        server = serving(f"{GUNICORN} {threads}")
        saw(f"20 requests to a view that waits {WAIT} s, `--threads {threads}`", pace(server, "/pause"), expected)
        server.stop()


@pytest.mark.mutation(VIEWS, "time.sleep(seconds(request))", "compute(request)")
@pytest.mark.recorded
def test_sync_views_wait_too(saw, serving):
    """Nothing changes, if the WSGI server has threads enough. Under an ASGI server each request has a thread of its own,
    and they wait at once.
    """
    said = pace(serving("uvicorn oms.asgi:application"), "/pause")
    saw(f"20 requests to a synchronous view that waits {WAIT} s, one worker of uvicorn", said, "at once")


@pytest.mark.mutation(VIEWS, "return compute(request)", "return await asyncio.to_thread(compute, request)")
@pytest.mark.recorded
def test_computing_blocks(saw, serving):
    """ASGI does not help, and an asynchronous one hurts: while it computes on the event loop, nobody else is answered. In
    a thread, with `sync_to_async`, others are answered meanwhile.
    """
    server = serving("uvicorn oms.asgi:application")

    async def small_during(view, number):
        await ask(server, "/small")
        computed = asyncio.create_task(ask(server, f"/{view}?seconds=2&say=yes"))
        while server.said().count("computing") < number:
            await asyncio.sleep(0.01)
        before = time.monotonic()
        small, done = await asyncio.gather(ask(server, "/async-small"), computed)
        return "after it" if small - before > (done - before) / 2 else "before it"

    said = run(small_during("async-compute", 1))
    saw("a small view, asked for while an async view computes, is answered", said, "after it")
    said = run(small_during("compute-in-thread", 2))
    saw("while it computes in a thread", said, "before it")


@pytest.mark.mutation(VIEWS, '"""Answer with what the request says of itself."""', "time.sleep(0.01)")
@pytest.mark.recorded
def test_small_views_cost_more(saw, serving):
    """ASGI costs. With the middleware of `startproject`, such a view takes at least twice the time that it takes under
    WSGI.
    """
    seconds = {}
    for command, view in (("uvicorn oms.asgi:application", "/async-small"), (f"{GUNICORN} 1", "/small")):
        server = serving(command)
        seconds[view] = min(seconds_of(server, view, 50, at_once=False) for _ in range(3))
        server.stop()
    more = "at least twice" if seconds["/async-small"] >= 2 * seconds["/small"] else "less than twice"
    saw("50 requests one after the other, the time under uvicorn against gunicorn", more, "at least twice")


@pytest.mark.mutation(
    "django.utils.deprecation.MiddlewareMixin.__acall__", lambda self, request: self.get_response(request)
)
def test_middleware_hops(saw, monkeypatch):
    """Most of the reason is the middleware: each call of it goes to a thread and back."""
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
