"""The project's application in two wrappers."""

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "examples.middleware.settings")

from examples.middleware.lifespan import with_lifespan  # noqa: E402
from examples.middleware.server_timing import server_timing  # noqa: E402
from examples.middleware.visits import visits  # noqa: E402
from oms.asgi import application as project  # noqa: E402

application = with_lifespan(server_timing(project), visits)
