"""Measure how many viewers the dashboard serves: its server is a process, and its viewers are another."""

import asyncio
import json
import os
import random
import re
import subprocess
import sys
import time
from statistics import median
from typing import ClassVar

from tests.shared.running import Servers

LEVELS = (100, 1000, 4000)
DASHBOARD = "examples.dashboard.asgi:application"
EACH = "measure.examples.load_dashboard:each --factory"
SETTINGS = {"DJANGO_SETTINGS_MODULE": "examples.dashboard.settings"}
TIME = re.compile(rb'"time": ([\d.]+)')


def measure(clients, seconds):
    """What the dashboard needs, and, up to a thousand viewers, a dashboard that has a producer for each.

    More than that would take it minutes to let in.
    """
    found = viewed(DASHBOARD, clients, seconds)
    if clients <= 1000:
        found["busy cores, a producer each"] = viewed(EACH, clients, seconds)["busy cores"]
    return found


def viewed(application, clients, seconds):
    """Let some viewers come within three seconds, as after a restart, and look for some seconds."""
    with Servers() as start:
        server = start(f"uvicorn {application} --port PORT", settings=SETTINGS["DJANGO_SETTINGS_MODULE"])
        viewers = [sys.executable, "-m", __name__, str(server.port), str(clients), str(seconds)]
        with subprocess.Popen(viewers, env=os.environ | SETTINGS, stdout=subprocess.PIPE, text=True) as process:
            process.stdout.readline()  # all are in
            began, worked = time.monotonic(), server.seconds_of_work()
            process.stdout.readline()  # all have seen enough
            busy = (server.seconds_of_work() - worked) / (time.monotonic() - began)
            found = json.loads(process.stdout.readline())
    return found | {"busy cores": round(busy, 2)}


class Viewer(asyncio.Protocol):
    """Note how long after its time each figure comes to each viewer."""

    came: ClassVar = {}

    def __init__(self):
        self.first = asyncio.get_running_loop().create_future()

    def connection_made(self, transport):
        transport.write(b"GET /figures/ HTTP/1.1\r\nHost: localhost\r\n\r\n")

    def data_received(self, data):
        now = time.time()
        for at in map(float, TIME.findall(data)):
            self.came.setdefault(at, []).append(now - at)
            if not self.first.done():
                self.first.set_result(at)


async def come(port):
    """Open a stream within three seconds, by the rule of the page; give it when it has the first figures."""
    await asyncio.sleep(3 * random.random())
    transport, viewer = await asyncio.get_running_loop().create_connection(Viewer, "127.0.0.1", port)
    await viewer.first
    return transport


async def look(port, clients, seconds):
    """Let all viewers come, and look until they have as many figures as there are seconds; print what they saw."""
    began = time.time()
    transports = await asyncio.gather(*(come(port) for _ in range(clients)))
    all_in = time.time()
    print("in", flush=True)
    delays = []
    while sum(map(len, delays)) < clients * seconds:
        await asyncio.sleep(0.1)
        delays = [each for at, each in sorted(Viewer.came.items()) if at > all_in]
    print("seen", flush=True)
    del delays[seconds:]  # what has begun to come after the last
    found = {
        "all are in within s": round(all_in - began, 1),
        "half have a figure within ms": round(1000 * median(map(median, delays)), 1),
        "all have it within ms": round(1000 * median(map(max, delays)), 1),
    }
    print(json.dumps(found), flush=True)
    for transport in transports:
        transport.abort()


def each():
    """The dashboard with a producer for each viewer, to compare."""
    from examples.dashboard import asgi, views
    from examples.dashboard.producer import Producer

    class Producers:
        def stream(self):
            return Producer(views.measure).stream()

    views.producer = Producers()
    return asgi.application


if __name__ == "__main__":
    asyncio.run(look(*map(int, sys.argv[1:])))
