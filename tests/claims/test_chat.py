"""The tests of docs/chat.md: each is named for its mark there, and its docstring is the sentence before the mark.

tests/examples/test_chat.py uses the chat in browsers, and measure/commands runs the page's commands.
"""

import contextlib
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
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect

from tests.shared.running import REDIS, ROOT, Servers

CHAT, MODULE = "uvicorn examples.chat.asgi:application --port PORT", "examples.chat.settings"
ASGI, SETTINGS, CONSUMERS = (f"examples/chat/{name}.py" for name in ("asgi", "settings", "consumers"))
ROOM = 'self.scope["url_route"]["kwargs"]["room"]'
SEND = "await self.channel_layer.group_send(self.room, event)"
# Each message waits less than the one before it.
SEND_BACKWARDS = f"""import asyncio
            later = {SEND.removeprefix("await ")}
            asyncio.get_running_loop().call_later(0.6 - 0.1 * len(self.times), asyncio.ensure_future, later)"""
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
        from django.contrib.auth.models import AnonymousUser
        await super().__call__(scope | {"user": AnonymousUser()}, receive, send)"""


@pytest.fixture
def chat(start, tree):
    """Start a process of the chat as the page does, with options, or with Redis."""

    def chat(options="", redis=None):
        return start(f"{CHAT} {options}", tree, MODULE, REDIS_URL=redis)

    return chat


@pytest.fixture(scope="module")
def unchanged(tmp_path_factory):
    """Give a process of the chat without a mutation, the same to each test."""
    with Servers(tmp_path_factory.mktemp) as start:
        yield functools.cache(lambda: start(CHAT, settings=MODULE, REDIS_URL=None))


@pytest.fixture
def server(start, project, unchanged):
    """A process of the chat, in which other tests may have been."""
    return unchanged() if project == ROOT else start(CHAT, project, MODULE, REDIS_URL=None)


@pytest.fixture
def redis(start, tmp_path):
    """The address of a Redis of this test's own."""
    return f"redis://127.0.0.1:{start(REDIS, tmp_path).port}/0"


@pytest.fixture
def enter():
    """Let someone open a WebSocket as a room's page does; give the visitor, or the status of the refusal."""
    with contextlib.ExitStack() as opened:

        def enter(server, path="/rooms/garden/", origin="http://127.0.0.1", **options):
            address = f"ws://127.0.0.1:{server.port}{path}"
            try:
                connection = connect(address, origin=origin, proxy=None, open_timeout=60, **options)
                return Visitor(opened.enter_context(connection))
            except InvalidStatus as refusal:
                return refusal.response.status_code

        yield enter


class Visitor:
    """Someone in a room, whose browser is this."""

    def __init__(self, connection):
        self.connection, self.texts = connection, []

    def sends(self, frame):
        """Send a frame; give what the chat answers."""
        try:
            self.connection.send(frame)
            return self.answer()
        except ConnectionClosed:
            return "the connection ends"

    def answer(self):
        """What the chat says of the next frame of this visitor."""
        while "refused" not in (content := self.next()):
            pass
        return content["refused"] or "accepted"

    def writes(self, text, name="Ann"):
        return self.sends(json.dumps({"name": name, "text": text}))

    def next(self):
        """Receive a frame, and keep the text in it."""
        content = json.loads(self.connection.recv(timeout=30))
        self.texts += [content["text"]] if "text" in content else []
        return content

    def hears(self, count):
        """The first texts, so many."""
        try:
            while len(self.texts) < count:
                self.next()
        except TimeoutError:
            self.texts.append("nothing")
        return self.texts[:count]


@pytest.mark.mutation(CONSUMERS, ROOM, '"all"')
def test_one_room_hears(saw, server, enter):
    """What a visitor writes appears at once for everyone in the same room, and for nobody in another."""
    writer, reader, other = enter(server), enter(server), enter(server, "/rooms/kitchen/")
    writer.writes("tomatoes")
    other.writes("soup")
    saw("“tomatoes” is written in the garden, “soup” in the kitchen; the writer hears", writer.hears(1), ["tomatoes"])
    saw("another in the garden hears", reader.hears(1), ["tomatoes"])
    saw("the one in the kitchen hears", other.hears(1), ["soup"])


@pytest.mark.mutation(
    "examples/chat/views.py",
    'return render(request, "room.html"',
    'request.session["room"] = room\n    return render(request, "room.html"',
)
def test_needs_nothing_else(saw, chat, enter, tree):
    """It needs no database and no Redis."""
    server = chat()
    saw("a room's page", httpx.get(f"{server.url}/rooms/garden/").status_code, 200)
    saw("a message", enter(server).writes("hello"), "accepted")
    saw("databases in the folder", len([*tree.glob("*.sqlite3")]), 0)


@pytest.mark.mutation(ASGI, "Chat.as_asgi()", "WebsocketDenier.as_asgi()")
def test_in_your_project(saw, start, tree, tmp_path_factory):
    """Then `uvicorn chat.asgi:application` serves your project with the chat in it."""
    folder = tmp_path_factory.mktemp("own")
    subprocess.run([sys.executable, "-m", "django", "startproject", "mysite", folder], check=True)
    shutil.copytree(tree / "examples/chat", folder / "chat", ignore=shutil.ignore_patterns("__pycache__"))
    for file in (folder / "chat").glob("*.py"):
        file.write_text(file.read_text().replace("examples.chat", "chat").replace("from oms.", "from mysite."))
    server = start("uvicorn chat.asgi:application --port PORT", folder, None)
    saw("a WebSocket to `/rooms/garden/`", opened(server, "/rooms/garden/"), "opened")
    saw(
        "the status of `/admin/login/`, a page of the project", httpx.get(f"{server.url}/admin/login/").status_code, 200
    )


@pytest.mark.mutation(ASGI, '"http": project', '"http": URLRouter(rooms)')
def test_two_applications(saw, server, enter):
    """HTTP goes to the `application` of `oms/asgi.py`, and WebSockets to the chat."""
    title = re.search("<title>(.*?)</title>", httpx.get(f"{server.url}/admin/login/").text)
    saw("the project's page `/admin/login/`", title and title[1], "Log in | Django site admin")
    saw("a message over a WebSocket", enter(server).writes("hello"), "accepted")


@pytest.mark.mutation(ASGI, "# This loads", "import django\n\ndjango.setup()\n# This loads")
def test_oms_first(saw, chat, tree):
    """With the imports in alphabetical order, the server fails with `AppRegistryNotReady: Apps aren't loaded yet.`"""
    file = tree / ASGI
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
            chat()
            said = "starts"
        except pytest.fail.Exception as error:
            said = str(error).splitlines()[-1].removeprefix("django.core.exceptions.")
        saw(f"`uvicorn` with the imports in {order}", said, expected)


@pytest.mark.mutation(ASGI, "AllowedHostsOriginValidator(URLRouter(rooms))", "URLRouter(rooms)")
def test_other_origins(saw, server, enter):
    """A WebSocket from a page of another site, or from a client without `Origin`, gets 403."""
    saw("with `Origin: https://example.com`", enter(server, origin="https://example.com"), 403)
    saw("without `Origin`", enter(server, origin=None), 403)
    saw("with `Origin: http://127.0.0.1`", enter(server).writes("hello"), "accepted")


@pytest.mark.mutation(ASGI, "AllowedHostsOriginValidator, WebsocketDenier", ONE_HOST)
def test_allowed_hosts(saw, chat, enter, edited):
    """`ALLOWED_HOSTS` names the sites that may connect; with `"*"` in it every site may."""
    for allowed, origins in (
        (["example.com"], {"https://example.com": True, "https://example.net": False}),
        (["*"], {"https://example.net": True}),
    ):
        edited(SETTINGS, "ROOT_URLCONF =", f"ALLOWED_HOSTS = {allowed}\nROOT_URLCONF =")
        server = chat()
        for origin, expected in origins.items():
            opened = enter(server, origin=origin) != 403
            saw(f"`Origin: {origin}`, with `ALLOWED_HOSTS = {allowed}`, opens one", opened, expected)


@pytest.mark.mutation(ASGI, ', re_path("", WebsocketDenier.as_asgi())', "")
def test_only_rooms(saw, chat, enter):
    """A URL that names no room gets 404, and a WebSocket to it 403."""
    server = chat()
    for path in ("/rooms/Gar.den/", f"/rooms/{41 * 'a'}/", "/elsewhere/"):
        saw(f"`{path}`", httpx.get(f"{server.url}{path}").status_code, 404)
        saw("a WebSocket to it", enter(server, path=path), 403)
    saw("tracebacks in uvicorn's output", server.stop().count("Traceback"), 0)


@pytest.mark.mutation(CONSUMERS, SEND, SEND_BACKWARDS)
def test_order_holds(saw, server, enter):
    """Everyone in a room gets its messages in the same order."""
    visitors = [enter(server) for _ in range(10)]
    for number in range(5):
        for who, visitor in enumerate(visitors):
            visitor.connection.send(json.dumps({"name": "Ann", "text": f"{who}: {number}"}))
    orders = {tuple(visitor.hears(50)) for visitor in visitors}
    saw("10 visitors write 5 messages each, and get this many lists that differ", len(orders), 1)
    texts = list(orders.pop())
    own = [[text for text in texts if text.startswith(f"{who}: ")] for who in range(10)]
    saw("lists of one writer's messages that are in order", sum(len(o) == 5 and o == sorted(o) for o in own), 10)


@pytest.mark.mutation(CONSUMERS, "except (ValueError, RecursionError):", "except RecursionError:")
def test_refuses_nonsense(saw, chat, enter):
    """Invalid JSON or wrong types are refused, and the connection stays open."""
    server = chat()
    not_an_object = "A message is JSON, an object with a name and a text."
    for what, frame, reason in (
        ("half of an object", '{"name": "Ann"', not_an_object),
        ("a number", "7", not_an_object),
        ("a text that is a number", '{"name": "Ann", "text": 7}', not_an_object),
        ("9,000 brackets", 9000 * "[", not_an_object),
        ("bytes", b"{}", "A message is text, of at most 10000 characters as JSON."),
    ):
        visitor = enter(server)
        saw(what, visitor.sends(frame), reason)
        saw("a message after it", visitor.writes("hello"), "accepted")
    saw("tracebacks in uvicorn's output", server.stop().count("Traceback"), 0)


@pytest.mark.mutation(CONSUMERS, "10_000, 30, 500", "10_000, 30, 501")
def test_limits_size(saw, server, enter):
    """A message over 500 characters or a name over 30 is refused with a reason."""
    visitor = enter(server)
    saw("500 characters", visitor.writes(500 * "é"), "accepted")
    reason = "A message has 1 to 500 characters; this one has 501."
    saw("501 characters", visitor.writes(501 * "é"), reason)
    reason = "A name has 1 to 30 characters; this one has 31."
    saw("a name of 31", visitor.writes("hello", name=31 * "a"), reason)


@pytest.mark.mutation(CONSUMERS, "MESSAGES, SECONDS = 5, 5", "MESSAGES, SECONDS = 6, 5")
def test_limits_pace(saw, server, enter):
    """The sixth message in five seconds is refused too."""
    visitor = enter(server)
    for _ in range(6):
        visitor.connection.send('{"name": "Ann", "text": "hello"}')
    answers = [visitor.answer() for _ in range(6)]
    saw("five messages at once", {*answers[:5]}, {"accepted"})
    saw("a sixth", answers[5], "That was too fast. Wait a moment, then send it again.")


@pytest.mark.mutation(
    CONSUMERS,
    "        try:\n            self.keep_pace()",
    "        await self.close()\n        try:\n            self.keep_pace()",
)
def test_ws_max_size(saw, server, chat, enter):
    """uvicorn accepts frames of up to 16 MiB; with `--ws-max-size 16384` a longer one ends the connection."""
    too_long = "A message is text, of at most 10000 characters as JSON."
    saw("16 MiB", enter(server).sends(16 * 2**20 * "a"), too_long)
    saw("a byte more", enter(server).sends((16 * 2**20 + 1) * "a"), "the connection ends")
    server = chat("--ws-max-size 16384")
    saw("16,384 bytes, with the option", enter(server).sends(16384 * "a"), too_long)
    saw("a byte more", enter(server).sends(16385 * "a"), "the connection ends")


@pytest.mark.mutation(
    CONSUMERS,
    "await self.accept()",
    """await self.accept()
        await self.send('{"name": "Ann", "text": "before"}')""",
)
def test_nothing_is_kept(saw, server, enter):
    """Nothing is stored: newcomers do not get earlier messages."""
    first = enter(server)
    first.writes("before")
    second = enter(server)
    first.writes("after")
    saw(
        "“before” is said, a second visitor comes, “after” is said; the first hears",
        first.hears(2),
        ["before", "after"],
    )
    saw("the second hears", second.hears(1), ["after"])


@pytest.mark.mutation(CONSUMERS, 'return {"name": name, "text": text}', 'raise Refused("The name is taken.")')
def test_names_are_free(saw, server, enter):
    """Names are not checked: anyone may take any name."""
    for who in ("one visitor", "another"):
        saw(f"{who} writes as Ann", enter(server).writes("hello", name="Ann"), "accepted")


@pytest.mark.mutation(CONSUMERS, "import AsyncWebsocketConsumer", ANONYMOUS)
def test_accounts(saw, chat, enter, edited):
    """Wrapped in Channels' `AuthMiddlewareStack`, a consumer has the logged-in user in `self.scope["user"]`."""
    edited(ASGI, "URLRouter(rooms)", "AuthMiddlewareStack(URLRouter(rooms))")
    edited(ASGI, "# isort: split", "from channels.auth import AuthMiddlewareStack")
    edited(CONSUMERS, "read(text_data)", 'read(text_data) | {"text": self.scope["user"].username}')
    folder = edited(SETTINGS, "ROOT_URLCONF =", f"PASSWORD_HASHERS = [{QUICK!r}]\nROOT_URLCONF =")
    environment = os.environ | {"DJANGO_SETTINGS_MODULE": MODULE}
    subprocess.run([sys.executable, "-c", BEN], cwd=folder, env=environment, check=True)
    server = chat()
    with httpx.Client(base_url=server.url) as browser:
        browser.get("/admin/login/")
        form = {"username": "ben", "password": "garden", "csrfmiddlewaretoken": browser.cookies["csrftoken"]}
        browser.post("/admin/login/", data=form)
        visitor = enter(server, additional_headers={"Cookie": f"sessionid={browser.cookies['sessionid']}"})
    visitor.writes("who?")
    saw("the name of the user, after a login as ben in the admin", visitor.hears(1), ["ben"])


@pytest.mark.mutation(SETTINGS, 'os.environ.get("REDIS_URL")', '""')
@pytest.mark.recorded
def test_redis_joins(saw, chat, enter, redis):
    """With `REDIS_URL` two processes exchange messages through Redis; without it they do not."""
    for how, url, expected in (("with", redis, ["from the other", "own"]), ("without", None, ["own"])):
        here, there = enter(chat(redis=url)), enter(chat(redis=url))
        there.writes("from the other")
        here.writes("own")
        saw(f"what arrives at one process, {how} `REDIS_URL`", here.hears(len(expected)), expected)


@pytest.mark.mutation(SETTINGS, "[redis]", '[{"address": redis, "socket_timeout": None}]')
@pytest.mark.recorded
def test_other_layer_times_out(saw, chat, enter, redis, edited):
    """`RedisChannelLayer`, the other layer in `channels_redis`, fails with redis-py 8 if nobody writes for five
    seconds: connections end with `TimeoutError: Timeout reading from`. `?socket_timeout=30` after `REDIS_URL` prevents
    it.
    """
    edited(SETTINGS, "pubsub.RedisPubSubChannelLayer", "core.RedisChannelLayer")
    saw("redis-py", metadata.version("redis").split(".")[0], 8)
    plain, mended = chat(redis=redis), chat(redis=f"{redis}?socket_timeout=30")
    silent, patient = enter(plain), enter(mended)
    error = plain.says("redis.exceptions.(TimeoutError: Timeout reading from)")
    saw(
        "uvicorn's output, when nobody has written for a while",
        error and error[1],
        "TimeoutError: Timeout reading from",
    )
    saw("a message then", silent.writes("hello"), "the connection ends")
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
