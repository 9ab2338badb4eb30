"""The views that the servers are asked for. Each prints what no client sees: the tests read it from the server's output."""

import asyncio
import os
import time
from pathlib import Path

from asgiref.sync import sync_to_async
from django.http import HttpResponse, JsonResponse, StreamingHttpResponse
from django.urls import path, reverse
from django.views.decorators.csrf import csrf_exempt


def seconds(request):
    return float(request.GET.get("seconds", 0.2))


def pause(request):
    """Wait for some seconds; print it first if asked to."""
    if "say" in request.GET:
        print("open", flush=True)
    time.sleep(seconds(request))
    return HttpResponse("paused")


async def async_pause(request):
    await asyncio.sleep(seconds(request))
    return HttpResponse("paused")


def compute(request):
    """Keep a core busy for some seconds; print it first if asked to."""
    if "say" in request.GET:
        print("computing", flush=True)
    end = time.thread_time() + seconds(request)
    while time.thread_time() < end:
        pass
    return HttpResponse("computed")


def small(request):
    """Answer with what the request says of itself."""
    return JsonResponse(
        {
            "process": os.getpid(),
            "version": request.META.get("SERVER_PROTOCOL", ""),
            "client": request.META.get("REMOTE_ADDR", ""),
            "scheme": request.scheme,
            "address": reverse("small"),
        }
    )


async def async_small(request):
    return small(request)


def wait(request):
    print(f"waiting {os.getpid()}", flush=True)
    time.sleep(seconds(request))
    return HttpResponse("waited")


async def async_wait(request):
    """Wait, and say whether the wait was cut off because the client went away."""
    print(f"waiting {os.getpid()}", flush=True)
    try:
        await asyncio.sleep(seconds(request))
    except asyncio.CancelledError:
        print("cancelled", flush=True)
        raise
    print("waited", flush=True)
    return HttpResponse("waited")


async def async_compute(request):
    return compute(request)


async def compute_in_thread(request):
    return await sync_to_async(compute, thread_sensitive=False)(request)


async def stream(request):
    """Send a piece, then wait until the client says, with a file, that it has the piece."""

    async def pieces():
        yield "first\n"
        for _ in range(30):
            if await asyncio.to_thread(Path(request.GET["seen"]).exists):
                yield "seen\n"
                return
            await asyncio.sleep(0.1)
        yield "not seen\n"

    return StreamingHttpResponse(pieces())


async def endless(request):
    """Send megabytes for as long as the client takes them, and print how many were taken."""

    async def pieces():
        for number in range(1, 257):
            print(f"sent {number}", flush=True)
            yield b"x" * 1_000_000

    return StreamingHttpResponse(pieces())


def sync_endless(request):
    """The same for WSGI, which takes a plain generator."""

    def pieces():
        for number in range(1, 257):
            print(f"sent {number}", flush=True)
            yield b"x" * 1_000_000

    return StreamingHttpResponse(pieces())


async def idle(request):
    """Open a stream, and send a comment line once in a while, as server-sent events do."""

    async def pieces():
        print("open", flush=True)
        while True:
            yield ":\n\n"
            await asyncio.sleep(seconds(request))

    return StreamingHttpResponse(pieces(), content_type="text/event-stream")


@csrf_exempt
def upload(request):
    """Read the body in pieces; answer with its size."""
    size = 0
    while piece := request.read(65536):
        size += len(piece)
    return HttpResponse(size)


urlpatterns = [
    path(view.__name__.replace("_", "-"), view, name=view.__name__)
    for view in (
        small, async_small, pause, async_pause, wait, async_wait, compute, async_compute, compute_in_thread, stream, endless, sync_endless, idle, upload,
    )
]  # fmt: skip
