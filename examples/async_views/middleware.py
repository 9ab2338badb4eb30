"""A middleware for both kinds of views: it does not send the request into a thread."""

from asgiref.sync import iscoroutinefunction
from django.utils.decorators import sync_and_async_middleware


@sync_and_async_middleware
def no_store(get_response):
    """Forbid caches to keep the response."""

    def mark(response):
        response.headers.setdefault("Cache-Control", "no-store")
        return response

    if iscoroutinefunction(get_response):

        async def middleware(request):
            return mark(await get_response(request))

    else:

        def middleware(request):
            return mark(get_response(request))

    return middleware
