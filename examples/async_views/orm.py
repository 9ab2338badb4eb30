"""Ask the database in an async view."""

from django.contrib.auth.models import Permission, User
from django.contrib.contenttypes.models import ContentType
from django.http import JsonResponse


async def users(request):
    """Count with an `a` method, and loop with `async for`."""
    count = await User.objects.acount()
    return JsonResponse({"count": count, "names": [user.username async for user in User.objects.all()]})


async def related(request):
    """Fetch the related object in the same query."""
    permission = await Permission.objects.select_related("content_type").afirst()
    return JsonResponse({"model": permission.content_type.model})


async def related_later(request):
    """Fetch it in a second query."""
    permission = await Permission.objects.afirst()
    content_type = await ContentType.objects.aget(pk=permission.content_type_id)
    return JsonResponse({"model": content_type.model})
