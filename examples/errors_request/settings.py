"""The settings of the oms project, with a middleware that changes the content of a response."""

from oms.settings import *  # noqa: F403
from oms.settings import MIDDLEWARE

# CommonMiddleware, further up, counts the content when this middleware has changed it.
MIDDLEWARE = [*MIDDLEWARE, "examples.errors_request.signed.sign"]
