import asyncio
import logging

from django.http import HttpResponse


async def wrong(request):
    try:
        await asyncio.sleep(60)
    except BaseException:
        logging.exception("The view failed")
    return HttpResponse("waited")


async def right(request):
    try:
        await asyncio.sleep(60)
    except Exception:
        logging.exception("The view failed")
    finally:
        print("tidied up", flush=True)
    return HttpResponse("waited")
