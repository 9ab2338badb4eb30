import asyncio
import gc

from django.http import HttpResponse

running = set()


async def wait_for_ever():
    await asyncio.get_running_loop().create_future()


async def wrong(request):
    asyncio.create_task(wait_for_ever())
    await asyncio.sleep(0)
    gc.collect()  # as Python does by itself now and then
    return HttpResponse("started")


async def right(request):
    task = asyncio.create_task(wait_for_ever())
    running.add(task)
    task.add_done_callback(running.discard)
    await asyncio.sleep(0)
    gc.collect()
    return HttpResponse("started")


async def fail():
    raise ValueError("the task failed")


async def wrong_failed(request):
    asyncio.create_task(fail())
    await asyncio.sleep(0)
    return HttpResponse("started")


async def right_failed(request):
    task = asyncio.create_task(fail())
    try:
        await task
    except ValueError as error:
        return HttpResponse(f"{error}")
