"""The settings of the project, with a runserver that answers WebSockets."""

from oms.settings import *  # noqa: F403
from oms.settings import INSTALLED_APPS

INSTALLED_APPS = ["daphne", *INSTALLED_APPS]
ASGI_APPLICATION = "examples.websocket_channels.asgi.application"
