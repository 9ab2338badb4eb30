"""The tests of docs/async-views.md: each is named for its mark there, and its docstring is the sentence before it.

The views of examples/async_views are asked without a server, with a copy of a database of this module.
"""

import asyncio
import concurrent.futures
import contextlib
import functools
import importlib.util
import io
import shutil
import sys
import threading
import time
from types import ModuleType, SimpleNamespace

import pytest
from asgiref.sync import AsyncToSync, SyncToAsync, sync_to_async
from clients import LONG, MOMENT, http_scope, run
from django.core.asgi import get_asgi_application
from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command
from django.core.signals import got_request_exception
from django.core.wsgi import get_wsgi_application
from django.db import connections, transaction
from django.db.backends.signals import connection_created
from django.db.models.query import QuerySet
from django.http import HttpResponse
from django.test import RequestFactory, override_settings
from django.urls import path

EXAMPLES = "examples/async_views"
SEEN = []  # what the views below did
ENTERED, GO_ON = threading.Event(), threading.Event()


def in_a_thread(function):
    """Run a function in a thread that ends, with connections to the database of its own."""
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        return pool.submit(function).result()


@pytest.fixture(scope="module")
def migrated(tmp_path_factory):
    """A database with Django's tables and one user."""
    file = tmp_path_factory.mktemp("migrated") / "db.sqlite3"

    def migrate():
        from django.contrib.auth.models import User

        call_command("migrate", verbosity=0)
        User.objects.create(username="ada")
        connections.close_all()

    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(connections.settings["default"], "NAME", file)
        in_a_thread(migrate)
    return file


@pytest.fixture
def opened(migrated, tmp_path, monkeypatch):
    """Ask a copy of that database; give the connections that are opened, each with its thread."""
    copy = shutil.copy(migrated, tmp_path / "copy.sqlite3")
    monkeypatch.setitem(connections.settings["default"], "NAME", copy)
    opened = []

    def keep(connection, **_):
        opened.append((connection, threading.current_thread()))

    connection_created.connect(keep)
    yield opened
    connection_created.disconnect(keep)
    for connection, _ in opened:
        connection.inc_thread_sharing()  # its thread may have ended
        connection.close()


@pytest.fixture
def setting(monkeypatch):
    """Change a setting of the database."""
    return functools.partial(monkeypatch.setitem, connections.settings["default"])


@pytest.fixture
def example(project):
    """Import a file of the example, with the mutation if there is one."""

    def example(name):
        spec = importlib.util.spec_from_file_location(f"{name}_of_the_example", project / EXAMPLES / f"{name}.py")
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        return module

    return example


class Client:
    """A client that asks an application for a view, and may go away before it answers."""

    def __init__(self, application, address="view", method="GET"):
        self.requests, self.sent = asyncio.Queue(), []
        self.requests.put_nowait({"type": "http.request"})
        self.task = asyncio.create_task(
            application(http_scope(address) | {"method": method}, self.requests.get, self.send)
        )

    async def send(self, event):
        self.sent.append(event)

    async def go_away(self):
        self.requests.put_nowait({"type": "http.disconnect"})
        await come(self.requests.empty)
        for _ in range(10):  # turns in which the application cancels what it does
            await asyncio.sleep(0)

    async def answer(self):
        await self.task
        return f"{self.sent[0]['status']} " + b"".join(event.get("body", b"") for event in self.sent).decode()


async def come(condition):
    """Let other tasks run until a condition holds."""
    deadline = time.monotonic() + LONG
    while not condition() and time.monotonic() < deadline:
        await asyncio.sleep(0.01)


@contextlib.contextmanager
def serving(view, route="view", middleware=(), **others):
    """Serve a view, and perhaps others at their names."""
    urls = ModuleType("urls")
    urls.urlpatterns = [path(route, view), *(path(name, other) for name, other in others.items())]
    with override_settings(ROOT_URLCONF=urls, MIDDLEWARE=[*middleware]):
        yield get_asgi_application()


def ask(view, address="view", method="GET", **served):
    """Ask for a view; give its answer, or its error."""
    errors = []

    def keep(**_):
        errors.append("{.__name__}: {}".format(*sys.exc_info()))

    async def asked():
        with serving(view, **served) as application:
            return await Client(application, address, method).answer()

    got_request_exception.connect(keep)
    try:
        said = run(asked())
    finally:
        got_request_exception.disconnect(keep)
    return errors[0] if errors else said


@pytest.mark.mutation(f"{EXAMPLES}/orm.py", "await User.objects.acount()", "User.objects.count()")
def test_a_methods(saw, example, opened):
    """Await the methods whose names begin with `a`, and loop with `async for`."""
    saw("`users`", ask(example("orm").users), '200 {"count": 1, "names": ["ada"]}')


@pytest.mark.mutation(f"{EXAMPLES}/orm.py", '.select_related("content_type")', "")
def test_related(saw, example, opened):
    """A related object is a query too: fetch it with `select_related` or `aget`."""
    for view in ("related", "related_later"):
        saw(f"`{view}`", ask(getattr(example("orm"), view)), '200 {"model": "logentry"}')


async def count(request):
    from django.contrib.auth.models import User

    return HttpResponse(await User.objects.acount())


def no_thread(function):
    """An adapter that calls a function where it is awaited."""

    async def call(*given, **named):
        return function(*given, **named)

    return call


@pytest.mark.mutation("django.db.models.query.sync_to_async", no_thread)
def test_in_a_thread(saw, opened, monkeypatch):
    """The query itself is still synchronous: the `a` method runs it in the request's thread."""
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")  # or the mutation would give an error
    threads = []

    async def noted(request):
        threads.append(threading.current_thread())
        return await count(request)

    saw("a view that awaits `acount`", ask(noted), "200 1")
    saw("whether the query was in the thread of the view", opened[0][1] is threads[0], False)


@pytest.mark.mutation("django.db.models.query.sync_to_async", functools.partial(sync_to_async, thread_sensitive=False))
def test_one_after_the_other(saw, opened, monkeypatch):
    """`asyncio.gather` runs two queries one after the other."""
    there, most, changed = 0, 0, threading.Condition()

    def overlapping(self):
        nonlocal there, most
        with changed:
            there += 1
            most = max(most, there)
            changed.notify_all()
            changed.wait_for(lambda: most > 1, MOMENT)
            there -= 1

    async def two(request):
        from django.contrib.auth.models import Group, User

        await asyncio.gather(User.objects.acount(), Group.objects.acount())
        return HttpResponse(f"{most}")

    monkeypatch.setattr(QuerySet, "count", overlapping)
    saw("2 of `acount` in `asyncio.gather`: at once there are", ask(two), "200 1")


@pytest.mark.mutation(f"{EXAMPLES}/register.py", "@transaction.atomic\n", "")
def test_all_or_nothing(saw, example, opened):
    """Put the transaction into one synchronous function with `transaction.atomic`, and await it with `sync_to_async`:
    all of it is written, or nothing.
    """
    served = {"view": example("register").register, "route": "<username>/<group>"}
    said = ask(address="grace/members", method="POST", **served)
    saw("`register`, for a group that is missing", said, "404 There is no such group, and no user was made.")
    saw("users, with the one from before", ask(count), "200 1")


@pytest.mark.mutation("django.core.handlers.base.BaseHandler.make_view_atomic", lambda self, view: view)
def test_atomic_requests(saw, opened, setting):
    """With `"ATOMIC_REQUESTS": True`, Django rejects each async view with a `RuntimeError`, except those with
    `@transaction.non_atomic_requests`.
    """
    setting("ATOMIC_REQUESTS", True)
    saw("an async view", ask(count), "RuntimeError: You cannot use ATOMIC_REQUESTS with async views.")
    saw("with `@transaction.non_atomic_requests`", ask(transaction.non_atomic_requests(count)), "200 1")


def count_now(request):
    from django.contrib.auth.models import User

    return HttpResponse(User.objects.count())


@pytest.mark.mutation("django.core.handlers.asgi.ThreadSensitiveContext", contextlib.nullcontext)
def test_nothing_persists(saw, opened, setting):
    """Even with `CONN_MAX_AGE` at `None`, each request under ASGI has a new thread and opens a new connection."""

    def by_wsgi():
        with serving(count_now):
            for _ in range(2):
                environ = RequestFactory()._base_environ(PATH_INFO="/view")
                get_wsgi_application()(environ, lambda *_: None).close()

    setting("CONN_MAX_AGE", None)
    in_a_thread(by_wsgi)
    saw("connections of 2 requests, one after the other, in a thread under WSGI", len(opened), 1)
    opened[0][0].inc_thread_sharing()
    opened.pop()[0].close()
    for _ in range(2):
        ask(count_now)
    saw("under ASGI", len(opened), 2)


@pytest.mark.mutation("asyncio.to_thread", lambda function: sync_to_async(function)())
def test_left_open(saw, opened):
    """For database queries, use `sync_to_async`: a connection opened in `asyncio.to_thread` stays open after the
    request.
    """

    def is_open_after(adapter):
        async def view(request):
            return HttpResponse(await adapter(lambda: count_now(request)))

        ask(view)
        return opened[-1][0].connection is not None

    saw("whether it is open after `sync_to_async`", is_open_after(lambda function: sync_to_async(function)()), False)
    saw("after `asyncio.to_thread`", is_open_after(lambda function: asyncio.to_thread(function)), True)


@pytest.mark.mutation(f"{EXAMPLES}/disconnect.py", "    finally:\n", "    except ValueError:\n")
def test_tidied_up(saw, example):
    """When the client goes away, Django cancels an async view: the pending `await` raises `CancelledError`, and
    `finally` cleans up.
    """
    disconnect = example("disconnect")
    raised = []

    class Queue(asyncio.Queue):
        async def get(self):
            try:
                return await super().get()
            except BaseException as error:
                raised.append(type(error).__name__)
                raise

    async def leave():
        disconnect.asyncio = SimpleNamespace(Queue=Queue)
        with serving(disconnect.next_message) as application:
            client = Client(application)
            await come(lambda: disconnect.queues)
            before = len(disconnect.queues)
            await client.go_away()
            await client.task
        return f"{before}, {len(disconnect.queues)}"

    said = run(leave())
    saw("what the `await` of `next_message` raises, when the client has gone", ", ".join(raised), "CancelledError")
    saw("the length of `queues` while the client waits, and afterwards", said, "1, 0")


@pytest.mark.mutation(f"{EXAMPLES}/disconnect.py", "            continue\n", "            raise\n")
def test_goes_on(saw, example):
    """A view that catches it and continues, as `wrong` does, keeps running after the client has gone."""
    disconnect = example("disconnect")
    gets = []

    class Queue(asyncio.Queue):
        async def get(self):
            gets.append(self)
            return await super().get()

    async def leave():
        disconnect.asyncio = SimpleNamespace(Queue=Queue, CancelledError=asyncio.CancelledError)
        with serving(disconnect.wrong) as application:
            client = Client(application)
            await come(lambda: gets)
            await client.go_away()
            await come(lambda: len(gets) > 1 or client.task.done())
            done = client.task.done()
            gets[0].put_nowait("at last")
            await client.task
        return done

    saw("whether the request has ended when the client has gone", run(leave()), False)


def slow(request):
    ENTERED.set()
    GO_ON.wait(LONG)
    SEEN.append("to its end")
    return HttpResponse("slow")


async def slow_async(request):
    ENTERED.set()
    await asyncio.sleep(LONG)
    SEEN.append("to its end")
    return HttpResponse("slow")


@pytest.mark.mutation(f"{__name__}.slow", slow_async)
def test_not_stopped(saw):
    """A synchronous view is not cancelled: it runs to its end, and its response is never sent."""

    async def leave():
        with serving(slow) as application:
            client = Client(application)
            await come(ENTERED.is_set)
            await client.go_away()
            GO_ON.set()
            await client.task
        return client.sent

    for event in (ENTERED, GO_ON):
        event.clear()
    SEEN.clear()
    sent = run(leave())
    saw("a synchronous view runs, when the client has gone", ", ".join(SEEN) or "no further", "to its end")
    saw("events of an answer", len(sent), 0)


WRONG = "HttpResponse(fetch())", "HttpResponse(await asyncio.to_thread(fetch))"


@pytest.mark.mutation(f"{EXAMPLES}/blocking.py", *WRONG)
def test_all_wait(saw, example):
    """In `wrong`, `fetch` blocks the event loop: the worker answers nobody until it returns. In `right`, it blocks a
    thread, and the worker answers others meanwhile.
    """
    blocking = example("blocking")

    async def small(request):
        return HttpResponse("small")

    async def meanwhile(view, seconds):
        loop, answered, seen = asyncio.get_running_loop(), threading.Event(), []

        def ask_for_small():
            others.append(Client(application, "small"))
            others[0].task.add_done_callback(lambda _: answered.set())

        @contextlib.contextmanager
        def urlopen(address, timeout):
            loop.call_soon_threadsafe(ask_for_small)
            seen.append(answered.wait(seconds))
            yield io.BytesIO(b"fetched")

        blocking.urlopen, others = urlopen, []
        with serving(getattr(blocking, view), small=small) as application:
            await Client(application).answer()
            await others[0].answer()
        return "meanwhile" if seen[0] else "afterwards"

    said = run(meanwhile("wrong", 5 * MOMENT))
    saw("another request, asked while `wrong` waits, is answered", said, "afterwards")
    saw("while `right` waits", run(meanwhile("right", LONG)), "meanwhile")


def add(self, request):
    return HttpResponse("added")


async def add_async(self, request):
    return HttpResponse("added")


@pytest.mark.mutation(f"{__name__}.add", add_async)
def test_all_or_none(saw, example, opened):
    """In a class, make all HTTP handlers `async`, or none: otherwise `as_view()` raises `ImproperlyConfigured`."""
    groups = example("classes").Groups
    saw("`Groups`, by `GET`", ask(groups.as_view()), '200 {"names": []}')
    try:
        said = type(type("Mixed", (groups,), {"post": add}).as_view()).__name__
    except ImproperlyConfigured as error:
        said = f"{type(error).__name__}: {error}"
    expected = "ImproperlyConfigured: Mixed HTTP handlers must either be all sync or all async."
    saw("`as_view()` of the same class with a synchronous `post`", said, expected)


def plain(get_response):
    """A middleware as Django's documentation begins: synchronous only."""

    def middleware(request):
        return get_response(request)

    return middleware


async def small(request):
    return HttpResponse("small")


@pytest.fixture
def hops(monkeypatch):
    """Ask for an async view; say how many changes of thread its middleware makes: calls into a thread, and out of it."""
    calls = []
    into, out_of = SyncToAsync.__call__, AsyncToSync.__call__

    async def counted(self, *given, **named):
        calls.append("into a thread")
        return await into(self, *given, **named)

    def counted_out(self, *given, **named):
        calls.append("back to the loop")
        return out_of(self, *given, **named)

    def made(middleware):
        calls.clear()
        ask(small, middleware=middleware)
        return len(calls)

    monkeypatch.setattr(SyncToAsync, "__call__", counted)
    monkeypatch.setattr(AsyncToSync, "__call__", counted_out)
    without = made([])
    return lambda *middleware: made(middleware) - without


PLAIN, NO_STORE = f"{__name__}.plain", f"{__name__}.no_store"


@pytest.mark.mutation(f"{EXAMPLES}/middleware.py", "@sync_and_async_middleware\n", "")
def test_no_hop(saw, hops, example, monkeypatch):
    """Synchronous-only middleware sends each request into a thread, and back to the event loop for an async view.
    `no_store` runs on the event loop, without these hops.
    """
    monkeypatch.setitem(globals(), "no_store", example("middleware").no_store)
    saw("hops of a synchronous middleware, with an async view", hops(PLAIN), 2)
    saw("of `no_store`", hops(NO_STORE), 0)
