"""The settings for production: the secret key and the names of the hosts come from the environment."""

import os

from oms.settings import *  # noqa: F403
from oms.settings import BASE_DIR, MIDDLEWARE

DEBUG = False
SECRET_KEY = os.environ["SECRET_KEY"]
ALLOWED_HOSTS = os.environ["ALLOWED_HOSTS"].split(",")

# WhiteNoise serves the static files, which collectstatic puts into STATIC_ROOT.
STATIC_ROOT = BASE_DIR / "static"
MIDDLEWARE = [MIDDLEWARE[0], "whitenoise.middleware.WhiteNoiseMiddleware", *MIDDLEWARE[1:]]

# For a server that does not read this header itself. nginx must set it, or visitors could.
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_SSL_REDIRECT = True
SESSION_COOKIE_SECURE = True
CSRF_COOKIE_SECURE = True

# Browsers insist on HTTPS for this time, whatever you change. Begin with an hour.
SECURE_HSTS_SECONDS = 3600

# Two checks ask for more: HTTPS on every subdomain, and in the list that browsers ship. Both are slow to undo.
SILENCED_SYSTEM_CHECKS = ["security.W005", "security.W021"]

# The errors of views go to the server's own output.
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {"console": {"class": "logging.StreamHandler"}},
    "root": {"handlers": ["console"]},
}
