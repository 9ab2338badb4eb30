"""The URLs, and the module of the views, are imported with the first request."""

from django.urls import path

from examples.steps import views
from examples.steps.show import show

show("URLs")

urlpatterns = [path("async", views.asynchronous), path("sync", views.synchronous)]
