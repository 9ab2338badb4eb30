"""What each server does, as it is started, when a client or a worker misbehaves: a test a row, a real process a cell."""

import contextlib
import os
import resource
import select
import signal
import time

import httpx
import pytest

from tests.shared.running import until

HEAD = b"GET /small HTTP/1.1\r\nHost: localhost\r\n"


def answers(running):
    """Whether a new client gets a page."""
    try:
        return httpx.get(f"{running.url}/small", timeout=10).status_code == 200
    except httpx.HTTPError:
        return False


def said_to(running, request):
    """Send bytes to a server; give the status that it answers with, or what it does instead."""
    with running.client(5) as client:
        try:
            client.sendall(request)
            answer = client.recv(65536)
        except TimeoutError:
            return "waits for more"
        except OSError:
            answer = b""
    return answer.split()[1].decode() if answer.startswith(b"HTTP/") else "closes"


def test_worker_killed(server, cell):
    """One of two workers is killed with SIGKILL: whether the server goes on to answer; daphne has one process."""
    running = server.run("workers", fresh=True)
    view = "wait" if server.is_wsgi else "async-wait"

    def ended():
        return running.process.poll() is not None

    running.answering()  # all workers are up
    with running.client() as client:
        client.sendall(f"GET /{view}?seconds=5 HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
        assert running.says("waiting (\\d+)")
        workers = {process.pid for process in running.processes()}
        os.kill(int(running.says("waiting (\\d+)")[1]), signal.SIGKILL)
        try:
            assert client.recv(100) == b"", "the request was answered"
        except ConnectionResetError:
            pass
    # Not asked at once: another worker may answer a last time.
    until(lambda: ended() or {process.pid for process in running.processes()} - workers, 30)
    cell("ends" if ended() else "goes on" if until(lambda: answers(running)) else "hangs")


def test_byte_a_second(server, cell):
    """Another client, while one has sent half a request: whether it is answered."""
    running = server.run(fresh=True)
    with running.client() as client:
        client.sendall(HEAD)  # and nothing more: the server cannot tell it from a slow one
        cell("yes" if answers(running) else "no")


@pytest.fixture(scope="session")
def patience(all_servers):
    """How long each server waits for the rest of a request; all are asked at once, for it takes its time."""
    found = dict.fromkeys(all_servers, "40 s or more")
    with contextlib.ExitStack() as stack:
        # A client's time begins when it connects.
        running = {name: server.run() for name, server in all_servers.items()}
        waiting = {stack.enter_context(each.client()): name for name, each in running.items()}
        for client in waiting:
            client.sendall(HEAD)
        begun = time.monotonic()
        while waiting and (left := begun + 40 - time.monotonic()) > 0:
            for client in select.select([*waiting], [], [], left)[0]:
                found[waiting.pop(client)] = f"{round((time.monotonic() - begun) / 5) * 5} s"
    return found


def test_patience(server, cell, patience):
    """A client that sends half a request and no more: how long the server waits for the rest."""
    cell(patience[server.name])


def test_many_idle_clients(server, cell):
    """Another client, while 1,100 have sent half a request each: whether it is answered."""
    running = server.run(fresh=True)
    assert answers(running)
    with contextlib.ExitStack() as stack:
        for _ in range(1100):
            stack.enter_context(running.client()).sendall(HEAD)
        cell("yes" if answers(running) else "no")


def test_client_never_reads(server, cell):
    """A client asks for a large response and never reads it: whether its view is held back, or the server collects the response in memory."""
    running = server.run(fresh=True)
    with running.client() as client:
        client.sendall(HEAD.replace(b"small", b"sync-endless" if server.is_wsgi else b"endless") + b"\r\n")
        assert running.says("sent ")
        sent = 0
        while sent < (now := running.said().count("sent ")):  # until nothing more is sent for 3 seconds
            sent = now
            until(lambda before=sent: running.said().count("sent ") > before, 3)
    cell("held back" if sent < 128 else "collects")


def header_of(size):
    """The head of a request with a header of some bytes."""
    return HEAD + b"X-Large: " + b"x" * size + b"\r\n\r\n"


def test_header_of_16_kb(server, cell):
    """A header of 16 kB: the status."""
    cell(said_to(server.run(), header_of(16_000)))


def test_header_of_128_kb(server, cell):
    """A header of 128 kB: the status."""
    cell(said_to(server.run(), header_of(128_000)))


def test_malformed_request(server, cell):
    """A request that is not HTTP: the status."""
    cell(said_to(server.run(), b"this is not HTTP\r\n\r\n"))


def test_flood(server, cell):
    """After a flood of more connections than it may have files open, a new client: whether it is answered."""
    running = server.run(fresh=True)
    assert answers(running)
    for process in running.processes():
        process.rlimit(resource.RLIMIT_NOFILE, (64, 64))
    with contextlib.ExitStack() as stack:
        for _ in range(200):
            stack.enter_context(running.client()).sendall(HEAD)
    cell("yes" if until(lambda: answers(running), 10) else "no")
