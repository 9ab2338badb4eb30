"""Views that say in which thread their code runs."""

import asyncio
import threading

from asgiref.sync import sync_to_async
from django.http import HttpResponse


def name():
    return threading.current_thread().name


def report(**threads):
    lines = [f"{code}: {thread}\n" for code, thread in threads.items()]
    return HttpResponse(lines, content_type="text/plain")


def synchronous(request):
    return report(view=name())


async def asynchronous(request):
    return report(
        view=name(),
        sync_to_async=await sync_to_async(name)(),
        again=await sync_to_async(name)(),
        to_thread=await asyncio.to_thread(name),
    )
