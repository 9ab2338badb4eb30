import asyncio

from asgiref.sync import async_to_sync
from django.http import HttpResponse

connection = []


async def head(port):
    """Ask this server over a connection that is kept."""
    if not connection:
        connection[:] = await asyncio.open_connection("127.0.0.1", port)
    reader, writer = connection
    writer.write(b"HEAD /users/right HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
    return await reader.readuntil(b"\r\n\r\n")


def wrong(request):
    return HttpResponse(async_to_sync(head)(request.META["SERVER_PORT"]))
