"""The same settings without the middleware that startproject lists."""

from tests.shared.settings import *  # noqa: F403

MIDDLEWARE = []
