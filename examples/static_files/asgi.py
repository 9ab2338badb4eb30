"""Serve the static files from the folders of their apps, for development under an ASGI server."""

from django.conf import settings
from django.contrib.staticfiles.handlers import ASGIStaticFilesHandler

from oms.asgi import application

if settings.DEBUG:
    application = ASGIStaticFilesHandler(application)
