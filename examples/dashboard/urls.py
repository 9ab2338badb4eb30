from django.urls import include, path

from examples.dashboard import views

urlpatterns = [
    path("", views.dashboard),
    path("figures/", views.figures),
    path("simple/", views.simple),
    path("", include("oms.urls")),
]
