"""One settings module for all environments: what differs comes from environment variables."""

import os

from oms.settings import *  # noqa: F403

DEBUG = os.environ.get("DEBUG") == "1"
SECRET_KEY = os.environ["SECRET_KEY"]
ALLOWED_HOSTS = os.environ.get("ALLOWED_HOSTS", "localhost").split(",")
