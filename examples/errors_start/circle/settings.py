"""The settings of the oms project, with an app that imports asgi.py."""

from oms.settings import *  # noqa: F403

INSTALLED_APPS += ["examples.errors_start.circle"]  # noqa: F405
