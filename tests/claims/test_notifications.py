"""The tests of docs/notifications.md: each is named for its mark, and its docstring is the sentence before the mark.

tests/examples/test_notifications.py uses the example in browsers.
"""

import contextlib
import os
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import time

import httpx
import psutil
import pytest

from tests.shared.https import certificate_in, nginx_in
from tests.shared.running import ROOT, free_port, until

FEED, VIEWS, MODELS, ASGI, SETTINGS, LOGIN = (
    f"examples/notifications/{name}.py" for name in ("feed", "views", "models", "asgi", "settings", "login")
)
MODULE = "examples.notifications.settings"
ENVIRONMENT = os.environ | {"DJANGO_SETTINGS_MODULE": MODULE}
UVICORN = "uvicorn examples.notifications.asgi:application --port PORT"
ADD = "INSERT INTO notifications_notification (text) VALUES (?)"
STREAMS = 20
REQUEST = b"GET /stream?after=0 HTTP/1.1\r\nHost: localhost\r\n\r\n"
connect = sqlite3.connect

# What is written into copies of the example: settings that print each query, and lines that print what the feed does.
QUERIES = """
LOGGING = {
    "version": 1, "disable_existing_loggers": False, "handlers": {"console": {"class": "logging.StreamHandler"}},
    "loggers": {"django.db.backends": {"level": "DEBUG", "handlers": ["console"]}},
}
"""
LEFT = 'self.streams -= 1\n            print("left", flush=True)'
TAKEN = 'print("taken", found[-1].id, flush=True)\n                    yield "".join'
# An application that answers without Django, one that never hears that the browser left, and a view that closes its
# connection to the database.
IMPORT = "from oms.asgi import application"
BARE = """
async def application(scope, receive, send):
    await send({"type": "http.response.start", "status": 200, "headers": []})
    while (await receive())["type"] != "http.disconnect":
        await send({"type": "http.response.body", "body": b":", "more_body": True})
"""
DEAF = f"""
import asyncio
{IMPORT} as django
async def application(scope, receive, send):
    async def heard():
        event = await receive()
        if event["type"] == "http.disconnect":
            await asyncio.Event().wait()
        return event
    await django(scope, heard, send)
"""
CLOSING = """
        await __import__("asgiref").sync.sync_to_async(lambda: __import__("django").db.connection.close())()
        or feed.follow(last_id)"""
# Makes a user who is logged in, and prints the key of the session.
USER = """
import django
django.setup()
from django.contrib.auth import login, models
from django.core.management import call_command
from django.http import HttpRequest
from django.contrib.sessions.backends.db import SessionStore

call_command("migrate", verbosity=0)
request = HttpRequest()
request.session = SessionStore()
login(request, models.User.objects.create_user("ann"))
request.session.save()
print(request.session.session_key, end="")
"""
# A site of nginx with its own defaults before the server, which pass a stream on over HTTP but not over HTTPS.
SITE = """
server {
    listen 127.0.0.1:PORT ssl; ssl_certificate cert.pem; ssl_certificate_key key.pem;
    location / { proxy_pass http://127.0.0.1:SERVER; }
}
"""


@pytest.fixture(scope="module")
def table(tmp_path_factory):
    """A database with the example's table."""
    path = tmp_path_factory.mktemp("table") / "db.sqlite3"
    code = (
        "import sys, django; from django.conf import settings; from django.core.management import call_command\n"
        "settings.DATABASES['default']['NAME'] = sys.argv[1]; django.setup()\n"
        "call_command('migrate', 'notifications', run_syncdb=True, verbosity=0)"
    )
    subprocess.run([sys.executable, "-c", code, path], cwd=ROOT, env=ENVIRONMENT, check=True)
    return path


@pytest.fixture
def database(tree, table):
    """The database of the project's copy, which has the table."""
    return shutil.copy(table, tree)


@pytest.fixture
def add(database):
    """Add notifications to the table."""

    def add(*texts):
        with contextlib.closing(connect(database)) as connection:
            connection.executemany(ADD, [[text] for text in texts])
            connection.commit()

    return add


@pytest.fixture
def serve(start, tree, add):
    """Start a server of the project's copy, with notifications in its table; each call starts one more."""

    def serve(*texts, command=UVICORN):
        add(*texts)
        return start(command, tree, MODULE)

    return serve


@pytest.fixture
def logged_in(tree, database, edited):
    """Let the stream ask for a login; give the cookies of a user who is logged in."""
    edited(SETTINGS, "examples.notifications.urls", "examples.notifications.login")
    done = subprocess.run([sys.executable, "-c", USER], cwd=tree, env=ENVIRONMENT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return {"Cookie": f"sessionid={done.stdout}"}


@contextlib.contextmanager
def stream(server, after=0, seconds=60, **headers):
    """Open a stream; give its events, each as (id, data)."""
    url = f"{server.url}/stream?after={after}"
    with httpx.stream("GET", url, headers=headers, timeout=seconds, verify=False) as answer:
        yield events(answer.iter_lines())


def status(server, **headers):
    """The status of the response to a request for a stream."""
    with httpx.stream("GET", f"{server.url}/stream?after=0", headers=headers) as answer:
        return answer.status_code


def events(lines):
    """Read events as the standard says: a line is a field, an empty line ends an event."""
    fields = {}
    for line in lines:
        name, _, value = line.partition(": ")
        fields[name] = value
        if not line and "data" in fields:
            yield int(fields["id"]), fields["data"]
            fields = {}


def read(client, pattern):
    """Read what comes to a client until it has a pattern, or ends; give it."""
    said = b""
    while not re.search(pattern, said) and (more := client.recv(65536)):
        said += more
    return said


@contextlib.contextmanager
def many(server, number=STREAMS):
    """Hold some streams open, each of which has sent something."""
    with contextlib.ExitStack() as stack:
        clients = [stack.enter_context(server.client()) for _ in range(number)]
        for client in clients:
            client.sendall(REQUEST)
            read(client, b"\r\n\r\n.")
        yield clients


def looks(server, seconds=2):
    """How often the server looked for a newer id in some seconds."""
    before = server.said().count("MAX(")
    time.sleep(seconds)
    return server.said().count("MAX(") - before


def settled(ask, seconds=0.5):
    """Ask until the answer has stayed the same for a while; give it."""
    before, now = None, ask()
    while now != before:
        time.sleep(seconds)
        before, now = now, ask()
    return now


def connections(server, wanted):
    """How many connections to the database the server's process has open, when they are as many as wanted."""

    def opened():
        found.append(sum(file.path.endswith("db.sqlite3") for file in process.open_files()))
        return found[-1] >= wanted

    process, found = psutil.Process(server.process.pid), []
    until(opened)
    return found[-1]


@pytest.mark.mutation(FEED, "while True:", "while False:")
@pytest.mark.recorded
def test_runserver_begins_no_stream(saw, serve):
    """Django's `runserver` never begins the stream: it serves through WSGI."""
    for command, expected in (("django runserver --noreload PORT", "none"), (UVICORN, "200")):
        server = serve(command=command)
        try:
            with httpx.stream("GET", f"{server.url}/stream?after=0", timeout=2) as answer:
                said = str(answer.status_code)
        except httpx.ReadTimeout:
            said = "none"
        saw(f"an answer of `{command.split(' --')[0]}` within 2 s", said, expected)


@pytest.mark.mutation(FEED, "while True:", "while False:")
@pytest.mark.recorded
def test_stopped(saw, serve):
    """With `--timeout-graceful-shutdown 1`, open streams end a second after Ctrl+C, and uvicorn prints their
    `CancelledError`.
    """
    for number, streams, expected in ((1, "an open stream", True), (0, "no stream", False)):
        server = serve("before", command=f"{UVICORN} --timeout-graceful-shutdown 1")
        with many(server, number):
            server.process.send_signal(signal.SIGINT)
            ended = until(lambda server=server: server.process.poll() is not None)
        saw(f"uvicorn, with {streams}, has ended", ended, True)
        saw("`CancelledError` is in what it printed", "CancelledError" in server.said(), expected)


@pytest.mark.mutation(MODELS, "json.dumps(self.text)", "self.text")
def test_no_text_ends_its_event(saw, serve):
    """The text is sent as JSON, which escapes line breaks, so no text ends its event or begins another."""
    server = serve("one\n\nid: 9\ndata: two", "three")
    with stream(server) as came:
        number, data = next(came)
        saw("the id of the first event, whose text tries to be two", number, 1)
        saw("its data", data, r'"one\n\nid: 9\ndata: two"')
        saw("the id of the next", next(came)[0], 2)


@pytest.mark.mutation("sqlite3.connect", lambda path, **options: connect(":memory:", **options))
def test_ids_in_order(saw, database):
    """SQLite lets one transaction write at a time, so ids become visible in order."""
    with contextlib.ExitStack() as stack:
        one, other = (stack.enter_context(contextlib.closing(sqlite3.connect(database, timeout=0))) for _ in range(2))
        for connection in (one, other):
            with contextlib.suppress(sqlite3.OperationalError):  # it is there, where both are one database
                connection.execute("CREATE TABLE notifications_notification (text)")
        one.execute(ADD, ["first"])
        try:
            other.execute(ADD, ["second"])
            said = "written"
        except sqlite3.OperationalError as error:
            said = str(error)
        saw("a row of one transaction, while another has written one", said, "database is locked")
        one.commit()
        saw("its id, after the other has ended", other.execute(ADD, ["second"]).lastrowid, 2)


@pytest.mark.mutation(FEED, "if self.streams == 0:", "if self.streams < 0:")
@pytest.mark.recorded
def test_looks_while_somebody_listens(saw, serve, edited):
    """While somebody listens, one task in each process looks for a newer id twice a second."""
    edited(SETTINGS, "ROOT_URLCONF =", f"{QUERIES}ROOT_URLCONF =")
    server = serve("before")
    with many(server):
        saw(f"looks in 2 s, with {STREAMS} streams, two to five", 2 <= looks(server) <= 5, True)
    until(lambda: looks(server, 1) == 0)
    saw("with none", looks(server), 0)


@pytest.mark.mutation(FEED, "if last_id not in queries:", "if True:")
def test_one_query_for_all(saw, serve, edited, add):
    """All streams that wake share one query for what is new."""
    edited(SETTINGS, "ROOT_URLCONF =", f"{QUERIES}ROOT_URLCONF =")
    edited(FEED, "LOOK_EVERY = 0.5 ", "LOOK_EVERY = 0.05 ")
    server = serve("before")
    with many(server) as clients:
        looked = server.said().count("MAX(")
        until(lambda: server.said().count("MAX(") > looked + 2)  # the first look wakes all
        before = server.said().count('"id" > 1')
        add("news")
        for client in clients:
            read(client, b'"news"')
        saw(f"queries, with {STREAMS} streams", server.said().count('"id" > 1') - before, 1)


@pytest.mark.mutation(FEED, "thread_sensitive=False, executor=ThreadPoolExecutor(1)", "thread_sensitive=True")
def test_one_connection(saw, serve):
    """All queries of the streams run in one thread, with one connection to the database."""
    server = serve("before")
    with many(server):
        saw(f"connections, with {STREAMS} streams", connections(server, 1), 1)


@pytest.mark.mutation(VIEWS, "\n        feed.follow(last_id)", CLOSING)
def test_a_query_in_the_view_holds_one(saw, serve, edited):
    """A query in the view itself, such as `await Notification.objects.acount()`, holds a database connection for each
    open stream.
    """
    edited(VIEWS, "    try:\n", "    await Notification.objects.acount()\n    try:\n")
    server, wanted = serve("before"), STREAMS + 1
    with many(server):
        saw(f"connections, with {STREAMS} streams, and the one of all", connections(server, wanted), wanted)


@pytest.mark.mutation(LOGIN, "if not user.is_authenticated", "if user.is_anonymous is None")
def test_others_get_403(saw, serve, logged_in):
    """Others are led to the login, and get 403 for the stream."""
    server = serve("news")
    with stream(server, **logged_in) as came:
        saw("what a user who is logged in gets", next(came)[1], '"news"')
    saw("the page for another", httpx.get(server.url).headers["location"], "/admin/login/?next=/")
    saw("the status of a stream", status(server), 403)


@pytest.mark.mutation(LOGIN, "await sync_to_async(connections.close_all)()", "pass")
def test_login_holds_no_connection(saw, serve, logged_in):
    """Without `close_all`, the check of the login would hold a connection too."""
    server = serve("news")
    with contextlib.ExitStack() as stack:
        streams = [stack.enter_context(stream(server, **logged_in)) for _ in range(STREAMS)]
        for came in streams:
            next(came)
        saw(f"connections, with {STREAMS} streams of a user", connections(server, 1), 1)


@pytest.mark.mutation(LOGIN, "return await views.stream(request)", "return HttpResponseForbidden()")
def test_goes_on_after_logout(saw, serve, logged_in, add, database):
    """The check is made once: a stream goes on after its user logs out."""
    server = serve("before")
    with stream(server, **logged_in) as came:
        saw("what comes first", next(came, ("", "nothing"))[1], '"before"')
        with contextlib.closing(connect(database)) as connection:
            connection.execute("DELETE FROM django_session")
            connection.commit()
        saw("the status of a new stream", status(server, **logged_in), 403)
        add("news")
        saw("what comes after the logout", next(came)[1], '"news"')


@pytest.mark.mutation(ASGI, IMPORT, BARE + "    #")
def test_a_thread_each(saw, serve):
    """Django holds a thread for each open stream."""
    server = serve("before")
    process = psutil.Process(server.process.pid)
    with many(server, 1):
        before = process.num_threads()  # with those that all streams share
        with many(server):
            saw(f"more threads, with {STREAMS} more streams", process.num_threads() - before, STREAMS)


@pytest.mark.mutation(VIEWS, 'request.headers.get("Last-Event-ID") or ', "")
def test_connects_again(saw, serve, add):
    """A browser that reconnects sends `Last-Event-ID` and gets what is newer, in order, from any process."""
    one, other = serve("first", "second"), serve()
    with stream(one) as came:
        saw("the ids from one process", f"{next(came)[0]}, {next(came)[0]}", "1, 2")
    add("third", "fourth")
    with stream(other, **{"Last-Event-ID": "2"}) as came:
        saw("from another, after `Last-Event-ID: 2`", f"{next(came)[0]}, {next(came)[0]}", "3, 4")


@pytest.mark.mutation(ASGI, IMPORT, DEAF + "    #")
def test_leaving_ends_the_stream(saw, serve, edited):
    """When a browser leaves, Django cancels the generator, and its `finally` runs."""
    edited(FEED, "self.streams -= 1", LEFT)
    server = serve("before")
    with many(server):
        pass
    until(lambda: server.said().count("left") == STREAMS)
    saw(f"generators that ended, of {STREAMS}", server.said().count("left"), STREAMS)


@pytest.mark.mutation(FEED, "BATCH = 100 ", "BATCH = 99_999 ")
@pytest.mark.recorded
def test_a_slow_browser_waits(saw, serve, edited, add):
    """A slow browser delays no other: the server stops reading rows for it until it catches up."""
    rows = 60_000
    edited(FEED, 'yield "".join', TAKEN)
    server = serve(*["x" * 200] * rows)
    with stream(server) as slow:
        assert server.says("taken")
        share = settled(lambda: int(re.findall(r"taken (\d+)", server.said())[-1])) / rows
        what = "less than half" if share < 0.5 else "more"
        saw(f"what the server took of {rows:,} rows for a browser that reads nothing", what, "less than half")
        add("news")
        with stream(server, rows) as came:
            saw("what another browser has meanwhile", next(came)[1], '"news"')
        whole = all(next(slow)[0] == number for number in range(1, rows + 2))
        saw("the slow one has all, in order, when it reads", whole, True)


@pytest.mark.mutation(VIEWS, ', "X-Accel-Buffering": "no"', "")
@pytest.mark.recorded
def test_nginx_passes_events_on(saw, serve, tmp_path_factory):
    """Over HTTPS, `X-Accel-Buffering: no` makes nginx pass each event on as it comes."""
    folder, port, server = tmp_path_factory.mktemp("nginx"), free_port(), serve("news")
    certificate_in(folder)
    nginx = nginx_in(folder, SITE.replace("PORT", str(port)).replace("SERVER", str(server.port)), port)
    try:
        with stream(nginx, seconds=5) as came:
            said = next(came)[1]
    except httpx.ReadTimeout:
        said = "nothing"
    finally:
        nginx.stop()
    saw("what comes through nginx within 5 s, with its own defaults", said, '"news"')
