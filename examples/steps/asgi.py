"""The project's application, with a WebSocket beside it, and the events of each connection."""

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "examples.steps.settings")

from examples.steps.show import show  # noqa: E402
from oms.asgi import application as project  # noqa: E402


async def echo(scope, receive, send):
    """Accept a WebSocket, send its first message back, and close it."""
    await receive()
    await send({"type": "websocket.accept"})
    message = await receive()
    await send({"type": "websocket.send", "text": message["text"]})
    await send({"type": "websocket.close", "code": 1000})


APPLICATIONS = {"http": project, "websocket": echo}  # not "lifespan": uvicorn does without it


async def application(scope, receive, send):
    inner = APPLICATIONS[scope["type"]]
    show("scope", scope)

    async def receive_and_show():
        event = await receive()
        if event["type"] != "http.disconnect":  # it comes at any time
            show("receive", event)
        return event

    async def send_and_show(event):
        show("send", event)
        await send(event)

    await inner(scope, receive_and_show, send_and_show)
