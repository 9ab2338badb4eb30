"""The settings of the oms project, with DEBUG off and the views of this folder: what the servers here serve."""

from oms.settings import *  # noqa: F403

DEBUG = False
ALLOWED_HOSTS = ["*"]
ROOT_URLCONF = "tests.shared.views"
