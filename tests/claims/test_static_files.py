"""The tests of docs/static-files.md: each is named for its mark there, and its docstring is the sentence before the mark.

measure/commands runs the page's commands.
"""

import asyncio
import contextlib
import re
import subprocess
import sys
import tracemalloc

import httpx
import pytest
from clients import ROOT, events, run
from django.contrib.staticfiles.management.commands.runserver import Command
from django.core.handlers.asgi import ASGIHandler
from django.test import RequestFactory, override_settings

UVICORN = "uvicorn oms.asgi:application --port PORT"
# An asgi.py that serves the static files itself.
STATIC = (
    "from django.contrib.staticfiles.handlers import ASGIStaticFilesHandler\n"
    "application = ASGIStaticFilesHandler(get_asgi_application())\n_ = "
)
STATIC_FILES = "examples.deploy.static_files"
STYLE = "/static/admin/css/base.css"
LOCATIONS = (ROOT / "examples/static_files/nginx.conf").read_text()
WHITENOISE = ["whitenoise.middleware.WhiteNoiseMiddleware"]
ROOT_FILES = "public"  # a folder for WHITENOISE_ROOT, whose files have URLs without /static/
LATER = "later.css"
WARNS = pytest.mark.filterwarnings("ignore:StreamingHttpResponse must consume synchronous iterators")
# Asks an application for a style sheet, with settings of which some may be changed first; prints the status.
ASK = """
import asyncio, importlib, os
settings = importlib.import_module(os.environ["DJANGO_SETTINGS_MODULE"])
settings.ALLOWED_HOSTS = ["*"]
{changed}
import httpx
{application}
async def ask():
    async with httpx.AsyncClient(transport=httpx.ASGITransport(application), base_url="http://localhost") as client:
        print((await client.get("/static/admin/css/base.css")).status_code)
asyncio.run(ask())
"""


@pytest.fixture
def style(start, tree):
    """Start uvicorn and ask for a style sheet of the admin; give the status."""
    return lambda settings: httpx.get(start(UVICORN, tree, settings).url + STYLE).status_code


@pytest.fixture
def collect(tree):
    """Collect the static files as the page does."""

    def collect(settings=STATIC_FILES):
        command = [sys.executable, "-m", "django", "collectstatic", "--no-input", f"--settings={settings}"]
        subprocess.run(command, cwd=tree, check=True, capture_output=True)

    return collect


@pytest.fixture
def asked(python):
    """Ask an application in a new Python for a style sheet of the admin, with DEBUG or without; give the status."""

    def asked(application, settings="oms.settings", debug=True):
        code = ASK.format(changed=f"settings.DEBUG = {debug}", application=application)
        return python(code, DJANGO_SETTINGS_MODULE=settings)

    return asked


@pytest.mark.mutation("oms/asgi.py", "application = ", STATIC)
def test_no_static_files(saw, style, tree):
    """uvicorn does not serve static files, with `DEBUG` or without: the admin has no CSS."""
    settings = tree / "oms/settings.py"
    for debug in (True, False):
        settings.write_text(f"{settings.read_text()}\nDEBUG = {debug}\nALLOWED_HOSTS = ['127.0.0.1']\n")
        saw(f"a style sheet of the admin, with `DEBUG = {debug}`", style("oms.settings"), 404)


@pytest.mark.mutation(
    "django.contrib.staticfiles.management.commands.runserver.StaticFilesHandler", lambda handler: handler
)
def test_runserver_debug(saw):
    """`runserver` wraps the application in a handler for them while `DEBUG` is on; without `DEBUG`, they are 404 there
    too.
    """
    for debug, name, status in ((True, "StaticFilesHandler", 200), (False, "WSGIHandler", 404)):
        with override_settings(DEBUG=debug, ROOT_URLCONF="oms.urls"):
            handler = Command().get_handler(use_static_handler=True, insecure_serving=False)
            environ = RequestFactory()._base_environ(PATH_INFO=STYLE)
            with contextlib.closing(handler(environ, lambda status, headers: None)) as response:
                said = response.status_code
        saw(f"the handler of `runserver`, with `DEBUG = {debug}`", type(handler).__name__, name)
        saw("a style sheet from it", said, status)


@pytest.mark.mutation("examples/deploy/static_files.py", '"whitenoise.middleware.WhiteNoiseMiddleware", ', "")
def test_whitenoise_serves(saw, style, collect):
    """WhiteNoise is middleware that serves what `collectstatic` has collected."""
    saw("a style sheet of the admin, before `collectstatic`", style(STATIC_FILES), 404)
    collect()
    saw("after it", style(STATIC_FILES), 200)


@pytest.fixture
def whitenoise(tmp_path):
    """Make the project's application with WhiteNoise and a folder of static files, as it is without DEBUG."""
    folder = tmp_path / "static"
    folder.mkdir()
    (folder / "first.css").write_text("first")

    def whitenoise(**settings):
        named = {"DEBUG": False, "STATIC_ROOT": folder, "MIDDLEWARE": WHITENOISE} | settings
        with override_settings(**named):
            return ASGIHandler()

    def ask(application, path):
        async def get():
            async with httpx.AsyncClient(transport=httpx.ASGITransport(application)) as client:
                return (await client.get(f"http://localhost/{path}")).status_code

        with override_settings(DEBUG=False, ALLOWED_HOSTS=["*"]):
            return run(get())

    whitenoise.folder, whitenoise.ask = folder, ask
    return whitenoise


@WARNS
@pytest.mark.mutation(f"{__name__}.LATER", "first.css")
def test_listed_at_start(saw, whitenoise):
    """A file added later is 404 until the server restarts."""
    application = whitenoise()
    (whitenoise.folder / LATER).write_text("later")
    saw("a file that was there at the start", whitenoise.ask(application, "static/first.css"), 200)
    saw("one that came later", whitenoise.ask(application, f"static/{LATER}"), 404)
    saw("the same after another start", whitenoise.ask(whitenoise(), f"static/{LATER}"), 200)


@pytest.mark.mutation("oms/asgi.py", "application = ", STATIC)
def test_whitenoise_warns(saw, start, tree, collect):
    """Django's warning `StreamingHttpResponse must consume synchronous iterators` appears with the first file; the file
    arrives complete.
    """
    collect()
    server = start(UVICORN, tree, STATIC_FILES)
    got = [httpx.get(f"{server.url}/static/admin/css/{name}.css").content for name in ("base", "login")]
    files = [(tree / f"static/admin/css/{name}.css").read_bytes() for name in ("base", "login")]
    saw("two files, equal to those in the folder", got == files, True)
    warnings = server.said().count("StreamingHttpResponse must consume synchronous iterators")
    saw("warnings that uvicorn printed", warnings, 1)


async def piece_by_piece(response):
    """What an asynchronous response would do: take each piece when the one before is sent."""
    for piece in response.streaming_content:
        await asyncio.sleep(0)
        yield piece


@WARNS
@pytest.mark.mutation("django.http.response.StreamingHttpResponse.__aiter__", piece_by_piece)
def test_whole_in_memory(saw, whitenoise):
    """It means that Django reads the whole file into memory before it sends the first piece."""
    size = 20_000_000
    with (whitenoise.folder / "film.bin").open("wb") as film:
        film.truncate(size)
    application = whitenoise()

    async def first_piece():
        async for event in events("static/film.bin", application=application):
            if event["type"] == "http.response.body":
                return len(event["body"]), tracemalloc.get_traced_memory()[1]

    tracemalloc.start()
    try:
        with override_settings(DEBUG=False, ALLOWED_HOSTS=["*"]):
            piece, most = run(first_piece())
    finally:
        tracemalloc.stop()
    saw("bytes of the first piece, of a file of 20 MB", piece < size / 100, True)
    saw("memory was taken for all of the file by then", most >= size, True)


@pytest.mark.mutation(f"{__name__}.LOCATIONS", LOCATIONS.replace("alias", "root"))
@pytest.mark.recorded
def test_nginx_serves(saw, start, project, nginx, visitor, tmp_path_factory):
    """nginx serves static and media files without asking the server."""
    folder = tmp_path_factory.mktemp("srv")
    for name in ("static", "media"):
        (folder / name).mkdir()
        (folder / name / "file.txt").write_text(f"of {name}")
    server = start(UVICORN, project)
    proxy = nginx(server.port, LOCATIONS.replace("/srv/oms", str(folder)))
    for name in ("static", "media"):
        saw(
            f"a file in the folder `{name}`, through nginx",
            visitor.get(f"{proxy.url}/{name}/file.txt").text,
            f"of {name}",
        )
    visitor.get(f"{proxy.url}/admin/login/")
    server.says("GET /admin/login/")
    saw("requests for files that uvicorn got", len(re.findall("GET /(static|media)", server.said())), 0)


PROJECT, WRAPPED = "from oms.asgi import application", "from examples.static_files.asgi import application"


@pytest.mark.mutation("examples/static_files/asgi.py", "if settings.DEBUG:", "if not settings.DEBUG:")
def test_handler_serves(saw, asked):
    """The files come from the apps' folders, without `collectstatic`."""
    saw("a style sheet from the project's application", asked(PROJECT), 404)
    saw("from the wrapped one", asked(WRAPPED), 200)


@pytest.mark.mutation("examples/static_files/asgi.py", "if settings.DEBUG:", "if True:")
def test_handler_without_debug(saw, asked):
    """`ASGIStaticFilesHandler` serves them without `DEBUG` too, hence the condition on line 8."""
    line = (ROOT / "examples/static_files/asgi.py").read_text().splitlines()[7]
    saw("line 8", line, "if settings.DEBUG:")
    handler = "from django.contrib.staticfiles.handlers import ASGIStaticFilesHandler"
    bare = f"{PROJECT}\n{handler}\napplication = ASGIStaticFilesHandler(application)"
    saw("a style sheet from `ASGIStaticFilesHandler`, without `DEBUG`", asked(bare, debug=False), 200)
    saw("from the file with the condition", asked(WRAPPED, debug=False), 404)


@pytest.mark.mutation(
    "examples/static_files/hashed.py",
    "whitenoise.storage.CompressedManifestStaticFilesStorage",
    "django.contrib.staticfiles.storage.StaticFilesStorage",
)
@pytest.mark.recorded
def test_hashed_names(saw, start, tree, collect):
    """`{% static %}` then gives a name with a hash of the content, and browsers may keep the file for ten years."""
    settings = "examples.static_files.hashed"
    collect(settings)
    server = start(UVICORN, tree, settings)
    sheet = re.search('href="(/static/admin/css/base[^"]*)"', httpx.get(f"{server.url}/admin/login/").text)[1]
    saw("the style sheet of the admin's login", re.sub("[0-9a-f]{12}", "…", sheet), "/static/admin/css/base.….css")
    kept = httpx.get(server.url + sheet).headers["Cache-Control"]
    saw("its `Cache-Control`", kept, f"max-age={10 * 365 * 24 * 60 * 60}, public, immutable")


@WARNS
@pytest.mark.mutation(f"{__name__}.ROOT_FILES", "")
def test_media_not_served(saw, whitenoise, tmp_path):
    """WhiteNoise does not serve them."""
    for name in ("media", "public"):
        (tmp_path / name).mkdir()
    (tmp_path / "media/photo.txt").write_text("photo")
    settings = {"MEDIA_ROOT": tmp_path / "media", "MEDIA_URL": "media/", "WHITENOISE_ROOT": tmp_path / ROOT_FILES}
    application = whitenoise(**settings)
    saw("an upload, with WhiteNoise", whitenoise.ask(application, "media/photo.txt"), 404)
    saw("a static file", whitenoise.ask(application, "static/first.css"), 200)
