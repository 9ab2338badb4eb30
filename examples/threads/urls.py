"""The views of this folder, each at its name."""

from django.urls import path

from examples.threads import views

urlpatterns = [
    path("synchronous", views.synchronous),
    path("asynchronous", views.asynchronous),
]
