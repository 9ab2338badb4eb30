"""The project's application, and around it a count of its requests."""

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "examples.dashboard.settings")

from examples.dashboard.figures import requests  # noqa: E402
from oms.asgi import application as django  # noqa: E402


async def application(scope, receive, send):
    """Let Django answer, and count what comes over HTTP."""
    if scope["type"] != "http":
        await django(scope, receive, send)
        return
    requests["open"] += 1
    try:
        await django(scope, receive, send)
    finally:
        requests["open"] -= 1
        requests["done"] += 1
