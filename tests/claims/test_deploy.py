"""The tests of docs/deploy.md: each is named for its mark there, and its docstring is the sentence before the mark.

measure/commands runs the page's commands, and measure/servers/test_deploy_files.py starts nginx with the page's file.
"""

import concurrent.futures
import subprocess
import sys

import httpx
import pytest
from clients import run
from django.test import override_settings
from uvicorn import Config

from tests.shared.running import until

UVICORN = "uvicorn oms.asgi:application --port PORT"
LINE_14 = 'os.environ.setdefault("DJANGO_SETTINGS_MODULE", "oms.settings")'
# An asgi.py that serves the static files itself.
STATIC = (
    "from django.contrib.staticfiles.handlers import ASGIStaticFilesHandler\n"
    "application = ASGIStaticFilesHandler(get_asgi_application())\n_ = "
)
# One whose process SIGTERM ends at once: it takes uvicorn's handler away.
ENDED = (
    "import signal\ndjango = get_asgi_application()\n"
    "async def application(scope, receive, send):\n"
    "    signal.signal(signal.SIGTERM, signal.SIG_DFL)\n    await django(scope, receive, send)\n_ = "
)
VIEWS, STATIC_FILES = "tests.shared.settings", "examples.deploy.static_files"
PRODUCTION = {"SECRET_KEY": "x", "ALLOWED_HOSTS": "127.0.0.1"}


@pytest.fixture
def style(start, tree):
    """Start uvicorn and ask for a style sheet of the admin; give the status."""
    return lambda settings: httpx.get(f"{start(UVICORN, tree, settings).url}/static/admin/css/base.css").status_code


@pytest.fixture
def collect(tree):
    """Collect the static files as the page does."""

    def collect():
        command = [sys.executable, "-m", "django", "collectstatic", "--no-input"]
        subprocess.run([*command, f"--settings={STATIC_FILES}"], cwd=tree, check=True, capture_output=True)

    return collect


@pytest.mark.mutation("oms/asgi.py", LINE_14, 'os.environ["DJANGO_SETTINGS_MODULE"] = "oms.settings"')
def test_variable_wins(saw, start, project):
    """A value of `DJANGO_SETTINGS_MODULE` that the server starts with wins over line 14 of `asgi.py`."""
    for settings, expected in ((VIEWS, 200), ("oms.settings", 404)):
        said = httpx.get(f"{start(UVICORN, project, settings).url}/small").status_code
        saw(f"a page of `tests.shared.settings`, with `DJANGO_SETTINGS_MODULE={settings}`", said, expected)


@pytest.mark.mutation("oms/asgi.py", "application = ", "open('oms/asgi.py').close()\napplication = ")
def test_app_dir(saw, start, project, tmp_path_factory):
    """With `--app-dir` and the project's folder, uvicorn starts from any other folder."""
    for options, expected in ((("--app-dir", project), "starts"), ((), "does not start")):
        try:
            start([sys.executable, "-m", *UVICORN.split(), *options], tmp_path_factory.mktemp("other"))
            said = "starts"
        except pytest.fail.Exception:
            said = "does not start"
        saw(f"`uvicorn` in another folder, {'with' if options else 'without'} `--app-dir`", said, expected)


@pytest.mark.mutation("oms/asgi.py", "application = ", STATIC)
def test_no_static_files(saw, style, tree):
    """uvicorn does not serve the static files, with `DEBUG` or without: the admin has no style."""
    settings = tree / "oms/settings.py"
    for debug in (True, False):
        settings.write_text(f"{settings.read_text()}\nDEBUG = {debug}\nALLOWED_HOSTS = ['127.0.0.1']\n")
        saw(f"a style sheet of the admin, with `DEBUG = {debug}`", style("oms.settings"), 404)


@pytest.mark.mutation("examples/deploy/static_files.py", '"whitenoise.middleware.WhiteNoiseMiddleware", ', "")
def test_whitenoise_serves(saw, style, collect):
    """WhiteNoise, a middleware, serves what `collectstatic` has collected."""
    saw("a style sheet of the admin, before `collectstatic`", style(STATIC_FILES), 404)
    collect()
    saw("after it", style(STATIC_FILES), 200)


@pytest.mark.mutation("oms/asgi.py", "application = ", STATIC)
def test_whitenoise_warns(saw, start, tree, collect):
    """Django's warning `StreamingHttpResponse must consume synchronous iterators` comes with the first file, and the
    file is whole.
    """
    collect()
    server = start(UVICORN, tree, STATIC_FILES)
    got = [httpx.get(f"{server.url}/static/admin/css/{name}.css").content for name in ("base", "login")]
    files = [(tree / f"static/admin/css/{name}.css").read_bytes() for name in ("base", "login")]
    saw("two files, equal to those in the folder", got == files, True)
    warnings = server.said().count("StreamingHttpResponse must consume synchronous iterators")
    saw("warnings that uvicorn printed", warnings, 1)


@pytest.mark.mutation("examples/deploy/production.py", '"root": {"handlers": ["console"]}', '"root": {}')
def test_errors_need_logging(saw, start, tree):
    """`LOGGING` stands there for another reason: without it, and without `DEBUG`, an error in a view leaves no
    traceback in the server's output.
    """
    with (tree / "oms/urls.py").open("a") as urls:
        urls.write("\nurlpatterns.append(path('', lambda request: 1 / 0))\n")
    for settings, which, expected in (("static_files", "without", False), ("production", "with", True)):
        server = start(UVICORN, tree, f"examples.deploy.{settings}", **PRODUCTION)
        assert httpx.get(server.url, headers={"X-Forwarded-Proto": "https"}).status_code == 500
        said = "ZeroDivisionError" in server.said()
        saw(f"`ZeroDivisionError` in uvicorn's output, {which} `LOGGING`", said, expected)


@pytest.mark.mutation("uvicorn.config.ProxyHeadersMiddleware", lambda application, trusted_hosts: application)
def test_trusts_localhost(saw):
    """uvicorn takes the visitor's address and the scheme from these headers, if the request comes from 127.0.0.1."""
    config = Config("oms.asgi:application", log_config=None)
    config.load()
    headers = {"X-Forwarded-For": "203.0.113.7", "X-Forwarded-Proto": "https"}

    async def asked(address):
        transport = httpx.ASGITransport(config.loaded_app, client=(address, 50000))
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
            said = (await client.get("/small", headers=headers)).json()
        return f"{said['client']}, {said['scheme']}"

    with override_settings(ROOT_URLCONF="tests.shared.views"):
        saw("what Django learns if nginx is at 127.0.0.1", run(asked("127.0.0.1")), "203.0.113.7, https")
        saw("if it is at 192.0.2.1", run(asked("192.0.2.1")), "192.0.2.1, http")


@pytest.mark.mutation("oms/asgi.py", "application = ", ENDED)
def test_stops_gracefully(saw, start, project):
    """After SIGTERM, uvicorn answers the requests that it has, and ends."""
    server = start(UVICORN, project, VIEWS)
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        asked = pool.submit(httpx.get, f"{server.url}/async-wait?seconds=0.5")
        assert server.says("waiting")
        server.process.terminate()
        try:
            said = asked.result().text
        except httpx.HTTPError as error:
            said = type(error).__name__
    saw("a request in flight at SIGTERM", said, "waited")
    saw("uvicorn has ended", until(lambda: server.process.poll() is not None), True)


@pytest.mark.mutation("tests/shared/views.py", "while True:", "if True:")
@pytest.mark.recorded
def test_streams_hold_up(saw, start, project):
    """An open stream would hold this up without end; `--timeout-graceful-shutdown` limits it."""
    for option, expected in (("", "runs"), (" --timeout-graceful-shutdown 1", "has ended")):
        server = start(UVICORN + option, project, VIEWS)
        with httpx.stream("GET", f"{server.url}/idle") as stream:
            lines = stream.iter_lines()  # kept, or the stream would be closed
            next(lines)
            server.process.terminate()
            try:
                server.process.wait(3)
                said = "has ended"
            except subprocess.TimeoutExpired:
                said = "runs"
        saw(f"`uvicorn{option}` with an open stream, 3 s after SIGTERM", said, expected)
