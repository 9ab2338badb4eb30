"""A class-based view: all of its methods are async."""

from django.contrib.auth.models import Group
from django.http import HttpResponse, JsonResponse
from django.views import View


class Groups(View):
    async def get(self, request):
        return JsonResponse({"names": [group.name async for group in Group.objects.all()]})

    async def post(self, request):
        await Group.objects.acreate(name=request.POST["name"])
        return HttpResponse(status=201)
