"""The tests of docs/middleware.md: each is named for its mark there, and its docstring is the sentence before it."""

import os
import re
import subprocess
import sys
from unittest import mock

import httpx
import pytest
from asgiref.testing import ApplicationCommunicator
from clients import STEPS, http_scope, run
from django.contrib.staticfiles.handlers import ASGIStaticFilesHandler
from django.core.asgi import get_asgi_application
from django.test import override_settings

from examples.middleware import server_timing
from tests.shared.running import until

EXAMPLE, MODULE = "examples/middleware", "examples.middleware.settings"
FAILED = "ValueError: invalid literal for int() with base 10: 'many', ERROR: Application startup failed. Exiting."
UNCAUGHT = "except Exception:", "except ZeroDivisionError:"
READY = (
    "from django.apps import AppConfig\n\n\nclass Told(AppConfig):\n    name = 'told'\n\n    def ready(self):\n"
    "        from django.contrib.auth.models import User\n        {}\n"
)

IMPORTS = """
from examples.middleware.lifespan import with_lifespan
from examples.middleware.server_timing import server_timing
from examples.middleware.visits import visits
"""
# What the view says to Django's test clients, and to a request with a state.
VIEW_ALONE = """
import asyncio, re
import django
django.setup()
from django.conf import settings
from django.test import AsyncClient, AsyncRequestFactory, Client
settings.ALLOWED_HOSTS = ["testserver"]

async def main():
    for get in (lambda: asyncio.to_thread(Client().get, "/"), lambda: AsyncClient().get("/")):
        try:
            await get()
        except Exception as error:
            print(type(error).__name__)
    from examples.middleware.views import index
    request = AsyncRequestFactory().get("/")
    request.scope["state"] = {"counter": {"visits": 0}}
    response = await index(request)
    print("|", re.search("<h1>.*</h1>", response.content.decode())[0])

asyncio.run(main())
"""


@pytest.fixture
def uvicorn(start, tree):
    """Start the example as the page does."""

    def uvicorn(options="", application="examples.middleware.asgi:application", settings=MODULE):
        return start(f"uvicorn {application} --port PORT {options}", tree, settings)

    return uvicorn


@pytest.fixture
def ready(tree):
    """Add an app with a line of code in `AppConfig.ready`."""

    def ready(line):
        (tree / "told").mkdir()
        (tree / "told/apps.py").write_text(READY.format(line))
        (tree / "told/settings.py").write_text("from oms.settings import *\n\nINSTALLED_APPS += ['told']\n")

    return ready


@pytest.fixture
def manage(tree):
    """Run one of Django's commands with that app; give what it printed."""

    def manage(command):
        environment = os.environ | {"DJANGO_SETTINGS_MODULE": "told.settings"}
        words = [sys.executable, "-m", "django", command]
        done = subprocess.run(words, cwd=tree, env=environment, capture_output=True, text=True)
        return (done.stdout + done.stderr).strip()

    return manage


@pytest.fixture
def start_fails(uvicorn):
    """Start the example; give the errors that uvicorn printed, or what the page says where it started."""

    def start_fails(options=""):
        try:
            return visit(uvicorn(options))
        except pytest.fail.Exception as failed:
            said = re.findall(r"^(?:ERROR: .*|\w+Error: .*)", str(failed), re.MULTILINE)
        return ", ".join(line for line in said if not line.endswith("Traceback (most recent call last):"))

    return start_fails


def visit(server):
    """Visit the page; give its heading, or the status of an answer that has none."""
    answer = httpx.get(server.url)
    heading = re.search("<h1>(Visit .*)</h1>", answer.text)
    return heading[1] if heading else answer.status_code


async def answers(application, scope):
    """Send one request to an application; give the events that it answers with."""
    client = ApplicationCommunicator(application, scope)
    await client.send_input({"type": "http.request"})
    events = [await client.receive_output(60)]
    while events[-1]["type"] == "http.response.start" or events[-1].get("more_body"):
        events.append(await client.receive_output(60))
    await client.wait(60)
    return events


async def no_headers(scope, receive, send):
    """An application whose response has no headers, which ASGI allows."""
    await send({"type": "http.response.start", "status": 204})
    await send({"type": "http.response.body"})


def untouched(application):
    """A middleware that does nothing."""
    return application


@pytest.mark.mutation("examples.middleware.server_timing.server_timing", untouched)
def test_adds_a_header(saw):
    """It adds one header to each response, and leaves the rest unchanged."""
    application = get_asgi_application()
    for view in ("asynchronous", "stream", "gone"):
        plain = run(answers(application, http_scope(view)))
        timed = run(answers(server_timing.server_timing(application), http_scope(view)))
        *others, (name, _) = timed[0]["headers"]
        saw(f"`/{view}`, {plain[0]['status']}: the last of its headers", name.decode(), "server-timing")
        timed[0]["headers"] = others
        saw("whether all else is as without the middleware", timed == plain, True)
    alone = run(answers(server_timing.server_timing(no_headers), http_scope("")))[0]["headers"]
    names = [name.decode() for name, _ in alone]
    saw("the headers, where an application sends none of its own", ", ".join(names), "server-timing")


def always_timed(application):
    """A middleware that calls the application with another `send`."""

    async def timed(scope, receive, send):
        await application(scope, receive, lambda event: send(event))

    return timed


@pytest.mark.mutation("examples.middleware.server_timing.server_timing", always_timed)
def test_passes_the_rest(saw):
    """For a WebSocket and lifespan, it passes on the same `scope`, `receive` and `send`."""
    for kind in ("websocket", "lifespan"):
        application = mock.AsyncMock()
        arguments = {"type": kind}, mock.AsyncMock(), mock.AsyncMock()
        run(server_timing.server_timing(application)(*arguments))
        same = all(got is given for got, given in zip(application.call_args.args, arguments, strict=True))
        saw(f"whether they are the same, for `{kind}`", same, True)


@pytest.mark.mutation("django.contrib.staticfiles.handlers.StaticFilesHandlerMixin._should_handle", lambda *_: False)
def test_sees_more(saw):
    """It sees what Django's middleware does not: a static file from `ASGIStaticFilesHandler`, and a request that Django
    cannot read.
    """
    with override_settings(MIDDLEWARE=["clients.tracing"]):
        application = server_timing.server_timing(ASGIStaticFilesHandler(get_asgi_application()))
        for name, scope, expected in (
            ("a page", http_scope("traced"), "200, in both"),
            ("a page that is not there", http_scope("gone"), "404, in both"),
            ("a static file", http_scope("static/admin/css/base.css"), "200, in this one"),
            ("a query of `%ff` as a byte", http_scope("traced") | {"query_string": b"\xff"}, "400, in this one"),
        ):
            STEPS.clear()
            began = run(answers(application, scope))[0]
            seen = "both" if "middleware" in STEPS else "this one"
            assert b"server-timing" in dict(began["headers"])
            saw(f"{name}: its status, and which middleware has seen it", f"{began['status']}, in {seen}", expected)


@pytest.mark.mutation(
    f"{EXAMPLE}/views.py", "from django.shortcuts", "import examples.middleware.asgi\n\nfrom django.shortcuts"
)
def test_not_under_runserver(saw, start, edited):
    """`runserver` does not load `asgi.py`, so it runs no wrapper, and the page fails."""
    folder = edited(f"{EXAMPLE}/asgi.py", "import os\n", "import os\n\nprint('loaded')\n")
    server = start("django runserver --noreload PORT", folder, MODULE)
    answer = httpx.get(server.url)
    saw("the status of the page under `runserver`", answer.status_code, 500)
    saw("whether its response has the header", "server-timing" in answer.headers, False)
    saw("whether it has loaded the example's `asgi.py`", "loaded" in server.said(), False)


@pytest.mark.mutation(f"{EXAMPLE}/visits.py", "FILE.write_text", "print")
def test_opens_and_closes(saw, uvicorn, tree):
    """The code before the `yield` in `visits` runs when the server starts, and the code after it when SIGTERM stops the
    server.
    """
    server = uvicorn()
    saw("the page", visit(server), "Visit 1")
    saw("whether `visits.txt` is there", (tree / "visits.txt").exists(), False)
    server.stop()
    said = (tree / "visits.txt").read_text() if (tree / "visits.txt").exists() else "no file"
    saw("`visits.txt` after SIGTERM", said, "1")
    saw("the page of a server that starts then", visit(uvicorn()), "Visit 2")


@pytest.mark.mutation(f"{EXAMPLE}/views.py", '["visits"] += 1', '["visits"] += 1\n    open("visits.txt", "w")')
def test_not_at_sigkill(saw, uvicorn, tree):
    """SIGKILL leaves no time for that: what is only in memory is lost."""
    server = uvicorn()
    saw("the page", visit(server), "Visit 1")
    server.process.kill()
    server.process.wait(60)
    saw("whether `visits.txt` is there after SIGKILL", (tree / "visits.txt").exists(), False)


@pytest.mark.mutation(f"{EXAMPLE}/views.py", 'counter = request.scope["state"]["counter"]', 'counter = {"visits": 0}')
def test_state_is_copied(saw, uvicorn, edited):
    """uvicorn gives each request a copy of `state`. All share the same counter; a key that a request adds is gone with
    the request.
    """
    told = "print(counter, *request.scope['state'], flush=True)"
    edited(f"{EXAMPLE}/views.py", "    return", f"    {told}\n    request.scope['state']['new'] = 1\n    return")
    server = uvicorn()
    visit(server), visit(server)
    first, second = re.findall(r"^(\{.*)", server.said(), re.MULTILINE)
    saw("the counter and the keys of `state`, in the view of one request", first, "{'visits': 1} counter")
    saw("in that of the next, where each adds a key", second, "{'visits': 2} counter")


@pytest.mark.mutation(f"{EXAMPLE}/views.py", 'request.scope["state"]["counter"]', '{"visits": 1}')
def test_in_a_test(saw, python):
    """In a test, take a request from `AsyncRequestFactory`, and put a `state` into its `scope`."""
    said = python(VIEW_ALONE, DJANGO_SETTINGS_MODULE=MODULE)
    saw("what a view says to `Client` and `AsyncClient`", said.partition(" | ")[0], "AttributeError KeyError")
    saw("its page for such a request, with a `state`", said.partition(" | ")[2], "<h1>Visit 1</h1>")


@pytest.mark.mutation(f"{EXAMPLE}/visits.py", "int(FILE", "len(FILE")
def test_in_your_own(saw, uvicorn, tree):
    """In your own `asgi.py`, the last line is `application = with_lifespan(server_timing(get_asgi_application()), visits)`."""
    line = " ".join(test_in_your_own.__doc__.split()).rsplit("`")[-2]
    text = (tree / "oms/asgi.py").read_text()
    wrapped = text.replace("application = get_asgi_application()", f"{IMPORTS}\n{line}")
    (tree / "own.py").write_text(wrapped)
    (tree / "visits.txt").write_text("4")
    saw("the page of a project whose `asgi.py` ends so", visit(uvicorn(application="own:application")), "Visit 5")


@pytest.mark.mutation(f"{EXAMPLE}/visits.py", "int(FILE", "len(FILE")
def test_failed_start(saw, start_fails, tree):
    """If the code fails at startup, uvicorn prints the error and exits."""
    (tree / "visits.txt").write_text("many")
    saw("the errors that `uvicorn` prints, with `many` in `visits.txt`", start_fails(), FAILED)


@pytest.mark.mutation(f"{EXAMPLE}/visits.py", "int(FILE", "len(FILE")
def test_swallowed(saw, uvicorn, edited, tree):
    """Without the `except` in `lifespan.py`, uvicorn takes the error for missing lifespan support: it logs `ASGI
    'lifespan' protocol appears unsupported.`, starts, and the page fails.
    """
    edited(f"{EXAMPLE}/lifespan.py", *UNCAUGHT)
    (tree / "visits.txt").write_text("many")
    server = uvicorn()
    lines = [line.split("INFO:")[1].strip() for line in server.said().splitlines() if "lifespan" in line]
    saw("the log of `uvicorn`", ", ".join(lines), "ASGI 'lifespan' protocol appears unsupported.")
    saw("the page", visit(server), 500)


@pytest.mark.mutation(f"{EXAMPLE}/visits.py", "int(FILE", "len(FILE")
def test_lifespan_on(saw, edited, start_fails, tree):
    """With `--lifespan on`, it prints the error and exits."""
    edited(f"{EXAMPLE}/lifespan.py", *UNCAUGHT)
    (tree / "visits.txt").write_text("many")
    expected = f"ERROR: Exception in 'lifespan' protocol, {FAILED}"
    saw("the errors that `uvicorn --lifespan on` prints, with no `except`", start_fails("--lifespan on"), expected)


@pytest.mark.mutation(f"{EXAMPLE}/asgi.py", "with_lifespan(server_timing(project), visits)", "server_timing(project)")
def test_once_per_worker(saw, uvicorn, edited):
    """With `--workers 2`, lifespan runs in each worker, and each has its own counter."""
    edited(f"{EXAMPLE}/visits.py", "yield {", "print('opened', flush=True); yield {")
    edited(f"{EXAMPLE}/visits.py", "FILE.write", "print('closed', flush=True); FILE.write")
    server = uvicorn("--workers 2 --timeout-worker-healthcheck 60")
    until(lambda: server.said().count("Application startup complete.") == 2, 120)
    saw("how often it has opened", server.said().count("opened"), 2)
    server.process.terminate()
    server.process.wait(60)
    saw("how often it has closed after SIGTERM", server.said().count("closed"), 2)


@pytest.mark.mutation("oms/asgi.py", "= get_asgi_application()", "= print")
def test_ready_in_each_process(saw, uvicorn, ready, manage):
    """It runs in each process that loads the apps: in the server, and in every command."""
    ready("print('ready', flush=True)")
    server = uvicorn(application="oms.asgi:application", settings="told.settings")
    saw("how often `ready` is printed by `uvicorn oms.asgi:application`", server.said().count("ready\n"), 1)
    saw("by `python -m django check`", manage("check").splitlines().count("ready"), 1)


@pytest.mark.mutation(
    "oms/settings.py",
    '"db.sqlite3",',
    '"db.sqlite3", "OPTIONS": {"init_command": "CREATE TABLE IF NOT EXISTS auth_user (id)"},',
)
def test_ready_asks_no_database(saw, ready, manage):
    """If you query the database there, `migrate` fails before the tables exist."""
    ready("User.objects.count()")
    said = manage("migrate").splitlines()[-1]
    saw("the last line of `migrate`", said, "django.db.utils.OperationalError: no such table: auth_user")
