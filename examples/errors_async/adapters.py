from asgiref.sync import sync_to_async
from django.contrib.auth.models import User
from django.http import HttpResponse


def count():
    return User.objects.count()


async def count_async():
    return await User.objects.acount()


async def wrong(request):
    return HttpResponse(await sync_to_async(count))


async def wrong_kind(request):
    return HttpResponse(await sync_to_async(count_async)())


async def right(request):
    return HttpResponse(await sync_to_async(count)())


async def right_kind(request):
    return HttpResponse(await count_async())
