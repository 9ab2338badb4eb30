"""The settings of the project, with the views that are tested."""

from oms.settings import *  # noqa: F403

ROOT_URLCONF = "examples.testing.urls"
