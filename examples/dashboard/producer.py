"""One producer for many viewers."""

import asyncio
import json
import logging
import os
import time

logger = logging.getLogger(__name__)
NOTHING = ":\n\n"  # a comment: the browser passes over it


class Producer:
    """Take figures for all who wait, at most once a second, as server-sent events."""

    def __init__(self, measure, seconds=1):
        self.measure, self.seconds = measure, seconds
        self.task, self.newest, self.due = None, NOTHING, 0

    async def stream(self):
        """Yield the newest figures to one viewer, and the next ones whenever it is ready for them."""
        if time.monotonic() < self.due:
            yield self.newest
        while True:
            if self.task is None or self.task.done():
                self.task = asyncio.create_task(self.produce())
            await asyncio.wait([self.task])
            yield self.newest

    async def produce(self):
        """Take the figures once, when they are due."""
        await asyncio.sleep(self.due - time.monotonic())
        self.due = time.monotonic() + self.seconds
        try:
            figures = await asyncio.to_thread(self.measure)
            event = {"time": time.time(), "process": os.getpid(), "figures": figures}
            # Browsers cannot read the NaN that Python writes.
            self.newest = f"data: {json.dumps(event, allow_nan=False)}\n\n"
        except Exception:
            logger.exception("The figures could not be taken")
            self.newest = NOTHING
