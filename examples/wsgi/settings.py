"""The settings of the oms project, with a runserver that speaks ASGI."""

from oms.settings import *  # noqa: F403
from oms.settings import INSTALLED_APPS

INSTALLED_APPS = ["daphne", *INSTALLED_APPS]
ASGI_APPLICATION = "oms.asgi.application"
