"""The tests of docs/errors-websockets.md: each is named for its mark there, and its docstring is the
sentence before the mark.

The page shows the files of examples/errors_websockets, which are right; an edit makes each wrong as its error wants it.
"""

import os
import re
import subprocess
import sys

import httpx
import pytest
from channels.layers import InMemoryChannelLayer
from clients import ROOT, run
from live import ACCEPTS, Chromium, error, logged, opened

from tests.shared.https import certificate_in
from tests.shared.running import REDIS, free_port

RIGHT = "uvicorn examples.errors_websockets.asgi:application --port PORT"
BARE = "uvicorn oms.asgi:application --port PORT"
GUNICORN = "gunicorn oms.wsgi --bind 127.0.0.1:PORT"
RUNSERVER = "django runserver PORT --noreload --skip-checks"
CONSUMERS, ROUTES = (f"examples/errors_websockets/{name}.py" for name in ("consumers", "asgi"))
DAPHNES = "examples/errors_websockets/runserver.py"
LAYER, SETTINGS = "examples/errors_websockets/settings.py", "examples.errors_websockets.settings"
SAYS = "socket.onopen = socket.onclose = event => say(event.type)"
HIDDEN = ("websockets", "wsproto")  # the libraries that uvicorn can use for WebSockets

UPGRADES = """
django = project
async def project(scope, receive, send):
    async def upgraded(event):
        event.get("headers", []).append((b"content-security-policy", b"upgrade-insecure-requests"))
        await send(event)
    await django(scope, receive, upgraded)

application = """


@pytest.fixture
def chromium(tmp_path_factory):
    """A browser of this test's own."""
    chromium = Chromium(tmp_path_factory.mktemp("chromium"))
    yield chromium
    chromium.stop()


@pytest.mark.mutation(ROUTES, "AllowedHostsOriginValidator(", "(")
@pytest.mark.recorded
def test_browser_says_what_came(saw, start, project, serve, chromium):
    """The browser's console adds what came instead of a WebSocket, such as `net::ERR_SSL_PROTOCOL_ERROR` if the server
    has no TLS.
    """
    django, right = start(GUNICORN, project), serve(RIGHT)
    here, other = django.url, django.url.replace("127.0.0.1", "example.com")
    for page, scheme, port, path, expected in (
        (here, "ws", django.port, "chat", "Error during WebSocket handshake: Unexpected response code: 404"),
        (other, "ws", right.port, "chat", "Error during WebSocket handshake: Unexpected response code: 403"),
        (here, "ws", right.port, "nothing", "Error during WebSocket handshake: Unexpected response code: 500"),
        (here, "ws", free_port(), "chat", "Error in connection establishment: net::ERR_CONNECTION_REFUSED"),
        (here, "wss", right.port, "chat", "Error in connection establishment: net::ERR_SSL_PROTOCOL_ERROR"),
    ):
        chromium.visit(page)
        address = f"{scheme}://127.0.0.1:{port}/ws/{path}/"
        event = chromium.run(f"new Promise(say => {{ const socket = new WebSocket('{address}'); {SAYS} }})")
        said = chromium.says(address).replace(address, f"{scheme}://…") if event == "close" else event
        saw("Chromium's console", said, f"WebSocket connection to '{scheme}://…' failed: {expected}")


@pytest.mark.mutation(ROUTES, "ws/chat/", "ws/other/")
@pytest.mark.recorded
def test_browser_opens(saw, serve, chromium):
    """With the right server, host, port and path, the WebSocket opens."""
    right = serve(RIGHT)
    chromium.visit(right.url)
    opens = f"new Promise(say => {{ const socket = new WebSocket('ws://127.0.0.1:{right.port}/ws/chat/'); {SAYS} }})"
    saw("a WebSocket to `/ws/chat/` of a server that has it, in Chromium", chromium.run(opens), "open")


@pytest.mark.mutation("oms/asgi.py", "application = ", ACCEPTS)
def test_django_has_no_websockets(saw, serve):
    """The WebSocket reached Django's own application, which handles HTTP alone."""
    server = serve(BARE)
    saw("a WebSocket to uvicorn with `oms.asgi:application`", opened(server), "HTTP 500")
    expected = "ValueError: Django can only handle ASGI/HTTP connections, not websocket."
    saw(
        "its log",
        f"{logged(server, 'Exception in ASGI application')}, {error(server)}",
        f"Exception in ASGI application, {expected}",
    )


@pytest.mark.mutation(ROUTES, '"websocket": ', '"other": ')
def test_router_before_django(saw, serve):
    """Install `channels`, put a `ProtocolTypeRouter` in front of it, and start the server with this file's application."""
    saw("a WebSocket to uvicorn with this file", opened(serve(RIGHT)), "opened")


@pytest.mark.mutation(
    "oms/settings.py",
    "INSTALLED_APPS = [",
    'ASGI_APPLICATION = "examples.errors_websockets.asgi.application"\nINSTALLED_APPS = ["daphne",',
)
def test_no_websocket_server(saw, start, project):
    """A server without WebSocket support asked Django for a page: `runserver` without daphne, or a WSGI server such as
    gunicorn with `oms.wsgi`.
    """
    for name, command in (("runserver", RUNSERVER), ("gunicorn", GUNICORN)):
        server = start(command, project)
        saw(f"a WebSocket to {name}", opened(server), "HTTP 404")
        saw("its log", logged(server, "Not Found: .*"), "Not Found: /ws/chat/")


@pytest.mark.mutation(DAPHNES, '"daphne", ', "")
def test_daphne_runserver(saw, start, project):
    """For `runserver`, install daphne and add it to the settings:"""
    server = start(RUNSERVER.replace(" --skip-checks", ""), project, "examples.errors_websockets.runserver")
    saw("a WebSocket to `runserver` with these settings", opened(server), "opened")


@pytest.fixture
def without(start, project):
    """Start uvicorn where libraries are not installed."""

    def without(*libraries):
        code = f"import sys; sys.modules.update(dict.fromkeys({libraries})); import uvicorn; uvicorn.main()"
        return start([sys.executable, "-c", code, *RIGHT.split()[1:]], project)

    return without


@pytest.mark.mutation(f"{__name__}.HIDDEN", ("wsproto",))
def test_no_websocket_library(saw, without):
    """uvicorn found neither library, and Django answers 404."""
    server = without(*HIDDEN)
    saw("a WebSocket to uvicorn without `websockets` and `wsproto`", opened(server), "HTTP 404")
    said = re.findall(r"WARNING: +(.*)", server.said())
    expected = (
        "Unsupported upgrade request. No supported WebSocket library detected. Please use "
        "\"pip install 'uvicorn[standard]'\", or install 'websockets' or 'wsproto' manually."
    )
    saw("its log", " ".join(dict.fromkeys(said)), expected)


@pytest.mark.mutation(ROUTES, '"websocket": ', '"other": ')
def test_one_library_is_enough(saw, without):
    """Install one of the two in uvicorn's environment."""
    for library in HIDDEN:
        saw(f"a WebSocket to uvicorn without `{library}` alone", opened(without(library)), "opened")


@pytest.mark.mutation(ROUTES, "AllowedHostsOriginValidator(", "(")
def test_origin_refused(saw, start, project):
    """`AllowedHostsOriginValidator` silently refused the origin: the page's host is not in `ALLOWED_HOSTS`, or the
    client is not a browser and sent no `Origin`.
    """
    server = start(RIGHT, project)
    for origin in ("https://example.com", None):
        saw(f"a WebSocket with the origin {origin}", opened(server, origin=origin), "HTTP 403")
    server.says("connection rejected")
    said = re.findall(r'"WebSocket.*|connection .*|.*Error.*', server.said())
    saw("the log", ", ".join(dict.fromkeys(said)), '"WebSocket /ws/chat/" 403, connection rejected (403 Forbidden)')


@pytest.mark.mutation(ROUTES, "AllowedHostsOriginValidator(", "(lambda application: None)(")
def test_origin_allowed(saw, start, edited):
    """Add the page's host to `ALLOWED_HOSTS`."""
    tree = edited("oms/settings.py", "ALLOWED_HOSTS = []", 'ALLOWED_HOSTS = ["example.com"]')
    saw("the same with the host in `ALLOWED_HOSTS`", opened(start(RIGHT, tree), origin="https://example.com"), "opened")


@pytest.mark.mutation(ROUTES, "Chat.as_asgi()", "project")
def test_closed_before_accept(saw, start, edited):
    """A consumer that calls `close()` before `accept()` gives the same 403."""
    tree = edited(CONSUMERS, "await self.accept()", "await self.close()")
    server = start(RIGHT, tree)
    saw("a WebSocket to such a consumer", opened(server), "HTTP 403")
    saw("the log", logged(server, "connection rejected.*"), "connection rejected (403 Forbidden)")


@pytest.mark.mutation(ROUTES, '"ws/chat/"', '"ws/chat"')
def test_no_route_found(saw, serve):
    """No pattern in the `URLRouter` matches the path, shown without its leading slash. Here the trailing slash is
    missing.
    """
    server = serve(RIGHT)
    saw("a WebSocket to `/ws/chat`", opened(server, "/ws/chat"), "HTTP 500")
    expected = "ValueError: No route found for path 'ws/chat'."
    saw("the log", logged(server, re.escape(expected)), expected)


@pytest.mark.mutation(ROUTES, '"ws/chat/"', '"ws/chat"')
def test_path_as_its_pattern(saw, serve):
    """Request the path as the pattern has it."""
    saw("a WebSocket to `/ws/chat/`", opened(serve(RIGHT), "/ws/chat/"), "opened")


@pytest.mark.mutation(
    CONSUMERS, "async def connect(self):", "def __await__(self):\n        yield from ()\n\n    async def connect(self):"
)
def test_missing_as_asgi(saw, start, edited):
    """The pattern has `Chat` or `Chat.as_asgi` instead of `Chat.as_asgi()`."""
    for wrong, expected in (
        ("Chat", "TypeError: object Chat can't be used in 'await' expression"),
        ("Chat.as_asgi", "TypeError: AsyncConsumer.as_asgi() takes 1 positional argument but 4 were given"),
    ):
        server = start(RIGHT, edited(ROUTES, "Chat.as_asgi()", wrong))
        saw(f"a WebSocket to `{wrong}`", opened(server), "HTTP 500")
        saw("the log", error(server), expected)
        edited(ROUTES, f"{wrong})", "Chat.as_asgi())")


@pytest.mark.mutation(ROUTES, "Chat.as_asgi()", "Chat")
def test_as_asgi_called(saw, serve):
    """Call it, as in line 20 of the file above."""
    line = (ROOT / ROUTES).read_text().splitlines()[19].strip()
    saw("line 20", line, 'path("ws/chat/", Chat.as_asgi()),')
    saw("a WebSocket", opened(serve(RIGHT)), "opened")


@pytest.mark.mutation(ROUTES, "ProtocolTypeRouter(\n", "(lambda routes: project)(\n")
def test_no_key_for_websockets(saw, start, edited):
    """The `ProtocolTypeRouter` has no key `"websocket"`, or it is misspelt."""
    server = start(RIGHT, edited(ROUTES, '"websocket": ', '"websockets": '))
    saw('a WebSocket, where the key is `"websockets"`', opened(server), "HTTP 500")
    saw("the log", error(server), "ValueError: No application configured for scope type 'websocket'")


@pytest.mark.mutation(ROUTES, '"websocket": ', '"other": ')
def test_key_for_websockets(saw, serve):
    """Write it as in line 27 of the file above."""
    line = (ROOT / ROUTES).read_text().splitlines()[26].strip()
    saw("line 27", line, '"websocket": AllowedHostsOriginValidator(URLRouter(consumers)),')
    saw("a WebSocket", opened(serve(RIGHT)), "opened")


@pytest.fixture
def https(start, edited, tmp_path_factory):
    """Serve the project over HTTPS as example.com."""
    cert, key = certificate_in(tmp_path_factory.mktemp("certificate"), "example.com")
    tree = edited("oms/settings.py", "ALLOWED_HOSTS = []", 'ALLOWED_HOSTS = ["example.com"]')
    return start(f"{RIGHT} --ssl-certfile {cert} --ssl-keyfile {key}", tree)


OPEN = "new Promise(say => { socket.onopen = socket.onclose = event => say(event.type) })"


@pytest.mark.mutation(ROUTES, "\napplication = ", UPGRADES)
@pytest.mark.recorded
def test_mixed_content(saw, https, chromium):
    """A browser does not open a `ws:` URL from an HTTPS page."""
    place = f"example.com:{https.port}"
    chromium.visit(f"https://{place}/")
    chromium.run(f"const socket = new WebSocket('ws://{place}/ws/chat/'); {OPEN}")
    expected = (
        "Mixed Content: The page at 'https://example.com/' was loaded over HTTPS, but attempted to connect to the "
        "insecure WebSocket endpoint 'ws://example.com/ws/chat/'. This request has been blocked; this endpoint must be "
        "available over WSS."
    )
    said = " ".join(chromium.console).replace(place, "example.com")
    saw("Chromium's console", re.search("Mixed Content.*|$", said)[0], expected)


@pytest.mark.mutation(ROUTES, "Chat.as_asgi()", "project")
@pytest.mark.recorded
def test_scheme_of_the_page(saw, serve, https, chromium):
    """Take the scheme from the page's URL:"""
    script = (ROOT / "examples/errors_websockets/connect.js").read_text()
    for scheme, address in (("HTTPS", f"https://example.com:{https.port}/"), ("HTTP", f"{serve(RIGHT).url}/")):
        chromium.visit(address)
        saw(f"this script on a page over {scheme}", chromium.run(script + OPEN), "open")


@pytest.mark.mutation(
    "oms/settings.py",
    "DEBUG = True",
    'DEBUG = True\nCHANNEL_LAYERS = {"default": {"BACKEND": "channels.layers.InMemoryChannelLayer"}}',
)
def test_no_channel_layer(saw, serve):
    """The server's settings have no `CHANNEL_LAYERS`, so `self.channel_layer` is `None`."""
    server = serve(RIGHT)
    saw("a WebSocket to `/ws/room/`", opened(server, "/ws/room/"), "HTTP 500")
    expected = "AttributeError: 'NoneType' object has no attribute 'group_add'"
    saw("the log", logged(server, re.escape(expected)), expected)


@pytest.fixture
def layer(edited):
    """The project's folder, and a free port that its settings have for Redis."""
    port = free_port()
    return edited(LAYER, ":6379", f":{port}"), port


@pytest.mark.mutation(LAYER, "CHANNEL_LAYERS", "CHANNEL_LAYER")
@pytest.mark.recorded
def test_channel_layer(saw, start, layer):
    """Install `channels-redis`, start Redis, and add these settings:"""
    tree, port = layer
    start(REDIS, tree, port=port)
    saw("the same with these settings", opened(start(RIGHT, tree, SETTINGS), "/ws/room/"), "opened")


@pytest.mark.mutation(
    LAYER,
    "CHANNEL_LAYERS = {",
    'CHANNEL_LAYERS = {"default": {"BACKEND": "channels.layers.InMemoryChannelLayer"}}\n_ = {',
)
def test_redis_refused(saw, start, layer, python):
    """Nothing listens at the address in `hosts`. Without uvloop, asynchronous code says `Connect call failed` instead."""
    tree, port = layer
    server = start(f"{RIGHT} --loop asyncio", tree, SETTINGS)
    saw("a WebSocket to `/ws/room/` without a Redis", opened(server, "/ws/room/"), "HTTP 500")
    expected = "redis.exceptions.ConnectionError: Error 111 connecting to 127.0.0.1:6379."
    said = error(server).replace(str(port), "6379")
    saw("the log", said, f"{expected} Connect call failed ('127.0.0.1', 6379).")
    said = python(f"import redis; redis.Connection(host='127.0.0.1', port={port}).connect()")
    saw("a synchronous connection", said.replace(str(port), "6379"), f"{expected} Connection refused.")


@pytest.mark.mutation(LAYER, "CHANNEL_LAYERS", "CHANNEL_LAYER")
@pytest.mark.recorded
def test_redis_started(saw, start, layer):
    """Start Redis there: the server needs no restart."""
    tree, port = layer
    server = start(RIGHT, tree, SETTINGS)
    saw("before", opened(server, "/ws/room/"), "HTTP 500")
    start(REDIS, tree, port=port)
    saw("after", opened(server, "/ws/room/"), "opened")


def added(name):
    """Add a channel to a group of a name in memory; give the error, or that there is none."""
    try:
        run(InMemoryChannelLayer().group_add(name, "channel"))
    except TypeError as error:
        return f"TypeError: {error}"
    return "no error"


NAME_ERROR = (
    "TypeError: Group name must be a valid unicode string with length < 100 containing only ASCII alphanumerics, hyphens, "
    "underscores, or periods."
)


@pytest.mark.mutation("channels.layers.BaseChannelLayer.require_valid_group_name", lambda layer, name: True)
def test_group_name(saw):
    """The name of the group has a space or a letter such as `é`, or 100 characters or more."""
    for what, name in (("tea room", "tea room"), ("café", "café"), ("100 times the letter r", 100 * "r")):
        saw(f"`group_add`, with the name “{what}”", added(name), NAME_ERROR)


def refuse_digits(layer, name):
    if any(map(str.isdigit, name)):
        raise TypeError("Group name must have no digits.")


@pytest.mark.mutation("channels.layers.BaseChannelLayer.require_valid_group_name", refuse_digits)
def test_group_of_a_number(saw):
    """Build it from the room's number, such as `room-7`."""
    saw("`group_add`, with the name “room-7”", added("room-7"), "no error")


NO_JSON = {"messages": ["no JSON"], "answers": 2}  # the first answer is the welcome


@pytest.mark.mutation(CONSUMERS, "json.loads(text_data)", "text_data")
@pytest.mark.recorded
def test_errors_close(saw, start, edited):
    """An error in a consumer goes to the server's log and closes the WebSocket: with 1006 under uvicorn, with 1011
    under daphne and hypercorn.
    """
    tree = edited(CONSUMERS, "except ValueError", "except KeyError")
    for server, option, code in (
        ("uvicorn", "--port PORT", "1006: no close frame received or sent"),
        ("daphne", "-p PORT", "1011: received 1011 (internal error); then sent 1011 (internal error)"),
        ("hypercorn", "--bind 127.0.0.1:PORT", "1011: received 1011 (internal error); then sent 1011 (internal error)"),
    ):
        running = start(f"{server} examples.errors_websockets.asgi:application {option}", tree)
        saw(f"a client of {server}, after an error", opened(running, **NO_JSON), f"closed with code {code}")
        saw("the log", error(running), "json.decoder.JSONDecodeError: Expecting value: line 1 column 1 (char 0)")


@pytest.mark.mutation(CONSUMERS, 'await self.send("Welcome")', "await self.close()")
def test_restarts_close(saw, start, project):
    """With 1012, uvicorn itself was stopped."""
    server = start(RIGHT, project)
    said = opened(server, answers=2, between=server.process.terminate)
    expected = "1012: received 1012 (service restart); then sent 1012 (service restart)"
    saw("a client, when uvicorn is stopped", said, f"closed with code {expected}")


@pytest.mark.mutation(CONSUMERS, "except ValueError", "except KeyError")
def test_caught_errors_do_not(saw, serve):
    """A browser can send anything: if the consumer catches the error, the WebSocket stays open."""
    saw("the answer to no JSON", opened(serve(RIGHT), **NO_JSON), '"This is not JSON."')


@pytest.mark.mutation(CONSUMERS, "await self.close()", "text_data = 1")
def test_send_after_close(saw, start, edited):
    """A consumer sent something after it had called `close()`."""
    server = start(RIGHT, edited(CONSUMERS, "            return\n", ""))
    opened(server, messages=["bye"], answers=2)
    expected = "RuntimeError: Unexpected ASGI message 'websocket.send', after sending 'websocket.close'."
    saw("the log, without line 17", error(server), expected)


@pytest.mark.mutation(CONSUMERS, "            return\n", "")
def test_return_after_close(saw, start, project):
    """Return at once, as line 17 above does."""
    line = (ROOT / CONSUMERS).read_text().splitlines()[16].strip()
    saw("line 17", line, "return")
    server = start(RIGHT, project)
    for _ in range(2):  # what the first brought about is logged before the second is open
        said = opened(server, messages=["bye"], answers=2)
    saw("a client that says bye", said, "closed with code 1000: received 1000 (OK); then sent 1000 (OK)")
    saw("the log", error(server, 0), "no error")


ORDER = "await self.accept()\n        await self.send"


@pytest.mark.mutation(CONSUMERS, ORDER, "await self.accept()\n        await super().send")
def test_send_before_accept(saw, start, edited):
    """In `connect`, a consumer called `send()` before `accept()`."""
    server = start(RIGHT, edited(CONSUMERS, f'{ORDER}("Welcome")', 'await self.send("Welcome")'))
    saw("a WebSocket to such a consumer", opened(server), "HTTP 500")
    expected = (
        "RuntimeError: Expected ASGI message 'websocket.accept', 'websocket.close' or 'websocket.http.response.start' "
        "but got 'websocket.send'."
    )
    saw("the log", error(server), expected)


@pytest.mark.mutation(CONSUMERS, f'{ORDER}("Welcome")', 'await self.send("Welcome")\n        await self.accept()')
def test_send_after_accept(saw, serve):
    """In the order of lines 11 and 12 above, the message arrives."""
    lines = [line.strip() for line in (ROOT / CONSUMERS).read_text().splitlines()[10:12]]
    saw("lines 11 and 12", "; ".join(lines), 'await self.accept(); await self.send("Welcome")')
    saw("the first message to a client", opened(serve(RIGHT), answers=1), "Welcome")


IN_THE_THREAD = "async_to_sync(visitors)()"
OWN_LOOP = "__import__('asyncio').run(visitors())"
COUNTER = "examples/errors_websockets/counter.py"
ROUTE = """from examples.errors_websockets.counter import Counter
consumers = [
    path("ws/counter/", Counter.as_asgi()),"""
VIEW = f"""from django.http import HttpResponse
from examples.errors_websockets.counter import visitors
from asgiref.sync import async_to_sync
urlpatterns = [
    path("visitors/", lambda request: HttpResponse({IN_THE_THREAD})),"""


@pytest.mark.mutation(COUNTER, "await cache.aget('visitors', 0)", "cache.get('visitors', 0)")
def test_would_deadlock(saw, start, edited):
    """A synchronous consumer calls `asyncio.run()`, and something in it needs the thread that waits for it."""
    edited(ROUTES, "consumers = [", ROUTE)
    server = start(RIGHT, edited(COUNTER, IN_THE_THREAD, OWN_LOOP))
    opened(server, "/ws/counter/", answers=1)
    expected = "RuntimeError: Single thread executor already being used, would deadlock"
    saw("the log, with `asyncio.run(visitors())` in line 13", error(server), expected)


@pytest.mark.mutation(COUNTER, "await cache.aget('visitors', 0)", "cache.get('visitors', 0)")
@pytest.mark.recorded
def test_never_answered(saw, start, edited):
    """An ASGI server never answers a synchronous view that does this."""
    server = start(BARE, edited("oms/urls.py", "urlpatterns = [", VIEW.replace(IN_THE_THREAD, OWN_LOOP)))
    httpx.get(server.url)  # the first answer takes longer
    try:
        said = httpx.get(f"{server.url}/visitors/", timeout=10).text
    except httpx.ReadTimeout:
        said = "nothing in ten seconds"
    saw("a view that answers with `asyncio.run(visitors())`", said, "nothing in ten seconds")


@pytest.mark.mutation(COUNTER, "async_to_sync(visitors)()", "visitors()")
def test_runs_in_the_thread(saw, start, edited):
    """Call the `async` function through `async_to_sync`."""
    edited(ROUTES, "consumers = [", ROUTE)
    server = start(RIGHT, edited("oms/urls.py", "urlpatterns = [", VIEW))
    saw("the same view, with `async_to_sync(visitors)()`", httpx.get(f"{server.url}/visitors/").text, "0 visitors")
    saw("the consumer", opened(server, "/ws/counter/", answers=1), "0 visitors")


FLOOD = """
import asyncio, logging
import django; django.setup()
from channels.layers import get_channel_layer
logging.basicConfig(level="INFO", format="%(levelname)s %(message)s")

async def flood():
    layer = get_channel_layer()
    channel, read = await layer.new_channel(), 0
    await layer.group_add("room", channel)
    for number in range(150):
        await layer.group_send("room", {"type": "say"})
    try:
        while await asyncio.wait_for(layer.receive(channel), 0.3):
            read += 1
    except TimeoutError:
        print(read, flush=True)
    for number in range(101):
        await layer.send("report", {"type": "write"})
    print("sent")

asyncio.run(flood())
"""


@pytest.fixture
def flood(start, layer):
    """Send 150 messages to a group whose channel nobody reads yet; give how many are read then, and the errors."""
    tree, port = layer
    start(REDIS, tree, port=port)
    command, environment = [sys.executable, "-c", FLOOD], os.environ | {"DJANGO_SETTINGS_MODULE": SETTINGS}

    def flood():
        done = subprocess.run(command, cwd=tree, env=environment, capture_output=True, text=True)
        return done.stdout.split(), done.stderr.splitlines()

    return flood


@pytest.mark.mutation(LAYER, '"CONFIG": {', '"CONFIG": {"capacity": 1000, ')
@pytest.mark.recorded
def test_over_capacity(saw, flood):
    """A channel of `RedisChannelLayer` keeps 100 messages for a consumer that does not read them. Further messages to
    its group are lost, as the log says at level `INFO`; a further `send()` raises `ChannelFull`.
    """
    read, log = flood()
    saw("messages that a consumer reads, of 150 to its group before", read[0], 100)
    lost = next((line for line in log if "capacity" in line), "")
    saw("the log", lost, "INFO 1 of 1 channels over capacity in group room")
    saw("101 times `send()` to one channel", log[-1], "channels.exceptions.ChannelFull")


@pytest.mark.mutation(LAYER, '"CONFIG": {', '"CONFIG": {"capacity": 10, ')
@pytest.mark.recorded
def test_more_capacity(saw, flood, edited):
    """With `"capacity": 1000` in `CONFIG`, it keeps 1000."""
    edited(LAYER, '"CONFIG": {', '"CONFIG": {"capacity": 1000, ')
    read, _ = flood()
    saw("the same with this capacity", ", ".join(read), "150, sent")
