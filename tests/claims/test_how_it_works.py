"""The tests of docs/how-it-works.md: each is named for its mark there; its docstring is the sentence before the mark.

examples/steps prints what it goes through; stepped.py asks it. Other tests call Django's handler in this process, with views of their own.
"""

import asyncio
import subprocess
import sys
import threading
from unittest import mock

import httpx
import pytest
from asgiref.testing import ApplicationCommunicator
from clients import STEPS, accept, http_scope, no_view, run, websocket
from django.apps import AppConfig
from django.apps.registry import Apps
from django.core.asgi import get_asgi_application
from django.core.handlers.asgi import ASGIHandler
from django.http import HttpResponse, StreamingHttpResponse
from django.test import override_settings
from django.urls import path
from stepped import COMMAND, FILES, difference, printed

ASGI, STEP = "oms/asgi.py", "examples/steps"
UVICORN = "uvicorn examples.steps.asgi:application --port PORT --log-level warning"
LINE_14 = 'os.environ.setdefault("DJANGO_SETTINGS_MODULE", "oms.settings")'
LOADED_BEFORE = f"{LINE_14}; from django.conf import settings; settings.DEBUG"
LINE_16 = "application = get_asgi_application()"
URLS_AT_IMPORT = f"{LINE_16}\nfrom django.urls import get_resolver\nget_resolver().url_patterns"
AT_START = FILES["import"].read_text().splitlines()
MIDDLEWARE = '"examples.steps.middleware.First", "examples.steps.middleware.Second"'
REVERSED = '"examples.steps.middleware.Second", "examples.steps.middleware.First"'
MISTAKE = "from oms import nothing_of_this_name"
NO_SUCH_NAME = "ImportError: cannot import name 'nothing_of_this_name' from 'oms'"
ROLLED = "_rolled"  # whether a SpooledTemporaryFile has become a file
HELD = threading.Event()  # what a synchronous view waits for


@pytest.fixture
def steps(serve):
    """Start the example, and ask each of its views and a WebSocket; give what it printed, by the name of its file."""
    return lambda: printed(serve(COMMAND, settings=None))


@pytest.fixture
def starts(start, tree):
    """Start the example; give "listens", or the last line that uvicorn said."""

    def starts():
        try:
            start(UVICORN, tree, None)
        except pytest.fail.Exception as error:
            return str(error).splitlines()[-1]
        return "listens"

    return starts


@pytest.fixture
def command(tree):
    """Run one of Django's commands; give the last line of the error that it ended with, or nothing."""

    def command(name):
        done = subprocess.run(
            [sys.executable, "-m", "django", *name.split(), "--settings", "oms.settings"],
            cwd=tree, capture_output=True, text=True,
        )  # fmt: skip
        return done.stderr.strip().rpartition("\n")[2]

    return command


def urls(view):
    """A URL module with one view."""
    return type("Urls", (), {"urlpatterns": [path("here", view)]})


async def ask(view, *events, **settings):
    """Send events to a handler that has one view; give the events that it answers with."""
    with override_settings(ROOT_URLCONF=urls(view), **settings):
        client = ApplicationCommunicator(ASGIHandler(), http_scope("here"))
        for event in events or ({"type": "http.request"},):
            await client.send_input(event)
        got = [await client.receive_output(60)]
        while got[-1]["type"] == "http.response.start" or got[-1].get("more_body"):
            got.append(await client.receive_output(60))
        await client.wait(60)
    return got


def body(*got):
    return b"".join(event.get("body", b"") for event in got).decode()


@pytest.mark.mutation(ASGI, LINE_16, URLS_AT_IMPORT)
def test_urls_later(saw, python):
    """When a server imports `asgi.py`, Django loads the settings, the apps with their models, and the middleware. It imports
    `urls.py` and the views with the first request.
    """
    modules = ", ".join(f"examples.steps.{name}" for name in ("settings", "models", "middleware", "urls", "views"))
    code = (
        "import sys, oms.asgi; from django.test import Client\n"
        f"there = lambda: ' '.join(name[15:] for name in {modules!r}.split(', ') if name in sys.modules)\n"
        "print('|', there()); Client().get('/sync', headers={'host': 'localhost'}); print('|', there())"
    )
    _, at_import, later = python(code, DJANGO_SETTINGS_MODULE="examples.steps.settings").split("|")
    saw("modules of the example that are imported with `oms.asgi`", " ".join(at_import.split()[:3]),
        "settings models middleware")  # fmt: skip
    saw("whether `urls` and `views` are among them", {"urls", "views"} <= {*at_import.split()}, False)
    saw("after a request", later, "settings models middleware urls views")


@pytest.mark.mutation(ASGI, LINE_16, URLS_AT_IMPORT)
def test_at_start(saw, steps):
    """What the server prints stands below its step."""
    saw("what uvicorn printed, with `examples.steps.asgi`", ", ".join(steps()["import"]), ", ".join(AT_START))


@pytest.mark.mutation(ASGI, LINE_14, LOADED_BEFORE)
def test_line_14_loads_nothing(saw, python):
    """Line 14 writes the name of the settings module into the environment, if there is none. Nothing is loaded
    yet.
    """
    code = (
        "import os, sys; from django.conf import settings; from django.apps import apps\n"
        "lines = open('oms/asgi.py').read().splitlines(); exec('\\n'.join(lines[:14]))\n"
        "print(os.environ['DJANGO_SETTINGS_MODULE'], settings.configured, apps.ready, 'oms.settings' in sys.modules)"
    )
    saw("after line 14: the variable; whether the settings are loaded, the apps, and the module `oms.settings`",
        python(code), "oms.settings False False False")  # fmt: skip


@pytest.mark.mutation(ASGI, LINE_14, LOADED_BEFORE)
def test_setup_begins(saw, python):
    """Line 16 calls `get_asgi_application()`. That calls `django.setup()`, which imports the settings."""
    code = (
        "import django; setup = django.setup\n"
        "django.setup = lambda *given, **named: (print('django.setup()'), setup(*given, **named))\n"
        "import oms.asgi"
    )
    said = python(code, DJANGO_SETTINGS_MODULE="examples.steps.settings")
    saw("what the example prints first", said[: said.find(" [MainThread] logging")],
        "django.setup() [MainThread] settings")  # fmt: skip


@pytest.mark.mutation(
    f"{STEP}/settings.py", "from oms.settings import *", "import examples.steps.apps\nfrom oms.settings import *"
)
def test_logging_before_apps(saw, steps):
    """It configures logging before it imports any app."""
    order = [line.split()[1] for line in steps()["import"]]
    saw("what the example prints for the logging and the app", ", ".join(name for name in order if name in ("logging", "app")),
        "logging, app")  # fmt: skip


def one_after_the_other(self, installed_apps):
    """Load each app with its models, and call its `ready()`, before the next."""
    for name in installed_apps:
        config = AppConfig.create(name)
        config.import_models()
        config.ready()


def rounds():
    """Load two apps, `a` and `b`; give what was done, in its order."""
    done = []

    class Told(AppConfig):
        path = "."

        def __init__(self, name):
            super().__init__(name, asyncio)
            done.append(f"import {name}")

        def import_models(self):
            done.append(f"models of {self.name}")

        def ready(self):
            done.append(f"ready() of {self.name}")

    with mock.patch.object(AppConfig, "create", Told):
        Apps(["a", "b"])
    return done


@pytest.mark.mutation("django.apps.registry.Apps.populate", one_after_the_other)
def test_apps_first(saw):
    """It imports all apps in `INSTALLED_APPS` before their models."""
    saw("two apps, `a` and `b`: what is done first", ", ".join(rounds()[:3]), "import a, import b, models of a")


@pytest.mark.mutation("django.apps.registry.Apps.populate", one_after_the_other)
def test_models_second(saw):
    """It imports all models."""
    saw("two apps, `a` and `b`: what is done then", ", ".join(rounds()[2:4]), "models of a, models of b")


@pytest.mark.mutation("django.apps.registry.Apps.populate", one_after_the_other)
def test_ready_last(saw):
    """Last, it calls each app's `ready()`."""
    saw("two apps, `a` and `b`: what is done last", ", ".join(rounds()[4:]), "ready() of a, ready() of b")


@pytest.mark.mutation(f"{STEP}/settings.py", MIDDLEWARE, REVERSED)
def test_last_made_first(saw, steps):
    """`get_asgi_application()` makes an `ASGIHandler`, which loads the middleware, the last in the list first."""
    saw("what the example prints last before it listens", ", ".join(steps()["import"][-2:]),
        "[MainThread] middleware Second, [MainThread] middleware First")  # fmt: skip


@pytest.mark.mutation(f"{__name__}.MISTAKE", "pass")
def test_error_ends_it(saw, starts, edited):
    """An error in one of these steps ends uvicorn before it listens."""
    for file, old, step in (
        ("settings.py", 'show("settings")', "settings"),
        ("models.py", 'show("models")', "models"),
        ("apps.py", 'show("ready()")', "`ready()`"),
        ("middleware.py", 'show(f"middleware {self.name}")', "middleware"),
    ):
        edited(f"{STEP}/{file}", old, MISTAKE)
        said = starts()
        edited(f"{STEP}/{file}", MISTAKE, old)
        saw(f"`{MISTAKE}` in the {step}", said.split(" (")[0], NO_SUCH_NAME)


@pytest.mark.mutation(f"{STEP}/apps.py", 'show("ready()")', "pass")
def test_each_worker(saw, start, project):
    """With `--workers 2` each process goes through all steps."""
    server = start(f"{UVICORN} --workers 2", project, None)
    server.says(r"(?s)(middleware First.*){2}", 120)
    said = server.said().splitlines()
    saw("how often the example printed each of its lines", {line: said.count(line) for line in AT_START},
        {line: 2 for line in AT_START})  # fmt: skip


@pytest.mark.mutation(f"{STEP}/settings.py", MIDDLEWARE, REVERSED)
def test_at_the_first_request(saw, steps):
    """With the first request, the server prints:"""
    saw("where what uvicorn printed after `GET /async` differs from `async.txt`, but for the ports",
        difference("async", steps()["async"]), "nowhere")  # fmt: skip


@pytest.mark.mutation(f"{STEP}/urls.py", "views.synchronous", "views.asynchronous")
def test_sync_view(saw, steps):
    """With the second request, the server prints:"""
    saw("where what uvicorn printed after `GET /sync` differs from `sync.txt`, but for the ports",
        difference("sync", steps()["sync"]), "nowhere")  # fmt: skip


@pytest.mark.mutation(f"{STEP}/asgi.py", 'message["text"]', "None, 'bytes': b'Hello'")
def test_a_websocket(saw, steps):
    """An application beside Django answers here, without middleware. The server prints:"""
    saw("where what uvicorn printed for a WebSocket differs from `websocket.txt`, but for the ports",
        difference("websocket", steps()["websocket"]), "nowhere")  # fmt: skip


@pytest.mark.mutation("django.core.handlers.asgi.ASGIHandler.__call__", accept)
def test_only_http(saw):
    """Django's handler accepts only `http`, and raises `ValueError` for other types."""
    for kind in ("websocket", "lifespan"):
        said = run(websocket(kind=kind))
        saw(f"a scope of the type `{kind}`", said,
            f"ValueError: Django can only handle ASGI/HTTP connections, not {kind}.")  # fmt: skip


async def first_piece(self, receive):
    """Read one piece of the body."""
    import io

    return io.BytesIO((await receive())["body"])


@pytest.mark.mutation("django.core.handlers.asgi.ASGIHandler.read_body", first_piece)
def test_body_first(saw):
    """The handler reads the whole body through `receive` before any middleware runs."""

    pieces = [{"body": b"a", "more_body": True}, {"body": b"b", "more_body": True}, {"body": b"c"}]

    async def receive():
        if not pieces:
            await asyncio.Event().wait()  # the client stays
        STEPS.append("piece")
        return {"type": "http.request", **pieces.pop(0)}

    async def send(event):
        pass

    async def ask():
        with override_settings(MIDDLEWARE=["clients.tracing"]):
            application = get_asgi_application()
        try:
            await application(http_scope("traced"), receive, send)
        except AssertionError as error:
            STEPS.append(str(error))

    STEPS.clear()
    run(ask())
    saw("a request with a body of three pieces", ", ".join(STEPS), "piece, piece, piece, middleware, view")


@pytest.mark.mutation(f"{__name__}.ROLLED", "_max_size")
def test_large_body(saw):
    """A body above `FILE_UPLOAD_MAX_MEMORY_SIZE`, 2.5 MB, is kept in a temporary file."""
    limit = 2_621_440

    async def kept(request):
        return HttpResponse(f"in {'a file' if getattr(request._stream, ROLLED) is True else 'memory'}")

    for size, expected in ((limit, "in memory"), (limit + 1, "in a file")):
        said = body(*run(ask(kept, {"type": "http.request", "body": bytes(size)})))
        saw(f"where a body of {size} bytes is", said, expected)


@pytest.mark.mutation("django.core.handlers.base.BaseHandler.get_response_async", no_view)
def test_no_url_matches(saw):
    """It runs even if no URL matches."""

    async def ask_for_another():
        with override_settings(MIDDLEWARE=["clients.tracing"], ROOT_URLCONF="clients"):
            client = ApplicationCommunicator(get_asgi_application(), http_scope("nowhere"))
            await client.send_input({"type": "http.request"})
            status = (await client.receive_output(60))["status"]
            await client.receive_output(60)
            await client.wait(60)
        return status

    STEPS.clear()
    saw("the status of a page that no URL matches", run(ask_for_another()), 404)
    saw("what ran", ", ".join(STEPS), "middleware")


@pytest.mark.mutation("django.core.handlers.base.BaseHandler._get_response_async", no_view)
def test_where_views_run(saw):
    """An `async` view runs on the server's event loop, and a synchronous one in a thread."""

    async def asynchronous(request):
        return HttpResponse(threading.get_ident())

    def synchronous(request):
        return HttpResponse(threading.get_ident())

    async def both():
        return [body(*await ask(view)) == str(threading.get_ident()) for view in (asynchronous, synchronous)]

    saw("whether each view ran in the thread of the event loop", run(both()), "[True, False]")


@pytest.mark.mutation("django.core.handlers.asgi.ASGIHandler.chunk_size", 2**20)
def test_events_of_a_response(saw):
    """The handler sends the status and headers, then the body in pieces of at most 64 KiB. It sends each piece of a
    stream by itself, and an empty one at the end.
    """

    async def large(request):
        return HttpResponse("a" * 150_000)

    async def stream(request):
        async def pieces():
            yield "one"
            yield "two"

        return StreamingHttpResponse(pieces())

    first, *pieces = run(ask(large, MIDDLEWARE=[]))
    saw("the first event, and what it has", " ".join(sorted(first)), "headers status type")
    saw("the pieces of a body of 150,000 bytes", [len(piece["body"]) for piece in pieces], [65536, 65536, 18928])
    _, *pieces = run(ask(stream, MIDDLEWARE=[]))
    saw("the pieces of a stream of two", [piece.get("body", b"").decode() for piece in pieces], ["one", "two", ""])


async def stay(self, receive):
    """Wait for nothing, as if the client never left."""
    await asyncio.Event().wait()


@pytest.mark.mutation("django.core.handlers.asgi.ASGIHandler.listen_for_disconnect", stay)
def test_client_leaves(saw):
    """If the client leaves early, Django cancels an `async` view with `CancelledError`; a synchronous one runs to its
    end.
    """
    seen, there = [], threading.Event()

    async def asynchronous(request):
        there.set()
        try:
            await asyncio.wait_for(asyncio.Event().wait(), 2)
        except BaseException as error:
            seen.append(type(error).__name__)
            raise

    def synchronous(request):
        there.set()
        HELD.wait(30)
        seen.append("its end")
        return HttpResponse()

    async def leave(view):
        there.clear()
        with override_settings(ROOT_URLCONF=urls(view), MIDDLEWARE=[]):
            client = ApplicationCommunicator(ASGIHandler(), http_scope("here"))
            await client.send_input({"type": "http.request"})
            await asyncio.to_thread(there.wait, 30)
            await client.send_input({"type": "http.disconnect"})
            asyncio.get_running_loop().call_soon(HELD.set)
            await client.wait(60)

    run(leave(asynchronous))
    saw("what an `async` view sees", " ".join(seen), "CancelledError")
    HELD.clear()
    seen.clear()
    run(leave(synchronous))
    saw("what a synchronous view comes to", " ".join(seen), "its end")


@pytest.mark.mutation(ASGI, LINE_16, URLS_AT_IMPORT)
def test_mistake_in_urls(saw, starts, start, edited, tree):
    """The mistake is in `urls.py`, or in a module that it imports, such as the views. uvicorn starts, and each request
    gets a 500.
    """
    for file in ("urls", "views"):
        edited(f"{STEP}/{file}.py", "from django", f"{MISTAKE}\nfrom django")
        try:
            server = start(UVICORN, tree, None)
        except pytest.fail.Exception:
            server = None
        saw(f"with `{MISTAKE}` in `{file}.py`, uvicorn", "listens" if server else "ends", "listens")
        for request in ("first", "second"):
            saw(f"the status of the {request} request", httpx.get(server.url).status_code, 500)
        edited(f"{STEP}/{file}.py", f"{MISTAKE}\n", "")


@pytest.mark.mutation(f"{__name__}.MISTAKE", "pass")
def test_check_finds_it(saw, edited, command):
    """Like `runserver`, it imports `urls.py` and ends with the error."""
    edited("oms/urls.py", "from django.contrib", f"{MISTAKE}\nfrom django.contrib")
    for name in ("check", "runserver --noreload 127.0.0.1:0"):
        saw(f"`python -m django {name}`", command(name).split(" (")[0], NO_SUCH_NAME)


@pytest.mark.mutation(ASGI, LINE_16, f"import examples.steps.middleware\n{LINE_16}")
def test_models_in_middleware(saw, edited, starts):
    """A middleware's module may import models: it is imported later."""
    edited(f"{STEP}/middleware.py", "from asgiref", "from django.contrib.auth.models import User\nfrom asgiref")
    saw("`from django.contrib.auth.models import User` in the module of a middleware: uvicorn", starts(), "listens")
