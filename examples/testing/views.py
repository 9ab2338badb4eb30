"""Two async views: one greets the user, the other streams for ever."""

import asyncio

from django.http import HttpResponse, StreamingHttpResponse


async def hello(request):
    german = request.headers.get("accept-language") == "de"
    user = await request.auser()
    return HttpResponse(f"{'Hallo' if german else 'Hello'}, {user.get_username() or 'visitor'}.")


async def ticks(request):
    return StreamingHttpResponse(numbers(), content_type="text/event-stream")


async def numbers():
    number = 0
    while True:
        yield f"data: {number}\n\n"
        number += 1
        await asyncio.sleep(0.01)
