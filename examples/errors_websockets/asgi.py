"""The project's application for HTTP, and beside it consumers for WebSockets."""

# ruff: noqa: E402
import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "oms.settings")

# This loads the apps. It comes before all that may import a model.
from oms.asgi import application as project

# isort: split

from channels.routing import ProtocolTypeRouter, URLRouter
from channels.security.websocket import AllowedHostsOriginValidator
from django.urls import path

from examples.errors_websockets.consumers import Chat, Report, Room

consumers = [
    path("ws/chat/", Chat.as_asgi()),
    path("ws/room/", Room.as_asgi()),
    path("ws/report/", Report.as_asgi()),
]
application = ProtocolTypeRouter(
    {
        "http": project,
        "websocket": AllowedHostsOriginValidator(URLRouter(consumers)),
    }
)
