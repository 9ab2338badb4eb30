"""The tests of docs/threads.md: each is named for its mark there, and its docstring is the sentence before the mark."""

import asyncio
import concurrent.futures
import contextlib
import functools
import importlib.util
import os
import threading
from contextvars import ContextVar

import httpx
import pytest
from asgiref.sync import sync_to_async
from clients import LONG, MOMENT, Meeting, get, run, wsgi_get
from django.core.asgi import get_asgi_application
from django.db import connections
from django.http import HttpResponse
from django.test import override_settings
from django.urls import path

from tests.shared.running import until

FEW = 3  # requests at once
ROOM = 2  # what --limit-concurrency is
SENSITIVE = False
VIEWS = "examples/threads/views.py"
NO_CONTEXT = "django.core.handlers.asgi.ThreadSensitiveContext", contextlib.nullcontext
LOCAL, CONTEXT = threading.local(), ContextVar("word")
SEEN = []  # what the views and the middleware below saw
BARRIERS = []  # the last is that of the view "together"
CAN_COME = 10  # seconds that a request waits for others


def together(request):
    """Wait until all requests are in this view, and note the thread and its connection to the database."""
    SEEN.append((threading.get_ident(), connections["default"]))
    with contextlib.suppress(threading.BrokenBarrierError):
        BARRIERS[-1].wait(CAN_COME)
    return HttpResponse("together")


async def waiting(request):
    """Wait until all requests are in this view."""
    await BARRIERS[-1].come()
    return HttpResponse("waiting")


async def own_loop(request):
    """Note the event loop and the thread, and the thread of synchronous code."""
    SEEN.append((asyncio.get_running_loop(), threading.get_ident(), await sync_to_async(threading.get_ident)()))
    return HttpResponse("own loop")


async def kept(request):
    """Say what the middleware below has left."""
    return HttpResponse(f"{getattr(LOCAL, 'word', 'nothing')}, {CONTEXT.get('nothing')}")


def noting(get_response):
    """A synchronous middleware that notes its thread, and leaves a word for the view."""

    def middleware(request):
        SEEN.append(threading.current_thread().name)
        LOCAL.word = "a word"
        CONTEXT.set("a word")
        return get_response(request)

    return middleware


urlpatterns = [path(view.__name__, view) for view in (together, waiting, own_loop, kept)]


@pytest.fixture(autouse=True)
def served_here(views):
    """Serve the views of this module, without middleware."""
    SEEN.clear()
    with override_settings(ROOT_URLCONF=__name__, MIDDLEWARE=[]):
        yield


@pytest.fixture
def example(project):
    """Ask a view of the example; give what it says."""
    spec = importlib.util.spec_from_file_location("views_of_the_example", project / VIEWS)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    module.urlpatterns = [path(name, getattr(module, name)) for name in ("synchronous", "asynchronous")]

    async def ask(name):
        status, _, text = (await get(name, application=get_asgi_application())).partition(" ")
        return dict(line.split(": ") for line in text.splitlines()) if status == "200" else {"status": status}

    with override_settings(ROOT_URLCONF=module):
        yield ask


async def at_once(view, times):
    """Ask for a view of this module several times at once."""
    application = get_asgi_application()
    await asyncio.gather(*(get(view, application=application) for _ in range(times)))


def seen_together():
    """Ask twice at once for the view that notes its thread and connection; give both notes."""
    BARRIERS.append(threading.Barrier(2))
    run(at_once("together", 2))
    return SEEN


@pytest.mark.mutation(*NO_CONTEXT)
def test_a_thread_for_each(saw):
    """Two simultaneous synchronous requests run in two threads."""
    threads = {thread for thread, _ in seen_together()}
    saw("2 requests that wait for each other in a synchronous view: their threads", len(threads), 2)


@pytest.mark.mutation(VIEWS, "again=await sync_to_async(name)()", "again=await asyncio.to_thread(name)")
def test_one_thread_in_a_request(saw, example):
    """Within one request all synchronous code shares one thread: the middleware, the view, and what `sync_to_async`
    calls.
    """
    with override_settings(MIDDLEWARE=[f"{__name__}.noting"]):
        said = run(example("synchronous"))
        saw("whether a synchronous view is in the thread of its middleware", said["view"] == SEEN[-1], True)
        said = run(example("asynchronous"))
        called = {said["sync_to_async"], said["again"]}
        saw("whether both calls of an async view are in that of its middleware", called == {SEEN[-1]}, True)


@pytest.mark.mutation(VIEWS, "view=name(),", "view=await sync_to_async(name)(),")
def test_async_views_share_one(saw, example):
    """Asynchronous views take turns in the event loop's thread."""

    async def three():
        said = await asyncio.gather(*(example("asynchronous") for _ in range(FEW)))
        return {one["view"] for one in said} == {threading.current_thread().name}

    saw(f"whether {FEW} requests at once are in the event loop's thread", run(three()), True)


@pytest.mark.mutation(*NO_CONTEXT)
def test_held_while_it_waits(saw):
    """A request to an asynchronous view also holds a thread, idle while the view waits."""

    class Counting(Meeting):
        """Counts the threads when all are there."""

        def count(self, more):
            super().count(more)
            if self.there == self.wanted:
                self.threads = {*threading.enumerate()}

    async def many():
        before = {*threading.enumerate()}
        BARRIERS.append(Counting(20, LONG))
        await at_once("waiting", 20)
        return len(BARRIERS[-1].threads - before)

    saw("20 requests in an async view that waits for all, no middleware: threads beside the loop's", run(many()), 20)


ONE_LOOP = functools.cache(asyncio.new_event_loop)


def on_one_loop(view):
    """An adapter that runs all views on one event loop, in the request's thread."""
    return lambda *arguments: ONE_LOOP().run_until_complete(view(*arguments))


@pytest.mark.mutation("django.core.handlers.base.async_to_sync", on_one_loop)
def test_a_loop_for_each(saw):
    """a second thread, with its own event loop"""

    def ask_twice():
        for _ in range(2):
            wsgi_get("own_loop", thread="this one")
        return threading.get_ident()

    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        thread = pool.submit(ask_twice).result()
    (first, *_), (second, *_) = SEEN
    saw("whether 2 requests had the same event loop", first is second, False)
    saw("whether a view was in the request's thread", thread in {view for _, view, _ in SEEN}, False)
    saw("whether what `sync_to_async` called was", {called for *_, called in SEEN} == {thread}, True)


@pytest.mark.mutation(f"{__name__}.LOCAL", type("Shared", (), {})())
def test_left_for_the_view(saw):
    """An asynchronous view sees what a synchronous middleware puts into a `ContextVar`, but not what it puts into a
    `threading.local`.
    """
    with override_settings(MIDDLEWARE=[f"{__name__}.noting"]):
        said = run(get("kept", application=get_asgi_application()))
    saw("what the view finds in the `threading.local`, and in the `ContextVar`", said, "200 nothing, a word")


class Overlap:
    """A synchronous function that waits for other calls of it; ``most`` is how many were in it at once."""

    def __init__(self, seconds):
        self.seconds, self.there, self.most = seconds, 0, 0
        self.changed = threading.Condition()

    def __call__(self):
        with self.changed:
            self.there += 1
            self.most = max(self.most, self.there)
            self.changed.notify_all()
            self.changed.wait_for(lambda: self.most > 1, self.seconds)
            self.there -= 1


@pytest.mark.mutation(f"{__name__}.ALL", functools.partial(sync_to_async, thread_sensitive=False))
def test_one_outside_a_request(saw):
    """Outside Django's requests, such as for another application's WebSockets, the whole process shares one thread for
    synchronous code: one call of `sync_to_async` waits for the other.
    """
    overlap = Overlap(MOMENT)

    async def application(scope, receive, send):
        await ALL(overlap)()

    async def two():
        await asyncio.gather(*(asyncio.create_task(application({"type": "websocket"}, None, None)) for _ in range(2)))

    run(two())
    saw("calls of 2 WebSockets at once to an application without Django: at once there are", overlap.most, 1)


ALL = sync_to_async


@pytest.mark.mutation(f"{__name__}.SENSITIVE", True)
def test_the_pool(saw):
    """Calls with `sync_to_async(…, thread_sensitive=False)` run in the event loop's pool, like those of
    `asyncio.to_thread`. The pool has `min(32, cores + 4)` threads.
    """

    async def pool():
        names = await sync_to_async(lambda: threading.current_thread().name, thread_sensitive=SENSITIVE)()
        executor = asyncio.get_running_loop()._default_executor
        await asyncio.to_thread(int)
        same = executor is asyncio.get_running_loop()._default_executor
        return names.partition("_")[0], same, getattr(executor, "_max_workers", 0)

    name, same, size = run(pool())
    cores = getattr(os, "process_cpu_count", os.cpu_count)()  # the first since Python 3.13
    saw("the name of the pool in which a call runs", name, "asyncio")
    saw("whether `asyncio.to_thread` uses the same", same, True)
    saw("whether it has `min(32, cores + 4)` threads", size == min(32, cores + 4), True)


@pytest.mark.mutation(*NO_CONTEXT)
def test_connections(saw):
    """Each thread has its own connection to the database."""
    seen = {id(connection) for _, connection in seen_together()}
    saw("2 synchronous requests at once: objects at `connections['default']`", len(seen), 2)


@pytest.mark.mutation(f"{__name__}.ROOM", 200)
def test_limit_concurrency(saw, start, project):
    """With `--limit-concurrency 100`, uvicorn answers 503 on the connection that reaches the limit. Idle connections
    count too.
    """
    server = start(
        f"uvicorn examples.threads.asgi:application --limit-concurrency {ROOM} --port PORT",
        project,
        "examples.threads.settings",
    )
    with httpx.Client() as first, httpx.Client() as second:
        saw("`--limit-concurrency 2`, one connection", first.get(f"{server.url}/synchronous").status_code, 200)
        saw("a second one, while the first is idle", second.get(f"{server.url}/synchronous").status_code, 503)
    with httpx.Client() as third:
        until(lambda: third.get(f"{server.url}/synchronous").status_code == 200)
        saw("a third one, when both are closed", third.get(f"{server.url}/synchronous").status_code, 200)
