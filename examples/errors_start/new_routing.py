from django.http import HttpResponse
from django.urls import re_path

urlpatterns = [re_path(r"^hello/(\w+)$", lambda request, name: HttpResponse(f"Hello {name}"))]
