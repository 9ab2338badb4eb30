"""The settings of the oms project, with the views of this folder."""

from oms.settings import *  # noqa: F403

ROOT_URLCONF = "examples.threads.urls"
