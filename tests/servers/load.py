"""Measure the servers under load, and write what was measured.

``python tests/servers/load.py FILE`` takes some twelve minutes on two cores. Each figure is taken in three rounds; in a
round each side has its turn, so that a slow minute of the machine meets all. wrk makes the load.
"""

import argparse
import contextlib
import datetime
import json
import os
import platform
import re
import resource
import subprocess
import sys
import tempfile
import time
from importlib import metadata
from pathlib import Path

from running import Running, free_port, until

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


BARE_SETTINGS = "tests.servers.without_middleware"
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
    **{f"{name}, no Django": (asgi(name, "tests.servers.bare:application"), "/") for name in ASGI_SERVERS},
    "gunicorn, WSGI, no Django": (gunicorn(app="tests.servers.bare:wsgi"), "/"),
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


def wrk(url, clients, seconds):
    """Ask for a page with some clients at once for some seconds; give the rate, in requests a second, and times, in ms."""
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
    """Start a server for each command; give them by command, each after its first answer."""
    with tempfile.TemporaryDirectory() as folder, contextlib.ExitStack() as stack:
        servers = {}
        for number, command in enumerate(dict.fromkeys(commands)):
            port = free_port()
            settings = BARE_SETTINGS if command.startswith(BARE_SETTINGS) else "tests.servers.settings"
            words = command.removeprefix(BARE_SETTINGS).replace("PORT", str(port)).split()
            environment = {"DJANGO_SETTINGS_MODULE": settings}
            server = Running([sys.executable, "-m", *words], port, Path(folder) / str(number), environment=environment)
            stack.callback(server.stop)
            servers[command] = server
        yield servers


def progress(*words):
    print(time.strftime("%H:%M:%S"), *words, file=sys.stderr, flush=True)


def rounds(sides, times, measure):
    """Measure each side once a round; give a row a side, with what each round gave."""
    found = {}
    for number in range(1, times + 1):
        for side in sides:
            found.setdefault(side, []).append(measure(side))
        progress(f"round {number} of {times}")
    return [{"side": side, "rounds": measured} for side, measured in found.items()]


def waiting(clients, times):
    """Views that wait 0.2 s, asked for by more and more clients at once."""

    def measure(side):
        command, view = WAITING[side]
        with serving([command]) as servers:  # a new one: the last one may still answer clients that are gone
            return wrk(servers[command].url + view, number, seconds)

    rows = []
    for number, seconds in clients.items():
        progress(f"a view that waits, {number} clients")
        rows += [{"clients": number} | row for row in rounds(WAITING, times, measure)]
    return rows


def small(times, seconds):
    """A small view that waits for nothing, with and without Django."""
    progress("a small view")
    with serving(command for command, _ in SMALL.values()) as servers:
        return rounds(SMALL, times, lambda side: wrk(servers[SMALL[side][0]].url + SMALL[side][1], 10, seconds))


def computing(times, seconds):
    """How long others wait for a small view while four clients ask for one that computes."""
    progress("a view that computes")
    with serving(command for command, _, _ in COMPUTING.values()) as servers:

        def measure(side):
            command, busy, light = COMPUTING[side]
            url = servers[command].url
            load = ["wrk", "-t", "1", "-c", "4", "-d", str(seconds + 1), "--timeout", "60", url + str(busy)]
            with subprocess.Popen(load if busy else ["true"], stdout=subprocess.DEVNULL) as process:
                time.sleep(0.5)  # the load is on; it goes on for half a second longer than what is measured
                measured = wrk(url + light, 1, seconds)
                process.wait()
            return measured

        return rounds(COMPUTING, times, measure)


def streaming(connections, each, times, servers=tuple(ASGI_SERVERS)):
    """Many open streams, each with some lines a second: memory, busy cores, and what another client feels."""
    rows = []
    for lines in each:
        progress(f"{connections} open streams, {lines:.2g} lines a second each")

        def measure(name):
            with serving([asgi(name)]) as running:
                (server,) = running.values()
                wrk(f"{server.url}/async-small", 1, 1)
                empty = server.memory_now()
                url = f"{server.url}/idle?seconds={1 / lines}"
                with subprocess.Popen(
                    ["wrk", "-t", "1", "-c", str(connections), "-d", "600", url], stdout=subprocess.DEVNULL
                ) as streams:
                    until(lambda: server.said().count("open") >= connections, 30)
                    time.sleep(1)
                    before = server.seconds_of_work()
                    time.sleep(2)
                    found = {
                        "open": server.said().count("open"),
                        "kB each": round((server.memory_now() - empty) / connections / 1000, 1),
                        "busy cores": round((server.seconds_of_work() - before) / 2, 2),
                        "others": wrk(f"{server.url}/async-small", 1, 1)["50 %"],
                    }
                    streams.kill()
                server.process.kill()  # it would wait for the streams to end
                return found

        rows += [{"lines a second": lines} | row for row in rounds(servers, times, measure)]
    return rows


def machine():
    """What the figures were taken on."""
    cpu = re.search(r"model name\s*: (.*)", Path("/proc/cpuinfo").read_text())
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    packages = ("Django", "uvicorn", "uvloop", "httptools", "hypercorn", "daphne", "granian", "gunicorn")
    wrk_said = subprocess.run(["wrk", "--version"], capture_output=True, text=True).stdout
    return {
        "date": datetime.date.today().isoformat(),
        "machine": f"{os.cpu_count()} cores ({cpu[1] if cpu else platform.machine()}), {round(memory / 2**30)} GiB",
        "versions": {"Python": platform.python_version(), "wrk": re.search(r"wrk \S*?([\d.]+)", wrk_said)[1]}
        | {name: metadata.version(name) for name in packages},
    }


CLIENTS = {1: 1, 10: 1, 100: 2, 1000: 4}  # for how many seconds so many ask


def measure(clients=CLIENTS, streams=1000, ceiling=(1, 10, 30, 100), times=3, seconds=2):
    """Take all figures."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return machine() | {
        "waiting": waiting(clients, times),
        "small": small(times, seconds),
        "computing": computing(times, seconds),
        "streams": streaming(streams, (1 / 60,), times),
        "ceiling": streaming(streams, ceiling, times, ["uvicorn"]),
    }


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", type=Path)
    path = parser.parse_args().file
    text = json.dumps(measure(), indent=1) + "\n"
    path.write_text(text, encoding="utf-8")
