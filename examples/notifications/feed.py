"""The notifications as they come, for all streams of the process."""

import asyncio
import logging
from concurrent.futures import ThreadPoolExecutor

from asgiref.sync import sync_to_async
from django.db import Error, close_old_connections
from django.db.models import Max

from .models import Notification

LOOK_EVERY = 0.5  # seconds
KEEP_ALIVE = 15  # seconds; page and proxies give up a silent connection
BATCH = 100  # notifications; a long history is sent in parts

logger = logging.getLogger(__name__)

# In the thread of a request, a query would hold its connection to the database
# for as long as the stream is open.
in_one_thread = sync_to_async(thread_sensitive=False, executor=ThreadPoolExecutor(1))


@in_one_thread
def newest_id():
    close_old_connections()
    return Notification.objects.aggregate(id=Max("id", default=0))["id"]


@in_one_thread
def notifications_after(last_id):
    close_old_connections()
    return list(Notification.objects.filter(id__gt=last_id).order_by("id")[:BATCH])


class Feed:
    """What the streams follow. One task looks for news, and wakes them."""

    def __init__(self):
        self.streams = 0

    async def follow(self, last_id):
        """Yield the events after an id, and then those that come."""
        self.streams += 1
        if self.streams == 1:
            self.expect_change()
            self.watcher = asyncio.create_task(self.watch())
        try:
            while True:
                # Taken before the query: what the query misses, this tells.
                change = self.change
                found = await self.after(last_id)
                if found:
                    yield "".join(notification.event() for notification in found)
                    last_id = found[-1].id
                while len(found) < BATCH and not change.done():
                    await asyncio.wait([change], timeout=KEEP_ALIVE)
                    if not change.done():
                        yield "event: alive\ndata: yes\n\n"
        finally:
            self.streams -= 1
            if self.streams == 0:
                self.watcher.cancel()

    async def watch(self):
        """Look for a newer id again and again, and tell the streams."""
        latest = 0  # the first look wakes those whose query came before it
        while True:
            try:
                newest = await newest_id()
            except Error:
                logger.exception("Could not look for notifications; trying again")
            else:
                if newest > latest:
                    latest = newest
                    self.change.set_result(None)
                    self.expect_change()
            await asyncio.sleep(LOOK_EVERY)

    def expect_change(self):
        self.change = asyncio.get_running_loop().create_future()
        self.queries = {}

    async def after(self, last_id):
        """Give the notifications after an id; who asks the same shares the query."""
        queries = self.queries
        if last_id not in queries:
            queries[last_id] = asyncio.create_task(notifications_after(last_id))
            queries[last_id].add_done_callback(lambda query: queries.pop(last_id))
        # Shielded, for a stream that ends must not cancel it for the others.
        return await asyncio.shield(queries[last_id])


feed = Feed()
