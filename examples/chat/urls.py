"""The chat's pages, beside the project's. A room's WebSocket has its page's path."""

from django.urls import path, re_path

from examples.chat import views
from oms.urls import urlpatterns as project

ROOM = r"^rooms/(?P<room>[a-z0-9_-]{1,40})/$"

urlpatterns = [
    path("", views.rooms, name="rooms"),
    re_path(ROOM, views.room, name="room"),
    *project,
]
