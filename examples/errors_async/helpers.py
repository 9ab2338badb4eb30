import asyncio

from asgiref.sync import async_to_sync, sync_to_async
from django.http import HttpResponse


async def fetch():
    await asyncio.sleep(0)
    return "fetched"


def fetch_now():
    return async_to_sync(fetch)()


async def wrong(request):
    return HttpResponse(fetch_now())


async def wrong_run(request):
    return HttpResponse(asyncio.run(fetch()))


async def right(request):
    return HttpResponse(await fetch())


async def right_helper(request):
    return HttpResponse(await sync_to_async(fetch_now)())
