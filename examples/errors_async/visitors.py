import threading
from contextvars import ContextVar

from django.http import HttpResponse

local = threading.local()
address = ContextVar("address")


def remember(get_response):
    def middleware(request):
        local.address = request.META["REMOTE_ADDR"]
        address.set(request.META["REMOTE_ADDR"])
        return get_response(request)

    return middleware


async def wrong(request):
    return HttpResponse(local.address)


async def right(request):
    return HttpResponse(address.get())
