from functools import wraps

from django.http import HttpResponse


def printed(view):
    @wraps(view)
    def wrapper(request):
        print(f"asked for {request.path}")
        return view(request)

    return wrapper


def printed_async(view):
    @wraps(view)
    async def wrapper(request):
        print(f"asked for {request.path}")
        return await view(request)

    return wrapper


def printed_and_lost(view):
    @wraps(view)
    def wrapper(request):
        print(f"asked for {request.path}")
        view(request)

    return wrapper


@printed_and_lost
def wrong_return(request):
    return HttpResponse("Hello")


@printed
async def wrong(request):
    return HttpResponse("Hello")


@printed_async
async def right(request):
    return HttpResponse("Hello")
