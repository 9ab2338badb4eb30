import os

from django.contrib.auth.models import User  # noqa: F401
from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "oms.settings")

application = get_asgi_application()
