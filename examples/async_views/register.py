"""A transaction: a synchronous function, and an async view that awaits it."""

from asgiref.sync import sync_to_async
from django.contrib.auth.models import Group, User
from django.db import transaction
from django.http import HttpResponse, HttpResponseNotFound
from django.views.decorators.http import require_POST


@transaction.atomic
def add_member(username, group):
    user = User.objects.create(username=username)
    user.groups.add(Group.objects.get(name=group))


@require_POST
async def register(request, username, group):
    try:
        await sync_to_async(add_member)(username, group)
    except Group.DoesNotExist:
        return HttpResponseNotFound("There is no such group, and no user was made.")
    return HttpResponse("The user is a member.")
