"""Wait for a message, and leave nothing behind when the client goes away."""

import asyncio

from django.http import JsonResponse

queues = set()


async def next_message(request):
    queue = asyncio.Queue()
    queues.add(queue)
    try:
        return JsonResponse({"message": await queue.get()})
    finally:
        queues.discard(queue)


async def wrong(request):
    """Go on after the client has gone: do not write this."""
    queue = asyncio.Queue()
    queues.add(queue)
    while True:
        try:
            return JsonResponse({"message": await queue.get()})
        except asyncio.CancelledError:
            continue
