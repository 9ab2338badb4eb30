"""The settings of the project oms, and what the notifications add."""

from oms.settings import *  # noqa: F403

INSTALLED_APPS += ["examples.notifications"]  # noqa: F405
ROOT_URLCONF = "examples.notifications.urls"
