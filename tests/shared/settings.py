"""The settings of the oms project, with the views of this folder: what the servers here serve."""

from oms.settings import *  # noqa: F403

ALLOWED_HOSTS = ["*"]
ROOT_URLCONF = "tests.shared.views"
