"""Measure the notifications: how soon all open streams have one, and what another visitor feels meanwhile."""

import asyncio
import multiprocessing
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import httpx

from tests.shared.running import ROOT, Servers

LEVELS = (10, 1000, 4000)
PAUSE = 0.31  # seconds from one notification to the next; no multiple of the time between two looks at the table
MIGRATE = "django migrate --run-syncdb notifications --settings examples.notifications.settings"
SERVE = "uvicorn examples.notifications.asgi:application --no-access-log --port PORT"


def measure(clients, seconds):
    """Let some clients hold a stream open each, and send notifications for some seconds; give the figures."""
    with tempfile.TemporaryDirectory() as folder, Servers() as start:
        for name in ("oms", "examples"):
            shutil.copytree(ROOT / name, Path(folder) / name, ignore=shutil.ignore_patterns("__pycache__"))
        subprocess.run([sys.executable, "-m", *MIGRATE.split()], cwd=folder, check=True, stdout=subprocess.DEVNULL)
        server = start(SERVE, folder, settings=None)
        spawn = multiprocessing.get_context("spawn")
        here, there = spawn.Pipe()
        process = spawn.Process(target=lead, args=(there, server.port, clients, seconds))
        process.start()
        there.close()  # where the process fails, the next word from it is an error
        try:
            here.recv()  # a page was answered
            empty = server.memory_now()
            here.send("Open the streams.")
            here.recv()  # all are open
            memory = (server.memory_now() - empty) / clients / 1000
            here.send("Send notifications.")
            return here.recv() | {"memory for each, kB": round(memory, 1)}
        finally:
            server.kill()  # it would wait for the streams to end
            process.join()


def lead(pipe, port, streams, seconds):
    """Lead the clients, in a process of their own."""
    asyncio.run(use(pipe, port, streams, seconds))


async def use(pipe, port, streams, seconds):
    """Open the streams, send notifications, and ask for the page meanwhile; say what came when."""
    came, sent, waited = {}, [], []
    loop = asyncio.get_running_loop()

    async def step(said):
        pipe.send(said)
        await asyncio.to_thread(pipe.recv)

    async def send():
        while loop.time() < end:
            sent.append(time.monotonic())
            await visitor.post("/", data={"csrfmiddlewaretoken": token, "text": "Now and then."})
            await asyncio.sleep(PAUSE)

    async def look():
        while loop.time() < end:
            before = time.monotonic()
            await visitor.get("/")
            waited.append(time.monotonic() - before)
            await asyncio.sleep(0.02)

    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=60) as visitor:
        token = re.search('csrfmiddlewaretoken" value="([^"]+)', (await visitor.get("/")).text)[1]
        await step("A page was answered.")
        for _ in range(streams):
            _, stream = await loop.create_connection(lambda: Stream(came), "127.0.0.1", port)
            await stream.open.wait()
        await step("All are open.")
        end = loop.time() + seconds
        await asyncio.gather(send(), look())
        for _ in range(100):  # the last ones may be on their way
            if sum(map(len, came.values())) < streams * len(sent):
                await asyncio.sleep(0.1)
    took = [when - sent[number - 1] for number, times in came.items() for when in times]
    pipe.send(
        {
            "half have it within ms": share(took, 50),
            "99 % within ms": share(took, 99),
            "first to last, ms": share([max(times) - min(times) for times in came.values()], 50),
            "lost": streams * len(sent) - len(took),
            "others: half within ms": share(waited, 50),
            "others: 99 % within ms": share(waited, 99),
        }
    )


class Stream(asyncio.Protocol):
    """An open stream, which writes down when each notification came."""

    def __init__(self, came):
        self.came, self.open = came, asyncio.Event()

    def connection_made(self, transport):
        transport.write(b"GET /stream?after=0 HTTP/1.1\r\nHost: localhost\r\n\r\n")

    def data_received(self, data):
        self.open.set()
        for number in re.findall(rb"id: (\d+)\n", data):
            self.came.setdefault(int(number), []).append(time.monotonic())


def share(seconds, percent):
    """The milliseconds within which a percentage of some times lie."""
    return round(1000 * sorted(seconds)[len(seconds) * percent // 100 - 1], 1)
