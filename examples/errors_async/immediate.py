"""The settings of this folder, with transactions that wait for one another."""

from examples.errors_async.settings import *  # noqa: F403

DATABASES["default"]["OPTIONS"] = {"transaction_mode": "IMMEDIATE"}  # noqa: F405
