"""The settings of the oms project, with the views of this folder."""

from oms.settings import *  # noqa: F403

ROOT_URLCONF = "examples.errors_async.urls"
MIDDLEWARE += ["examples.errors_async.visitors.remember"]  # noqa: F405
