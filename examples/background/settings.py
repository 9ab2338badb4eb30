"""The settings of the project, with a page of jobs and the queue that keeps them."""

from oms.settings import *  # noqa: F403
from oms.settings import DATABASES, INSTALLED_APPS

INSTALLED_APPS = [*INSTALLED_APPS, "django_tasks_db", "examples.background"]
ROOT_URLCONF = "examples.background.urls"

TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend"}}

# SQLite has one writer at a time: the others wait for their turn, and readers do not.
DATABASES["default"]["OPTIONS"] = {
    "transaction_mode": "IMMEDIATE",
    "init_command": "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL",
}
