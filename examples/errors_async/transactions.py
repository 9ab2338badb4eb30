from asgiref.sync import sync_to_async
from django.contrib.auth.models import User
from django.db import transaction
from django.http import HttpResponse


async def wrong(request):
    async with transaction.atomic():
        await User.objects.aupdate(first_name="Ada")
    return HttpResponse("renamed")


async def wrong_with(request):
    with transaction.atomic():
        await User.objects.aupdate(first_name="Ada")
    return HttpResponse("renamed")


@sync_to_async
@transaction.atomic
def rename():
    User.objects.update(first_name="Ada")


async def right(request):
    await rename()
    return HttpResponse("renamed")
