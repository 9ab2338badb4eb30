"""The URLs of the project, and those of the static files while DEBUG is on."""

from django.contrib.staticfiles.urls import staticfiles_urlpatterns

from oms.urls import urlpatterns

urlpatterns = [*urlpatterns, *staticfiles_urlpatterns()]
