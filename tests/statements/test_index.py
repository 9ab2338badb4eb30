"""What docs/index.md says of the software, run."""

import asyncio
import concurrent.futures
import os
import shutil
import subprocess
import sys
import time

import httpx
import pytest
from asgiref.testing import ApplicationCommunicator
from django.core.asgi import get_asgi_application
from django.core.handlers.asgi import ASGIHandler
from django.core.wsgi import get_wsgi_application
from django.http import HttpResponse, StreamingHttpResponse
from django.test import RequestFactory, override_settings
from django.urls import path

from oms.asgi import application

WAIT = 0.1  # seconds
BACKGROUND = set()


def synchronous(request):
    return HttpResponse("synchronous")


async def asynchronous(request):
    await asyncio.sleep(WAIT)
    return HttpResponse("asynchronous")


async def background(request):
    async def task():
        await asyncio.sleep(WAIT)
        BACKGROUND.add("done")
        print("task done", flush=True)

    BACKGROUND.add(asyncio.create_task(task()))
    return HttpResponse("background")


async def stream(request):
    async def pieces():
        yield "first"
        await asyncio.sleep(WAIT)
        yield "second"

    return StreamingHttpResponse(pieces())


urlpatterns = [path(view.__name__, view) for view in (synchronous, asynchronous, background, stream)]


@pytest.fixture(autouse=True)
def views():
    """Serve the views of this module."""
    with override_settings(ROOT_URLCONF=__name__, ALLOWED_HOSTS=["*"]):
        yield
    BACKGROUND.clear()


def http_scope(name, version="1.1"):
    return {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": version, "method": "GET", "path": f"/{name}",
        "query_string": b"", "headers": [],
    }  # fmt: skip


async def get(name, version="1.1", application=application):
    """Send one request to an application; return the status and the body."""
    client = ApplicationCommunicator(application, http_scope(name, version))
    await client.send_input({"type": "http.request"})
    status, body = (await client.receive_output())["status"], b""
    while (event := await client.receive_output()).get("more_body"):
        body += event["body"]
    await client.wait()
    return status, (body + event["body"]).decode()


def run(coroutine):
    """Run a coroutine in a thread of its own: the browser tests leave an event loop in the main one."""
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, coroutine).result()


def wsgi_get(name):
    """Send one request to the project's WSGI application; return the body."""
    environ = RequestFactory()._base_environ(PATH_INFO=f"/{name}")
    return b"".join(get_wsgi_application()(environ, lambda status, headers: None)).decode()


def wsgi_get_many(name, times, threads):
    """Send requests to the WSGI application from some threads; return the seconds that they took."""
    before = time.monotonic()
    with concurrent.futures.ThreadPoolExecutor(threads) as pool:
        bodies = set(pool.map(wsgi_get, [name] * times))
    assert bodies == {name}
    return time.monotonic() - before


def python(code, **environment):
    """Run code in a new Python without DJANGO_SETTINGS_MODULE, but for what is given."""
    inherited = {key: value for key, value in os.environ.items() if key != "DJANGO_SETTINGS_MODULE"}
    return subprocess.run([sys.executable, "-c", code], env=inherited | environment, capture_output=True, text=True)


def test_runserver_uses_wsgi_py_and_does_not_import_asgi_py(start, free_port):
    code = (
        "import atexit, signal, sys; from django.core.management import execute_from_command_line as run\n"
        "atexit.register(lambda: print([n for n in ('oms.asgi', 'oms.wsgi') if n in sys.modules], file=open(1, 'w')))\n"
        "signal.signal(signal.SIGTERM, lambda *_: sys.exit())\n"
        f"run(['manage.py', 'runserver', '--noreload', '--skip-checks', '{free_port}'])"
    )
    server = start(sys.executable, "-c", code, env={"DJANGO_SETTINGS_MODULE": "oms.settings"})
    assert httpx.get(server.url).status_code == 200
    server.terminate()
    assert "['oms.wsgi']" in server.communicate()[0]


def test_synchronous_and_asynchronous_views_run():
    assert run(get("synchronous")) == (200, "synchronous")
    assert run(get("asynchronous")) == (200, "asynchronous")


@pytest.mark.parametrize("kind", ["websocket", "lifespan"])
def test_django_handles_http_and_nothing_else(kind):
    client = ApplicationCommunicator(application, {"type": kind, "path": "/"})
    with pytest.raises(ValueError, match=rf"^Django can only handle ASGI/HTTP connections, not {kind}\.$"):
        run(client.wait())


def test_another_module_wraps_application_and_handles_websockets():
    async def wrapped(scope, receive, send):
        if scope["type"] == "websocket":
            assert (await receive())["type"] == "websocket.connect"
            await send({"type": "websocket.accept"})
        else:
            await application(scope, receive, send)

    async def connect():
        client = ApplicationCommunicator(wrapped, {"type": "websocket", "path": "/"})
        await client.send_input({"type": "websocket.connect"})
        return await client.receive_output()

    assert run(connect()) == {"type": "websocket.accept"}
    assert run(get("synchronous", application=wrapped)) == (200, "synchronous")


def test_http_2_is_a_version_number_to_django():
    assert run(get("synchronous", "2")) == run(get("synchronous", "1.1"))


def test_the_import_alone_initializes_nothing():
    done = python(
        "from django.core.asgi import get_asgi_application\nfrom django.apps import apps; print(apps.ready)\n"
        "get_asgi_application(); print(apps.ready)",
        DJANGO_SETTINGS_MODULE="oms.settings",
    )
    assert done.stdout.split() == ["False", "True"], done.stderr


def test_application_is_an_asgi_handler():
    assert type(application) is ASGIHandler
    assert type(get_asgi_application()) is ASGIHandler


@pytest.mark.parametrize(
    ("environment", "seen"),
    [({}, "oms.settings"), ({"DJANGO_SETTINGS_MODULE": "django.conf.global_settings"}, "django.conf.global_settings")],
)
def test_setdefault_keeps_a_value_that_is_there(environment, seen):
    done = python("import os, oms.asgi; print(os.environ['DJANGO_SETTINGS_MODULE'])", **environment)
    assert done.stdout.strip() == seen, done.stderr


def test_an_empty_value_stays_and_django_stops():
    done = python("import oms.asgi", DJANGO_SETTINGS_MODULE="")
    assert done.stderr.splitlines()[-1].startswith("django.core.exceptions.ImproperlyConfigured: ")


def test_without_the_line_the_variable_is_needed():
    code = "lines = open('oms/asgi.py').read().splitlines(); del lines[13]; exec('\\n'.join(lines))"
    assert python(code).stderr.splitlines()[-1].startswith("django.core.exceptions.ImproperlyConfigured: ")
    assert python(code, DJANGO_SETTINGS_MODULE="oms.settings").returncode == 0


@pytest.mark.parametrize(
    "command",
    [
        ["uvicorn", "oms.asgi:application", "--port"],
        ["daphne", "oms.asgi:application", "--port"],
    ],
    ids=["uvicorn", "daphne"],
)
def test_asgi_servers_serve_the_project(start, free_port, command):
    server = start(sys.executable, "-m", *command, free_port, env={"DJANGO_SETTINGS_MODULE": "oms.settings"})
    assert "The install worked successfully!" in httpx.get(server.url).text


def test_uvicorn_serves_the_project_without_the_file(start, free_port, tmp_path):
    shutil.copytree("oms", tmp_path / "oms", ignore=shutil.ignore_patterns("asgi.py"))
    command = [
        sys.executable,
        "-m",
        "uvicorn",
        "--factory",
        "django.core.asgi:get_asgi_application",
        "--port",
        free_port,
    ]
    server = start(*command, cwd=tmp_path, env={"DJANGO_SETTINGS_MODULE": "oms.settings"})
    assert "The install worked successfully!" in httpx.get(server.url).text


def test_asynchronous_views_run_under_wsgi_and_keep_their_thread_busy():
    assert wsgi_get_many("asynchronous", times=3, threads=1) >= 3 * WAIT


def test_a_background_task_goes_on_under_asgi():
    async def request_and_wait():
        await get("background")
        before = "done" in BACKGROUND
        await asyncio.sleep(2 * WAIT)
        return before, "done" in BACKGROUND

    assert run(request_and_wait()) == (False, True)


def test_a_background_task_is_cut_off_under_wsgi():
    wsgi_get_many("background", times=1, threads=1)
    time.sleep(2 * WAIT)
    (task,) = BACKGROUND
    assert task.cancelled()


@pytest.mark.parametrize(("seconds", "said"), [(0, "answered\n"), (2 * WAIT, "answered\ntask done\n")])
def test_a_background_task_ends_with_its_process(seconds, said):
    code = (
        "import asyncio, os\nfrom tests.statements import test_index as here\n"
        "async def main():\n"
        "    with here.override_settings(ROOT_URLCONF='tests.statements.test_index', ALLOWED_HOSTS=['*']):\n"
        "        await here.get('background'); print('answered', flush=True)\n"
        f"        await asyncio.sleep({seconds}); os._exit(0)\n"
        "asyncio.run(main())"
    )
    assert python(code).stdout == said


def test_one_thread_serves_many_asynchronous_views_at_once():
    async def many():
        return await asyncio.gather(*(get("asynchronous") for _ in range(20)))

    before = time.monotonic()
    assert run(many()) == [(200, "asynchronous")] * 20
    assert time.monotonic() - before < 20 * WAIT / 2


def test_one_synchronous_worker_answers_one_after_the_other_and_threads_at_once():
    assert wsgi_get_many("asynchronous", times=10, threads=1) >= 10 * WAIT
    assert wsgi_get_many("asynchronous", times=10, threads=10) < 10 * WAIT / 2


def test_a_stream_arrives_piece_by_piece():
    async def times():
        client = ApplicationCommunicator(application, http_scope("stream"))
        await client.send_input({"type": "http.request"})
        await client.receive_output()
        pieces = [((await client.receive_output())["body"], time.monotonic()) for _ in range(2)]
        await client.wait()
        return pieces

    (first, early), (second, late) = run(times())
    assert (first, second) == (b"first", b"second")
    assert late - early >= WAIT / 2
