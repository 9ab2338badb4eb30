"""An async view and a synchronous one."""

from django.http import HttpResponse

from examples.steps.show import show


async def asynchronous(request):
    show("view")
    return HttpResponse("Hello\n")


def synchronous(request):
    show("view")
    return HttpResponse("Hello\n")
