"""Measure what the wrappers of the example cost: a small view of the project, without them and in both."""

import contextlib

from measure.load.load import wrk
from tests.shared.running import Servers

LEVELS = (1, 10, 100)
SIDES = {"no wrapper": "oms.asgi:application", "both": "measure.examples.load_middleware:wrapped --factory"}


def measure(clients, seconds):
    """Let so many clients request the view again and again, for half of the time without the wrappers."""
    rates, worked, failed, longest = {}, {}, 0, 0
    for side, application in SIDES.items():
        with Servers() as start:
            server = start(f"uvicorn {application} --no-access-log --port PORT", settings="tests.shared.settings")
            url = f"{server.url}/async-small"
            wrk(url, 1, 1)
            before = server.seconds_of_work()
            said = wrk(url, clients, seconds // 2)
            milliseconds = 1000 * (server.seconds_of_work() - before)
        rates[f"requests a second, {side}"] = round(said["rate"])
        worked[f"processor ms for each, {side}"] = round(milliseconds / (seconds // 2 * said["rate"]), 2)
        failed, longest = failed + said["failed"], said["99 %"]
    return rates | worked | {"both: 99 % within ms": longest, "failed": failed}


def wrapped():
    """The project in both wrappers, with nothing to open."""
    from examples.middleware.lifespan import with_lifespan
    from examples.middleware.server_timing import server_timing
    from oms.asgi import application

    @contextlib.asynccontextmanager
    async def nothing():
        yield {}

    return with_lifespan(server_timing(application), nothing)
