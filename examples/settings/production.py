"""The settings for production: the project's own, and what differs. Save it beside settings.py."""

import os

from oms.settings import *  # noqa: F403

DEBUG = False
SECRET_KEY = os.environ["SECRET_KEY"]
ALLOWED_HOSTS = os.environ["ALLOWED_HOSTS"].split(",")
