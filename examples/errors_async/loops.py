import httpx
from asgiref.sync import async_to_sync
from django.http import HttpResponse

client = httpx.AsyncClient()


async def status(url):
    return (await client.get(url)).status_code


async def status_by_a_new_client(url):
    async with httpx.AsyncClient() as client:
        return (await client.get(url)).status_code


def wrong(request):
    return HttpResponse(async_to_sync(status)(request.build_absolute_uri("/users/right")))


def right(request):
    return HttpResponse(async_to_sync(status_by_a_new_client)(request.build_absolute_uri("/users/right")))
