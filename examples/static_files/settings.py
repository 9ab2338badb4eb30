"""The settings of the project, with the URLs beside this file."""

from oms.settings import *  # noqa: F403

ROOT_URLCONF = "examples.static_files.urls"
