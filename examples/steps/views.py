"""The view."""

from django.http import HttpResponse


async def index(request):
    print("view")
    return HttpResponse("Hello\n")
