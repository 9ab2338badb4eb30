import os

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "oms.settings")

from django.contrib.auth.models import User  # noqa: E402, F401

application = get_asgi_application()
