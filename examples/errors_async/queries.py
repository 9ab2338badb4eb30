from asgiref.sync import sync_to_async
from django.contrib.auth.models import Permission, User
from django.http import HttpResponse
from django.template import Context, Template


async def wrong(request):
    return HttpResponse(User.objects.count())


async def right(request):
    return HttpResponse(await User.objects.acount())


async def right_loop(request):
    return HttpResponse([user.username async for user in User.objects.all()])


async def wrong_await(request):
    return HttpResponse(await User.objects.filter(username="ada"))


async def right_await(request):
    return HttpResponse(await User.objects.filter(username="ada").afirst())


async def right_function(request):
    return HttpResponse(await sync_to_async(User.objects.count)())


async def wrong_related(request):
    permission = await Permission.objects.afirst()
    return HttpResponse(permission.content_type)


async def right_related(request):
    permission = await Permission.objects.select_related("content_type").afirst()
    return HttpResponse(permission.content_type)


template = Template("{% for user in users %}{{ user }}{% endfor %}")


async def wrong_template(request):
    return HttpResponse(template.render(Context({"users": User.objects.all()})))


async def right_template(request):
    users = [user async for user in User.objects.all()]
    return HttpResponse(template.render(Context({"users": users})))
