"""Static files with a hash of their content in the name, and compressed: a browser need not ask for one twice."""

from examples.deploy.static_files import *  # noqa: F403

STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
