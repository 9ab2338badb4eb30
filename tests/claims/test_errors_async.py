"""The tests of docs/errors-async.md: each is named for its mark there; its docstring is the sentence before the mark.

A server serves the views of examples/errors_async, and a client asks for one that is wrong, or right.
"""

import concurrent.futures
import re
import shutil
import subprocess
import sys
from functools import cache

import httpx
import pytest

from tests.shared.running import ROOT, Servers, until

EXAMPLES = "examples/errors_async"
UVICORN = "uvicorn examples.errors_async.asgi:application --loop asyncio --port PORT"
RUNSERVER = "django runserver --noreload PORT"
# Runs one of these, and prints when a view waits and when a piece of a stream goes into a socket. Streams wait no time;
# in locked.py a request waits for another, for a second at most where transactions are IMMEDIATE and none can come.
TOLD = """
import asyncio, contextlib, os, re, runpy, socket, sys, threading
from types import SimpleNamespace
import django
django.setup()
from examples.errors_async import cancelled, locked, streams

def say(word):
    sys.stdout.write(f"{word}\\n")

def told(send):
    def wrapper(self, data, *flags):
        if re.search(rb"\\d\\n", data):
            say("sends")
        return send(self, data, *flags)
    return wrapper

async def wait(seconds):
    say("waits")
    try:
        await asyncio.sleep(int(seconds))
    finally:
        say("waited")

two = threading.Barrier(2)

def meet(seconds):
    with contextlib.suppress(threading.BrokenBarrierError):
        two.wait(seconds if "immediate" in os.environ["DJANGO_SETTINGS_MODULE"] else 30)

socket.socket.send, socket.socket.sendall = told(socket.socket.send), told(socket.socket.sendall)
cancelled.asyncio = streams.asyncio = SimpleNamespace(sleep=wait)
streams.time = SimpleNamespace(sleep=lambda seconds: say("waits"))
locked.time = SimpleNamespace(sleep=meet)
sys.argv = sys.argv[1:]
runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
"""
PACES = {
    "waits waits waits sends sends sends": "all at once",
    "sends waits sends waits sends waits": "piece by piece",
}
SYNCHRONOUS_ONLY = (
    "django.core.exceptions.SynchronousOnlyOperation: You cannot call this from an async context - use a thread or "
    "sync_to_async."
)
# A plain generator where an asynchronous one stands, and the other way round.
PIECES = """def pieces():
        for number in range(3):
            yield f"{number}\\n"
            """
PLAIN, ASYNC = f"{PIECES}time.sleep(0.2)", f"async {PIECES}await asyncio.sleep(0.2)"
FAILED_TASK = "Task exception was never retrieved, ValueError: the task failed"
MIGRATE = """
import os
os.environ["DJANGO_SETTINGS_MODULE"] = "oms.settings"
import django
django.setup()
from django.contrib.auth.models import User
from django.core.management import call_command
from django.test import Client
call_command("migrate", verbosity=0)
client = Client()
client.force_login(User.objects.create_user("ada"))
print(client.cookies["sessionid"].value)
"""


@pytest.fixture(scope="session")
def migrated(tmp_path_factory):
    """A copy of the project, with a database in which there is one user; and the cookie of her session."""
    folder = tmp_path_factory.mktemp("migrated")
    for name in ("oms", "examples"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    command = [sys.executable, "-c", MIGRATE]
    cookie = subprocess.run(command, cwd=folder, stdout=subprocess.PIPE, text=True, check=True).stdout.strip()
    return folder, {"sessionid": cookie}


@pytest.fixture(scope="session")
def start_once(tmp_path_factory):
    """Start the servers of the project as it is, each once."""
    with Servers(tmp_path_factory.mktemp) as start:
        yield cache(start)


@pytest.fixture
def serve(project, migrated, start, start_once):
    """Serve the views of the project, by uvicorn or runserver, with one of the settings of the examples."""
    folder, start = (migrated[0], start_once) if project == ROOT else (project, cache(start))
    if project != ROOT:
        shutil.copy(migrated[0] / "db.sqlite3", project)

    def serve(program=UVICORN, settings="settings"):
        return start((sys.executable, "-c", TOLD, *program.split()), folder, f"examples.errors_async.{settings}")

    return serve


@pytest.fixture
def asked(serve, migrated):
    """Ask for a view as a user who is logged in, or not; give its status and text, or the error that was printed."""

    def asked(view, login=True, **server):
        served = serve(**server)
        before = len(served.said())
        got = httpx.get(f"{served.url}/{view}", cookies=migrated[1] if login else {})
        if got.status_code != 500:
            return f"{got.status_code} {got.text}".strip()
        return re.findall(r"(?m)^[\w.]*(?:Error|Operation): .*", served.said()[before:])[-1]

    return asked


@pytest.fixture
def printed(serve, migrated):
    """Ask for a view; give what the server printed of a pattern meanwhile, or "nothing"."""

    def printed(view, pattern, **server):
        served = serve(**server)
        before = len(served.said())
        httpx.get(f"{served.url}/{view}", cookies=migrated[1])
        found = re.search(pattern, served.said()[before:])
        return found[0] if found else "nothing"

    return printed


@pytest.fixture
def pace(serve):
    """Ask for a stream; say whether its pieces are sent at once or one by one."""

    def pace(view, **server):
        served = serve(**server)
        before = len(served.said())
        httpx.get(f"{served.url}/{view}")
        said = " ".join(re.findall("(?m)^(?:sends|waits)$", served.said()[before:]))
        return PACES.get(said, said)

    return pace


@pytest.mark.mutation(f"{EXAMPLES}/queries.py", "User.objects.count()", "await User.objects.acount()")
def test_query(saw, asked):
    """An `async` view, or a function that it calls, queries the database through a synchronous method."""
    saw("`wrong`, with `User.objects.count()`", asked("queries/wrong"), SYNCHRONOUS_ONLY)


@pytest.mark.mutation(f"{EXAMPLES}/queries.py", "await User.objects.acount()", "User.objects.count()")
def test_async_query(saw, asked):
    """Await the method that begins with `a`, loop with `async for`, or wrap a synchronous function in `sync_to_async`."""
    for view, expected in (("right", "200 1"), ("right_loop", "200 ada"), ("right_function", "200 1")):
        saw(f"`{view}`", asked(f"queries/{view}"), expected)


@pytest.mark.mutation(f"{EXAMPLES}/queries.py", '{"users": users}', '{"users": User.objects.all()}')
def test_template_query(saw, asked):
    """So is a loop in a template: fetch the objects before."""
    saw("`wrong_template`", asked("queries/wrong_template"), SYNCHRONOUS_ONLY)
    saw("`right_template`", asked("queries/right_template"), "200 ada")


@pytest.mark.mutation(f"{EXAMPLES}/queries.py", 'select_related("content_type").', "")
def test_related_object(saw, asked):
    """A related object is a query too, unless `select_related` has fetched it."""
    saw("`wrong_related`", asked("queries/wrong_related"), SYNCHRONOUS_ONLY)
    saw("`right_related`", asked("queries/right_related"), "200 Administration | log entry")


@pytest.mark.mutation(f"{EXAMPLES}/queries.py", 'User.objects.filter(username="ada"))', "User.objects.acount())")
def test_nothing_to_await(saw, asked):
    """A method such as `filter` returns a `QuerySet`, which cannot be awaited."""
    error = "TypeError: object QuerySet can't be used in 'await' expression"
    saw("`wrong_await`", asked("queries/wrong_await"), error)


@pytest.mark.mutation(
    f"{EXAMPLES}/queries.py", ".afirst())\n\n\nasync def right_function", ".first())\n\n\nasync def right_function"
)
def test_await_the_rows(saw, asked):
    """Loop over it with `async for`, or await a method that returns rows: `await User.objects.filter(…).afirst()`."""
    for view in ("right_loop", "right_await"):
        saw(f"`{view}`", asked(f"queries/{view}"), "200 ada")


@pytest.mark.mutation(f"{EXAMPLES}/users.py", "async def wrong", "def wrong")
def test_request_user(saw, asked, printed):
    """An `async` view uses `request.user`, and the visitor has a session."""
    error = "AttributeError: 'SessionStore' object has no attribute '_session_cache'"
    saw("`wrong`, with a session: the first error", printed("users/wrong", "(?m)^AttributeError: .*"), error)
    saw("the last error", asked("users/wrong"), SYNCHRONOUS_ONLY)
    saw("`wrong`, without a session", asked("users/wrong", login=False), "200 Hello AnonymousUser")


@pytest.mark.mutation(f"{EXAMPLES}/users.py", "await request.auser()", "request.user")
def test_auser(saw, asked):
    """Write `await request.auser()`."""
    saw("`right`, with a session", asked("users/right"), "200 Hello ada")


@pytest.mark.mutation(f"{EXAMPLES}/forgotten.py", '    greet("ada")', '    await greet("ada")')
def test_no_await(saw, asked, printed):
    """Without `await`, an `async` function does not run, but returns a coroutine."""
    warning = "RuntimeWarning: coroutine 'greet' was never awaited"
    saw("`wrong`", printed("forgotten/wrong", r"RuntimeWarning: coroutine 'greet'.*"), warning)
    saw("what its `greet` printed", printed("forgotten/wrong", "Hello ada"), "nothing")
    error = "AttributeError: 'coroutine' object has no attribute 'username'"
    saw("`wrong_value`", asked("forgotten/wrong_value"), error)


@pytest.mark.mutation(f"{EXAMPLES}/forgotten.py", "await User.objects.aget", "User.objects.aget")
def test_with_await(saw, asked, printed):
    """Write `await` before the call, in a function that is itself `async`."""
    saw("`right`", asked("forgotten/right"), "200 greeted")
    saw("what its `greet` printed", printed("forgotten/right", "Hello ada|RuntimeWarning"), "Hello ada")


@pytest.mark.mutation(f"{EXAMPLES}/decorated.py", "@printed\n", "@printed_async\n")
def test_plain_wrapper(saw, asked):
    """A decorator puts a synchronous wrapper around an `async` view."""
    error = (
        "ValueError: The view examples.errors_async.decorated.wrong didn't return an HttpResponse object. "
        "It returned an unawaited coroutine instead. You may need to add an 'await' into your view."
    )
    saw("`wrong`", asked("decorated/wrong"), error)


@pytest.mark.mutation(f"{EXAMPLES}/decorated.py", "        view(request)\n", "        return view(request)\n")
def test_missing_return(saw, asked):
    """If the message ends with `It returned None instead.`, a `return` is missing."""
    error = (
        "ValueError: The view examples.errors_async.decorated.wrong_return didn't return an HttpResponse object. "
        "It returned None instead."
    )
    saw("`wrong_return`", asked("decorated/wrong_return"), error)


@pytest.mark.mutation(f"{EXAMPLES}/decorated.py", "@printed_async\n", "@printed\n")
def test_async_wrapper(saw, asked):
    """Make the wrapper `async`, and await the view in it."""
    saw("`right`", asked("decorated/right"), "200 Hello")


@pytest.mark.mutation(
    f"{EXAMPLES}/stacked.py", "\n\n\n@login_required", "\nfrom examples.errors_async.decorated import printed\n@printed"
)
def test_django_decorators(saw, asked):
    """Django's `login_required`, `csrf_exempt`, `require_GET`, `never_cache` and `cache_page` accept `async` views."""
    saw("an `async` view with all of them, and a login", asked("stacked/right"), "200 Hello")
    saw("without a login", asked("stacked/right", login=False), "302")


@pytest.mark.mutation(f"{EXAMPLES}/helpers.py", "HttpResponse(fetch_now())", "HttpResponse(await fetch())")
def test_second_loop(saw, asked):
    """An `async` view calls synchronous code that uses `async_to_sync`."""
    error = (
        "RuntimeError: You cannot use AsyncToSync in the same thread as an async event loop - just await the async "
        "function directly."
    )
    saw("`wrong`", asked("helpers/wrong"), error)


@pytest.mark.mutation(f"{EXAMPLES}/helpers.py", "await sync_to_async(fetch_now)()", "fetch_now()")
def test_await_or_thread(saw, asked):
    """Await the `async` function itself, or call the synchronous code through `sync_to_async`."""
    saw("`right`, with `await`", asked("helpers/right"), "200 fetched")
    saw("`right_helper`, with `sync_to_async`", asked("helpers/right_helper"), "200 fetched")


@pytest.mark.mutation(f"{EXAMPLES}/helpers.py", "asyncio.run(fetch())", "await fetch()")
def test_asyncio_run(saw, asked):
    """An `async` view calls `asyncio.run()`, as `wrong_run` above does."""
    error = "RuntimeError: asyncio.run() cannot be called from a running event loop"
    saw("`wrong_run`", asked("helpers/wrong_run"), error)


@pytest.mark.mutation(f"{EXAMPLES}/helpers.py", "HttpResponse(await fetch())", "HttpResponse(asyncio.run(fetch()))")
def test_await_it(saw, asked):
    """Await the function."""
    saw("`right`", asked("helpers/right"), "200 fetched")


@pytest.mark.mutation(f"{EXAMPLES}/login.py", "LoginRequiredMixin, Hello", "Hello")
def test_mixin(saw, asked):
    """`LoginRequiredMixin` is on a class with `async` methods. With a login, the error is `SynchronousOnlyOperation`."""
    error = "TypeError: object HttpResponseRedirect can't be used in 'await' expression"
    saw("`wrong`, without a login", asked("login/wrong", login=False), error)
    saw("with a login", asked("login/wrong"), SYNCHRONOUS_ONLY)


@pytest.mark.mutation(f"{EXAMPLES}/login.py", "login_required(Hello.as_view())", "HelloToUsers.as_view()")
def test_decorator(saw, asked):
    """Put the decorator around the view: `login_required(Hello.as_view())`."""
    saw("`right`, without a login", asked("login/right", login=False), "302")
    saw("with a login", asked("login/right"), "200 Hello")


@pytest.mark.mutation(f"{EXAMPLES}/adapters.py", "sync_to_async(count))", "sync_to_async(count)())")
def test_not_called(saw, asked):
    """`sync_to_async` returns an `async` function, which was not called."""
    saw("`wrong`", asked("adapters/wrong"), "TypeError: object SyncToAsync can't be used in 'await' expression")


@pytest.mark.mutation(f"{EXAMPLES}/adapters.py", "sync_to_async(count)())", "sync_to_async(count))")
def test_called(saw, asked):
    """Call it: `await sync_to_async(count)()`."""
    saw("`right`", asked("adapters/right"), "200 1")


@pytest.mark.mutation(f"{EXAMPLES}/adapters.py", "sync_to_async(count_async)()", "count_async()")
def test_wrong_kind(saw, asked):
    """The function is already `async`."""
    saw("`wrong_kind`", asked("adapters/wrong_kind"), "TypeError: sync_to_async can only be applied to sync functions.")


@pytest.mark.mutation(f"{EXAMPLES}/adapters.py", "await count_async()", "await sync_to_async(count_async)()")
def test_right_kind(saw, asked):
    """Await it without `sync_to_async`."""
    saw("`right_kind`", asked("adapters/right_kind"), "200 1")


@pytest.mark.mutation(f"{EXAMPLES}/streams.py", PLAIN, ASYNC)
def test_plain_generator(saw, printed, pace):
    """Under ASGI, a view streams from a plain generator. Django reads it to its end, then sends everything at once."""
    warning = (
        "Warning: StreamingHttpResponse must consume synchronous iterators in order to serve them asynchronously. "
        "Use an asynchronous iterator instead."
    )
    saw("`wrong` from uvicorn", printed("streams/wrong", "Warning: Streaming.*"), warning)
    saw("its pieces come", pace("streams/wrong"), "all at once")


@pytest.mark.mutation(f"{EXAMPLES}/streams.py", ASYNC, PLAIN)
def test_async_generator(saw, printed, pace):
    """Stream from an `async` generator: it is sent piece by piece."""
    saw("warnings for `right` from uvicorn", printed("streams/right", "Warning: Streaming.*"), "nothing")
    saw("its pieces come", pace("streams/right"), "piece by piece")


@pytest.mark.mutation(f"{EXAMPLES}/streams.py", ASYNC, PLAIN)
def test_async_generator_by_wsgi(saw, printed, pace):
    """Under WSGI, which `runserver` uses, a view streams from an `async` generator. Everything is sent at once."""
    warning = (
        "Warning: StreamingHttpResponse must consume asynchronous iterators in order to serve them synchronously. "
        "Use a synchronous iterator instead."
    )
    said = printed("streams/right", "Warning: Streaming.*", program=RUNSERVER)
    saw("`right` from `runserver`", said, warning)
    saw("its pieces come", pace("streams/right", program=RUNSERVER), "all at once")


@pytest.mark.mutation(f"{EXAMPLES}/streams.py", PLAIN, ASYNC)
def test_each_its_own(saw, pace):
    """Use an ASGI server, or stream from a plain generator."""
    saw("`right` from uvicorn, its pieces come", pace("streams/right"), "piece by piece")
    saw("`wrong` from `runserver`, they come", pace("streams/wrong", program=RUNSERVER), "piece by piece")


LOOP = "(piece.upper() async for piece in response.streaming_content)"
MAP = "map(bytes.upper, response.streaming_content)"


@pytest.mark.mutation(f"{EXAMPLES}/rewritten.py", MAP, LOOP)
def test_plain_loop(saw, asked):
    """A middleware reads an asynchronous stream with `for` or `map`."""
    saw("`wrong`", asked("rewritten/wrong"), "TypeError: 'async_generator' object is not iterable")


@pytest.mark.mutation(f"{EXAMPLES}/rewritten.py", LOOP, MAP)
def test_async_loop(saw, asked):
    """Read it with `async for`: `(piece.upper() async for piece in response.streaming_content)`."""
    saw("`right`", asked("rewritten/right"), "200 0 1 2")


@pytest.mark.mutation(f"{EXAMPLES}/started.py", "def wrong(request)", "async def wrong(request)")
def test_no_loop(saw, asked):
    """A synchronous view starts a task or asks for the event loop, but its thread has none."""
    saw("`wrong`, with `create_task`", asked("started/wrong"), "RuntimeError: no running event loop")
    said = asked("started/wrong_loop").partition(" 'Thread")[0]
    saw("`wrong_loop`, with `get_event_loop`", said, "RuntimeError: There is no current event loop in thread")


@pytest.mark.mutation(f"{EXAMPLES}/started.py", "async_to_sync(greet)()", "asyncio.create_task(greet())")
def test_loop_or_adapter(saw, asked):
    """Make the view `async`, or run the `async` function with `async_to_sync`."""
    saw("`right`, which is `async`", asked("started/right"), "200 done")
    saw("`right_function`, with `async_to_sync`", asked("started/right_function"), "200 done")


@pytest.mark.mutation(f"{EXAMPLES}/loops.py", "(await client", "(await httpx.AsyncClient()")
def test_kept_client(saw, asked):
    """A client is kept between calls. Under WSGI, which `runserver` uses, each call of `async_to_sync` has its own
    event loop.
    """
    asked("loops/wrong", program=RUNSERVER)
    said = asked("loops/wrong", program=RUNSERVER)
    saw("`wrong` from `runserver`, the second time", said, "RuntimeError: Event loop is closed")
    asked("kept/wrong", program=RUNSERVER)
    said = asked("kept/wrong", program=RUNSERVER)
    error = "got Future <Future pending> attached to a different loop"
    saw("the same with a connection of `asyncio`", said[-len(error) :], error)


@pytest.mark.mutation(f"{EXAMPLES}/loops.py", "async with httpx.AsyncClient() as client:", "if client:")
def test_new_client(saw, asked):
    """Create a new client in each call."""
    asked("loops/right", program=RUNSERVER)
    saw("`right` from `runserver`, the second time", asked("loops/right", program=RUNSERVER), "200 200")


@pytest.fixture
def left(serve, asked):
    """Ask for a view and go away while it waits; give what the server printed of a pattern, or "nothing"."""

    def left(view, pattern):
        server = serve()
        before = len(server.said())
        with server.client() as client:
            client.sendall(f"GET /{view} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
            until(lambda: "waits" in server.said()[before:])
        until(lambda: "waited" in server.said()[before:])
        asked("queries/right")  # which is answered when the view has ended
        found = re.search(pattern, server.said()[before:])
        return found[0] if found else "nothing"

    return left


@pytest.mark.mutation(f"{EXAMPLES}/cancelled.py", "except BaseException", "except Exception")
def test_client_gone(saw, left):
    """The client has gone, and Django cancels the view. `except BaseException` catches that."""
    said = left("cancelled/wrong", r"(?m)^asyncio.exceptions.CancelledError$")
    saw("`wrong`, after the client has gone", said, "asyncio.exceptions.CancelledError")


@pytest.mark.mutation(f"{EXAMPLES}/cancelled.py", "    finally:", "    else:")
def test_in_finally(saw, left):
    """Catch `Exception`, and clean up in `finally`."""
    said = left("cancelled/right", "CancelledError|tidied up")
    saw("`right`, after the client has gone", said, "tidied up")


@pytest.mark.mutation(
    f"{EXAMPLES}/tasks.py",
    "    asyncio.create_task(wait_for_ever())",
    "    running.add(asyncio.create_task(wait_for_ever()))",
)
def test_lost_task(saw, printed):
    """A view starts a task and keeps no reference to it. Python may discard it while it waits."""
    saw("`wrong`", printed("tasks/wrong", "Task was destroyed.*"), "Task was destroyed but it is pending!")


@pytest.mark.mutation(
    f"{EXAMPLES}/tasks.py", "    running.add(task)\n    task.add_done_callback(running.discard)", "    del task"
)
def test_kept_task(saw, printed):
    """Keep each task until it is done."""
    saw("`right`", printed("tasks/right", "Task was destroyed.*"), "nothing")


@pytest.mark.mutation(f"{EXAMPLES}/tasks.py", "    asyncio.create_task(fail())", "    await asyncio.sleep(0)")
def test_failed_task(saw, asked, printed):
    """A task failed, and nothing awaits it."""
    saw("`wrong_failed`", asked("tasks/wrong_failed"), "200 started")
    pattern = "Task exception was never retrieved(?s:.*)(ValueError: .*)"
    said = printed("tasks/wrong_failed", pattern).splitlines()
    saw("what is printed, its first and its last line", ", ".join([said[0], said[-1]]), FAILED_TASK)


@pytest.mark.mutation(f"{EXAMPLES}/tasks.py", "        await task\n", "        await asyncio.sleep(0)\n")
def test_awaited_task(saw, asked, printed):
    """Await the task, as in `right_failed`."""
    saw("`right_failed`", asked("tasks/right_failed"), "200 the task failed")
    saw("what is printed", printed("tasks/right_failed", "Task exception.*"), "nothing")


@pytest.mark.mutation(
    f"{EXAMPLES}/apart.py",
    "async def wrong(request):\n    return HttpResponse(await User.objects.acount())",
    "def wrong(request):\n    return HttpResponse(User.objects.count())",
)
def test_atomic_requests(saw, asked):
    """The database settings have `"ATOMIC_REQUESTS": True`, and the view is `async`."""
    error = "RuntimeError: You cannot use ATOMIC_REQUESTS with async views."
    saw("`wrong`, with these settings", asked("apart/wrong", settings="atomic"), error)


@pytest.mark.mutation(f"{EXAMPLES}/apart.py", "@transaction.non_atomic_requests\n", "")
def test_non_atomic_requests(saw, asked):
    """Exempt the view: `@transaction.non_atomic_requests`."""
    saw("`right`, with these settings", asked("apart/right", settings="atomic"), "200 1")


@pytest.mark.mutation(f"{EXAMPLES}/transactions.py", "async with transaction.atomic():", "if True:")
def test_atomic_in_async(saw, asked):
    """`transaction.atomic` does not support `async with`. A plain `with` in an `async` view gives
    `SynchronousOnlyOperation`.
    """
    error = "TypeError: 'Atomic' object does not support the asynchronous context manager protocol"
    saw("`wrong`, with `async with`", asked("transactions/wrong"), error)
    saw("`wrong_with`, with `with`", asked("transactions/wrong_with"), SYNCHRONOUS_ONLY)


@pytest.mark.mutation(f"{EXAMPLES}/transactions.py", "@sync_to_async\n", "")
def test_atomic_function(saw, asked):
    """Put the transaction in a synchronous function, and call it through `sync_to_async`."""
    saw("`right`", asked("transactions/right"), "200 renamed")


@pytest.fixture
def both(asked):
    """Ask twice at the same time for a view that reads, waits, and writes."""

    def both(**server):
        asked("queries/right", **server)  # the server has started
        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            said = list(pool.map(lambda _: asked("locked/wrong", **server), range(2)))
        return ", ".join(sorted(said))

    return both


@pytest.mark.mutation(f"{EXAMPLES}/locked.py", "users = User.objects.count()", "users = 2")
def test_read_then_write(saw, both):
    """Two transactions read from SQLite at the same time, and then write. One of them fails."""
    said = "200 renamed, django.db.utils.OperationalError: database is locked"
    saw("a view that reads, waits and writes, twice at the same time", both(), said)


@pytest.mark.mutation(f"{EXAMPLES}/immediate.py", "IMMEDIATE", "DEFERRED")
@pytest.mark.recorded
def test_immediate(saw, both):
    """Let each transaction begin with the write lock: the other then waits."""
    saw("the same view, with `immediate.py`", both(settings="immediate"), "200 renamed, 200 renamed")


@pytest.mark.mutation(f"{EXAMPLES}/visitors.py", "async def wrong", "def wrong")
def test_thread_local(saw, asked):
    """A synchronous middleware writes to a `threading.local`, and an `async` view reads it in another thread."""
    error = "AttributeError: '_thread._local' object has no attribute 'address'"
    saw("`wrong`", asked("visitors/wrong"), error)


@pytest.mark.mutation(f"{EXAMPLES}/visitors.py", "address.set(", "print(")
def test_context_var(saw, asked):
    """Use a `ContextVar`."""
    saw("`right`", asked("visitors/right"), "200 127.0.0.1")
