"""Call a blocking function from an async view."""

import asyncio
from urllib.request import urlopen

from django.http import HttpResponse


def fetch():
    """Wait for another server, and block the thread meanwhile."""
    with urlopen("http://127.0.0.1:8000/", timeout=10) as answer:
        return answer.read()


async def wrong(request):
    return HttpResponse(fetch())


async def right(request):
    return HttpResponse(await asyncio.to_thread(fetch))
