import asyncio

from asgiref.sync import async_to_sync
from django.http import HttpResponse


async def greet():
    print("Hello")


def wrong(request):
    asyncio.create_task(greet())
    return HttpResponse("started")


def wrong_loop(request):
    asyncio.get_event_loop().run_until_complete(greet())
    return HttpResponse("done")


async def right(request):
    task = asyncio.create_task(greet())
    await task
    return HttpResponse("done")


def right_function(request):
    async_to_sync(greet)()
    return HttpResponse("done")
