"""The project's settings, with the dashboard's addresses and pages."""

from oms.settings import *  # noqa: F403

INSTALLED_APPS = [*INSTALLED_APPS, "examples.dashboard"]  # noqa: F405
ROOT_URLCONF = "examples.dashboard.urls"
