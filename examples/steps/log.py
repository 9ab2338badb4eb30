"""The function that configures logging: LOGGING_CONFIG names it."""

from logging.config import dictConfig

from examples.steps.show import show


def configure(logging):
    show("logging")
    dictConfig(logging)
