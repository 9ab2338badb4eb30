"""The URLs, and the module of the views, are imported with the first request."""

from django.urls import path

from examples.steps import views

print("URLs")

urlpatterns = [path("", views.index)]
