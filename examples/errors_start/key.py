"""The settings of the oms project, with a secret key that may be missing."""

import os

from oms.settings import *  # noqa: F403

SECRET_KEY = os.environ.get("SECRET_KEY", "")
