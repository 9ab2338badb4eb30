"""Views, and clients that send them requests without a server: what the tests run."""

import asyncio
import concurrent.futures
import re
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path

import httpx
from django.core.asgi import get_asgi_application
from django.core.wsgi import get_wsgi_application
from django.http import HttpResponse, StreamingHttpResponse
from django.test import RequestFactory, override_settings
from django.urls import path
from django.utils.decorators import async_only_middleware

from oms.asgi import application

ROOT = Path(__file__).resolve().parents[2]
MEETINGS = []  # the last is that of the view "meeting"
SEEN = None  # an event: the client has seen the first piece of the view "live"
TASKS = []  # the task that the view "background" started, and the event that it waits for
STEPS = []  # what a traced request went through
MOMENT, LONG = 0.1, 30  # seconds that a request waits for others that cannot come, and at most for those that can


def synchronous(request):
    return HttpResponse("synchronous")


async def asynchronous(request):
    await asyncio.sleep(0)
    return HttpResponse("asynchronous")


class Meeting:
    """What a view does in which each request waits for the others; ``most`` is how many were there at once."""

    def __init__(self, wanted, seconds):
        """Wait for ``wanted`` requests, each at most some seconds."""
        self.wanted, self.seconds, self.there, self.most = wanted, seconds, 0, 0
        self.lock = threading.Lock()  # under WSGI each request has a thread, and an event loop in it

    async def come(self):
        self.count(1)
        until = time.monotonic() + self.seconds
        while self.most < self.wanted and time.monotonic() < until:
            await asyncio.sleep(0.01)
        self.count(-1)

    def count(self, more):
        with self.lock:
            self.there += more
            self.most = max(self.most, self.there)


async def meeting(request):
    await MEETINGS[-1].come()
    return HttpResponse("meeting")


async def background(request):
    async def task():
        await answered.wait()
        print("task done", flush=True)

    answered = asyncio.Event()
    TASKS[:] = [asyncio.create_task(task()), answered]
    return HttpResponse("background")


async def stream(request):
    async def pieces():
        yield "first"
        await asyncio.sleep(0)
        yield "second"

    return StreamingHttpResponse(pieces())


async def live(request):
    async def pieces():
        yield "first"
        with suppress(asyncio.TimeoutError):
            await asyncio.wait_for(SEEN.wait(), LONG)
        yield "second, when the first was seen" if SEEN.is_set() else "second, and the first was not seen"

    return StreamingHttpResponse(pieces())


async def loop(request):
    return HttpResponse(id(asyncio.get_running_loop()))


def traced(request):
    STEPS.append("view")
    return HttpResponse("traced")


def tracing(get_response):
    """A middleware that writes down that it was called."""

    def middleware(request):
        STEPS.append("middleware")
        return get_response(request)

    return middleware


async def thread(request):
    return HttpResponse(threading.get_ident())


def only_synchronous(get_response):
    """A middleware that is only synchronous, and writes down its thread."""

    def middleware(request):
        STEPS.append(threading.get_ident())
        return get_response(request)

    return middleware


VIEWS = synchronous, asynchronous, meeting, background, stream, live, loop, traced, thread
urlpatterns = [path(view.__name__, view) for view in VIEWS]


def http_scope(name, version="1.1"):
    return {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": version, "method": "GET", "path": f"/{name}",
        "query_string": b"", "headers": [],
    }  # fmt: skip


async def events(name, version="1.1", application=application):
    """Send one request to an application; yield the events that it answers with, and raise its error if it has one."""
    requests, sent = asyncio.Queue(), asyncio.Queue()
    requests.put_nowait({"type": "http.request"})  # and nothing more: the client stays
    task = asyncio.ensure_future(application(http_scope(name, version), requests.get, sent.put))
    task.add_done_callback(lambda _: sent.put_nowait(None))
    while event := await sent.get():
        yield event
    await task


async def get(name, version="1.1", application=application):
    """Send one request to an application; return the status and the body, as "200 text", or its error."""
    try:
        got = [event async for event in events(name, version, application)]
    except Exception as error:
        return type(error).__name__
    return f"{got[0]['status']} " + b"".join(event["body"] for event in got[1:]).decode()


async def websocket(application=application, kind="websocket"):
    """Open a WebSocket, or lifespan; return the type of the application's first event, or its error."""
    sent = []

    async def receive():
        return {"type": f"{kind}.connect"}

    async def send(event):
        sent.append(event["type"])

    try:
        await application({"type": kind, "path": "/"}, receive, send)
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    return sent[0]


async def wrapped(scope, receive, send):
    """Accept WebSockets, and leave all else to the project's application."""
    if scope["type"] == "websocket":
        await receive()
        await send({"type": "websocket.accept"})
    else:
        await application(scope, receive, send)


def run(coroutine):
    """Run a coroutine in a thread of its own: the browser tests leave an event loop in the main one."""
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, coroutine).result()


def wsgi_get(name, thread=None):
    """Send one request to the project's WSGI application, in a thread of its own; return the body."""
    if thread is None:
        with concurrent.futures.ThreadPoolExecutor(1) as pool:
            return pool.submit(wsgi_get, name, pool).result()
    environ = RequestFactory()._base_environ(PATH_INFO=f"/{name}")
    return b"".join(get_wsgi_application()(environ, lambda status, headers: None)).decode()


def wsgi_most(times, threads):
    """Send requests to the WSGI application from some threads; give how many were in the view at once."""
    MEETINGS.append(Meeting(times, LONG if threads >= times else MOMENT))
    with concurrent.futures.ThreadPoolExecutor(threads) as pool:
        list(pool.map(wsgi_get, ["meeting"] * times, [pool] * times))
    return MEETINGS[-1].most


def asgi_most(times):
    """Send requests to the ASGI application from one event loop; give how many were in the view at once."""

    async def many():
        await asyncio.gather(*(get("meeting") for _ in range(times)))

    MEETINGS.append(Meeting(times, LONG))
    run(many())
    return MEETINGS[-1].most


def places_of_a_request():
    """Send a request through a middleware that is only synchronous to an async view, under ASGI; say where each ran."""

    async def both():
        return threading.get_ident(), await get("thread", application=get_asgi_application())

    STEPS.clear()
    with override_settings(MIDDLEWARE=["clients.only_synchronous"]):
        loop, said = run(both())
    ran_in = int(said.split()[1]), *STEPS
    return ["the event loop's thread" if thread == loop else "another thread" for thread in ran_in]


def answer(url, **client):
    """Ask a server for a page; give its protocol and heading, or its status, or the client's error."""
    try:
        with httpx.Client(**client) as browser:
            got = browser.get(url)
    except (httpx.ReadError, httpx.WriteError, httpx.RemoteProtocolError):
        return "RemoteProtocolError"  # closed or reset, as it comes
    except httpx.HTTPError as error:
        return type(error).__name__
    heading = re.search("<h1>(.*)</h1>", got.text)
    return f"{got.http_version} {got.status_code}" + (f", “{heading[1]}”" if heading else "")


# What mutations put in the place of something.


async def refuse(self, scope, receive, send):
    """A handler that answers every request with 500."""
    await send({"type": "http.response.start", "status": 500, "headers": []})
    await send({"type": "http.response.body", "body": b"no"})


async def accept(self, scope, receive, send):
    """A handler that accepts every connection as a WebSocket."""
    await send({"type": "websocket.accept"})


async def block(self):
    """What a view does that keeps the event loop to itself."""
    self.count(1)
    time.sleep(MOMENT)  # noqa: ASYNC251
    self.count(-1)


@async_only_middleware
def asynchronous_only(get_response):
    """A middleware that runs on the event loop, and writes down its thread."""

    async def middleware(request):
        STEPS.append(threading.get_ident())
        return await get_response(request)

    return middleware


def no_thread(view, **_):
    """An adapter that answers without the view."""
    return lambda request: HttpResponse("no view")


async def collected(self, response, send):
    """Send a streamed response when all of it is there."""
    body = b"".join([part async for part in response])
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": body})


async def no_view(self, request):
    """A handler's answer without its middleware and views."""
    return HttpResponse("no view")


def runserver_imports(start, tree):
    """Start runserver in a folder and ask it for a page; give the names of the project's entry points that it imported."""
    code = (
        "import atexit, os, signal, sys; from django.core.management import execute_from_command_line as run\n"
        "names = lambda: ' '.join(sorted({'oms.asgi', 'oms.wsgi'} & {*sys.modules}))\n"
        "atexit.register(lambda: os.write(1, f'\\nimported: {names()}\\n'.encode()))\n"
        "signal.signal(signal.SIGTERM, lambda *_: sys.exit())\n"
        "run(['manage.py', 'runserver', '--noreload', '--skip-checks', 'PORT'])"
    )
    server = start([sys.executable, "-c", code], tree)
    httpx.get(server.url).raise_for_status()
    return re.search("imported: (.*)", server.stop())[1]
