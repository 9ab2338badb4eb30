"""The settings of the project without DEBUG, and with WhiteNoise for the static files."""

from oms.settings import *  # noqa: F403
from oms.settings import BASE_DIR, MIDDLEWARE

DEBUG = False
ALLOWED_HOSTS = ["127.0.0.1"]

STATIC_ROOT = BASE_DIR / "static"  # where collectstatic puts the files

# SecurityMiddleware comes first, and WhiteNoise right after it.
MIDDLEWARE = [MIDDLEWARE[0], "whitenoise.middleware.WhiteNoiseMiddleware", *MIDDLEWARE[1:]]
