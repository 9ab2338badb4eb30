"""The settings of this folder, with a transaction around each view."""

from examples.errors_async.settings import *  # noqa: F403

DATABASES["default"]["ATOMIC_REQUESTS"] = True  # noqa: F405
