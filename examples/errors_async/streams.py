import asyncio
import time

from django.http import StreamingHttpResponse


def wrong(request):
    def pieces():
        for number in range(3):
            yield f"{number}\n"
            time.sleep(0.2)

    return StreamingHttpResponse(pieces())


async def right(request):
    async def pieces():
        for number in range(3):
            yield f"{number}\n"
            await asyncio.sleep(0.2)

    return StreamingHttpResponse(pieces())
