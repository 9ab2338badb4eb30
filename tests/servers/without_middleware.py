"""The same settings without the middleware that startproject lists."""

from tests.servers.settings import *  # noqa: F403

MIDDLEWARE = []
