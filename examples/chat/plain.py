"""Serve HTTP with the project's application, and the chat's WebSockets in plain ASGI."""

# ruff: noqa: E402
import asyncio
import contextlib
import os
import re
from collections import defaultdict
from importlib import import_module

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "examples.chat.settings")

# This loads the apps. It comes before all that may import a model.
from oms.asgi import application as project

# isort: split

from django.conf import settings
from django.http import parse_cookie
from django.http.request import split_domain_port, validate_host

from examples.chat.messages import NO_NAME, Speaker
from examples.chat.urls import ROOM

WAITING = 1000  # so many frames wait for a browser; one more ends its connection
rooms = defaultdict(set)  # for each room, the queues of the browsers in it


async def application(scope, receive, send):
    if scope["type"] == "websocket":
        await enter(scope, receive, send)
    else:
        await project(scope, receive, send)


async def enter(scope, receive, send):
    """Let a browser into the room of its path, or refuse it."""
    await receive()  # websocket.connect
    headers = {name: value.decode("latin-1") for name, value in scope["headers"]}
    room = re.fullmatch(ROOM, scope["path"][1:])
    if not room or not from_this_site(headers.get(b"origin", "")):
        await send({"type": "websocket.close"})  # before it is accepted: HTTP 403
    elif name := await name_in_session(headers.get(b"cookie", "")):
        await talk(room["room"], Speaker(name), receive, send)
    else:  # a page sees the code only once it is accepted
        await send({"type": "websocket.accept"})
        await send({"type": "websocket.close", "code": NO_NAME})


def from_this_site(origin):
    host, _ = split_domain_port(origin.partition("://")[2])
    allowed = settings.ALLOWED_HOSTS
    if settings.DEBUG and not allowed:
        allowed = [".localhost", "127.0.0.1", "[::1]"]  # as Django does
    return host and validate_host(host, allowed)


async def name_in_session(cookie):
    key = parse_cookie(cookie).get(settings.SESSION_COOKIE_NAME)
    session = import_module(settings.SESSION_ENGINE).SessionStore(key)
    return await session.aget("name")


async def talk(room, speaker, receive, send):
    """Pass on what a browser writes, until it leaves."""
    queue = asyncio.Queue()
    rooms[room].add(queue)
    writing = asyncio.create_task(write(queue, send))
    try:
        while (event := await receive())["type"] == "websocket.receive":
            said, answer = speaker.read(event.get("text"))
            if said:
                for other in rooms[room]:
                    put(other, said)
            put(queue, answer)
    finally:
        writing.cancel()
        rooms[room].remove(queue)
        if not rooms[room]:
            del rooms[room]


def put(queue, frame):
    """Let a frame wait for a browser, or end one for which too many wait."""
    if queue.qsize() < WAITING:
        queue.put_nowait(frame)
    elif queue.qsize() == WAITING:
        queue.put_nowait(None)


async def write(queue, send):
    """Accept a browser, and send it what is in its queue, up to None."""
    with contextlib.suppress(OSError):  # it has left
        await send({"type": "websocket.accept"})
        while frame := await queue.get():
            await send({"type": "websocket.send", "text": frame})
        await send({"type": "websocket.close", "code": 1013})
