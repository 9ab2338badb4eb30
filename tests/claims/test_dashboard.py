"""The tests of docs/dashboard.md: each is named for its mark there, and its docstring is the sentence before the mark.

tests/examples/test_dashboard.py uses its page in browsers.
"""

import asyncio
import concurrent.futures
import contextlib
import json
import re
import runpy
import select
import sys
import threading
import time

import httpx
import pytest
from asgiref.testing import ApplicationCommunicator
from clients import http_scope, run
from django.db import close_old_connections, connection, connections
from django.test import override_settings

from examples.dashboard.asgi import application
from examples.dashboard.figures import requests
from tests.shared.running import until

ASGI = "examples/dashboard/asgi.py"
FIGURES = "examples/dashboard/figures.py"
PRODUCER = "examples/dashboard/producer.py"
VIEWS = "examples/dashboard/views.py"
DATABASE = "django.db.backends.base.base.BaseDatabaseWrapper"
SECONDS, LONG = 0.05, 30  # between the figures of a test, and at most for what must come
MODULE = "examples.dashboard.settings"
UVICORN = "uvicorn examples.dashboard.asgi:application --port PORT"
STREAM = b"GET /figures/ HTTP/1.1\r\nHost: localhost\r\n\r\n"
NEXT = "self.task = asyncio.create_task(self.produce())"
NEWEST = 'self.newest = f"data:'
# A producer that keeps for each viewer what it has not read yet.
BACKLOG = 'self.newest = ("" if self.newest == NOTHING else self.newest) + f"data:'

MORE_FILES = (
    "import resource; resource.setrlimit(resource.RLIMIT_NOFILE, [resource.getrlimit(resource.RLIMIT_NOFILE)[1]] * 2)"
)


async def never(self, receive):
    """A handler that does not listen for the end of a connection."""
    await asyncio.get_running_loop().create_future()


@pytest.fixture
def Producer(project):
    """The class of the project's producer.py."""
    return runpy.run_path(str(project / PRODUCER), run_name="producer")["Producer"]


@pytest.fixture
def counting(Producer):
    """A producer that takes as its figure how often it has taken it, and the list of these."""
    taken = []

    def measure():
        taken.append(len(taken) + 1)
        return {"taken": taken[-1]}

    return Producer(measure, SECONDS), taken


def numbers(events):
    """The figures "taken" of some events."""
    return [int(number) for number in re.findall(r'"taken": (\d+)', events)]


async def next_of(stream, seconds=LONG):
    """What a viewer gets next, or "nothing"."""
    waiting = asyncio.ensure_future(anext(stream))
    await asyncio.wait([waiting], timeout=seconds)
    if not waiting.done():
        waiting.cancel()
        return "nothing"
    return waiting.result()


async def look(stream, last):
    """Look until a figure or a later one comes; give the figures "taken" that came."""
    found = [0]
    while found[-1] < last and (came := numbers(await next_of(stream))):
        found += came
    return found[1:]


@pytest.fixture
def dashboard(start, edited):
    """Start the dashboard as its page says, but with figures more often, and with options."""

    def dashboard(options=""):
        folder = edited(VIEWS, "Producer(measure)", f"Producer(measure, {SECONDS})")
        return start(f"{UVICORN} {options}", folder, MODULE)

    return dashboard


@contextlib.contextmanager
def viewer(server):
    """Look at a server's stream; give an iterator over what comes: the process and its figures."""
    with httpx.stream("GET", f"{server.url}/figures/") as stream:
        yield (json.loads(line.removeprefix("data: ")) for line in stream.iter_lines() if line.startswith("data: "))


def count(events):
    """The next figures of the requests: those done and those open."""
    figures = next(events)["figures"]
    return figures["Requests done"], figures["Requests open"]


@pytest.mark.mutation(ASGI, 'requests["done"] += 1', 'requests["done"] += 2')
def test_counts_requests(saw, dashboard):
    """This file wraps the project's unchanged application and counts open and completed requests."""
    server = dashboard()
    with viewer(server) as events:
        saw("the figures while one looks: requests done, requests open", count(events), (0, 1))
        for _ in range(3):
            httpx.get(f"{server.url}/admin/login/").raise_for_status()
        said = until(lambda: (counted := count(events))[0] >= 3 and counted)
        saw("after three requests for a page of the project", said, (3, 1))


@pytest.mark.mutation(PRODUCER, "await asyncio.to_thread(self.measure)", "self.measure()")
def test_waits_in_a_thread(saw, Producer):
    """`measure` may wait for a disk or a database: it runs in a thread, and the event loop goes on meanwhile."""
    answered = threading.Event()

    async def looks():
        asyncio.get_running_loop().call_later(SECONDS, answered.set)
        return json.loads((await next_of(stream)).removeprefix("data: "))["figures"]["answered"]

    def measure():
        in_the_loop = asyncio._get_running_loop()  # there it would wait in vain
        return {"answered": not in_the_loop and answered.wait(LONG)}

    stream = Producer(measure).stream()
    saw("whether the event loop calls another function before `measure` is done", run(looks()), True)


@pytest.mark.mutation(f"{DATABASE}.close_if_unusable_or_obsolete", lambda self: None)
def test_closes_old_connections(saw, Producer, tmp_path, monkeypatch):
    """If it queries Django's database, begin it with `close_old_connections()`, as Django begins each request: otherwise it goes
    on with a connection that has broken.
    """
    monkeypatch.setitem(connections.settings["default"], "NAME", tmp_path / "db.sqlite3")

    async def look_thrice(begin):
        def measure():
            begin()
            with connection.cursor() as cursor:
                number = cursor.execute("SELECT 1").fetchone()[0]
            connection.connection.close()  # it breaks
            return {"taken": number}

        asyncio.get_running_loop().set_default_executor(concurrent.futures.ThreadPoolExecutor(1))
        stream = Producer(measure, SECONDS).stream()
        found = [numbers(await next_of(stream)) for _ in range(3)]
        await asyncio.to_thread(lambda: connection.close())  # that thread's
        return found

    figures = "what comes of `SELECT 1`, with a connection that breaks each time"
    saw(f"{figures} and is closed first", run(look_thrice(close_old_connections)), [[1], [1], [1]])
    saw(f"{figures} and is not", run(look_thrice(lambda: None)), [[1], [], []])


@pytest.mark.mutation(PRODUCER, "if self.task is None or self.task.done():", "if True:")
def test_once_for_all(saw, counting):
    """The figures are taken once a second for all viewers."""
    producer, taken = counting

    async def look_at_once():
        found = await asyncio.gather(*(look(producer.stream(), 3) for _ in range(100)))
        return {tuple(each) for each in found}, len(taken)

    seen, times = run(look_at_once())
    saw("the first figures of each of 100 viewers, by their numbers", sorted(seen), [(1, 2, 3)])
    saw("how often they were taken then", times, 3)


@pytest.mark.mutation(PRODUCER, NEWEST, f"{NEXT}\n            {NEWEST}")
def test_nothing_for_nobody(saw, counting):
    """Only a waiting viewer starts a task, and a task takes the figures once: while nobody looks, nothing runs."""
    producer, taken = counting

    async def look_and_leave():
        stream = producer.stream()
        await look(stream, 2)
        await next_of(stream, SECONDS / 5)
        await asyncio.wait([producer.task], timeout=LONG)
        await asyncio.sleep(0)
        return "has ended" if producer.task.done() else "runs"

    saw("the task before anybody looks", producer.task, None)
    saw(
        "the task when the only viewer has left while it waited for the third figures",
        run(look_and_leave()),
        "has ended",
    )
    saw("how often they were taken", len(taken), 3)


@pytest.mark.mutation(PRODUCER, "monotonic() < self.due:", "monotonic() < 0:")
def test_newest_at_once(saw, Producer):
    """A new viewer gets the newest figures at once."""

    async def come_later():
        producer = Producer(lambda: {"taken": 1}, seconds=600)
        await next_of(producer.stream())
        return numbers(await next_of(producer.stream(), 1)) or "nothing"

    saw("what a second viewer gets, where the next figures come in ten minutes", run(come_later()), [1])


@pytest.mark.mutation(PRODUCER, NEWEST, BACKLOG)
def test_slow_viewer_misses(saw, counting):
    """A viewer who is not ready misses a figure and gets the next: no backlog grows."""
    producer, _ = counting

    async def look_seldom():
        slow = producer.stream()
        first = await look(slow, 1)
        await look(producer.stream(), 5)
        return first + numbers(await next_of(slow))

    saw("what comes to a viewer who is away from the second to the fifth", run(look_seldom()), [1, 6])


@pytest.mark.mutation(PRODUCER, "except Exception:", "except KeyError:")
def test_error_is_logged(saw, caplog, Producer):
    """An error goes to the log with its traceback. Nobody gets figures then; the next second tries again."""
    taken = []

    def measure():
        taken.append(1)
        if len(taken) == 1:
            raise ValueError("no figures")
        return {"taken": len(taken)}

    async def look_twice():
        stream = Producer(measure, SECONDS).stream()
        return (await next_of(stream)).strip(), numbers(await next_of(stream))

    first, second = run(look_twice())
    said = [record.exc_text.splitlines()[-1] for record in caplog.records if record.name == "producer"]
    saw("the log", said, ["ValueError: no figures"])
    saw("what the viewer gets", first, ":")
    saw("what it gets next", second, [2])


@pytest.mark.mutation("django.core.handlers.asgi.ASGIHandler.listen_for_disconnect", never)
def test_leaving_ends_the_stream(saw):
    """When a viewer leaves, Django ends its stream."""

    async def leave():
        client = ApplicationCommunicator(application, http_scope("figures/"))
        await client.send_input({"type": "http.request"})
        await client.receive_output(LONG)
        await client.receive_output(LONG)
        yield requests["open"]
        await client.send_input({"type": "http.disconnect"})
        more = asyncio.gather(*(client.output_queue.get() for _ in range(3)))
        await asyncio.wait([client.future, more], timeout=LONG, return_when=asyncio.FIRST_COMPLETED)
        yield requests["open"]
        client.stop()

    async def counts():
        return [count async for count in leave()]

    with override_settings(ROOT_URLCONF="examples.dashboard.urls"):
        before, after = run(counts())
    saw("requests open while a viewer looks", before, 1)
    saw("when it has left", after, 0)


@pytest.mark.mutation(VIEWS, "producer.stream(),", '["data: nothing new"],')
@pytest.mark.recorded
def test_never_under_wsgi(saw, start, project):
    """Under WSGI, as with `runserver`, the stream never begins: Django first waits for its end."""
    server = start("django runserver --noreload --skip-checks PORT", project, MODULE)
    try:
        said = httpx.get(f"{server.url}/figures/", timeout=2).text
    except httpx.ReadTimeout:
        said = "nothing"
    saw("what comes from `runserver` in two seconds", said, "nothing")


@pytest.mark.mutation(FIGURES, 'requests["open"],', "2,")
@pytest.mark.recorded
def test_own_figures(saw, dashboard):
    """With `--workers 2` each process has its own producer and figures: a viewer sees those of one process."""
    server = dashboard("--workers 2 --timeout-worker-healthcheck 60")
    assert until(lambda: server.said().count("Application startup complete.") == 2, 120)
    with contextlib.ExitStack() as stack:
        viewers = {}
        while len(viewers) < 2:
            events = stack.enter_context(viewer(server))
            viewers.setdefault(next(events)["process"], []).append(events)
        now = time.time()
        for which, (process, mine) in zip(("the first", "the other"), viewers.items(), strict=True):
            later = (event for event in mine[0] if event["time"] > now)
            found = [next(later), next(later)]  # the first may have been taken before all were there
            saw(
                f"whether a stream of {which} process names it alone",
                {event["process"] for event in found} == {process},
                True,
            )
            said = "its own" if found[-1]["figures"]["Requests open"] == len(mine) else "others too"
            saw("the requests open that it counts", said, "its own")


@pytest.mark.mutation(ASGI, "import os\n", f"import os\n{MORE_FILES}\n")
def test_file_each(saw, start, project):
    """Each viewer takes an open file of the process: past `ulimit -n`, new viewers get no response."""
    command = ["sh", "-c", f"ulimit -S -n 64; exec {sys.executable} -m {UVICORN}"]
    server = start(command, project, MODULE)
    httpx.get(server.url).raise_for_status()  # the first request opens files too: it imports the views
    with contextlib.ExitStack() as stack:
        waiting = [stack.enter_context(server.client()) for _ in range(100)]
        for client in waiting:
            with contextlib.suppress(OSError):
                client.sendall(STREAM)

        def ready():
            return select.select(waiting, [], [], 0)[0]

        until(ready)
        # asyncio lets the others wait, and says it; uvloop closes their connections.
        until(lambda: "out of system resource" in server.said() or len(ready()) == len(waiting))
        answered = 0
        for client in ready():
            with contextlib.suppress(OSError):
                answered += b"200 OK" in client.recv(1024)
    said = "none" if answered == 0 else "some" if answered < 64 else "all"
    saw("of 100 viewers who look, with `ulimit -n 64`, those with an answer", said, "some")
