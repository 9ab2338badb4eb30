"""Views, and clients that send them requests without a server: what the proofs run."""

import asyncio
import concurrent.futures
import re
import sys
import time
from pathlib import Path

import httpx
from asgiref.testing import ApplicationCommunicator
from django.core.wsgi import get_wsgi_application
from django.http import HttpResponse, StreamingHttpResponse
from django.test import RequestFactory
from django.urls import path

from oms.asgi import application

ROOT = Path(__file__).resolve().parents[2]
WAIT = 0.1  # seconds; long enough for a busy machine to tell one wait from many
TASKS = []  # the task that the view "background" started, and the event that it waits for
STEPS = []  # what a traced request went through


def synchronous(request):
    return HttpResponse("synchronous")


async def asynchronous(request):
    await asyncio.sleep(WAIT)
    return HttpResponse("asynchronous")


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
        await asyncio.sleep(WAIT)
        yield "second"

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


urlpatterns = [path(view.__name__, view) for view in (synchronous, asynchronous, background, stream, loop, traced)]


def http_scope(name, version="1.1"):
    return {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": version, "method": "GET", "path": f"/{name}",
        "query_string": b"", "headers": [],
    }  # fmt: skip


async def events(name, version="1.1", application=application):
    """Send one request to an application; yield the events that it answers with."""
    client = ApplicationCommunicator(application, http_scope(name, version))
    await client.send_input({"type": "http.request"})
    more = True
    while more:
        event = await client.receive_output()
        yield event
        more = event["type"] == "http.response.start" or event.get("more_body")
    await client.wait()


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


def pace(seconds, times):
    """Say whether requests that each wait took the time of one or of all."""
    return "one after the other" if seconds >= times * WAIT else "at once" if seconds < times * WAIT / 2 else "neither"


def wsgi_pace(name, times, threads):
    """Send requests to the WSGI application from some threads; say whether they were answered at once."""
    before = time.monotonic()
    with concurrent.futures.ThreadPoolExecutor(threads) as pool:
        list(pool.map(wsgi_get, [name] * times, [pool] * times))
    return pace(time.monotonic() - before, times)


def asgi_pace(name, times):
    """Send requests to the ASGI application from one event loop; say whether they were answered at once."""

    async def many():
        await asyncio.gather(*(get(name) for _ in range(times)))

    before = time.monotonic()
    run(many())
    return pace(time.monotonic() - before, times)


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


# Handlers of worlds in which a sentence is false.


async def refuse(self, scope, receive, send):
    """A handler that answers every request with 500."""
    await send({"type": "http.response.start", "status": 500, "headers": []})
    await send({"type": "http.response.body", "body": b"no"})


async def accept(self, scope, receive, send):
    """A handler that accepts every connection as a WebSocket."""
    await send({"type": "websocket.accept"})


async def block(self, scope, receive, send):
    """A handler that keeps the event loop waiting."""
    time.sleep(WAIT)
    await refuse(self, scope, receive, send)


async def no_view(self, request):
    """A handler's answer without its middleware and views."""
    return HttpResponse("no view")


def runserver_imports(start, free_port, tree):
    """Start runserver in a folder and ask it for a page; give the names of the project's entry points that it imported."""
    code = (
        "import atexit, os, signal, sys; from django.core.management import execute_from_command_line as run\n"
        "names = lambda: ' '.join(sorted({'oms.asgi', 'oms.wsgi'} & {*sys.modules}))\n"
        "atexit.register(lambda: os.write(1, f'\\nimported: {names()}\\n'.encode()))\n"
        "signal.signal(signal.SIGTERM, lambda *_: sys.exit())\n"
        f"run(['manage.py', 'runserver', '--noreload', '--skip-checks', '{free_port}'])"
    )
    server = start(sys.executable, "-c", code, cwd=tree, env={"DJANGO_SETTINGS_MODULE": "oms.settings"})
    httpx.get(server.url).raise_for_status()
    return re.search("imported: (.*)", server.stop())[1]
