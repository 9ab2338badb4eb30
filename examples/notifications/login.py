"""The stream, for users who are logged in."""

from asgiref.sync import sync_to_async
from django.db import connections
from django.http import HttpResponseForbidden

from . import views


async def stream(request):
    """Look once who asks, then send what `views.stream` sends."""
    user = await request.auser()
    # The request's thread, which read the user, keeps its connection otherwise.
    await sync_to_async(connections.close_all)()
    if not user.is_authenticated:
        return HttpResponseForbidden("Log in first.")
    return await views.stream(request)
