"""An app, with settings, that prints each step: at the import of asgi.py, and with each request."""
