"""Serve HTTP with the project's application, and the chat's WebSockets with Channels."""

# ruff: noqa: E402
import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "examples.chat.settings")

# This loads the apps. It comes before all that may import a model.
from oms.asgi import application as project

# isort: split

from channels.routing import ProtocolTypeRouter, URLRouter
from channels.security.websocket import AllowedHostsOriginValidator, WebsocketDenier
from channels.sessions import SessionMiddlewareStack
from django.urls import re_path

from examples.chat.consumers import Chat
from examples.chat.urls import ROOM

rooms = [re_path(ROOM, Chat.as_asgi()), re_path("", WebsocketDenier.as_asgi())]
websocket = SessionMiddlewareStack(URLRouter(rooms))

application = ProtocolTypeRouter(
    {
        "http": project,
        "websocket": AllowedHostsOriginValidator(websocket),
    }
)
