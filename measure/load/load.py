"""Measure the servers under load, and write what was measured.

``python -m measure.load.load FILE`` takes a quarter of an hour on two cores. Each figure is taken in three rounds; in
a round each side has its turn, so that a slow minute of the machine meets all. wrk makes the load.
"""

import contextlib
import json
import platform
import re
import resource
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from importlib import metadata
from pathlib import Path

import httpx

from tests.shared.record import codes, made
from tests.shared.running import Servers, until

ASGI_SERVERS = {
    "uvicorn": "uvicorn {app} --port PORT --no-access-log",
    "hypercorn": "hypercorn {app} --bind 127.0.0.1:PORT",
    "daphne": "daphne {app} --port PORT --verbosity 0",
    "granian": "granian {app} --interface asgi --port PORT",
    "gunicorn, asgi": "gunicorn {app} -k asgi --bind 127.0.0.1:PORT",
}
ASGI, WSGI = "oms.asgi:application", "oms.wsgi:application"


def asgi(server, app=ASGI):
    return ASGI_SERVERS[server].format(app=app)


def gunicorn(options="", app=WSGI):
    return f"gunicorn {app} --bind 127.0.0.1:PORT {options}".strip()


BARE_SETTINGS = "measure.servers.without_middleware"
GRANIAN_WSGI = f"granian {WSGI} --interface wsgi --port PORT"

# Each side: its command and the view that it is asked for. A module of settings may stand before it.
WAITING = {
    **{f"{name}, async view": (asgi(name), "/async-pause?seconds=0.2") for name in ASGI_SERVERS},
    "uvicorn, sync view": (asgi("uvicorn"), "/pause?seconds=0.2"),
    **{
        f"gunicorn, {threads} thread{'s' * (threads > 1)}": (gunicorn(f"--threads {threads}"), "/pause?seconds=0.2")
        for threads in (1, 10, 100, 1000)
    },
}
SMALL = {
    **{f"{name}, async view": (asgi(name), "/async-small") for name in ASGI_SERVERS},
    "uvicorn, async view, no middleware": (f"{BARE_SETTINGS} {asgi('uvicorn')}", "/async-small"),
    "uvicorn, sync view": (asgi("uvicorn"), "/small"),
    "gunicorn, WSGI": (gunicorn(), "/small"),
    "gunicorn, WSGI, no middleware": (f"{BARE_SETTINGS} {gunicorn()}", "/small"),
    "gunicorn, WSGI, 10 threads": (gunicorn("--threads 10"), "/small"),
    "granian, WSGI": (GRANIAN_WSGI, "/small"),
    **{f"{name}, no Django": (asgi(name, "measure.servers.bare:application"), "/") for name in ASGI_SERVERS},
    "gunicorn, WSGI, no Django": (gunicorn(app="measure.servers.bare:wsgi"), "/"),
}
# Each side: its command, the view that computes, and the small one that others ask for meanwhile.
COMPUTING = {
    "uvicorn, nobody computes": (asgi("uvicorn"), None, "/async-small"),
    "uvicorn, async view": (asgi("uvicorn"), "/async-compute?seconds=0.05", "/async-small"),
    "uvicorn, sync_to_async": (asgi("uvicorn"), "/compute-in-thread?seconds=0.05", "/async-small"),
    "uvicorn, sync view": (asgi("uvicorn"), "/compute?seconds=0.05", "/async-small"),
    "uvicorn, async view, 2 workers": (asgi("uvicorn") + " --workers 2", "/async-compute?seconds=0.05", "/async-small"),
    "gunicorn, 1 thread": (gunicorn(), "/compute?seconds=0.05", "/small"),
    "gunicorn, 10 threads": (gunicorn("--threads 10"), "/compute?seconds=0.05", "/small"),
}


# Each side: its command, the view whose answer stays open, and the small one that another client asks for. Of
# themselves, granian and gunicorn take some thousand connections.
STREAMS = {
    "uvicorn": (asgi("uvicorn"), "/idle?seconds=60", "/async-small"),
    "hypercorn": (asgi("hypercorn"), "/idle?seconds=60", "/async-small"),
    "daphne": (asgi("daphne"), "/idle?seconds=60", "/async-small"),
    "granian": (asgi("granian") + " --backpressure 5000", "/idle?seconds=60", "/async-small"),
    "gunicorn, asgi": (asgi("gunicorn, asgi") + " --worker-connections 5000", "/idle?seconds=60", "/async-small"),
    "gunicorn, 5000 threads": (
        gunicorn("--threads 5000 --worker-connections 5000"), "/pause?seconds=600&say=yes", "/small",
    ),
}  # fmt: skip
CEILING = {"uvicorn": asgi("uvicorn"), "uvicorn, 2 workers": asgi("uvicorn") + " --workers 2"}


def wrk(url, clients, seconds):
    """Ask for a page with some clients at once for some seconds; give requests a second, and times in ms."""
    command = ["wrk", "-t", "1", "-c", clients, "-d", seconds, "--timeout", 60, "--latency", url]
    said = subprocess.run([str(part) for part in command], check=True, capture_output=True, text=True).stdout
    failed = re.findall(r"(?:connect|read|write|timeout|Non-2xx or 3xx responses:) (\d+)", said)
    found = {"rate": float(re.search(r"Requests/sec: +([\d.]+)", said)[1]), "failed": sum(map(int, failed))}
    for share in (50, 99):
        number, unit = re.search(rf"{share}% +([\d.]+)(us|ms|s|m)\b", said).groups()
        found[f"{share} %"] = round(float(number) * {"us": 0.001, "ms": 1, "s": 1000, "m": 60_000}[unit], 2)
    return found


@contextlib.contextmanager
def serving(commands):
    """Start a server for each command; give them by command, each after its first answer. Kill them at the end."""
    with Servers() as start:
        servers = {}
        for command in dict.fromkeys(commands):
            bare = command.startswith(BARE_SETTINGS)
            settings = BARE_SETTINGS if bare else "tests.shared.settings"
            servers[command] = start(command.removeprefix(BARE_SETTINGS).strip(), settings=settings)
        for command, server in servers.items():
            httpx.get(server.url, timeout=30)
            if "--workers" in command:
                server.answering()
        yield servers


def progress(*words):
    print(time.strftime("%H:%M:%S"), *words, file=sys.stderr, flush=True)


def rounds(sides, times, measure, *given):
    """Measure each side once a round; give a row a side, with what each round gave."""
    found = {side: [] for side in sides}
    for number in range(1, times + 1):
        for side in sides:
            found[side].append(measure(side, *given))
        progress(f"round {number} of {times}")
    return [{"side": side, "rounds": measured} for side, measured in found.items()]


def waiting(windows, times):
    """Views that wait 0.2 s, asked for by more and more clients at once; each number has its window, in seconds."""

    def ask(side, clients, seconds):
        command, view = WAITING[side]
        with serving([command]) as servers:  # a new one: the last one may still answer clients that are gone
            return wrk(servers[command].url + view, clients, seconds)

    rows = []
    for clients, seconds in windows.items():
        progress(f"a view that waits, {clients} clients")
        if clients == 1:  # side by side, which saves minutes: a client that waits does not disturb the others
            with ThreadPoolExecutor(len(WAITING)) as pool:
                turns = [
                    list(pool.map(ask, WAITING, *([value] * len(WAITING) for value in (1, seconds))))
                    for _ in range(times)
                ]
            measured = [{"side": side, "rounds": found} for side, *found in zip(WAITING, *turns, strict=True)]
        else:
            measured = rounds(WAITING, times, ask, clients, seconds)
        rows += [{"clients": clients} | row for row in measured]
    return rows


def small(levels, times, seconds):
    """A small view that waits for nothing, with and without Django, asked for by some clients at once."""
    rows = []
    with serving(command for command, _ in SMALL.values()) as servers:

        def ask(side, clients):
            command, view = SMALL[side]
            return wrk(servers[command].url + view, clients, seconds)

        for clients in levels:
            progress(f"a small view, {clients} clients")
            rows += [{"clients": clients} | row for row in rounds(SMALL, times, ask, clients)]
    return rows


def computing(levels, times, seconds):
    """How long others wait for a small view while some clients ask for one that computes."""
    rows = []
    with serving(command for command, _, _ in COMPUTING.values()) as servers:

        def ask(side, clients):
            command, busy, light = COMPUTING[side]
            url = servers[command].url
            if not busy:
                return wrk(url + light, 1, seconds)
            with holding(url + busy, clients):
                time.sleep(0.5)  # the load is on
                return wrk(url + light, 1, seconds)

        for clients in levels:
            progress(f"a view that computes, {clients} clients")
            rows += [{"clients": clients} | row for row in rounds(COMPUTING, times, ask, clients)]
    return rows


@contextlib.contextmanager
def holding(url, clients):
    """Let some clients ask for a page again and again, or hold it open."""
    command = ["wrk", "-t", "1", "-c", str(clients), "-d", "600", "--timeout", "600", url]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as load:
        try:
            yield
        finally:
            load.kill()


def felt(server, light, seconds=1):
    """How many cores a server keeps busy, and what one more client feels, who asks for a small view for some seconds."""
    before, since = server.seconds_of_work(), time.monotonic()
    time.sleep(1)
    busy = (server.seconds_of_work() - before) / (time.monotonic() - since)
    return {"busy cores": round(busy, 2), "others": wrk(server.url + light, 1, seconds)["50 %"]}


def opened(server, streams):
    """Wait until so many streams are open; give how many are."""
    until(lambda: server.said().count("open") >= streams, 120)
    return server.said().count("open")


def open_one_by_one(server, view, number, clients):
    """Open some streams on a server, few at a time: a burst of them would overflow its backlog."""
    before = server.said().count("open")
    for opened_now in range(1, number + 1):
        client = clients.enter_context(server.client())
        client.sendall(f"GET {view} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
        if opened_now % 25 == 0 or opened_now == number:
            opened(server, before + opened_now)
    return server.said().count("open")


def streams(levels, times):
    """Streams that stay open, over which a line comes once a minute: memory, busy cores, and what another client feels.

    All servers hold theirs at the same time, which saves minutes: an open stream is no work.
    """
    found = {}
    for turn in range(1, times + 1):
        progress(f"open streams, round {turn} of {times}")
        with serving(command for command, _, _ in STREAMS.values()) as servers, contextlib.ExitStack() as clients:
            sides = {side: (servers[command], view, light) for side, (command, view, light) in STREAMS.items()}
            before = {side: server.memory_now() for side, (server, _, _) in sides.items()}

            def hold(side, number):
                server, view, _ = sides[side]  # noqa: B023
                return open_one_by_one(server, view, number, clients)  # noqa: B023

            for held, number in zip([0, *levels], levels, strict=False):
                with ThreadPoolExecutor(len(sides)) as pool:
                    there = [*pool.map(hold, sides, [number - held] * len(sides))]
                for (side, (server, _, light)), count in zip(sides.items(), there, strict=True):
                    memory = round((server.memory_now() - before[side]) / number / 1000, 1)
                    row = {"open": count, "kB each": memory} | felt(server, light)
                    found.setdefault((number, side), []).append(row)
    return [{"clients": number, "side": side, "rounds": rows} for (number, side), rows in found.items()]


def ceiling(connections, each, times):
    """Many open streams, each with some lines a second: what sets the ceiling."""

    def ask(side, lines):
        with serving([CEILING[side]]) as servers:
            (server,) = servers.values()
            with holding(f"{server.url}/idle?seconds={1 / lines}", connections):
                there = opened(server, connections)
                return {"open": there} | felt(server, "/async-small", 10)  # an answer may take a second

    rows = []
    for lines in each:
        progress(f"{connections} open streams, {lines} lines a second each")
        rows += [{"lines a second": lines} | row for row in rounds(CEILING, times, ask, lines)]
    return rows


def machine():
    """What the figures were taken on."""
    packages = ("Django", "uvicorn", "uvloop", "httptools", "hypercorn", "daphne", "granian", "gunicorn")
    wrk_said = subprocess.run(["wrk", "--version"], capture_output=True, text=True).stdout
    return made() | {
        "versions": {"Python": platform.python_version(), "wrk": re.search(r"wrk \S*?([\d.]+)", wrk_said)[1]}
        | {name: metadata.version(name) for name in packages},
    }


def open_files():
    """Let this process and the servers have as many connections as the system allows."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def measure(
    windows=((1, 5), (10, 4), (100, 3), (1000, 4)), clients=(10, 100), computers=(1, 4),
    connections=(1000, 3000), lines=(10, 30, 100), times=3,
):  # fmt: skip
    """Take all figures: at these numbers of clients, with these windows in seconds."""
    open_files()
    return machine() | {
        "code": codes("measure/load/load.py", "tests/shared/views.py"),
        "waiting": waiting(dict(windows), times),
        "small": small(clients, times, 1),
        "computing": computing(computers, times, 1),
        "streams": streams(connections, times),
        "ceiling": ceiling(connections[0], lines, times),
    }


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(json.dumps(measure(), indent=1) + "\n", encoding="utf-8")
