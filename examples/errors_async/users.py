from django.http import HttpResponse


async def wrong(request):
    return HttpResponse(f"Hello {request.user}")


async def right(request):
    user = await request.auser()
    return HttpResponse(f"Hello {user}")
