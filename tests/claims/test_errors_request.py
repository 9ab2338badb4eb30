"""The tests of docs/errors-request.md: each is named for its mark there, and its docstring is the
sentence before the mark.

The files of examples/deploy and examples/errors_request are right; an edit makes each wrong as its error wants it. nginx
runs with the file of examples/deploy, or with an edit of it.
"""

import contextlib
import os
import re
import select
import subprocess
import sys

import httpx
import pytest
from clients import ROOT
from live import error, heading, logged
from proxied import CONF, HOST

from tests.shared.running import until

UVICORN = "uvicorn oms.asgi:application --port PORT"
PRODUCTION, STATIC = "examples.deploy.production", "examples.deploy.static_files"
VIEWS = "tests.shared.settings"
LOGGING = (ROOT / "examples/deploy/production.py").read_text().partition("server's own output.\n")[2]
HTTPS = "https"
ANOTHER = True  # the token is that of another cookie
FEW, MANY = 64, 512  # files that a process may open
SECRETS = {"SECRET_KEY": "x" * 60, "ALLOWED_HOSTS": "example.com"}
STYLE = "/static/admin/css/base.css"

# Applications of mutations.
ANSWERS = """
async def application(scope, receive, send):
    await send({"type": "http.response.start", "status": 204, "headers": []})
    await send({"type": "http.response.body"})
_ = """
STATIC_FILES = """
from django.contrib.staticfiles.handlers import ASGIStaticFilesHandler
application = ASGIStaticFilesHandler(get_asgi_application())
_ = """


@pytest.fixture
def failing(start, edited):
    """Ask a server without DEBUG for a view that fails; give the page, and what the log says of it."""

    def failing(settings):
        tree = edited("oms/urls.py", "urlpatterns = [", "urlpatterns = [path('', lambda request: 1 / 0),")
        server = start(UVICORN, tree, settings, **SECRETS | {"ALLOWED_HOSTS": "127.0.0.1"})
        got = httpx.get(server.url, headers={"X-Forwarded-Proto": "https"})
        logged(server, '"GET / .*')
        return heading(got), ", ".join(re.findall('ZeroDivisionError: .*|"GET / .*', server.said()))

    return failing


@pytest.mark.mutation("examples/deploy/static_files.py", "DEBUG = False", f"DEBUG = False\n{LOGGING}")
def test_error_not_logged(saw, failing):
    """A view failed. With `DEBUG = False`, Django's own `LOGGING` keeps the error out of the server's output."""
    page, said = failing(STATIC)
    saw("the page", page, "500, Server Error (500)")
    saw("uvicorn's output", said, '"GET / HTTP/1.1" 500 Internal Server Error')


@pytest.mark.mutation("examples/deploy/production.py", "LOGGING = ", "NO_LOGGING = ")
def test_error_logged(saw, failing):
    """Send errors to the output, and the traceback names the line."""
    _, said = failing(PRODUCTION)
    expected = 'ZeroDivisionError: division by zero, "GET / HTTP/1.1" 500 Internal Server Error'
    saw("uvicorn's output, with this `LOGGING`", said, expected)


@pytest.mark.mutation("oms/settings.py", "ALLOWED_HOSTS = []", 'ALLOWED_HOSTS = ["example.com"]')
def test_host_not_allowed(saw, start, project, edited):
    """The host in the visitor's URL is not in `ALLOWED_HOSTS`."""
    expected = "Invalid HTTP_HOST header: 'example.com'. You may need to add 'example.com' to ALLOWED_HOSTS."
    server = start(UVICORN, project)
    httpx.get(f"{server.url}/admin/login/", headers=HOST)
    said = logged(server, "django.core.exceptions.*", 0)
    saw("the log with `DEBUG`", said, f"django.core.exceptions.DisallowedHost: {expected}")
    server = start(UVICORN, edited("oms/settings.py", "DEBUG = True", "DEBUG = False"))
    saw("the page without it", heading(httpx.get(f"{server.url}/admin/login/", headers=HOST)), "400, Bad Request (400)")
    saw("the log", ", ".join(re.findall('Invalid HTTP_HOST|(?<=" )400.*', server.said())), "400 Bad Request")
    server = start(UVICORN, project, PRODUCTION, **SECRETS | {"ALLOWED_HOSTS": "www.example.com"})
    httpx.get(f"{server.url}/admin/login/", headers=HOST)
    saw("the log with `LOGGING`", logged(server, "Invalid HTTP_HOST.*"), expected)


@pytest.mark.mutation("oms/settings.py", "ALLOWED_HOSTS = []", "HOSTS = []")
def test_host_allowed(saw, start, edited):
    """Add the host to `ALLOWED_HOSTS`, without scheme and port."""
    for name, expected in (("example.com", "200, Log in | Django site admin"), ("https://example.com:8001", "400")):
        server = start(UVICORN, edited("oms/settings.py", "ALLOWED_HOSTS = []", f'ALLOWED_HOSTS = ["{name}"]'))
        got = heading(httpx.get(f"{server.url}/admin/login/", headers=HOST))
        saw(f"the page with `{name}` there", got[: len(expected)], expected)
        edited("oms/settings.py", f'["{name}"]', "[]")


@pytest.mark.mutation("proxied.CONF", CONF.replace("location / {", "location / { proxy_set_header host $host;"))
@pytest.mark.recorded
def test_host_not_passed(saw, start, project, nginx, visitor):
    """If the message shows the host in `proxy_pass`, nginx lacks `proxy_set_header Host $host;`."""
    server = start(UVICORN, project, PRODUCTION, **SECRETS)
    secure = {"X-Forwarded-Proto": "https"}
    got = visitor.get(f"{nginx(server.port, without=['Host $host']).url}/admin/login/", headers=secure)
    saw("a page through nginx without the line", heading(got), "400, Bad Request (400)")
    said = logged(server, "Invalid HTTP_HOST.*").replace(str(server.port), "8001")
    expected = "Invalid HTTP_HOST header: '127.0.0.1:8001'. You may need to add '127.0.0.1' to ALLOWED_HOSTS."
    saw("the log", said, expected)
    got = visitor.get(f"{nginx(server.port).url}/admin/login/", headers=secure)
    saw("the page with it", heading(got), "200, Log in | Django site admin")


def sent(client, address, another=False):
    """Send the form of the admin's login, with the token of its cookie or of another one; give the status."""
    headers = {"Origin": f"https://{client.headers['Host']}", "X-Forwarded-Proto": "https"}
    client.cookies.clear()
    token = client.get(address, headers=headers).cookies["csrftoken"]
    if another:
        client.cookies.clear()
        client.get(address, headers=headers)
    return client.post(address, headers=headers, data={"csrfmiddlewaretoken": token}).status_code


@pytest.fixture
def production(start, project):
    """The project with the settings for production."""
    return start(UVICORN, project, PRODUCTION, **SECRETS)


@pytest.mark.mutation("examples/deploy/production.py", "CSRF_COOKIE_SECURE = True", "CSRF_COOKIE_SECURE = False")
def test_csrf_cookie_not_sent(saw, production):
    """The form came without the cookie: with `CSRF_COOKIE_SECURE = True`, clients send none over HTTP."""
    with httpx.Client(headers=HOST) as client:
        saw("a form over HTTP", sent(client, f"{production.url}/admin/login/"), 403)
    expected = "Forbidden (CSRF cookie not set.): /admin/login/"
    saw("the log", logged(production, r"Forbidden \(.*"), expected)


@pytest.mark.mutation("examples/deploy/production.py", "CSRF_COOKIE_SECURE = True", 'CSRF_COOKIE_PATH = "/other/"')
@pytest.mark.recorded
def test_csrf_cookie_sent(saw, production, nginx, visitor):
    """Over HTTPS, Django accepts the form."""
    saw("a form over HTTPS", sent(visitor, f"{nginx(production.port).url}/admin/login/"), 200)


@pytest.mark.mutation(f"{__name__}.ANOTHER", False)
@pytest.mark.recorded
def test_csrf_token_of_another(saw, production, nginx, visitor):
    """The second message means that the form has the token of another cookie: reload the page."""
    address = f"{nginx(production.port).url}/admin/login/"
    saw("a form with the token of an older page", sent(visitor, address, ANOTHER), 403)
    expected = "Forbidden (CSRF token from POST incorrect.): /admin/login/"
    saw("the log", logged(production, r"Forbidden \(.*"), expected)
    saw("the form of the page that was loaded last", sent(visitor, address), 200)


@pytest.mark.mutation("oms/asgi.py", "application = ", STATIC_FILES)
def test_runserver_alone(saw, start, project):
    """`runserver` serves static files; uvicorn, daphne and gunicorn do not."""
    for name, command, expected in (
        ("uvicorn", UVICORN, 404),
        ("daphne", "daphne oms.asgi:application -p PORT", 404),
        ("gunicorn", "gunicorn oms.wsgi --bind 127.0.0.1:PORT", 404),
        ("`runserver`", "django runserver PORT --noreload --skip-checks", 200),
    ):
        server = start(command, project)
        saw(f"a style sheet from {name}", httpx.get(server.url + STYLE).status_code, expected)
        if name == "uvicorn":
            saw("its log", logged(server, '"GET .*'), f'"GET {STYLE} HTTP/1.1" 404 Not Found')
            saw("Django's log", logged(server, "Not Found: .*"), f"Not Found: {STYLE}")


@pytest.fixture
def collected(tree):
    """Collect the static files with some settings; give the last line that this says."""

    def collected(settings):
        command = [sys.executable, "-m", "django", "collectstatic", "--no-input", "--settings", settings]
        done = subprocess.run(command, cwd=tree, env=os.environ | SECRETS, capture_output=True, text=True)
        return (done.stdout if done.returncode == 0 else done.stderr).splitlines()[-1]

    return collected


@pytest.fixture
def style(start, tree):
    """Ask a server with the settings for static files for a style sheet; give the status and what the server warns."""

    def style():
        server = start(UVICORN, tree, STATIC)
        status = httpx.get(server.url + STYLE).status_code
        return status, logged(server, "UserWarning:.*", 0).replace(str(tree), "/srv/oms")

    return style


WHITENOISE = ('"whitenoise.middleware.WhiteNoiseMiddleware", ', "")


@pytest.mark.mutation("examples/deploy/static_files.py", *WHITENOISE)
def test_static_found(saw, collected, style):
    """Add WhiteNoise to the settings, and run `collectstatic`."""
    collected(STATIC)
    saw("the style sheet from uvicorn", style()[0], 200)


@pytest.mark.mutation("oms/settings.py", 'STATIC_URL = "static/"', 'STATIC_URL = "static/"\nSTATIC_ROOT = "static"')
def test_static_root_missing(saw, collected):
    """`collectstatic` does not know where to copy the files."""
    expected = (
        "django.core.exceptions.ImproperlyConfigured: You're using the staticfiles app without having set the "
        "STATIC_ROOT setting to a filesystem path."
    )
    saw("`collectstatic`", collected("oms.settings"), expected)


@pytest.mark.mutation("oms/settings.py", '"django.contrib.staticfiles",', "")
def test_static_root_set(saw, collected, edited):
    """Set `STATIC_ROOT = BASE_DIR / "static"`."""
    tree = edited("oms/settings.py", "DEBUG = True", 'DEBUG = True\nSTATIC_ROOT = BASE_DIR / "static"')
    said = re.sub(r"\d+ static files", "… static files", collected("oms.settings")).replace(str(tree), "/srv/oms")
    saw("`collectstatic`", said, "… static files copied to '/srv/oms/static'.")


@pytest.mark.mutation("examples/deploy/static_files.py", *WHITENOISE)
def test_no_directory_at(saw, style):
    """WhiteNoise started before `collectstatic` had created the folder, and answers 404."""
    status, warning = style()
    saw("the log", warning, "UserWarning: No directory at: /srv/oms/static/")
    saw("a style sheet", status, 404)


@pytest.mark.mutation("examples/deploy/static_files.py", *WHITENOISE)
def test_directory_collected(saw, collected, style):
    """Collect the files and restart the server."""
    collected(STATIC)
    status, warning = style()
    saw("a warning", bool(warning), False)
    saw("the style sheet", status, 200)


MANIFEST = 'STORAGES = {"staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.ManifestStaticFilesStorage"}}'


@pytest.fixture
def login(start, edited):
    """Ask a server whose storage has a manifest for the admin's login; give the status, and the server."""
    tree = edited("examples/deploy/production.py", "SECRET_KEY =", f"{MANIFEST}\nSECRET_KEY =")

    def login():
        server = start(UVICORN, tree, PRODUCTION, **SECRETS)
        secure = {"X-Forwarded-Proto": "https"}
        return httpx.get(f"{server.url}/admin/login/", headers=HOST | secure).status_code, server

    return login


@pytest.mark.mutation("oms/settings.py", '"django.contrib.admin",', "")
def test_manifest_missing(saw, login):
    """`STORAGES` has a storage with a manifest, and `collectstatic` has not run with these settings."""
    status, server = login()
    saw("a page", status, 500)
    saw("the log", error(server), "ValueError: Missing staticfiles manifest entry for 'admin/css/base.css'")


@pytest.mark.mutation("examples/deploy/production.py", "STATIC_ROOT = ", "ROOT = ")
def test_manifest_collected(saw, login, collected):
    """Run it with the server's settings, and restart the server."""
    collected(PRODUCTION)
    saw("the page", login()[0], 200)


GUNICORN = "gunicorn oms.asgi:application --bind 127.0.0.1:PORT"


@pytest.mark.mutation("oms/asgi.py", "application = ", "from oms.wsgi import application\n_ = ")
def test_wsgi_worker(saw, start, project):
    """gunicorn runs `asgi.py` with its default worker, which is for WSGI."""
    server = start(GUNICORN, project)
    saw("`GET /`", httpx.get(server.url).status_code, 500)
    expected = "TypeError: ASGIHandler.__call__() missing 1 required positional argument: 'send'"
    saw("the log", error(server), expected)
    saw("the worker", logged(server, "Using worker: .*"), "Using worker: sync")


@pytest.mark.mutation("oms/asgi.py", "application = ", "from oms.wsgi import application\n_ = ")
def test_asgi_worker(saw, serve):
    """Add `-k asgi` or `-k uvicorn_worker.UvicornWorker`."""
    for worker in ("asgi", "uvicorn_worker.UvicornWorker"):
        saw(f"`GET /` with `-k {worker}`", httpx.get(serve(f"{GUNICORN} -k {worker}").url).status_code, 200)


@pytest.mark.mutation("oms/wsgi.py", "application = ", "from oms.asgi import application\n_ = ")
def test_wsgi_application(saw, start, project):
    """An ASGI server was started with `oms.wsgi`: uvicorn, or gunicorn with `-k asgi`."""
    for command, expected in (
        (UVICORN, "missing 1 required positional argument: 'start_response'"),
        (f"{GUNICORN} -k asgi", "takes 3 positional arguments but 4 were given"),
    ):
        server = start(command.replace("oms.asgi", "oms.wsgi"), project)
        saw(f"`GET /` from {command.split()[0]}", httpx.get(server.url).status_code, 500)
        saw("its log", error(server), f"TypeError: WSGIHandler.__call__() {expected}")


@pytest.mark.mutation("oms/asgi.py", "application = ", "from oms.wsgi import application\n_ = ")
def test_asgi_application(saw, serve):
    """Start it with `oms.asgi:application`."""
    for command in (UVICORN, f"{GUNICORN} -k asgi"):
        saw(f"`GET /` from {command.split()[0]}", httpx.get(serve(command).url).status_code, 200)


@pytest.mark.mutation(f"{__name__}.HTTPS", "http")
def test_https_to_http(saw, start, project):
    """A client speaks HTTPS to uvicorn's HTTP port."""
    server = start(UVICORN, project)
    try:
        said = str(httpx.get(server.url.replace("http", HTTPS)).status_code)
    except httpx.HTTPError as failed:
        said = type(failed).__name__
    saw("a client that asks for `https://`", said, "ConnectError")
    saw("uvicorn's log", logged(server, "WARNING: .*"), "WARNING: Invalid HTTP request received.")


@pytest.mark.mutation("oms/asgi.py", "application = ", ANSWERS)
@pytest.mark.recorded
def test_http_to_http(saw, serve, nginx, visitor):
    """Use `http://`, also in `proxy_pass`."""
    server = serve(UVICORN, settings=VIEWS)
    saw("`GET http://`", httpx.get(f"{server.url}/small").status_code, 200)
    saw("through nginx", visitor.get(f"{nginx(server.port).url}/small").status_code, 200)


@pytest.fixture
def signed(start, tree):
    """Ask for a page that the middleware has changed; give its last line, or the error in the log."""

    def signed():
        server = start(UVICORN, tree, "examples.errors_request.settings")
        try:
            return httpx.get(server.url).text.splitlines()[-1]
        except httpx.RemoteProtocolError:
            return error(server)

    return signed


@pytest.mark.mutation("examples/errors_request/signed.py", 'response.content += b"\\nSigned"', "pass")
def test_changed_after_counting(saw, signed, edited):
    """A middleware changed the content after `CommonMiddleware` had counted it."""
    below, above = (
        '[*MIDDLEWARE, "examples.errors_request.signed.sign"]',
        '["examples.errors_request.signed.sign", *MIDDLEWARE]',
    )
    edited("examples/errors_request/settings.py", below, above)
    messages = (
        "RuntimeError: Response content longer than Content-Length",  # with httptools
        "h11._util.LocalProtocolError: Too much data for declared Content-Length",
    )
    saw("with such a middleware above it, one of the two messages in uvicorn's log", signed() in messages, True)


@pytest.mark.mutation(
    "examples/errors_request/settings.py",
    '[*MIDDLEWARE, "examples.errors_request.signed.sign"]',
    '["examples.errors_request.signed.sign", *MIDDLEWARE]',
)
def test_changed_before_counting(saw, signed):
    """Put it below `CommonMiddleware` in `MIDDLEWARE`."""
    saw("the last line of the answer", signed(), "Signed")


@pytest.fixture
def crowded(start, project):
    """Open 90 connections to uvicorn where few files may be open; give the last one's answer, and what the log says."""

    def crowded(limit):
        run = (
            f"import resource, uvicorn; resource.setrlimit(resource.RLIMIT_NOFILE, ({limit}, {limit})); uvicorn.main()"
        )
        command = [sys.executable, "-c", run, "oms.asgi:application", "--port", "PORT", "--loop", "asyncio"]
        server = start(command, project, VIEWS)
        with contextlib.ExitStack() as connections:
            for _ in range(90):
                last = connections.enter_context(server.client())
            last.sendall(b"GET /small HTTP/1.1\r\nHost: localhost\r\n\r\n")
            until(lambda: "OSError" in server.said() or select.select([last], [], [], 0)[0])
            last.settimeout(0.2)
            try:
                answer = last.recv(12).decode()
            except TimeoutError:
                answer = "nothing"
        said = re.findall(r"(?m)^socket\.accept.*|^OSError.*", server.said())
        return answer, " ".join(dict.fromkeys(said)) or "no error"

    return crowded


@pytest.mark.mutation(f"{__name__}.FEW", 200)
def test_too_many_open_files(saw, crowded):
    """There are more connections than the process may have open; the rest wait."""
    answer, said = crowded(FEW)
    saw("the last of 90 connections, where 64 files may be open", answer, "nothing")
    expected = "socket.accept() out of system resource OSError: [Errno 24] Too many open files"
    saw("uvicorn's log", said, expected)


@pytest.mark.mutation(f"{__name__}.MANY", 64)
def test_more_open_files(saw, crowded):
    """With a higher limit, they are answered."""
    answer, said = crowded(MANY)
    saw("the last of 90 connections, where more may be open", answer, "HTTP/1.1 200")
    saw("uvicorn's log", said, "no error")


MARKED = "uvicorn examples.errors_request.marked:application --port PORT"
PASS_ON = "        await send(event)\n"


@pytest.mark.mutation(
    "examples/errors_request/marked.py",
    "    await project(scope, receive, marked)",
    "    await project(scope, receive, send)",
)
def test_event_kept_back(saw, start, edited):
    """An application around Django's does not pass every event on. Here, line 10 was inside the `if`."""
    server = start(MARKED, edited("examples/errors_request/marked.py", PASS_ON, f"    {PASS_ON}"))
    try:
        httpx.get(server.url)
    except httpx.RemoteProtocolError:
        pass
    said = logged(server, "ASGI callable.*", 0)
    saw("uvicorn's log, with line 10 in the branch", said, "ASGI callable returned without completing response.")


@pytest.mark.mutation("examples/errors_request/marked.py", PASS_ON, f"    {PASS_ON}")
def test_each_event_passed_on(saw, serve):
    """Pass each event on."""
    try:
        got = httpx.get(serve(MARKED).url)
        said = f"{got.status_code}, X-Marked: {got.headers['X-Marked']}"
    except httpx.RemoteProtocolError as failed:
        said = type(failed).__name__
    saw("`GET /` with this application", said, "200, X-Marked: yes")


MIGRATE = "migrate"


SIGNED_COOKIES = """"django.contrib.sessions.middleware.SessionMiddleware",
]
SESSION_ENGINE = "django.contrib.sessions.backends.signed_cookies"
MIDDLEWARE += ["""


@pytest.fixture
def admin(start, tree, project):
    """Ask a server that has no database yet, or one with tables, for the admin; give what it answers or its error."""

    def admin(*commands):
        (tree / "db.sqlite3").unlink(missing_ok=True)
        for command in commands:
            arguments = ["-m", "django", *command.split(), "--settings", "oms.settings"]
            subprocess.run([sys.executable, *arguments], cwd=tree, check=True, capture_output=True)
        running = start(UVICORN, tree)
        status = httpx.get(f"{running.url}/admin/", cookies={"sessionid": "x" * 32}).status_code
        errors = re.findall(r"(?m)^[\w.]*OperationalError: .*", running.said())
        return " ".join([str(status), *errors[-1:]])

    return admin


@pytest.mark.mutation("oms/settings.py", '"django.contrib.sessions.middleware.SessionMiddleware",', SIGNED_COOKIES)
def test_no_tables(saw, admin):
    """The database has no tables, and the first page that needs one fails."""
    expected = "500 django.db.utils.OperationalError: no such table: django_session"
    saw("`GET /admin/` with the cookie of a session, without `migrate`", admin(), expected)


@pytest.mark.mutation(f"{__name__}.MIGRATE", "check")
def test_migrated(saw, admin):
    """Create them: `.venv/bin/python -m django migrate --settings oms.settings`, or `manage.py migrate`."""
    saw("the same page after `migrate`", admin(MIGRATE), "302")
