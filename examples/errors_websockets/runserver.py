"""The settings of the oms project, with a runserver that serves WebSockets."""

from oms.settings import *  # noqa: F403
from oms.settings import INSTALLED_APPS

INSTALLED_APPS = ["daphne", *INSTALLED_APPS]
ASGI_APPLICATION = "examples.errors_websockets.asgi.application"
