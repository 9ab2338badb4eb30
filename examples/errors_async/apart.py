from django.contrib.auth.models import User
from django.db import transaction
from django.http import HttpResponse


async def wrong(request):
    return HttpResponse(await User.objects.acount())


@transaction.non_atomic_requests
async def right(request):
    return HttpResponse(await User.objects.acount())
