"""Serve HTTP with Django, and WebSockets with a consumer."""

# ruff: noqa: E402
import os

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "oms.settings")

# This loads the apps. It comes before everything that may import a model.
django = get_asgi_application()

# isort: split

from channels.auth import AuthMiddlewareStack
from channels.routing import ProtocolTypeRouter, URLRouter
from channels.security.websocket import AllowedHostsOriginValidator
from django.urls import path

from examples.websocket_channels.consumers import Hello

consumers = URLRouter([path("ws/hello/", Hello.as_asgi())])

application = ProtocolTypeRouter(
    {
        "http": django,
        "websocket": AllowedHostsOriginValidator(AuthMiddlewareStack(consumers)),
    }
)
