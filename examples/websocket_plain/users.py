"""The user whose session the cookie of a WebSocket names."""

from importlib import import_module

from asgiref.sync import sync_to_async
from django.conf import settings
from django.contrib.auth import get_user
from django.db import close_old_connections
from django.http import HttpRequest, parse_cookie


@sync_to_async
def user_of(scope):
    """Return the user who is logged in, or AnonymousUser."""
    cookies = [value.decode("latin-1") for name, value in scope["headers"] if name == b"cookie"]
    key = parse_cookie("; ".join(cookies)).get(settings.SESSION_COOKIE_NAME)
    request = HttpRequest()
    request.session = import_module(settings.SESSION_ENGINE).SessionStore(key)
    close_old_connections()
    try:
        return get_user(request)
    finally:
        close_old_connections()
