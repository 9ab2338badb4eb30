import os

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "oms.settings")

application = get_asgi_application()

# Models, consumers and middleware need the apps, which are loaded from here on.
from django.contrib.auth.models import User  # noqa: E402, F401
