from django.contrib.auth.models import User
from django.http import HttpResponse


async def greet(name):
    print(f"Hello {name}")


async def wrong(request):
    greet("ada")
    return HttpResponse("greeted")


async def wrong_value(request):
    user = User.objects.aget(username="ada")
    return HttpResponse(user.username)


async def right(request):
    user = await User.objects.aget(username="ada")
    await greet(user.username)
    return HttpResponse("greeted")
