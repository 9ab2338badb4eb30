from django.urls import path

from examples.testing import views

urlpatterns = [
    path("hello/", views.hello),
    path("ticks/", views.ticks),
]
