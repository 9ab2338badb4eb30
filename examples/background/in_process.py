"""The same work in the server's own process: it is lost when the process ends."""

import asyncio

from django.shortcuts import redirect
from django.views.decorators.http import require_POST

running = set()  # asyncio itself keeps only weak references to its tasks


async def add_up(numbers):
    total = 0
    for number in numbers:
        await asyncio.sleep(1)
        total += float(number)
    print("The sum is", total, flush=True)


@require_POST
async def start(request):
    task = asyncio.create_task(add_up(request.POST.get("numbers", "").split()))
    running.add(task)
    task.add_done_callback(running.discard)
    return redirect("jobs")
