"""The function that configures logging: LOGGING_CONFIG names it."""

from logging.config import dictConfig


def configure(logging):
    print("logging")
    dictConfig(logging)
