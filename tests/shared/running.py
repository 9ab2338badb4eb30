"""A server that runs: its address, what it printed, its processes. Every server of the tests is one."""

import atexit
import contextlib
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import httpx
import psutil
import pytest
from httpx._config import DEFAULT_TIMEOUT_CONFIG

ROOT = Path(__file__).resolve().parents[2]
# A slow machine needs more than the 5 seconds that httpx waits of itself; it has no other place to say so for all.
DEFAULT_TIMEOUT_CONFIG.connect = DEFAULT_TIMEOUT_CONFIG.read = DEFAULT_TIMEOUT_CONFIG.write = 60


REDIS = ["redis-server", "--port", "PORT", "--bind", "127.0.0.1", "--save", ""]
HELD = contextlib.ExitStack()  # the sockets that keep the ports below for this process
atexit.register(HELD.close)


def free_port():
    """A port that nothing listens on, and that no other program is given while this process runs.

    A socket stays bound to it. Linux lets a server bind it as well, where both allow reuse and only one listens.
    """
    held = HELD.enter_context(socket.socket())
    held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    held.bind(("127.0.0.1", 0))
    port = held.getsockname()[1]
    if sys.platform != "linux":
        held.close()
    return port


def until(condition, seconds=30):
    """Ask again and again, at most for some seconds, until a condition holds; give what it gave last."""
    deadline = time.monotonic() + seconds
    while not (value := condition()) and time.monotonic() < deadline:
        time.sleep(0.02)
    return value


class Running:
    """A server that listens on a port; its processes are a group of their own, and end with this one."""

    def __init__(self, command, port, output, folder=ROOT, environment=()):
        """Start a command, a list of words, in a folder; wait until it listens. What it prints goes to a file.

        A name of the environment with None is taken out of it.
        """
        self.port, self.output = port, output
        self.url = f"http://127.0.0.1:{port}"
        # Linux can stop the server even where this process is killed.
        with_us = ["setpriv", "--pdeathsig", "TERM"] if shutil.which("setpriv") else []
        environment = os.environ | {"PYTHONUNBUFFERED": "1"} | dict(environment)
        with output.open("w") as file:
            self.process = subprocess.Popen(
                [*with_us, *map(str, command)], cwd=folder,
                env={name: value for name, value in environment.items() if value is not None},
                stdout=file, stderr=subprocess.STDOUT, start_new_session=True,
            )  # fmt: skip
        until(lambda: self.listens() or self.process.poll() is not None, 120)
        if not self.listens():
            said = self.stop()
            pytest.fail(f"{command} did not listen on {port}:\n{said}")

    def listens(self):
        with socket.socket() as client:
            return client.connect_ex(("127.0.0.1", self.port)) == 0

    def client(self, seconds=30):
        """A connection of HTTP/1.1 to the server, which waits for at most some seconds."""
        return socket.create_connection(("127.0.0.1", self.port), seconds)

    def said(self):
        """What the server and the project printed so far."""
        return self.output.read_text()

    def says(self, pattern, seconds=30):
        """Wait until the output has a pattern; give the match or None."""
        return until(lambda: re.search(pattern, self.said()), seconds)

    def processes(self):
        """The server's process and its children."""
        return [psutil.Process(self.process.pid), *psutil.Process(self.process.pid).children(recursive=True)]

    def answering(self):
        """The processes that answer with their number at /small: two, where there are more than one."""
        found = set()

        def two():
            found.add(httpx.get(f"{self.url}/small").json()["process"])
            return len(found) > 1

        until(two, 20)
        return found

    def most_memory(self):
        """The most memory that its processes had in use so far, in bytes."""
        pages = (Path(f"/proc/{process.pid}/status").read_text() for process in self.processes())
        return 1024 * sum(int(re.search(r"VmHWM:\s+(\d+)", page)[1]) for page in pages)

    def memory_now(self):
        """The memory that its processes have in use, in bytes."""
        return sum(process.memory_info().rss for process in self.processes())

    def seconds_of_work(self):
        """The processor time that its processes have used, in seconds."""
        return sum(sum(process.cpu_times()[:2]) for process in self.processes())

    def stop(self):
        """Stop the server, if it runs, and all that it started; give what was printed."""
        for how in (signal.SIGTERM, signal.SIGKILL):
            if self.process.poll() is None:
                self.process.send_signal(how)
                try:
                    self.process.wait(30)
                except subprocess.TimeoutExpired:
                    continue
        try:
            os.killpg(self.process.pid, signal.SIGKILL)  # what its first process left behind
        except ProcessLookupError:
            pass
        return self.said()

    def kill(self):
        """Stop the server at once; give what was printed."""
        self.process.kill()
        return self.stop()


class Servers:
    """Starts servers, each at a port of its own, and stops them all at the end of a ``with``."""

    def __init__(self, new_folder=None):
        """Keep what they print in folders that a function makes, as ``tmp_path_factory.mktemp``, or in one that goes."""
        self.new_folder, self.running = new_folder or self.folder_that_goes, []
        self.folders = contextlib.ExitStack()

    def folder_that_goes(self, name):
        return Path(self.folders.enter_context(tempfile.TemporaryDirectory(name)))

    def __enter__(self):
        return self

    def __exit__(self, *error):
        for server in self.running:
            server.kill()  # nobody waits for what it would still answer
        self.folders.close()

    def __call__(self, command, folder=ROOT, settings="oms.settings", port=None, **environment):
        """Start a server and wait until it listens.

        Args:
            command: A Python module and its arguments, as ``uvicorn oms.asgi:application --port PORT``, or the words of any
                program, a list. PORT stands for the port.
            folder: Where it is started.
            settings: DJANGO_SETTINGS_MODULE; None for none.
            port: The port; a free one, if there is none.
            environment: More of its environment.
        """
        port = port or free_port()
        words = [sys.executable, "-m", *command.split()] if isinstance(command, str) else [*map(str, command)]
        words = [word.replace("PORT", str(port)) for word in words]
        environment |= {"DJANGO_SETTINGS_MODULE": settings}
        self.running.append(Running(words, port, self.new_folder("server") / "output", folder, environment))
        return self.running[-1]
