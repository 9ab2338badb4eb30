"""The same work in the server's own process: it is lost when the process ends."""

import asyncio
import math

from asgiref.sync import sync_to_async
from django.shortcuts import redirect

from examples.background.forms import NumbersForm
from examples.background.views import jobs

running = set()  # asyncio itself keeps only weak references to its tasks


async def add_up(numbers):
    await asyncio.sleep(len(numbers))
    print("The sum is", math.fsum(numbers), flush=True)


async def start(request):
    form = NumbersForm(request.POST if request.method == "POST" else None)
    if form.is_valid() and len(running) >= 1000:
        form.add_error(None, "Too many jobs are running. Try again later.")
    if not form.is_valid():
        return await sync_to_async(jobs)(request, form=form)
    task = asyncio.create_task(add_up(form.cleaned_data["numbers"]))
    running.add(task)
    task.add_done_callback(running.discard)
    return redirect("jobs")
