"""The example background under load: clients start jobs of a hundredth of a second, and one worker or two do them.

Each client starts ten jobs a second, or fewer where the answers take longer. ``python -m measure.examples.load_background PORT CLIENTS
SECONDS`` is the process of the clients.
"""

import asyncio
import contextlib
import json
import os
import re
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import quantiles

from tests.shared.running import ROOT, Servers, until

LEVELS = (1, 5, 50)
EACH = 10  # jobs a second
SETTINGS = {"DJANGO_SETTINGS_MODULE": "examples.background.settings"}
TOKEN = "a" * 32
FORM = (
    "POST /start/ HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/x-www-form-urlencoded\r\n"
    f"Cookie: csrftoken={TOKEN}\r\nX-CSRFToken: {TOKEN}\r\nContent-Length: 9\r\n\r\nnumbers=1"
).encode()


def measure(clients, seconds):
    """Let clients start jobs for half of the time with one worker, and for the other half with two."""
    one, two = (run(clients, seconds / 2, workers) for workers in (1, 2))
    return {
        "enqueued a second": one["enqueued"],
        "half are answered within ms": one["half"],
        "99 % within ms": one["most"],
        "failed": one["failed"] + two["failed"],
        "done a second by one worker": one["done"],
        "left in the queue": one["left"],
        "done a second by two": two["done"],
        "left by two": two["left"],
    }


def run(clients, seconds, workers):
    """Start the example with so many workers, and let clients start jobs for some seconds."""
    with example(workers) as (port, folder):
        command = [sys.executable, "-m", __name__, port, clients, seconds]
        said = json.loads(subprocess.check_output([str(word) for word in command], text=True))
        with contextlib.closing(sqlite3.connect(folder / "db.sqlite3", timeout=30)) as database:
            states = "SELECT status, count(*) FROM django_tasks_database_dbtaskresult GROUP BY status"
            counted = dict(database.execute(states).fetchall())
    times = quantiles(said["times"], n=100)
    return {
        "enqueued": round(len(said["times"]) / said["seconds"], 1),
        "half": round(times[49], 1),
        "most": round(times[98], 1),
        "failed": said["failed"],
        "done": round(counted.get("SUCCESSFUL", 0) / said["seconds"], 1),
        "left": counted.get("READY", 0),
    }


@contextlib.contextmanager
def example(workers):
    """Start the example as its page does, with a database of its own; give its port and its folder."""
    with tempfile.TemporaryDirectory() as name, contextlib.ExitStack() as stack:
        folder = Path(name)
        for part in ("oms", "examples"):
            shutil.copytree(ROOT / part, folder / part, ignore=shutil.ignore_patterns("__pycache__"))
        tasks = folder / "examples/background/tasks.py"
        tasks.write_text(tasks.read_text().replace("time.sleep(len(numbers))", "time.sleep(0.01)"))
        django, environment = [sys.executable, "-m", "django"], os.environ | SETTINGS
        subprocess.run([*django, "migrate"], cwd=folder, env=environment, check=True, stdout=subprocess.DEVNULL)
        start = stack.enter_context(Servers())
        settings = SETTINGS["DJANGO_SETTINGS_MODULE"]
        port = start("uvicorn examples.background.asgi:application --port PORT", folder, settings).port
        for number in range(workers):
            with (folder / f"worker{number}").open("w") as output:
                command = [*django, "db_worker", "--no-reload"]
                worker = subprocess.Popen(command, cwd=folder, env=environment, stdout=output, stderr=output)
            stack.callback(worker.wait)
            stack.callback(worker.kill)
        outputs = list(folder.glob("worker?"))
        assert until(lambda: all("Starting worker" in output.read_text() for output in outputs))
        time.sleep(1)  # a worker waits for up to a second before it asks for its first job
        yield port, folder


async def client(port, end, times):
    """Start jobs until the end; keep how long each answer took, in ms, or None for an answer that is no redirect."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    while (before := time.monotonic()) < end:
        writer.write(FORM)
        answer = await reader.readuntil(b"\r\n\r\n")
        await reader.readexactly(int(re.search(rb"(?i)content-length: (\d+)", answer)[1]))
        took = time.monotonic() - before
        times.append(1000 * took if b" 302 " in answer else None)
        await asyncio.sleep(max(0, 1 / EACH - took))
    writer.close()


async def main(port, clients, seconds):
    times, began = [], time.monotonic()
    await asyncio.gather(*(client(port, began + seconds, times) for _ in range(clients)))
    answered = [took for took in times if took is not None]
    return {"times": answered, "failed": len(times) - len(answered), "seconds": time.monotonic() - began}


if __name__ == "__main__":
    print(json.dumps(asyncio.run(main(int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3])))))
