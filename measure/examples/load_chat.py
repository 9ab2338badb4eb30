"""Measure the example chat: visitors in rooms of ten, each of whom writes every two seconds.

A third of the time it is in plain ASGI, a third with Channels in memory, and a third with Channels and Redis.
"""

import asyncio
import json
import subprocess
import sys
import time

from websockets.asyncio.client import connect

LEVELS = (100, 500, 1000)
ROOM, EVERY = 10, 2
PATIENCE = 10  # seconds, for what has not arrived when the last message is sent


def measure(clients, seconds):
    """Start the chat in each way, and let so many clients use it in a process of their own."""
    from tests.shared.chat import named  # the process of the clients has no use for them
    from tests.shared.running import REDIS, Servers

    found, lost = {}, 0
    with Servers() as start:
        redis = f"redis://127.0.0.1:{start(REDIS).port}"
        for how, module, url in (("plain", "plain", ""), ("in memory", "asgi", ""), ("Redis", "asgi", redis)):
            uvicorn = f"uvicorn examples.chat.{module}:application --port PORT"
            server = start(uvicorn, settings="examples.chat.settings", REDIS_URL=url)
            command = [sys.executable, "-m", __name__, server.port, clients, seconds / 3, named(server)["Cookie"]]
            said = json.loads(subprocess.check_output([str(word) for word in command]))
            server.stop()
            lost += said.pop("lost")
            found |= {f"{how}, {what}": figure for what, figure in said.items()}
    return found | {"lost": lost}


async def visit(port, clients, seconds, cookie):
    """Enter the rooms, write and listen; give how long messages took, and how many did not come."""
    address = f"ws://127.0.0.1:{port}/rooms/"
    how = {"origin": "http://127.0.0.1", "additional_headers": {"Cookie": cookie}, "proxy": None}
    took, written, visitors = [], 0, []

    async def listen(visitor):
        async for frame in visitor:
            content = json.loads(frame)
            if "text" in content:
                took.append(time.monotonic() - float(content["text"]))
            elif content["refused"]:
                raise RuntimeError(content["refused"])

    async def write(visitor, at):
        nonlocal written
        while at < end:
            await asyncio.sleep(at - time.monotonic())
            await visitor.send(json.dumps({"text": str(time.monotonic())}))
            written += 1
            at += EVERY

    for first in range(0, clients, 50):
        numbers = range(first, min(first + 50, clients))
        visitors += await asyncio.gather(*(connect(f"{address}{n // ROOM}/", **how) for n in numbers))
    listening = asyncio.gather(*map(listen, visitors))
    start = time.monotonic()
    end = start + seconds
    await asyncio.gather(*(write(visitor, start + EVERY * n / clients) for n, visitor in enumerate(visitors)))
    expected = written * min(ROOM, clients)
    while len(took) < expected and time.monotonic() < end + PATIENCE and not listening.done():
        await asyncio.sleep(0.05)
    await asyncio.gather(*(visitor.close() for visitor in visitors))
    await listening
    took.sort()
    half, most = took[len(took) // 2], took[len(took) * 99 // 100]
    return {
        "half arrive within ms": round(1000 * half, 1),
        "99 % within ms": round(1000 * most, 1),
        "lost": expected - len(took),
    }


if __name__ == "__main__":
    port, clients, seconds, cookie = sys.argv[1:]
    print(json.dumps(asyncio.run(visit(port, int(clients), float(seconds), cookie))))
