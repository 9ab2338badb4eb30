"""The project's application, with the settings of this example."""

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "examples.background.settings")

from oms.asgi import application  # noqa: E402, F401
