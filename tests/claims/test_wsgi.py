"""The tests of docs/wsgi.md: each is named for its mark there, and its docstring is the sentence before the mark."""

import asyncio
import concurrent.futures
import contextlib
import re
import threading
import warnings

import clients
import httpx
import pytest
from clients import (
    LONG,
    MOMENT,
    STEPS,
    TASKS,
    answer,
    asgi_most,
    asynchronous_only,
    block,
    collected,
    get,
    http_scope,
    places_of_a_request,
    run,
    runserver_imports,
    wsgi_get,
    wsgi_most,
)
from django.core.asgi import get_asgi_application
from django.core.handlers.asgi import ASGIHandler, ASGIRequest
from django.core.management import call_command
from django.core.wsgi import get_wsgi_application
from django.http import HttpResponse, StreamingHttpResponse
from django.test import RequestFactory, override_settings
from django.urls import path

ASGI, WSGI, SETTINGS = "oms/asgi.py", "oms/wsgi.py", "oms/settings.py"
GUNICORN = "gunicorn oms.wsgi:application --bind 127.0.0.1:PORT"
GUNICORN_ASGI = "gunicorn -k asgi oms.asgi:application --bind 127.0.0.1:PORT"
UVICORN = "uvicorn oms.asgi:application --port PORT"
RUNSERVER = "django runserver --noreload --skip-checks PORT"
HEADING = "“The install worked successfully! Congratulations!”"
LINE = 'WSGI_APPLICATION = "oms.wsgi.application"'
LOADED = "; import sys; print(*sorted({'oms.asgi', 'oms.wsgi'} & {*sys.modules}))"
DAPHNE = "examples.wsgi.settings"
SUFFIXES = "django.core.management.templates.TemplateCommand.rewrite_template_suffixes"
MANY = 10  # seconds that many requests wait for each other, at most
THREADS = "--threads 20"
WAITING = f"""
import threading
from django.http import HttpResponse
from django.urls import path
barrier = threading.Barrier(20)
def together(request):
    try:
        barrier.wait({MANY})
    except threading.BrokenBarrierError:
        return HttpResponse("alone")
    return HttpResponse("together")
urlpatterns = [path("", together)]
"""
BARRIERS = []  # the last is that of the view "together"


def together(request):
    """Wait for the requests that the barrier wants; say whether they came."""
    barrier, seconds = BARRIERS[-1]
    try:
        barrier.wait(seconds)
    except threading.BrokenBarrierError:
        return HttpResponse("alone")
    return HttpResponse("together")


def plain(request):
    def pieces():
        for _ in range(2):
            STEPS.append("makes")
            yield "piece"

    return StreamingHttpResponse(pieces())


async def asynchronous(request):
    async def pieces():
        for _ in range(2):
            STEPS.append("makes")
            yield "piece"

    return StreamingHttpResponse(pieces())


def attributes(request):
    return HttpResponse(" ".join(name for name in ("environ", "scope") if hasattr(request, name)))


# What mutations put in place of something.


async def one_by_one(self):
    """Give the pieces of a plain stream as they come."""
    for piece in self.streaming_content:
        yield piece


def with_environ(self, *arguments, init=ASGIRequest.__init__):
    """Make a request of ASGI that has the attribute of one of WSGI."""
    init(self, *arguments)
    self.environ = {}


async def in_a_loop_of_its_own(self, scope, receive, send, call=ASGIHandler.__call__):
    """Serve a request on an event loop that ends with the answer."""
    sent, requests = [], [{"type": "http.request"}]

    async def receives():
        return requests.pop() if requests else await asyncio.Event().wait()

    async def sends(event):
        sent.append(event)

    run(call(self, scope, receives, sends))
    for event in sent:
        await send(event)


VIEWS = together, plain, asynchronous, attributes, clients.background
urlpatterns = [path(view.__name__, view) for view in VIEWS]


@pytest.fixture
def views():
    """Serve the views of this module."""
    with override_settings(ROOT_URLCONF=__name__, ALLOWED_HOSTS=["*"]):
        yield


@pytest.fixture
def got(serve, start, project):
    """Start a server, or take one that runs; give the page that it answers with, or the last line that it says."""

    def got(command, tree=project, **how):
        try:
            server = start(command, tree, **how) if tree != project else serve(command, **how)
        except pytest.fail.Exception as error:
            return str(error).splitlines()[-1].removeprefix("django.core.exceptions.")
        return answer(server.url)

    return got


def wsgi_stream(name):
    """Ask the WSGI application for a stream; give what happened in turn, and the warning."""
    STEPS.clear()
    environ = RequestFactory()._base_environ(PATH_INFO=f"/{name}")

    def ask():  # in a thread of its own: the browser tests leave an event loop in the main one
        for _ in get_wsgi_application()(environ, lambda *_: None):
            STEPS.append("sends")

    with warned() as said, concurrent.futures.ThreadPoolExecutor(1) as pool:
        pool.submit(ask).result()
    return pace(), words(said)


def asgi_stream(name):
    """Ask the ASGI application for a stream; give what happened in turn, and the warning."""
    STEPS.clear()

    async def send(event):
        if event.get("body"):
            STEPS.append("sends")

    async def stream():
        requests = asyncio.Queue()
        requests.put_nowait({"type": "http.request"})
        await get_asgi_application()(http_scope(name), requests.get, send)

    with warned() as said:
        run(stream())
    return pace(), words(said)


@contextlib.contextmanager
def warned():
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        yield said


def words(said):
    return " ".join(str(warning.message).partition(" in order")[0] for warning in said) or "no warning"


def pace():
    steps = " ".join(STEPS)
    return {"makes makes sends sends": "at once", "makes sends makes sends": "piece by piece"}.get(steps, steps)


@pytest.mark.mutation(ASGI, "application =", "app =")
def test_start_the_other(saw, got):
    """To move, start an ASGI server with `oms.asgi:application` instead of a WSGI server with `oms.wsgi:application`.
    For HTTP, the code need not change.
    """
    saw("`gunicorn oms.wsgi:application`, `GET /`", got(GUNICORN), f"HTTP/1.1 200, {HEADING}")
    saw("`uvicorn oms.asgi:application`, `GET /`", got(UVICORN), f"HTTP/1.1 200, {HEADING}")


@pytest.mark.mutation(f"{__name__}.GUNICORN_ASGI", GUNICORN_ASGI.replace("-k asgi ", ""))
def test_gunicorn_speaks_both(saw, got):
    """gunicorn `gunicorn oms.wsgi:application` `gunicorn -k asgi oms.asgi:application`"""
    saw("`gunicorn oms.wsgi:application`, `GET /`", got(GUNICORN)[:12], "HTTP/1.1 200")
    saw("`gunicorn -k asgi oms.asgi:application`, `GET /`", got(GUNICORN_ASGI)[:12], "HTTP/1.1 200")


@pytest.mark.mutation(WSGI, "import os", "import os, oms.asgi")
def test_one_imports_one(saw, python):
    """No: a server imports the file you name, and that file does not import the other."""
    saw("modules after `import oms.asgi`", python(f"import oms.asgi{LOADED}"), "oms.asgi")
    saw("modules after `import oms.wsgi`", python(f"import oms.wsgi{LOADED}"), "oms.wsgi")


@pytest.fixture
def new_project(tmp_path):
    """What startproject writes: {name of a file: its text, with double quotes for single ones}."""
    call_command("startproject", "mysite", tmp_path)
    return {file.name: file.read_text().replace("'", '"') for file in (tmp_path / "mysite").iterdir()}


@pytest.mark.mutation(SUFFIXES, ((".py-tpl", ".txt"),))
def test_side_by_side(saw, new_project):
    """The files exist side by side: `startproject` writes both."""
    written = " ".join(sorted(name for name in new_project if name.endswith("sgi.py")))
    saw("`startproject`, files whose names end in `sgi.py`", written, "asgi.py wsgi.py")


@pytest.mark.mutation(SUFFIXES, ((".py-tpl", ".txt"),))
def test_startproject_names_wsgi(saw, new_project):
    """Also delete the line that `startproject` writes into the settings: `WSGI_APPLICATION = "oms.wsgi.application"`."""
    lines = [line for line in new_project.get("settings.py", "").splitlines() if "WSGI" in line]
    saw("`startproject mysite`, in its settings", " ".join(lines), 'WSGI_APPLICATION = "mysite.wsgi.application"')


@pytest.mark.mutation(SETTINGS, LINE, "")
def test_runserver_without_wsgi_py(saw, tree, got):
    """With the line but without the file, `runserver` does not start: `ImproperlyConfigured: WSGI application
    'oms.wsgi.application' could not be loaded; Error importing module.`
    """
    (tree / WSGI).unlink()
    error = "ImproperlyConfigured: WSGI application 'oms.wsgi.application' could not be loaded; Error importing module."
    saw("`runserver` without `wsgi.py`", got(RUNSERVER, tree), error)


@pytest.mark.mutation(SETTINGS, LINE, LINE.replace('"oms.wsgi', '"oms" + ".wsgi'))
def test_runserver_without_the_line(saw, tree, edited, got):
    """Without both, it starts with Django's built-in WSGI application."""
    (tree / WSGI).unlink()
    edited(SETTINGS, f"{LINE}\n", "")
    saw("`runserver` without the line and the file, `GET /`", got(RUNSERVER, tree)[:12], "HTTP/1.1 200")


@pytest.mark.mutation(WSGI, "import os", "import os, oms.asgi")
def test_without_asgi_py(saw, start, tree, got):
    """Yes, if no ASGI server runs: a WSGI server and `runserver` do not import it."""
    (tree / ASGI).unlink()
    saw("`gunicorn oms.wsgi:application` without `asgi.py`, `GET /`", got(GUNICORN, tree)[:12], "HTTP/1.1 200")
    saw("of the two files, after `runserver` answered", runserver_imports(start, tree), "oms.wsgi")


@pytest.mark.mutation("examples/wsgi/settings.py", '"daphne", ', "")
def test_daphne_without_asgi_py(saw, tree, got):
    """Without the module that `ASGI_APPLICATION` names, daphne's `runserver` fails with `ImproperlyConfigured: Cannot
    import ASGI_APPLICATION module 'oms.asgi'`.
    """
    (tree / ASGI).unlink()
    error = "ImproperlyConfigured: Cannot import ASGI_APPLICATION module 'oms.asgi'"
    saw("`runserver` of daphne without `asgi.py`", got(RUNSERVER, tree, settings=DAPHNE), error)


@pytest.mark.mutation(WSGI, "import os", "import os, oms.asgi")
def test_asgi_application_alone(saw, start, edited):
    """`runserver` uses `wsgi.py`. `ASGI_APPLICATION` alone changes nothing."""
    tree = edited(SETTINGS, LINE, f'{LINE}\nASGI_APPLICATION = "oms.asgi.application"')
    saw("of the two files, after `runserver` answered", runserver_imports(start, tree), "oms.wsgi")


@pytest.mark.mutation("examples/wsgi/settings.py", '"daphne", ', "")
def test_daphne_runserver(saw, start, tree):
    """With `daphne` first in `INSTALLED_APPS` and `ASGI_APPLICATION` set, it uses `asgi.py` and prints `Starting
    ASGI/Daphne`.
    """
    servers = []

    def start_daphne(command, tree):
        servers.append(start(command, tree, DAPHNE))
        return servers[0]

    saw("of the two files, after `runserver` answered", runserver_imports(start_daphne, tree), "oms.asgi")
    said = re.search("Starting ASGI/Daphne", servers[0].said())
    saw("its output", said and said[0], "Starting ASGI/Daphne")


def in_thread(function, *arguments):
    """Call a function in a thread of its own; give what it returned, and the thread's number."""
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        return pool.submit(function, *arguments).result(), pool.submit(threading.get_ident).result()


@pytest.mark.mutation("django.core.handlers.asgi.ThreadSensitiveContext", contextlib.AsyncExitStack)
def test_each_request_has_a_thread(saw):
    """Synchronous view as many at once as the server has threads one thread for each request, many at once"""

    async def at_once():
        return await asyncio.gather(*(get("together") for _ in range(5)))

    BARRIERS.append((threading.Barrier(2), MOMENT))
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        said = list(pool.map(wsgi_get, ["together"] * 2, [pool] * 2))
    saw("2 requests that wait for each other, WSGI with one thread", " ".join(said), "alone alone")
    BARRIERS.append((threading.Barrier(2), LONG))
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        said = list(pool.map(wsgi_get, ["together"] * 2, [pool] * 2))
    saw("with two threads", " ".join(said), "together together")
    BARRIERS.append((threading.Barrier(5), MANY))
    saw("5 requests, ASGI", ", ".join(run(at_once())), ", ".join(["200 together"] * 5))


@pytest.mark.mutation("clients.Meeting.come", block)
def test_shares_one_thread(saw):
    """Waiting `async` view keeps its thread busy shares one thread with others"""
    with override_settings(ROOT_URLCONF="clients"):
        most = wsgi_most(times=3, threads=1)
        saw("3 requests that wait for each other, WSGI with one thread: at once there are", most, 1)
        saw("20 requests, ASGI with one thread: at once there are", asgi_most(20), 20)


@pytest.mark.mutation("clients.only_synchronous", asynchronous_only)
def test_takes_a_thread(saw):
    """Synchronous-only middleware runs in the view's thread takes a thread, even before an `async` view"""
    STEPS.clear()
    with override_settings(MIDDLEWARE=["clients.only_synchronous"]):
        _, thread = in_thread(wsgi_get, "attributes", True)
    saw(
        "WSGI, the middleware ran in",
        "the request's thread" if STEPS == [thread] else "another",
        "the request's thread",
    )
    with override_settings(ROOT_URLCONF="clients"):
        view, middleware = places_of_a_request()
    saw("ASGI, an `async` view ran in", view, "the event loop's thread")
    saw("its middleware, which is only synchronous, in", middleware, "another thread")


@pytest.mark.mutation("django.http.StreamingHttpResponse.__aiter__", one_by_one)
def test_plain_generator(saw):
    """Stream from a plain generator sent piece by piece collected and sent at once, with a warning"""
    saw("WSGI, a view that makes two pieces", ", ".join(wsgi_stream("plain")), "piece by piece, no warning")
    warning = "StreamingHttpResponse must consume synchronous iterators"
    saw("ASGI", ", ".join(asgi_stream("plain")), f"at once, {warning}")


@pytest.mark.mutation("django.core.handlers.asgi.ASGIHandler.send_response", collected)
def test_async_generator(saw):
    """Stream from an `async` generator collected and sent at once, with a warning sent piece by piece"""
    warning = "StreamingHttpResponse must consume asynchronous iterators"
    saw("WSGI, a view that makes two pieces", ", ".join(wsgi_stream("asynchronous")), f"at once, {warning}")
    saw("ASGI", ", ".join(asgi_stream("asynchronous")), "piece by piece, no warning")


@pytest.mark.mutation("django.core.handlers.asgi.ASGIRequest.__init__", with_environ)
def test_scope_for_environ(saw):
    """`request.environ` available missing; `request.scope` is there"""
    saw("WSGI, of the two names", wsgi_get("attributes"), "environ")
    saw("ASGI", run(get("attributes")), "200 scope")


@pytest.mark.mutation("django.core.handlers.asgi.ASGIHandler.__call__", in_a_loop_of_its_own)
def test_task_goes_on(saw):
    """Task that a view starts cancelled with the response continues, as long as its process"""
    TASKS.clear()
    wsgi_get("background")
    saw("WSGI, the task after the answer", "cancelled" if TASKS[0].cancelled() else "alive", "cancelled")

    async def asgi():
        await get("background")
        task, answered = TASKS
        before = task.done()
        answered.set()
        if not before:
            await asyncio.wait([task], timeout=LONG)
        return f"{'done' if before else 'running'}, then {'done' if task.done() else 'running'}"

    saw("ASGI", run(asgi()), "running, then done")


@pytest.mark.mutation(WSGI, "application =", "app =")
def test_both_at_once(saw, got):
    """Start both servers, each on its own port: they serve the same project side by side."""
    said = got(UVICORN), got(GUNICORN), got(UVICORN)
    saw(
        "uvicorn, gunicorn and uvicorn again, `GET /`",
        " ".join(text[:12] for text in said),
        "HTTP/1.1 200 " * 2 + "HTTP/1.1 200",
    )


@pytest.mark.mutation("oms/urls.py", "urlpatterns = [", "urlpatterns = [path('ws/', lambda request: 1 / 0),")
def test_handshake_is_404(saw, serve):
    """WebSockets stop: a WSGI server treats the handshake as a plain request, and Django answers 404."""
    handshake = {
        "Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
    }  # fmt: skip
    said = httpx.get(f"{serve(GUNICORN).url}/ws/", headers=handshake).status_code
    saw("gunicorn with `oms.wsgi:application`, a handshake of a WebSocket", said, 404)


@pytest.mark.mutation(f"{__name__}.THREADS", "--threads 1")
def test_threads_again(saw, start, tree):
    """Each waiting request needs a thread again: `gunicorn --threads 20 oms.wsgi:application`."""
    (tree / "oms/urls.py").write_text(WAITING)
    server = start(f"{GUNICORN} {THREADS}", tree)
    with concurrent.futures.ThreadPoolExecutor(20) as pool:
        said = [answer.text for answer in pool.map(httpx.get, [server.url] * 20)]
    saw(f"20 requests that wait for each other, `gunicorn {THREADS}`: together are", said.count("together"), 20)
