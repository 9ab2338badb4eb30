"""The same URLs, for users who are logged in: a stream looks once who asks."""

from asgiref.sync import sync_to_async
from django.contrib import admin
from django.contrib.auth.decorators import login_required
from django.db import connections
from django.http import HttpResponseForbidden
from django.urls import path

from . import views


async def stream(request):
    user = await request.auser()
    # The request's thread, which read the user, keeps its connection otherwise.
    await sync_to_async(connections.close_all)()
    if not user.is_authenticated:
        return HttpResponseForbidden("Log in first.")
    return await views.stream(request)


urlpatterns = [
    path("", login_required(views.page, login_url="admin:login"), name="page"),
    path("stream", stream, name="stream"),
    path("admin/", admin.site.urls),
]
