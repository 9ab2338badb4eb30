"""The oms application with the settings of this folder."""

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "examples.threads.settings")

from oms.asgi import application  # noqa: E402, F401
