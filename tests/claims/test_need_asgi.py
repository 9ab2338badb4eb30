"""The tests of docs/need-asgi.md: each is named for its mark there, and its docstring is the sentence before the mark."""

import asyncio
import threading

import httpx
import psutil
import pytest
from clients import (
    accept,
    asgi_most,
    asynchronous_only,
    block,
    collected,
    events,
    get,
    places_of_a_request,
    run,
    websocket,
    wrapped,
    wsgi_most,
)
from django.core.asgi import get_asgi_application
from django.http import HttpResponse, StreamingHttpResponse
from django.test import override_settings
from django.urls import path

from tests.shared.running import until

WORKERS = "--workers 2"
WORKER = "uvicorn_worker.UvicornWorker"
OLDER = "uvicorn.workers"
STREAMS, SECONDS = 20, 10  # that their first pieces take at most
OPEN = []  # an event, which ends the streams of the view "held"


def plain(request):
    return HttpResponse(f"view in {threading.get_ident()}")


async def held(request):
    """A stream that stays open until an event."""

    async def pieces():
        yield "first"
        await OPEN[-1].wait()

    return StreamingHttpResponse(pieces())


urlpatterns = [path(view.__name__, view) for view in (plain, held)]


def awaited(function, **_):
    """An adapter that awaits a plain function where it is, without a thread."""

    async def wrapper(*arguments, **named):
        return function(*arguments, **named)

    return wrapper


@pytest.fixture
def own_views():
    """Serve the views of this module."""
    with override_settings(ROOT_URLCONF=__name__):
        yield


@pytest.mark.mutation("clients.Meeting.come", block)
def test_many_wait(saw):
    """A few `async` views that wait either: one ASGI event loop runs many at once, while WSGI keeps a thread busy with
    each
    """
    saw("20 requests that wait for each other, ASGI with one event loop: at once there are", asgi_most(20), 20)
    saw("3 requests, WSGI with one thread", wsgi_most(times=3, threads=1), 1)
    saw("10 requests, WSGI with ten threads", wsgi_most(times=10, threads=10), 10)


@pytest.mark.mutation("django.core.handlers.asgi.ASGIHandler.__call__", accept)
def test_websockets(saw):
    """WebSockets ASGI, with another application: Django's rejects them"""
    error = "ValueError: Django can only handle ASGI/HTTP connections, not websocket."
    saw("a WebSocket to `oms.asgi:application`", run(websocket()), error)
    saw("with an application beside it", run(websocket(wrapped)), "websocket.accept")


@pytest.mark.mutation("django.core.handlers.asgi.ASGIHandler.send_response", collected)
def test_many_streams(saw, own_views):
    """Streams that stay open, such as server-sent events ASGI: one event loop holds many open;"""

    async def streams():
        OPEN[:] = [asyncio.Event()]
        clients = [events("held") for _ in range(STREAMS)]

        async def first(client):
            while not (await anext(client)).get("body"):
                pass

        async def last(client):
            async for _ in client:
                pass

        waiting = [asyncio.ensure_future(first(client)) for client in clients]
        done, others = await asyncio.wait(waiting, timeout=SECONDS)
        OPEN[-1].set()
        await asyncio.gather(*others)
        await asyncio.gather(*(last(client) for client in clients))
        return len(done)

    saw(f"{STREAMS} streams that stay open, one event loop: the first piece came from", run(streams()), STREAMS)


@pytest.mark.mutation("django.core.handlers.base.sync_to_async", awaited)
def test_view_in_a_thread(saw, own_views):
    """No. Under ASGI Django runs a synchronous view in a thread and waits for it."""

    async def both():
        return threading.get_ident(), await get("plain", application=get_asgi_application())

    loop, said = run(both())
    saw("a synchronous view answered", said[:11], "200 view in")
    saw("it ran in", "the event loop's thread" if said.endswith(f" {loop}") else "another thread", "another thread")


@pytest.mark.mutation("clients.only_synchronous", asynchronous_only)
def test_middleware_in_a_thread(saw):
    """Such a middleware needs the thread even if the view is `async`."""
    view, middleware = places_of_a_request()
    saw("ASGI, an `async` view ran in", view, "the event loop's thread")
    saw("its middleware, which is only synchronous, in", middleware, "another thread")


@pytest.mark.mutation(f"{__name__}.WORKERS", "")
def test_workers_replaced(saw, start, project):
    """With `uvicorn --workers 2 oms.asgi:application` two processes answer, and one that is killed is replaced."""
    server = start(f"uvicorn {WORKERS} oms.asgi:application --port PORT", project, "tests.shared.settings")
    answering = server.answering()
    saw(f"processes that answer, with `{WORKERS}`", len(answering), 2)
    psutil.Process(killed := answering.pop()).kill()

    def replaced():
        try:
            answering.add(httpx.get(f"{server.url}/small").json()["process"])
        except httpx.TransportError:
            pass  # it was for the one that is killed
        return len(answering) > 1 and killed not in answering

    saw("one was killed, and another answers in its place", bool(until(replaced, 60)), True)


@pytest.mark.mutation(f"{__name__}.WORKER", "sync")
def test_gunicorn_workers(saw, start, project):
    """It has an ASGI worker, `gunicorn -k asgi oms.asgi:application`, and runs uvicorn's with `-k
    uvicorn_worker.UvicornWorker`,
    """
    for worker in ("asgi", WORKER):
        server = start(f"gunicorn -k {worker} oms.asgi:application --bind 127.0.0.1:PORT", project)
        saw(f"`gunicorn -k {worker} oms.asgi:application`, `GET /`", httpx.get(server.url).status_code, 200)


@pytest.mark.mutation(f"{__name__}.OLDER", "uvicorn_worker")
def test_older_name(saw, python):
    """The older name `uvicorn.workers` is deprecated."""
    code = (
        "import warnings\n"
        "with warnings.catch_warnings(record=True) as said:\n"
        f"    warnings.simplefilter('always'); import {OLDER}\n"
        "print(*(str(warning.message).partition(' Please')[0] for warning in said))"
    )
    saw(f"`import {OLDER}` warns", python(code), "The `uvicorn.workers` module is deprecated.")
