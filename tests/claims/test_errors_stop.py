"""The tests of docs/errors-stop.md: each is named for its mark there, and its docstring is the sentence before the mark."""

import concurrent.futures
import re

import httpx
import pytest
from live import logged, opened

from tests.shared.running import until

UVICORN = "uvicorn oms.asgi:application --port PORT"


VIEWS = "tests.shared.settings"


@pytest.fixture
def killed(start, project):
    """Ask servers of gunicorn for a page each, all at once; give the status, and whether a worker was killed."""

    def killed(*cases):
        command = "gunicorn --bind 127.0.0.1:PORT --timeout"
        servers = [start(f"{command} {options}", project, VIEWS) for options, _ in cases]
        with concurrent.futures.ThreadPoolExecutor(len(cases)) as pool:
            return list(pool.map(ask, servers, [path for _, path in cases]))

    def ask(server, path):
        try:
            status = httpx.get(f"{server.url}/{path}").status_code
        except httpx.RemoteProtocolError:
            status = "no answer"
        return f"{status} {logged(server, 'WORKER TIMEOUT', 0)}".strip()

    return killed


@pytest.mark.mutation("tests/shared/views.py", "time.sleep(seconds(request))", "")
@pytest.mark.recorded
def test_worker_timeout(saw, killed):
    """gunicorn kills a worker that gives no sign of life for `--timeout` seconds. A synchronous worker gives none while
    it answers a request.
    """
    (said,) = killed(("1 oms.wsgi", "pause?seconds=4"))
    saw("a view that takes 4 s, with `--timeout 1`", said, "500 WORKER TIMEOUT")


@pytest.mark.mutation("tests/shared/views.py", "time.sleep(seconds(request))", "os.kill(os.getpid(), 9)")
@pytest.mark.recorded
def test_longer_worker_timeout(saw, killed):
    """With a longer `--timeout`, or with threads (`-k gthread`), it answers."""
    options = ("30", "1 -k gthread --threads 2")
    answers = killed(*[(f"{option} oms.wsgi", "pause?seconds=2.5") for option in options])
    for option, said in zip(options, answers, strict=True):
        saw(f"a view that takes 2.5 s, with `--timeout {option}`", said, 200)


@pytest.mark.mutation("tests/shared/views.py", "while time.thread_time() < end:", "while False:")
@pytest.mark.recorded
def test_blocked_worker_timeout(saw, killed):
    """An ASGI worker gives none while a view blocks the event loop; while a view waits with `await`, it lives."""
    asgi = "1 -k asgi oms.asgi"
    computes, waits = killed((asgi, "async-compute?seconds=8"), (asgi, "async-pause?seconds=3"))
    for _ in range(3):  # on a busy machine a worker that waits may give no sign for a second
        if waits != "200":
            (waits,) = killed((asgi, "async-pause?seconds=3"))
    saw("a view that computes for 8 s, with `--timeout 1 -k asgi`", computes, "no answer WORKER TIMEOUT")
    saw("an asynchronous view that waits for 3 s", waits, 200)


@pytest.fixture
def stopped(start, project):
    """Stop uvicorn, or do something else, while a stream is open; give what it says from then on."""

    def stopped(option, last="Waiting for conn|Finished server", do=lambda server: server.process.terminate()):
        server = start(f"{UVICORN} {option}", project, VIEWS)
        with httpx.stream("GET", f"{server.url}/idle?seconds=0.02") as stream:
            lines = stream.iter_lines()  # kept, or the stream would be closed
            for _ in range(9):
                next(lines, None)
            do(server)
            server.says(last)
        return ", ".join(re.findall(r"(Waiting for conn.*|Cancel .*|Finished server)", server.said()))

    return stopped


WAITING = "Waiting for connections to close. (CTRL+C to force quit)"


STREAM_ENDS = ("tests/shared/views.py", "while True:", "if True:")


@pytest.mark.mutation(*STREAM_ENDS)
def test_waits_for_streams(saw, stopped, tmp_path):
    """uvicorn is stopping or reloading, and an endless response is still open."""
    saw("uvicorn's log, stopped while a stream is open", stopped(""), WAITING)
    module = tmp_path / "module.py"
    module.touch()

    def change(server):
        """Change a file until uvicorn, which looks now and then, sees it."""
        until(lambda: module.touch() or "Shutting down" in server.said())

    said = stopped(f"--reload --reload-dir {tmp_path}", do=change)
    saw("with `--reload`, after a change", said, WAITING)


@pytest.mark.mutation(*STREAM_ENDS)
@pytest.mark.recorded
def test_cancels_streams(saw, stopped):
    """With `--timeout-graceful-shutdown`, it waits that many seconds, prints the second message and exits."""
    said = stopped("--timeout-graceful-shutdown 1", "Finished server")
    expected = f"{WAITING}, Cancel 1 running task(s), timeout graceful shutdown exceeded, Finished server"
    saw("uvicorn's log with `--timeout-graceful-shutdown 1`", said, expected)


CONSUMERS, ROUTES = (f"examples/errors_websockets/{name}.py" for name in ("consumers", "asgi"))


DAPHNE = "daphne examples.errors_websockets.asgi:application --application-close-timeout 1 -p PORT"


@pytest.mark.mutation(CONSUMERS, "asyncio.sleep(60)", "asyncio.sleep(0)")
@pytest.mark.recorded
def test_took_too_long(saw, start, edited):
    """The client has gone, and the consumer still works after the seconds of daphne's `--application-close-timeout`."""
    tree = edited(CONSUMERS, "self.writing = asyncio.create_task(self.write())", "await self.write()")
    server = start(DAPHNE, tree)
    opened(server, "/ws/report/")
    said = logged(server, "Application instance.*")
    said = re.sub("<(Task pending|WebSocketProtocol) .*?(?=>+ (?:for|took))>+", r"<\1 …>", said)
    expected = (
        "Application instance <Task pending …> for connection <WebSocketProtocol …> took too long to shut down and was "
        "killed."
    )
    saw("the log, where `connect` waits for `write` itself", said, expected)


@pytest.mark.mutation(CONSUMERS, "self.writing.cancel()", "await self.writing")
@pytest.mark.recorded
def test_cancelled_in_time(saw, start, project):
    """Give long work to a task and cancel it in `disconnect`: the warning does not appear."""
    server = start(DAPHNE, project)
    opened(server, "/ws/report/")
    saw("a warning in the log, in 3 seconds", bool(logged(server, "took too long", 3)), False)
