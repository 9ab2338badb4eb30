from django.conf.urls import url
from django.http import HttpResponse

urlpatterns = [url(r"^hello/(\w+)$", lambda request, name: HttpResponse(f"Hello {name}"))]
