"""The tests of docs/chat.md: each is named for its mark there, and its docstring is the sentence before the mark.

tests/examples/test_chat.py uses the chat in browsers, and measure/commands runs the page's commands.
"""

import functools
import json
import os
import re
import shutil
import subprocess
import sys
from importlib import metadata

import httpx
import pytest
from channels.layers import InMemoryChannelLayer
from clients import run
from live import opened
from websockets.exceptions import InvalidMessage

from tests.shared.chat import Visitor, joining, named
from tests.shared.running import REDIS, ROOT, Servers

CHAT, MODULE = "uvicorn examples.chat.{}:application --port PORT", "examples.chat.settings"
ASGI, CONSUMERS, PLAIN, RULES, SETTINGS, VIEWS = (
    f"examples/chat/{name}.py" for name in ("asgi", "consumers", "plain", "messages", "settings", "views")
)
BOTH = {"plain": "plain ASGI", "asgi": "Channels"}
ROOM = 'self.scope["url_route"]["kwargs"]["room"]'
PUT = "put(other, said)"
# Each message waits less than the one before it.
PUT_BACKWARDS = """asyncio.get_running_loop().call_later(
                        0.6 - 0.1 * len(speaker.times), put, other, said
                    )"""
# AllowedHostsOriginValidator without the settings.
ONE_HOST = """OriginValidator, WebsocketDenier
AllowedHostsOriginValidator = lambda router: OriginValidator(router, ["127.0.0.1"])"""
# A user, whose password is kept by what is quick and not safe.
QUICK = "django.contrib.auth.hashers.MD5PasswordHasher"
BEN = """
import django; django.setup()
from django.contrib.auth.models import User
from django.core.management import call_command
for app in "auth", "sessions":
    call_command("migrate", app, verbosity=0)
User.objects.create_superuser("ben", password="garden")
"""
# A consumer that takes no notice of who is logged in.
ANONYMOUS = """import AsyncWebsocketConsumer as Base

class AsyncWebsocketConsumer(Base):
    async def __call__(self, scope, receive, send):
        from django.contrib.auth.models import User
        await super().__call__(scope | {"user": User(username="nobody")}, receive, send)"""


@pytest.fixture
def chat(start, tree):
    """Start a process of the chat as the page does, in plain ASGI or with Channels, with options, or with Redis."""

    def chat(module="asgi", options="", redis=None):
        return start(f"{CHAT.format(module)} {options}", tree, MODULE, REDIS_URL=redis)

    return chat


@pytest.fixture(scope="module")
def unchanged(tmp_path_factory):
    """Give a process of the chat without a mutation, the same to each test."""
    with Servers(tmp_path_factory.mktemp) as start:
        yield functools.cache(lambda module: start(CHAT.format(module), settings=MODULE, REDIS_URL=None))


@pytest.fixture
def servers(start, project, unchanged):
    """Processes of the chat in which other tests may have been, by the name of what serves it."""
    own = functools.partial(start, folder=project, settings=MODULE, REDIS_URL=None)
    return {name: unchanged(module) if project == ROOT else own(CHAT.format(module)) for module, name in BOTH.items()}


@pytest.fixture
def server(servers):
    """One of them: with Channels."""
    return servers["Channels"]


@pytest.fixture
def redis(start, tmp_path):
    """The address of a Redis of this test's own."""
    return f"redis://127.0.0.1:{start(REDIS, tmp_path).port}/0"


@pytest.fixture
def join():
    """Let someone into a room."""
    with joining() as join:
        yield join


@pytest.mark.mutation(CONSUMERS, ROOM, '"all"')
@pytest.mark.mutation(PLAIN, 'talk(room["room"]', 'talk("all"')
def test_one_room_hears(saw, servers, join):
    """What a visitor writes appears at once for everyone in the same room, and for nobody in another."""
    for name, server in servers.items():
        writer, reader, other = join(server), join(server), join(server, path="/rooms/kitchen/")
        writer.writes("tomatoes")
        other.writes("soup")
        saw(f"{name}: “tomatoes” is written in the garden, and the writer hears", writer.hears(1), ["tomatoes"])
        saw("another in the garden hears", reader.hears(1), ["tomatoes"])
        saw("the one in the kitchen, who writes “soup”, hears", other.hears(1), ["soup"])


@pytest.mark.mutation(SETTINGS, "backends.signed_cookies", "backends.db")
def test_needs_nothing_else(saw, chat, join, tree):
    """The chat needs no database: the session is in a signed cookie."""
    for module, name in BOTH.items():
        server = chat(module)
        try:
            said = join(server).writes("hello")
        except KeyError:
            said = "no cookie"
        saw(f"{name}: a message", said, "accepted")
    saw("databases in the folder", len([*tree.glob("*.sqlite3")]), 0)


@pytest.mark.mutation(VIEWS, "if name := request.session.get", 'if name := "Ann" or request.session.get')
def test_asks_for_a_name(saw, server):
    """A room's page sends a visitor without a name to the form."""
    page = httpx.get(f"{server.url}/rooms/kitchen/")
    saw(
        "the status of a room's page, and where it leads",
        (page.status_code, page.headers.get("location")),
        "(302, '/?room=kitchen')",
    )
    page = httpx.get(f"{server.url}/rooms/kitchen/", headers=named(server))
    saw("with a name", page.status_code, 200)


@pytest.mark.mutation(PLAIN, "Speaker(name)", "Speaker('Ann')")
@pytest.mark.mutation(CONSUMERS, "Speaker(name)", "Speaker('Ann')")
def test_name_of_the_session(saw, servers, join):
    """A message has the name that was in its sender's session when the connection began, whatever else is in the frame."""
    for name, server in servers.items():
        ben = join(server, "Ben")
        ben.sends('{"name": "Ann", "text": "hello"}')
        ben.hears(1)
        saw(f"{name}: Ben sends the name Ann with a text; it comes from", ben.names, ["Ben"])


@pytest.mark.mutation(PLAIN, '"code": NO_NAME', '"code": 1000')
@pytest.mark.mutation(CONSUMERS, "self.close(NO_NAME)", "self.close()")
def test_no_name(saw, servers, join):
    """A WebSocket whose session has no name is accepted, and closed with the code 4401."""
    for name, server in servers.items():
        for what, headers in (("no cookie", {}), ("a forged cookie", {"Cookie": "sessionid=QW5u:1:x"})):
            saw(f"{name}: {what}", join(server, headers=headers).writes("hello"), "the connection ends with 4401")


@pytest.mark.mutation(
    PLAIN, "application(scope, receive, send):", "application(scope, receive, send):\n    raise OSError"
)
@pytest.mark.mutation(ASGI, "Chat.as_asgi()", "WebsocketDenier.as_asgi()")
def test_in_your_project(saw, start, tree, tmp_path_factory):
    """Then `uvicorn chat.plain:application` or `uvicorn chat.asgi:application` serves your project with the chat in it."""
    folder = tmp_path_factory.mktemp("own")
    subprocess.run([sys.executable, "-m", "django", "startproject", "mysite", folder], check=True)
    shutil.copytree(tree / "examples/chat", folder / "chat", ignore=shutil.ignore_patterns("__pycache__"))
    for file in (folder / "chat").glob("*.py"):
        file.write_text(file.read_text().replace("examples.chat", "chat").replace("from oms.", "from mysite."))
    for module in BOTH:
        server = start(f"uvicorn chat.{module}:application --port PORT", folder, None)
        saw(f"`chat.{module}`: a WebSocket to `/rooms/garden/`", opened(server, "/rooms/garden/"), "opened")
        login = httpx.get(f"{server.url}/admin/login/").status_code
        saw("the status of `/admin/login/`, a page of the project", login, 200)


@pytest.mark.mutation(PLAIN, "await session.aget(", "session.get(")
@pytest.mark.mutation(CONSUMERS, 'await self.scope["session"].aget(', 'self.scope["session"].get(')
@pytest.mark.recorded
def test_own_sessions(saw, chat, join, edited):
    """Without that line both read the session from the database."""
    folder = edited(SETTINGS, 'SESSION_ENGINE = "django.contrib.sessions.backends.signed_cookies"', "")
    environment = os.environ | {"DJANGO_SETTINGS_MODULE": MODULE}
    migrate = [sys.executable, "-m", "django", "migrate", "sessions", "--verbosity", "0"]
    subprocess.run(migrate, cwd=folder, env=environment, check=True)
    for module, name in BOTH.items():
        server = chat(module)
        cookie = named(server)
        try:
            said = join(server, headers=cookie)
            said = said.writes("hello") if isinstance(said, Visitor) else said
        except InvalidMessage:
            said = "nothing"
        saw(f"{name}: the length of the cookie", len(cookie["Cookie"].removeprefix("sessionid=")), 32)
        saw("a message", said, "accepted")


@pytest.mark.mutation(ASGI, '"http": project', '"http": URLRouter(rooms)')
@pytest.mark.mutation(PLAIN, "await project(scope", "await enter(scope")
def test_two_applications(saw, servers):
    """HTTP goes to the `application` of `oms/asgi.py`, and WebSockets to the chat."""
    for name, server in servers.items():
        title = re.search("<title>(.*?)</title>", httpx.get(f"{server.url}/admin/login/").text)
        saw(f"{name}: the project's page `/admin/login/`", title and title[1], "Log in | Django site admin")
        saw("a WebSocket", opened(server, "/rooms/garden/", origin="http://127.0.0.1"), "opened")


@pytest.mark.mutation(ASGI, "# This loads", "import django\n\ndjango.setup()\n# This loads")
@pytest.mark.mutation(PLAIN, "# This loads", "import django\n\ndjango.setup()\n# This loads")
def test_oms_first(saw, chat, tree):
    """With the imports in alphabetical order, the server fails with `AppRegistryNotReady: Apps aren't loaded yet.`"""
    for module, path in (("plain", PLAIN), ("asgi", ASGI)):
        file = tree / path
        lines = file.read_text().splitlines()
        places = [number for number, line in enumerate(lines) if line.startswith("from ")]
        for number, line in zip(places, sorted(lines[number] for number in places), strict=True):
            lines[number] = line
        for order, text, expected in (
            ("the page's order", file.read_text(), "starts"),
            ("alphabetical order", "\n".join(lines), "AppRegistryNotReady: Apps aren't loaded yet."),
        ):
            file.write_text(text)
            try:
                chat(module)
                said = "starts"
            except pytest.fail.Exception as error:
                said = str(error).splitlines()[-1].removeprefix("django.core.exceptions.")
            saw(f"`{module}.py` with the imports in {order}", said, expected)


@pytest.mark.mutation(ASGI, "AllowedHostsOriginValidator(websocket)", "websocket")
@pytest.mark.mutation(PLAIN, 'not from_this_site(headers.get(b"origin", ""))', "False")
def test_other_origins(saw, servers, join):
    """A WebSocket from a page of another host, or from a client without `Origin`, gets 403."""
    for name, server in servers.items():
        saw(f"{name}: with `Origin: https://example.com`", join(server, origin="https://example.com"), 403)
        saw("without `Origin`", join(server, origin=None), 403)
        saw("with `Origin: http://127.0.0.1`", join(server).writes("hello"), "accepted")


@pytest.mark.mutation(ASGI, "AllowedHostsOriginValidator, WebsocketDenier", ONE_HOST)
@pytest.mark.mutation(PLAIN, "allowed = settings.ALLOWED_HOSTS", "allowed = []")
def test_allowed_hosts(saw, chat, join, edited):
    """`ALLOWED_HOSTS` names the sites that may connect; with `"*"` in it every site may."""
    for allowed, origins in (
        (["example.com"], {"https://example.com": True, "https://example.net": False}),
        (["*"], {"https://example.net": True}),
    ):
        edited(SETTINGS, "ROOT_URLCONF =", f"ALLOWED_HOSTS = {allowed}\nROOT_URLCONF =")
        for module, name in BOTH.items():
            server = chat(module)
            for origin, expected in origins.items():
                opened = join(server, origin=origin, headers={}) != 403
                saw(f"{name}: `Origin: {origin}`, with `ALLOWED_HOSTS = {allowed}`, opens one", opened, expected)


@pytest.mark.mutation(ASGI, ', re_path("", WebsocketDenier.as_asgi())', "")
@pytest.mark.mutation(PLAIN, "re.fullmatch(ROOM,", 're.match("(?P<room>r)",')
def test_only_rooms(saw, servers, join):
    """A URL that names no room gets 404, and a WebSocket to it 403."""
    for name, server in servers.items():
        for path in ("/rooms/Gar.den/", f"/rooms/{41 * 'a'}/", "/elsewhere/"):
            saw(f"{name}: `{path}`", httpx.get(f"{server.url}{path}").status_code, 404)
            saw("a WebSocket to it", join(server, path=path), 403)
        saw("tracebacks in uvicorn's output", server.said().count("Traceback"), 0)


@pytest.mark.mutation(PLAIN, PUT, PUT_BACKWARDS)
def test_order_holds(saw, servers, join):
    """Everyone in a room gets its messages in the same order."""
    for name, server in servers.items():
        visitors = [join(server) for _ in range(10)]
        for number in range(5):
            for who, visitor in enumerate(visitors):
                visitor.connection.send(json.dumps({"text": f"{who}: {number}"}))
        orders = {tuple(visitor.hears(50)) for visitor in visitors}
        saw(f"{name}: 10 visitors write 5 messages each, and get this many lists that differ", len(orders), 1)
        texts = list(orders.pop())
        own = [[text for text in texts if text.startswith(f"{who}: ")] for who in range(10)]
        saw("lists of one writer's messages that are in order", sum(len(o) == 5 and o == sorted(o) for o in own), 10)


@pytest.mark.mutation(RULES, "except (ValueError, RecursionError):", "except RecursionError:")
def test_refuses_nonsense(saw, servers, join):
    """Bytes, invalid JSON or wrong types are refused with a reason, and the connection stays open."""
    not_an_object = "A message is JSON, an object with a text."
    for name, server in servers.items():
        for what, frame, reason in (
            ("bytes", b"{}", "A message is text, of at most 10000 characters as JSON."),
            ("half of an object", '{"text": "hello"', not_an_object),
            ("a number", "7", not_an_object),
            ("a text that is a number", '{"text": 7}', not_an_object),
            ("9,000 brackets", 9000 * "[", not_an_object),
        ):
            visitor = join(server)
            saw(f"{name}: {what}", visitor.sends(frame), reason)
            saw("a message after it", visitor.writes("hello"), "accepted")
        saw("tracebacks in uvicorn's output", server.said().count("Traceback"), 0)


@pytest.mark.mutation(RULES, "10_000, 30, 500", "10_000, 30, 501")
def test_limits_size(saw, servers, join):
    """A message over 500 characters is refused, too, and the sixth message in five seconds."""
    for name, server in servers.items():
        visitor = join(server)
        saw(f"{name}: 500 characters", visitor.writes(500 * "é"), "accepted")
        saw("501", visitor.writes(501 * "é"), "A message has 1 to 500 characters; this one has 501.")
        visitor = join(server)
        for _ in range(6):
            visitor.connection.send('{"text": "hello"}')
        answers = [visitor.answer() for _ in range(6)]
        saw("five messages at once", {*answers[:5]}, {"accepted"})
        saw("a sixth", answers[5], "That was too fast. Wait a moment, then send it again.")


@pytest.mark.mutation(RULES, 'raise Refused(f"A message is text, of', 'raise OSError(f"')
@pytest.mark.recorded
def test_ws_max_size(saw, servers, chat, join):
    """uvicorn accepts frames of up to 16 MiB; with `--ws-max-size 16384` a longer one ends the connection with 1009."""
    too_long = "A message is text, of at most 10000 characters as JSON."
    for module, name in BOTH.items():
        server = servers[name]
        saw(f"{name}: 16 MiB", join(server).sends(16 * 2**20 * "a"), too_long)
        saw("a byte more", join(server).sends((16 * 2**20 + 1) * "a"), "the connection ends with 1009")
        server = chat(module, "--ws-max-size 16384")
        saw("16,384 bytes, with the option", join(server).sends(16384 * "a"), too_long)
        saw("a byte more", join(server).sends(16385 * "a"), "the connection ends with 1009")


@pytest.mark.mutation(
    CONSUMERS,
    "            await self.accept()\n        else",
    """            await self.accept()
            await self.send('{"name": "Ann", "text": "before"}')
        else""",
)
@pytest.mark.mutation(
    PLAIN,
    "        while frame :=",
    """        await send({"type": "websocket.send", "text": '{"name": "Ann", "text": "before"}'})
        while frame :=""",
)
def test_nothing_is_kept(saw, servers, join):
    """Nothing is stored: newcomers do not get earlier messages."""
    for name, server in servers.items():
        first = join(server)
        first.writes("before")
        second = join(server)
        first.writes("after")
        saw(
            f"{name}: a visitor writes, a second comes, and the first writes; the second hears",
            second.hears(1),
            ["after"],
        )


@pytest.mark.mutation(CONSUMERS, "import AsyncWebsocketConsumer", ANONYMOUS)
@pytest.mark.recorded
def test_accounts(saw, chat, join, edited):
    """With `AuthMiddlewareStack` instead of `SessionMiddlewareStack`, the consumer has the logged-in user's name in
    `self.scope["user"].username`; without a login it is empty.
    """
    edited(ASGI, "SessionMiddlewareStack(URL", "AuthMiddlewareStack(URL")
    edited(ASGI, "# isort: split", "from channels.auth import AuthMiddlewareStack")
    edited(CONSUMERS, 'await self.scope["session"].aget("name")', 'self.scope["user"].username')
    folder = edited(SETTINGS, "ROOT_URLCONF =", f"PASSWORD_HASHERS = [{QUICK!r}]\nROOT_URLCONF =")
    environment = os.environ | {"DJANGO_SETTINGS_MODULE": MODULE}
    subprocess.run([sys.executable, "-c", BEN], cwd=folder, env=environment, check=True)
    server = chat()
    with httpx.Client(base_url=server.url) as browser:
        browser.get("/admin/login/")
        form = {"username": "ben", "password": "garden", "csrfmiddlewaretoken": browser.cookies["csrftoken"]}
        browser.post("/admin/login/", data=form)
        visitor = join(server, headers={"Cookie": f"sessionid={browser.cookies['sessionid']}"})
    visitor.writes("who?")
    visitor.hears(1)
    saw("a message after a login as ben in the admin comes from", visitor.names, ["ben"])
    saw("a message without a login", join(server, headers={}).writes("hello"), "the connection ends with 4401")


@pytest.mark.mutation(SETTINGS, 'os.environ.get("REDIS_URL")', '""')
@pytest.mark.recorded
def test_redis_joins(saw, chat, join, redis):
    """With `REDIS_URL` two processes exchange messages through Redis; without it, and in plain ASGI, they do not."""
    for how, module, url, expected in (
        ("with `REDIS_URL`", "asgi", redis, ["from the other", "own"]),
        ("without it", "asgi", None, ["own"]),
        ("in plain ASGI", "plain", redis, ["own"]),
    ):
        here, there = (join(chat(module, redis=url)) for _ in range(2))
        there.writes("from the other")
        here.writes("own")
        saw(f"what arrives at one process, {how}", here.hears(len(expected)), expected)


@pytest.mark.mutation(SETTINGS, "[redis]", '[{"address": redis, "socket_timeout": None}]')
@pytest.mark.recorded
def test_other_layer_times_out(saw, chat, join, redis, edited):
    """`RedisChannelLayer`, the other layer in `channels_redis`, fails with redis-py 8 if nobody writes for five
    seconds: connections end with `TimeoutError: Timeout reading from`. `?socket_timeout=30` after `REDIS_URL` prevents
    it.
    """
    edited(SETTINGS, "pubsub.RedisPubSubChannelLayer", "core.RedisChannelLayer")
    saw("redis-py", metadata.version("redis").split(".")[0], 8)
    plain, mended = chat(redis=redis), chat(redis=f"{redis}?socket_timeout=30")
    silent, patient = join(plain), join(mended)
    error = plain.says("redis.exceptions.(TimeoutError: Timeout reading from)")
    saw(
        "uvicorn's output, when nobody has written for a while",
        error and error[1],
        "TimeoutError: Timeout reading from",
    )
    saw("a message then", silent.writes("hello").removesuffix(" with 1006"), "the connection ends")
    saw("a message then, with `?socket_timeout=30`", patient.writes("hello"), "accepted")


async def kept(layer, rooms, messages):
    """Send messages to rooms of one browser each, which reads none meanwhile; count those that it gets then."""
    browsers = []
    for room in range(rooms):
        browsers.append(await layer.new_channel())
        await layer.group_add(str(room), browsers[-1])
    for _ in range(messages):
        for room in range(rooms):
            await layer.group_send(str(room), {"type": "pass.on"})

    count = 0
    for browser in browsers:
        while browser in layer.channels:  # the layer forgets a browser for which nothing waits
            await layer.receive(browser)
            count += 1
    return count


@pytest.mark.mutation("channels.layers.InMemoryChannelLayer.get_capacity", lambda layer, channel: 1000)
def test_memory_drops(saw):
    """In memory, at most 100 messages wait for a browser; more are dropped without an error."""
    arrived = run(kept(InMemoryChannelLayer(), rooms=2, messages=150))
    saw("of 150 messages to each of two browsers that are busy arrive", arrived, 200)
