"""The settings of the project, with a page that counts its visits."""

from oms.settings import *  # noqa: F403
from oms.settings import INSTALLED_APPS

INSTALLED_APPS = [*INSTALLED_APPS, "examples.middleware"]
ROOT_URLCONF = "examples.middleware.urls"
