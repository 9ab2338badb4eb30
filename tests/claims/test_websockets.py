"""The tests of docs/websockets.md: each is named for its mark there, and its docstring is the sentence before the mark."""

import functools
import json
import os
import re
import shutil
import subprocess
import sys

import pytest
from clients import answer
from django.test import override_settings
from live import Chromium, logged, opened

from examples.websocket_plain import asgi
from tests.shared.running import ROOT

PLAIN = "uvicorn examples.websocket_plain.asgi:application --port PORT"
CHANNELS = "uvicorn examples.websocket_channels.asgi:application --port PORT"
PLAINS, USERS, CLIENT = (f"examples/websocket_plain/{name}.py" for name in ("asgi", "users", "client"))
ROUTES, CONSUMERS, DAPHNES = (f"examples/websocket_channels/{name}.py" for name in ("asgi", "consumers", "settings"))
RUNSERVER, SETTINGS = "django runserver PORT --noreload", "examples.websocket_channels.settings"
SCRIPT = "examples/websocket_channels/hello.js"
WELCOME = "HTTP/1.1 200, “The install worked successfully! Congratulations!”"
# Someone opens WebSockets with the cookie of a session, without one, and with one that is not known.
VISITS = """
import asyncio, json
import examples.websocket_channels.asgi, examples.websocket_plain.users
from channels.testing import WebsocketCommunicator
from django.contrib.auth.models import User
from django.core.management import call_command
from django.test import Client
for app in "auth", "sessions":
    call_command("migrate", app, verbosity=0)
User.objects.all().delete()
client = Client()
client.force_login(ben := User.objects.create(username="ben"))
seen = {}
ORIGIN = (b"origin", b"http://localhost")

def headers(key):
    return [ORIGIN, (b"cookie", f"other=1; sessionid={key}".encode())] if key else [ORIGIN]

async def say(socket):
    await socket.send_to("I am here")
    event = await socket.receive_output(60)
    return event.get("text", event["type"])

async def open(key):
    application = examples.websocket_channels.asgi.application
    socket = WebsocketCommunicator(application, "/ws/hello/", headers(key))
    await socket.connect(60)
    return socket

async def plain(key):
    user = await examples.websocket_plain.users.user_of({"type": "websocket", "headers": headers(key)})
    return user.get_username() or type(user).__name__

async def visits():
    key = client.cookies["sessionid"].value
    for how, used in (("session", key), ("none", ""), ("unknown", "a" * 32)):
        socket = await open(used)
        seen[how], seen[f"plain {how}"] = await say(socket), await plain(used)
        await socket.disconnect()
    first, second = await open(key), await open(key)
    await client.session.aflush()
    seen["logged out"] = await say(first)
    seen["active"] = await say(second)
    ben.is_active = False
    await ben.asave()
    seen["inactive"] = await say(second)

asyncio.run(visits())
print(json.dumps(seen))
"""
# A consumer that looks at the sessions at each message.
LOOKS = """from django.contrib.sessions.models import Session
        user = self.scope["user"]
        if not await Session.objects.aexists():
            return await self.close()"""
# A router that knows no sessions.
NOBODY = """(lambda scope, *rest: consumers(
            scope | {"user": __import__("django.contrib.auth.models").contrib.auth.models.AnonymousUser()}, *rest
        ))"""


def told(code, folder):
    """Run Python in a folder; give what it printed, or the last line of its error."""
    environment = os.environ | {"DJANGO_SETTINGS_MODULE": "oms.settings"}
    done = subprocess.run([sys.executable, "-c", code], cwd=folder, env=environment, capture_output=True, text=True)
    return done.stdout.strip() if done.returncode == 0 else done.stderr.strip().splitlines()[-1]


@pytest.fixture(scope="module")
def unchanged(tmp_path_factory):
    """Give what visitors saw of the examples without a mutation, the same to each test."""
    folder = tmp_path_factory.mktemp("tree")
    for name in ("oms", "examples"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    return functools.cache(lambda: json.loads(told(VISITS, folder)))


@pytest.fixture
def visits(unchanged, tree, project):
    """What visitors saw of the two examples."""
    return unchanged() if project == ROOT else json.loads(told(VISITS, tree))


@pytest.mark.mutation(PLAINS, '"text" if event.get("text") is not None else "bytes"', '"text"')
def test_text_and_bytes(saw, serve, project):
    """`/ws/echo/` sends back what it receives, text as text and bytes as bytes:"""
    code = (project / CLIENT).read_text().replace("8009", str(serve(PLAIN).port))
    saw("what `client.py` prints", told(code, project), r"hello b'\x00\xff'")


@pytest.mark.mutation(PLAINS, " and from_this_site(scope)", "")
def test_refused_before_accept(saw, serve):
    """A WebSocket from another host, without `Origin`, or to any other path gets 403."""
    server = serve(PLAIN)
    saw("with `Origin: http://localhost`", opened(server, "/ws/echo/"), "opened")
    saw("with `Origin: https://example.com`", opened(server, "/ws/echo/", origin="https://example.com"), "HTTP 403")
    saw("without `Origin`", opened(server, "/ws/echo/", origin=None), "HTTP 403")
    saw("to `/ws/other/`", opened(server, "/ws/other/"), "HTTP 403")


@pytest.mark.mutation(f"{asgi.__name__}.settings", type("Other", (), {"DEBUG": False, "ALLOWED_HOSTS": ["*"]}))
def test_hosts_that_may(saw):
    """`ALLOWED_HOSTS` names the allowed hosts; while it is empty and `DEBUG` is on, they are `localhost` and
    `127.0.0.1`.
    """
    local, other = ["http://localhost:8009", "http://127.0.0.1:8009"], ["https://example.com", "https://other.org"]
    broken = ["null", "http://", "http://[", "://example.com/..", "\u00e9", ""]
    for hosts, debug, expected in (
        (["example.com"], True, ["https://example.com"]),
        ([], True, local),
        ([], False, []),
    ):
        with override_settings(ALLOWED_HOSTS=hosts, DEBUG=debug):
            scopes = {origin: {"headers": [(b"origin", origin.encode("latin-1"))]} for origin in local + other + broken}
            may = [origin for origin, scope in scopes.items() if asgi.from_this_site(scope)]
        saw(f"with `ALLOWED_HOSTS = {hosts}` and `DEBUG = {debug}`, the origins that may", may, expected)


@pytest.mark.mutation(ROUTES, '"websocket": ', '"other": ')
def test_router_sends(saw, serve):
    """HTTP goes to Django, and a WebSocket to `/ws/hello/` goes to the consumer."""
    server = serve(CHANNELS)
    saw("`GET /`", answer(server.url), WELCOME)
    saw("a message to `/ws/hello/`", opened(server, "/ws/hello/", ["I am here"], 1), "Hello, visitor.")


@pytest.mark.mutation(ROUTES, "AllowedHostsOriginValidator(AuthM", "(AuthM")
def test_other_host_refused(saw, serve):
    """From another host, it gets 403."""
    said = opened(serve(CHANNELS), "/ws/hello/", origin="https://example.com")
    saw("with `Origin: https://example.com`", said, "HTTP 403")


@pytest.mark.mutation(ROUTES, "# This loads", "import django as early\n\nearly.setup()\n# This loads")
def test_consumers_below(saw, edited):
    """Import consumers after `get_asgi_application()`, which loads the apps: right before it, this import stops the
    server with `AppRegistryNotReady: Apps aren't loaded yet.`
    """
    line = "from examples.websocket_channels.consumers import Hello"
    tree = edited(ROUTES, "# This loads", f"{line}\n# This loads")
    said = told("import examples.websocket_channels.asgi", tree).removeprefix("django.core.exceptions.")
    saw(f"`{line}` above the call", said, "AppRegistryNotReady: Apps aren't loaded yet.")


@pytest.mark.mutation(ROUTES, "Hello.as_asgi()", "django")
@pytest.mark.recorded
def test_script_opens(saw, serve, project, tmp_path_factory):
    """In a browser, this script opens the WebSocket and logs `Hello, visitor.`"""
    server = serve(CHANNELS)
    chromium = Chromium(tmp_path_factory.mktemp("chromium"))
    try:
        chromium.visit(server.url)
        logs = "new Promise(say => { console.log = say; socket.onclose = event => say(event.type) })"
        saw("what the script logs, in Chromium", chromium.run((project / SCRIPT).read_text() + logs), "Hello, visitor.")
    finally:
        chromium.stop()


@pytest.mark.mutation(DAPHNES, '"daphne", ', "")
def test_runserver_with_daphne(saw, start, project):
    """With these settings, it accepts WebSockets:"""
    server = start(RUNSERVER, project, SETTINGS)
    said = opened(server, "/ws/hello/", ["I am here"], 1)
    saw("a message to `runserver` with these settings", said, "Hello, visitor.")


@pytest.mark.mutation("oms/settings.py", '"django.contrib.staticfiles"', '"django.contrib.sites"')
def test_daphne_first(saw, start, edited):
    """Put `daphne` first: after `django.contrib.staticfiles`, it stops `runserver` with `daphne.E001`."""
    tree = edited(DAPHNES, '["daphne", *INSTALLED_APPS]', '[*INSTALLED_APPS, "daphne"]')
    try:
        start(RUNSERVER, tree, SETTINGS)
        said = "starts"
    except pytest.fail.Exception as error:
        said = re.search(r"daphne\.\w+|$", str(error))[0]
    saw("`runserver`, with `daphne` last", said, "daphne.E001")


@pytest.mark.mutation(ROUTES, '"websocket": ', '"other": ')
def test_other_servers(saw, serve, project, python):
    """uvicorn and the command `daphne` work without `daphne` in `INSTALLED_APPS`."""
    saw(
        "`daphne` in `INSTALLED_APPS`",
        python("from oms import settings; print('daphne' in settings.INSTALLED_APPS)"),
        False,
    )
    for command in (CHANNELS, CHANNELS.replace("uvicorn", "daphne")):
        said = opened(serve(command), "/ws/hello/", ["I am here"], 1)
        saw(f"a message to {command.split()[0]}", said, "Hello, visitor.")


@pytest.mark.mutation(ROUTES, "AuthMiddlewareStack(consumers)", NOBODY)
def test_scope_user(saw, visits):
    """`AuthMiddlewareStack` looks up the session cookie: `scope["user"]` is the logged-in user, or `AnonymousUser`
    without a session.
    """
    saw("the answer to the cookie of ben's session", visits["session"], "Hello, ben.")
    saw("without a cookie", visits["none"], "Hello, visitor.")
    saw("with a cookie of no session", visits["unknown"], "Hello, visitor.")


@pytest.mark.mutation(CONSUMERS, 'user = self.scope["user"]', LOOKS)
def test_looked_up_once(saw, visits):
    """It does so once, when the WebSocket opens: a user who logs out stays connected."""
    saw("the answer after the log-out", visits["logged out"], "Hello, ben.")


@pytest.mark.mutation(CONSUMERS, ", is_active=True", "")
def test_inactive_is_cut_off(saw, visits):
    """The consumer above therefore queries the database at each message, and disconnects an inactive account."""
    saw("the answer to a message, while ben is active", visits["active"], "Hello, ben.")
    saw("to the next, when ben is no longer active", visits["inactive"], "websocket.close")


@pytest.mark.mutation(USERS, "SessionStore(key)", "SessionStore()")
def test_user_of(saw, visits):
    """It returns the logged-in user, or `AnonymousUser`."""
    saw("`user_of`, with the cookie of ben's session", visits["plain session"], "ben")
    saw("without a cookie", visits["plain none"], "AnonymousUser")
    saw("with a cookie of no session", visits["plain unknown"], "AnonymousUser")


@pytest.mark.mutation(PLAINS, "    await receive()  #", '    scope["query_string"] = b""\n    await receive()  #')
def test_address_is_logged(saw, start, project):
    """A token in the URL appears in uvicorn's log."""
    server = start(PLAIN, project)
    opened(server, "/ws/echo/?token=a-secret")
    expected = '"WebSocket /ws/echo/?token=a-secret" [accepted]'
    saw("the log", logged(server, '"WebSocket .*'), expected)
