"""The settings of the project, with what prints its step."""

from examples.steps.show import show
from oms.settings import *  # noqa: F403
from oms.settings import INSTALLED_APPS

show("settings")

LOGGING_CONFIG = "examples.steps.log.configure"
LOGGING = {"version": 1, "disable_existing_loggers": False}
INSTALLED_APPS = ["examples.steps", *INSTALLED_APPS]
MIDDLEWARE = ["examples.steps.middleware.First", "examples.steps.middleware.Second"]
ROOT_URLCONF = "examples.steps.urls"
