"""Answer WebSockets beside Django, without another package: what a browser sends comes back."""

import os

from django.conf import settings
from django.core.asgi import get_asgi_application
from django.http.request import split_domain_port, validate_host

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "oms.settings")

django = get_asgi_application()


async def application(scope, receive, send):
    """Take the WebSockets, and leave the rest to Django."""
    if scope["type"] == "websocket":
        await websocket(scope, receive, send)
    else:
        await django(scope, receive, send)


async def websocket(scope, receive, send):
    """Accept a WebSocket to one path from pages of this site, and refuse all others."""
    await receive()  # websocket.connect
    if scope["path"] == "/ws/echo/" and from_this_site(scope):
        await send({"type": "websocket.accept"})
        await echo(receive, send)
    else:
        await send({"type": "websocket.close"})


def from_this_site(scope):
    """Whether the page that opens the WebSocket has a host that ALLOWED_HOSTS allows."""
    origin = dict(scope["headers"]).get(b"origin", b"").decode("latin-1")
    host, _ = split_domain_port(origin.partition("://")[2])
    allowed = settings.ALLOWED_HOSTS
    if settings.DEBUG and not allowed:
        allowed = [".localhost", "127.0.0.1", "[::1]"]  # as Django does
    return bool(host) and validate_host(host, allowed)


async def echo(receive, send):
    """Send each message back, text or bytes, until the WebSocket is closed."""
    while (event := await receive())["type"] == "websocket.receive":
        kind = "text" if event.get("text") is not None else "bytes"
        await send({"type": "websocket.send", kind: event[kind]})
