"""Names a model as late.py does; its app is not in INSTALLED_APPS."""

import os

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "oms.settings")

application = get_asgi_application()

from .models import Room  # noqa: E402, F401
