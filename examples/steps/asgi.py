"""The project's application, with the events of each request."""

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "examples.steps.settings")

from oms.asgi import application as project  # noqa: E402


async def application(scope, receive, send):
    async def receive_and_print():
        event = await receive()
        if event["type"] == "http.request":
            print("receive http.request")
        return event

    async def send_and_print(event):
        print(f"send {event['type']}")
        await send(event)

    await project(scope, receive_and_print, send_and_print)
