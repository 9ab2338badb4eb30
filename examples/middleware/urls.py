from django.urls import path

from examples.middleware import views

urlpatterns = [path("", views.index)]
