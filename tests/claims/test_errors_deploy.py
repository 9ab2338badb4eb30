"""The tests of docs/errors-deploy.md: each is named for its mark there, and its docstring is the
sentence before the mark.

The files of examples/deploy and examples/errors_deploy are right; an edit makes each wrong as its error wants it. nginx
runs with the file of examples/deploy, or with an edit of it.
"""

import concurrent.futures
import contextlib
import os
import re
import select
import ssl
import subprocess
import sys

import httpx
import pytest
from clients import ROOT
from live import Chromium, error, logged, opened

from tests.shared.https import certificate_in, deployed, nginx_in
from tests.shared.running import free_port, until

CONF = (ROOT / "examples/deploy/nginx.conf").read_text()
UVICORN = "uvicorn oms.asgi:application --port PORT"
PRODUCTION, STATIC = "examples.deploy.production", "examples.deploy.static_files"
VIEWS = "tests.shared.settings"
LOGGING = (ROOT / "examples/deploy/production.py").read_text().partition("server's own output.\n")[2]
HTTPS = "https"
ANOTHER = True  # the token is that of another cookie
FEW, MANY = 64, 512  # files that a process may open
HOST = {"Host": "example.com"}
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


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    """The files of a certificate and of its key."""
    return certificate_in(tmp_path_factory.mktemp("certificate"))


@pytest.fixture(scope="module")
def tls(certificate):
    """What a client needs to trust the certificate."""
    return ssl.create_default_context(cafile=certificate[0])


@pytest.fixture
def visitor(tls):
    """A visitor of example.com, with an address of its own."""
    transport = httpx.HTTPTransport(verify=tls, local_address="127.0.0.9")
    with httpx.Client(transport=transport, headers=HOST) as client:
        yield client


@pytest.fixture
def nginx(certificate, tmp_path_factory):
    """Start nginx before a port, with more lines, without some, or with the page's alone."""
    started = []

    def nginx(server, more="", without=()):
        folder, port = tmp_path_factory.mktemp("nginx"), free_port()
        conf = "".join(line for line in CONF.splitlines(keepends=True) if not any(word in line for word in without))
        places = deployed(server, port, free_port(), certificate)
        for old, new in {"location / {": f"{more} location / {{", **places}.items():
            conf = conf.replace(old, new)
        started.append(nginx_in(folder, conf, port))
        return started[-1]

    yield nginx
    for server in started:
        server.stop()


def heading(response):
    """The status of a response and the title of its page."""
    title = re.search("<title>(.*?)</title>", response.text, re.DOTALL)
    return f"{response.status_code}" + (f", {' '.join(title[1].split())}" if title else "")


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
    """A view failed, and with `DEBUG = False` Django's own `LOGGING` leaves the error out of the server's output."""
    page, said = failing(STATIC)
    saw("the page", page, "500, Server Error (500)")
    saw("uvicorn's output", said, '"GET / HTTP/1.1" 500 Internal Server Error')


@pytest.mark.mutation("examples/deploy/production.py", "LOGGING = ", "NO_LOGGING = ")
def test_error_logged(saw, failing):
    """Send the errors to the output, and the traceback names the line."""
    _, said = failing(PRODUCTION)
    expected = 'ZeroDivisionError: division by zero, "GET / HTTP/1.1" 500 Internal Server Error'
    saw("uvicorn's output, with this `LOGGING`", said, expected)


@pytest.mark.mutation("oms/settings.py", "ALLOWED_HOSTS = []", 'ALLOWED_HOSTS = ["example.com"]')
def test_host_not_allowed(saw, start, project, edited):
    """The name in the visitor's address is not in `ALLOWED_HOSTS`. The page says only `Bad Request (400)`; without
    `DEBUG` and without `LOGGING` the log says no more.
    """
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
    """Add the name to `ALLOWED_HOSTS`, without scheme and port, and the page comes."""
    for name, expected in (("example.com", "200, Log in | Django site admin"), ("https://example.com:8001", "400")):
        server = start(UVICORN, edited("oms/settings.py", "ALLOWED_HOSTS = []", f'ALLOWED_HOSTS = ["{name}"]'))
        got = heading(httpx.get(f"{server.url}/admin/login/", headers=HOST))
        saw(f"the page with `{name}` there", got[: len(expected)], expected)
        edited("oms/settings.py", f'["{name}"]', "[]")


@pytest.mark.mutation(f"{__name__}.CONF", CONF.replace("location / {", "location / { proxy_set_header host $host;"))
@pytest.mark.recorded
def test_host_not_passed(saw, start, project, nginx, visitor):
    """Where the message shows the name in `proxy_pass` instead of the visitor's, nginx lacks `proxy_set_header Host
    $host;`.
    """
    server = start(UVICORN, project, PRODUCTION, **SECRETS)
    secure = {"X-Forwarded-Proto": "https"}
    got = visitor.get(f"{nginx(server.port, without=['Host $host']).url}/admin/login/", headers=secure)
    saw("a page through nginx without the line", heading(got), "400, Bad Request (400)")
    said = logged(server, "Invalid HTTP_HOST.*").replace(str(server.port), "8001")
    expected = "Invalid HTTP_HOST header: '127.0.0.1:8001'. You may need to add '127.0.0.1' to ALLOWED_HOSTS."
    saw("the log", said, expected)
    got = visitor.get(f"{nginx(server.port).url}/admin/login/", headers=secure)
    saw("the page with it", heading(got), "200, Log in | Django site admin")


@pytest.fixture
def form(start, edited, nginx, visitor):
    """Send the form of the admin's login through nginx; give the answer's status and the reason that it has."""

    edited("oms/settings.py", "ALLOWED_HOSTS = []", 'ALLOWED_HOSTS = ["example.com"]')

    def form(settings="", origin="https://example.com", without=()):
        tree = edited("oms/settings.py", "DEBUG = True", f"DEBUG = True\n{settings}")
        address = f"{nginx(start(UVICORN, tree).port, without=without).url}/admin/login/"
        token = visitor.get(address).cookies["csrftoken"]
        headers = {"Origin": origin, "Cookie": f"csrftoken={token}"}
        got = visitor.post(address, headers=headers, data={"csrfmiddlewaretoken": token})
        reason = re.search("Reason given for failure:.*?<pre>(.*?)</pre>", got.text, re.DOTALL)
        said = "CSRF verification failed. Request aborted." in got.text
        return f"{got.status_code}" + (
            f" CSRF verification failed. Request aborted.: {reason[1].strip()}" if said else ""
        )

    return form


REFUSED = (
    "403 CSRF verification failed. Request aborted.: Origin checking failed - {} does not match any trusted origins."
)
TRUSTS = ("DEBUG = True", 'DEBUG = True\nCSRF_TRUSTED_ORIGINS = ["https://example.com", "https://shop.example.com"]')


@pytest.mark.mutation("oms/settings.py", *TRUSTS)
@pytest.mark.recorded
def test_origin_checking_failed(saw, form):
    """The form came over HTTPS, and Django takes the request for HTTP, because the proxy does not say otherwise."""
    said = form(without=["X-Forwarded-Proto"])
    saw("a form through nginx without `X-Forwarded-Proto`", said, REFUSED.format("https://example.com"))


@pytest.mark.mutation(f"{__name__}.CONF", CONF.replace("X-Forwarded-Proto", "X-Forwarded-Scheme"))
@pytest.mark.recorded
def test_origin_with_its_scheme(saw, form):
    """With `proxy_set_header X-Forwarded-Proto $scheme;` in nginx, Django accepts the form."""
    saw("the form through nginx with the line", form(), 200)


@pytest.mark.mutation("oms/settings.py", *TRUSTS)
@pytest.mark.recorded
def test_trusted_origins(saw, form):
    """A form on another host needs that host in `CSRF_TRUSTED_ORIGINS`, with its scheme."""
    other = "https://shop.example.com"
    saw("a form of another host", form(origin=other), REFUSED.format(other))
    saw("the same with the setting", form(f'CSRF_TRUSTED_ORIGINS = ["{other}"]', other), 200)


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
    """The form came without the cookie. With `CSRF_COOKIE_SECURE = True` a client sends none over HTTP."""
    with httpx.Client(headers=HOST) as client:
        saw("a form over HTTP", sent(client, f"{production.url}/admin/login/"), 403)
    expected = "Forbidden (CSRF cookie not set.): /admin/login/"
    saw("the log", logged(production, r"Forbidden \(.*"), expected)


@pytest.mark.mutation("examples/deploy/production.py", "CSRF_COOKIE_SECURE = True", 'CSRF_COOKIE_PATH = "/other/"')
@pytest.mark.recorded
def test_csrf_cookie_sent(saw, production, nginx, visitor):
    """Over HTTPS it does, and Django accepts the form."""
    saw("a form over HTTPS", sent(visitor, f"{nginx(production.port).url}/admin/login/"), 200)


@pytest.mark.mutation(f"{__name__}.ANOTHER", False)
@pytest.mark.recorded
def test_csrf_token_of_another(saw, production, nginx, visitor):
    """The second message says that the form has the token of another cookie; reload the page before you send it."""
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
    """With WhiteNoise in the settings and after `collectstatic`, the file is found."""
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
    """With `STATIC_ROOT = BASE_DIR / "static"` in the settings it copies them."""
    tree = edited("oms/settings.py", "DEBUG = True", 'DEBUG = True\nSTATIC_ROOT = BASE_DIR / "static"')
    said = re.sub(r"\d+ static files", "… static files", collected("oms.settings")).replace(str(tree), "/srv/oms")
    saw("`collectstatic`", said, "… static files copied to '/srv/oms/static'.")


@pytest.mark.mutation("examples/deploy/static_files.py", *WHITENOISE)
def test_no_directory_at(saw, style):
    """WhiteNoise was started before `collectstatic` had made the folder, and answers 404."""
    status, warning = style()
    saw("the log", warning, "UserWarning: No directory at: /srv/oms/static/")
    saw("a style sheet", status, 404)


@pytest.mark.mutation("examples/deploy/static_files.py", *WHITENOISE)
def test_directory_collected(saw, collected, style):
    """Collect the files, then start the server again: the warning is gone, and the file is found."""
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
    """A storage with a manifest is in `STORAGES`, and `collectstatic` did not run, or ran with other settings; without
    `DEBUG` the page is 500.
    """
    status, server = login()
    saw("a page", status, 500)
    saw("the log", error(server), "ValueError: Missing staticfiles manifest entry for 'admin/css/base.css'")


@pytest.mark.mutation("examples/deploy/static_files.py", "STATIC_ROOT = ", "ROOT = ")
def test_manifest_collected(saw, login, collected):
    """Run it with the settings of the server, start that again, and the page comes."""
    collected(PRODUCTION)
    saw("the page", login()[0], 200)


@pytest.mark.mutation(f"{__name__}.CONF", CONF.replace("proxy_pass", "return 204; proxy_pass"))
@pytest.mark.recorded
def test_bad_gateway(saw, nginx, visitor):
    """nginx found no server at the address in `proxy_pass`."""
    proxy = nginx(free_port())
    saw("a page through nginx, with no server there", heading(visitor.get(proxy.url)), "502, 502 Bad Gateway")
    said = logged(proxy, "connect.. failed.*? upstream")
    saw("nginx's log", said, "connect() failed (111: Connection refused) while connecting to upstream")


@pytest.mark.mutation(
    f"{__name__}.CONF", CONF.replace("proxy_pass http://127.0.0.1:8001", "proxy_pass http://127.0.0.2:1")
)
@pytest.mark.recorded
def test_server_back(saw, start, project, nginx, visitor):
    """Start the server there, and the next request is answered; nginx needs no restart."""
    server = start(UVICORN, project, VIEWS)
    proxy = nginx(server.port)
    server.stop()
    saw("a page while no server runs", visitor.get(f"{proxy.url}/small").status_code, 502)
    start(UVICORN, project, VIEWS, server.port)
    saw("after its start", visitor.get(f"{proxy.url}/small").status_code, 200)


ENDS = (
    "urlpatterns = [",
    "import os, signal\nurlpatterns = [path('', lambda request: os.kill(os.getpid(), signal.SIGKILL)),",
)


@pytest.mark.mutation(f"{__name__}.ENDS", ("urlpatterns = [", "urlpatterns = [path('', lambda request: 1 / 0),"))
@pytest.mark.recorded
def test_closed_by_upstream(saw, start, edited, nginx, visitor):
    """The server's process ended before it had answered, and nginx gives `502 Bad Gateway`."""
    edited("oms/settings.py", "ALLOWED_HOSTS = []", 'ALLOWED_HOSTS = ["example.com"]')
    proxy = nginx(start(UVICORN, edited("oms/urls.py", *ENDS)).port)
    saw("a page whose view kills its process", heading(visitor.get(proxy.url)), "502, 502 Bad Gateway")
    expected = "upstream prematurely closed connection while reading response header from upstream"
    saw("nginx's log", logged(proxy, "upstream prematurely .*? upstream"), expected)


@pytest.mark.mutation(f"{__name__}.ENDS", ("urlpatterns = [", "urlpatterns = [path('', lambda request: 1 / 0),"))
def test_worker_killed(saw, start, edited):
    """gunicorn gives the second message where its worker was killed, and starts another."""
    server = start("gunicorn oms.wsgi --bind 127.0.0.1:PORT", edited("oms/urls.py", *ENDS))
    try:
        said = httpx.get(server.url).status_code
    except httpx.RemoteProtocolError:
        said = "no answer"
    saw("a page whose view kills its process", said, "no answer")
    said = logged(server, "was sent SIGKILL.*")
    saw("gunicorn's log", said, "was sent SIGKILL! Perhaps out of memory?")
    saw("another page", httpx.get(f"{server.url}/admin/login/").status_code, 200)


CHAT = "uvicorn examples.errors_websockets.asgi:application --port PORT"


@pytest.mark.mutation(
    f"{__name__}.CONF",
    CONF.replace("header Upgrade", "header upgrade").replace("header Connection", "header connection"),
)
@pytest.mark.recorded
def test_upgrade_taken_away(saw, start, project, nginx, tls):
    """nginx takes the header `Upgrade` away, and the server sees a plain `GET`."""
    server = start(CHAT, project)
    proxy = nginx(server.port, without=["proxy_set_header Upgrade", "proxy_set_header Connection"])
    saw("a WebSocket through nginx without lines 30 and 31", opened(proxy, tls=tls), "HTTP 404")
    saw("uvicorn's log", logged(server, '"GET .*'), '"GET /ws/chat/ HTTP/1.1" 404 Not Found')
    saw("Django's", logged(server, "Not Found: .*"), "Not Found: /ws/chat/")


@pytest.mark.mutation(f"{__name__}.CONF", CONF.replace("$connection_upgrade;", "close;"))
@pytest.mark.recorded
def test_upgrade_passed_on(saw, serve, nginx, tls):
    """With lines 30 and 31, and the `map` that they need, the WebSocket opens."""
    saw("lines 30 and 31", [line.split()[1] for line in CONF.splitlines()[29:31]], "['Upgrade', 'Connection']")
    saw("a WebSocket through nginx with them", opened(nginx(serve(CHAT).port), tls=tls), "opened")


@pytest.fixture
def browsed(serve, nginx, tmp_path_factory):
    """Visit the admin in a browser, through nginx; give the browser's error or the page's title."""

    def browsed(without=()):
        server = serve(UVICORN, settings=PRODUCTION, **SECRETS)
        browser = Chromium(tmp_path_factory.mktemp("chromium"), nginx(server.port, without=without).port)
        try:
            return browser.visit("https://example.com/admin/login/") or browser.run("document.title")
        finally:
            browser.stop()

    return browsed


@pytest.mark.mutation("examples/deploy/production.py", "SECURE_SSL_REDIRECT = True", "")
@pytest.mark.recorded
def test_redirect_loop(saw, browsed):
    """`SECURE_SSL_REDIRECT` sends what Django takes for HTTP to HTTPS, and nginx brings it back without a word that it
    came over HTTPS.
    """
    saw("Chromium, without `X-Forwarded-Proto` in nginx", browsed(["X-Forwarded-Proto"]), "net::ERR_TOO_MANY_REDIRECTS")


@pytest.mark.mutation(f"{__name__}.CONF", CONF.replace("X-Forwarded-Proto", "X-Forwarded-Scheme"))
@pytest.mark.recorded
def test_no_redirect_loop(saw, browsed):
    """With line 27 above, `X-Forwarded-Proto`, the page comes."""
    saw("line 27", CONF.splitlines()[26].split()[1], "X-Forwarded-Proto")
    saw("Chromium with it", browsed(), "Log in | Django site admin")


def learned(response):
    """What Django learned of the visitor: the address and the scheme."""
    said = response.json()
    return f"{said['client']}, {said['scheme']}"


@pytest.mark.mutation("tests/shared/views.py", 'request.META.get("REMOTE_ADDR", "")', '"127.0.0.9"')
@pytest.mark.recorded
def test_proxy_for_visitor(saw, serve, nginx, visitor):
    """Django sees nginx in the place of the visitor."""
    proxy = nginx(serve(UVICORN, settings=VIEWS).port, without=["X-Forwarded"])
    seen = learned(visitor.get(f"{proxy.url}/small"))
    saw("what Django learns of a visitor at 127.0.0.9 over HTTPS, without lines 26 and 27", seen, "127.0.0.1, http")


@pytest.mark.mutation(f"{__name__}.CONF", CONF.replace("X-Forwarded-For", "X-Forwarded-By"))
@pytest.mark.recorded
def test_visitor_for_proxy(saw, serve, nginx, visitor):
    """With lines 26 and 27 above it sees the visitor's address and scheme."""
    names = [line.split()[1] for line in CONF.splitlines()[25:27]]
    saw("lines 26 and 27", names, "['X-Forwarded-For', 'X-Forwarded-Proto']")
    seen = learned(visitor.get(f"{nginx(serve(UVICORN, settings=VIEWS).port).url}/small"))
    saw("what Django learns of the same visitor", seen, "127.0.0.9, https")


@pytest.mark.mutation("tests/shared/views.py", 'request.META.get("REMOTE_ADDR", "")', '"127.0.0.9"')
@pytest.mark.recorded
def test_proxy_elsewhere(saw, serve, nginx, visitor):
    """uvicorn believes these headers from 127.0.0.1. Where nginx has another address, as in another container, start
    uvicorn with `--forwarded-allow-ips` and that address.
    """
    for option, expected in (("", "127.0.0.2, http"), (" --forwarded-allow-ips 127.0.0.2", "127.0.0.9, https")):
        proxy = nginx(serve(UVICORN + option, settings=VIEWS).port, "proxy_bind 127.0.0.2;")
        seen = learned(visitor.get(f"{proxy.url}/small"))
        saw(f"with nginx at 127.0.0.2, `uvicorn{option}`", seen, expected)


@pytest.mark.mutation("tests/shared/views.py", "time.sleep(seconds(request))", "")
@pytest.mark.recorded
def test_gateway_timeout(saw, serve, nginx, visitor):
    """The view took longer than nginx waits, which is `proxy_read_timeout`."""
    proxy = nginx(serve(UVICORN, settings=VIEWS).port, "proxy_read_timeout 1s;")
    got = visitor.get(f"{proxy.url}/pause?seconds=2")
    saw("a view that takes 2 s, with `proxy_read_timeout 1s;`", heading(got), "504, 504 Gateway Time-out")
    expected = "upstream timed out (110: Connection timed out) while reading response header from upstream"
    saw("nginx's log", logged(proxy, "upstream timed out.*? from upstream"), expected)


@pytest.mark.mutation("tests/shared/views.py", "time.sleep(seconds(request))", "raise SystemExit")
@pytest.mark.recorded
def test_longer_read_timeout(saw, serve, nginx, visitor):
    """With a longer one the answer comes."""
    proxy = nginx(serve(UVICORN, settings=VIEWS).port, "proxy_read_timeout 10s;")
    saw("a view that takes 1.5 s, with 10 s", visitor.get(f"{proxy.url}/pause?seconds=1.5").text, "paused")


@pytest.mark.mutation(f"{__name__}.CONF", CONF.replace("location / {", "client_max_body_size 10m; location / {"))
@pytest.mark.recorded
def test_body_too_large(saw, serve, nginx, visitor):
    """An upload was larger than nginx allows, which is 1 MB where nothing is said."""
    proxy = nginx(serve(UVICORN, settings=VIEWS).port)
    saw("an upload of 0.9 MB", visitor.post(f"{proxy.url}/upload", content=b"x" * 900_000).text, 900_000)
    got = visitor.post(f"{proxy.url}/upload", content=b"x" * 1_100_000)
    saw("one of 1.1 MB", heading(got), "413, 413 Request Entity Too Large")
    said = logged(proxy, "client intended.*? body")
    saw("nginx's log", said, "client intended to send too large body")


@pytest.mark.mutation("tests/shared/views.py", "size += len(piece)", "size = 0")
@pytest.mark.recorded
def test_larger_body(saw, serve, nginx, visitor):
    """With `client_max_body_size 10m;` in nginx, one of 2 MB comes through."""
    proxy = nginx(serve(UVICORN, settings=VIEWS).port, "client_max_body_size 10m;")
    got = visitor.post(f"{proxy.url}/upload", content=b"x" * 2_000_000)
    saw("bytes that Django got, of 2 MB", got.text, 2_000_000)


@pytest.fixture
def pieces(serve, nginx, visitor, tmp_path):
    """Ask for a stream through nginx; its last piece says whether the first was seen before the last was sent."""

    def pieces(without=()):
        proxy, seen = nginx(serve(UVICORN, settings=VIEWS).port, without=without), tmp_path / "seen"
        with visitor.stream("GET", f"{proxy.url}/stream", params={"seen": seen}) as response:
            lines = response.iter_lines()
            next(lines)
            seen.touch()
            return next(lines)

    return pieces


@pytest.mark.mutation("tests/shared/views.py", 'yield "not seen\\n"', 'yield "seen\\n"')
@pytest.mark.recorded
def test_pieces_collected(saw, pieces):
    """nginx collects the pieces of a response before it passes them on."""
    saw("the first piece, when the view sends the last", pieces(["proxy_buffering"]), "not seen")


@pytest.mark.mutation(f"{__name__}.CONF", CONF.replace("proxy_buffering off", "proxy_buffering on"))
@pytest.mark.recorded
def test_pieces_passed_on(saw, pieces):
    """With `proxy_buffering off;` it passes each on when it comes."""
    saw("the first piece, when the view sends the last", pieces(), "seen")


GUNICORN = "gunicorn oms.asgi:application --bind 127.0.0.1:PORT"


@pytest.mark.mutation("oms/asgi.py", "application = ", "from oms.wsgi import application\n_ = ")
def test_wsgi_worker(saw, start, project):
    """gunicorn runs `asgi.py` with a worker for WSGI, which it does where no other is asked for."""
    server = start(GUNICORN, project)
    saw("`GET /`", httpx.get(server.url).status_code, 500)
    expected = "TypeError: ASGIHandler.__call__() missing 1 required positional argument: 'send'"
    saw("the log", error(server), expected)
    saw("the worker", logged(server, "Using worker: .*"), "Using worker: sync")


@pytest.mark.mutation("oms/asgi.py", "application = ", "from oms.wsgi import application\n_ = ")
def test_asgi_worker(saw, serve):
    """With `-k asgi`, or `-k uvicorn_worker.UvicornWorker`, it answers."""
    for worker in ("asgi", "uvicorn_worker.UvicornWorker"):
        saw(f"`GET /` with `-k {worker}`", httpx.get(serve(f"{GUNICORN} -k {worker}").url).status_code, 200)


@pytest.mark.mutation("oms/wsgi.py", "application = ", "from oms.asgi import application\n_ = ")
def test_wsgi_application(saw, start, project):
    """An ASGI server was started with `oms.wsgi`: uvicorn gives the first message, gunicorn with `-k asgi` the
    second.
    """
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
    """gunicorn kills a worker that gives no sign of life for the seconds of `--timeout`. A synchronous worker gives
    none while it answers a request.
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
    """An ASGI worker gives none while a view blocks the event loop; while one waits with `await` it lives."""
    asgi = "1 -k asgi oms.asgi"
    computes, waits = killed((asgi, "async-compute?seconds=8"), (asgi, "async-pause?seconds=3"))
    for _ in range(3):  # on a busy machine a worker that waits may give no sign for a second
        if waits != "200":
            (waits,) = killed((asgi, "async-pause?seconds=3"))
    saw("a view that computes for 8 s, with `--timeout 1 -k asgi`", computes, "no answer WORKER TIMEOUT")
    saw("an asynchronous view that waits for 3 s", waits, 200)


@pytest.mark.mutation(f"{__name__}.HTTPS", "http")
def test_https_to_http(saw, start, project):
    """A client speaks HTTPS to uvicorn's port for HTTP."""
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
    """Ask for `http://`, in `proxy_pass` too, and uvicorn answers."""
    server = serve(UVICORN, settings=VIEWS)
    saw("`GET http://`", httpx.get(f"{server.url}/small").status_code, 200)
    saw("through nginx", visitor.get(f"{nginx(server.port).url}/small").status_code, 200)


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
    """uvicorn was told to stop, or reloads, and an answer that has no end is still open."""
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
    """With `--timeout-graceful-shutdown` it waits for so many seconds, then says the second message and ends."""
    said = stopped("--timeout-graceful-shutdown 1", "Finished server")
    expected = f"{WAITING}, Cancel 1 running task(s), timeout graceful shutdown exceeded, Finished server"
    saw("uvicorn's log with `--timeout-graceful-shutdown 1`", said, expected)


@pytest.fixture
def signed(start, tree):
    """Ask for a page that the middleware has changed; give its last line, or the error in the log."""

    def signed():
        server = start(UVICORN, tree, "examples.errors_deploy.settings")
        try:
            return httpx.get(server.url).text.splitlines()[-1]
        except httpx.RemoteProtocolError:
            return error(server)

    return signed


@pytest.mark.mutation("examples/errors_deploy/signed.py", 'response.content += b"\\nSigned"', "pass")
def test_changed_after_counting(saw, signed, edited):
    """A middleware changed the content after `CommonMiddleware` had counted it; uvicorn has one of the two messages."""
    below, above = (
        '[*MIDDLEWARE, "examples.errors_deploy.signed.sign"]',
        '["examples.errors_deploy.signed.sign", *MIDDLEWARE]',
    )
    edited("examples/errors_deploy/settings.py", below, above)
    messages = (
        "RuntimeError: Response content longer than Content-Length",  # with httptools
        "h11._util.LocalProtocolError: Too much data for declared Content-Length",
    )
    saw("with such a middleware above it, one of the two messages in uvicorn's log", signed() in messages, True)


@pytest.mark.mutation(
    "examples/errors_deploy/settings.py",
    '[*MIDDLEWARE, "examples.errors_deploy.signed.sign"]',
    '["examples.errors_deploy.signed.sign", *MIDDLEWARE]',
)
def test_changed_before_counting(saw, signed):
    """Put it below `CommonMiddleware` in `MIDDLEWARE`, and the answer is whole."""
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
    """There are more connections than the process may open files; the rest wait."""
    answer, said = crowded(FEW)
    saw("the last of 90 connections, where 64 files may be open", answer, "nothing")
    expected = "socket.accept() out of system resource OSError: [Errno 24] Too many open files"
    saw("uvicorn's log", said, expected)


@pytest.mark.mutation(f"{__name__}.MANY", 64)
def test_more_open_files(saw, crowded):
    """With a higher limit they are answered."""
    answer, said = crowded(MANY)
    saw("the last of 90 connections, where more may be open", answer, "HTTP/1.1 200")
    saw("uvicorn's log", said, "no error")


MARKED = "uvicorn examples.errors_deploy.marked:application --port PORT"
PASS_ON = "        await send(event)\n"


@pytest.mark.mutation(
    "examples/errors_deploy/marked.py",
    "    await project(scope, receive, marked)",
    "    await project(scope, receive, send)",
)
def test_event_kept_back(saw, start, edited):
    """An application around Django's does not pass all events on. Here line 10 stood in the branch above it."""
    server = start(MARKED, edited("examples/errors_deploy/marked.py", PASS_ON, f"    {PASS_ON}"))
    try:
        httpx.get(server.url)
    except httpx.RemoteProtocolError:
        pass
    said = logged(server, "ASGI callable.*", 0)
    saw("uvicorn's log, with line 10 in the branch", said, "ASGI callable returned without completing response.")


@pytest.mark.mutation("examples/errors_deploy/marked.py", PASS_ON, f"    {PASS_ON}")
def test_each_event_passed_on(saw, serve):
    """With each event passed on, the answer is whole."""
    try:
        got = httpx.get(serve(MARKED).url)
        said = f"{got.status_code}, X-Marked: {got.headers['X-Marked']}"
    except httpx.RemoteProtocolError as failed:
        said = type(failed).__name__
    saw("`GET /` with this application", said, "200, X-Marked: yes")
