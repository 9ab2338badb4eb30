"""Two middlewares that print that they are made, and that they are called."""

from asgiref.sync import markcoroutinefunction

from examples.steps.show import show


class Step:
    sync_capable, async_capable = False, True

    def __init__(self, get_response):
        self.get_response, self.name = get_response, type(self).__name__
        markcoroutinefunction(self)
        show(f"middleware {self.name}")

    async def __call__(self, request):
        show(f"request in {self.name}")
        response = await self.get_response(request)
        show(f"response in {self.name}")
        return response


class First(Step):
    """The first in the list, and the outermost."""


class Second(Step):
    """The last in the list, beside the view."""
