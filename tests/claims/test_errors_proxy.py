"""The tests of docs/errors-proxy.md: each is named for its mark there, and its docstring is the sentence before the mark.

nginx runs with the file of examples/deploy, or with an edit of it.
"""

import re

import httpx
import pytest
from live import Chromium, heading, logged, opened
from proxied import CONF

from tests.shared.running import free_port

UVICORN = "uvicorn oms.asgi:application --port PORT"


PRODUCTION, STATIC = "examples.deploy.production", "examples.deploy.static_files"


VIEWS = "tests.shared.settings"


SECRETS = {"SECRET_KEY": "x" * 60, "ALLOWED_HOSTS": "example.com"}


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
    """The form came over HTTPS, but nginx does not tell Django so."""
    said = form(without=["X-Forwarded-Proto"])
    saw("a form through nginx without `X-Forwarded-Proto`", said, REFUSED.format("https://example.com"))


@pytest.mark.mutation("proxied.CONF", CONF.replace("X-Forwarded-Proto", "X-Forwarded-Scheme"))
@pytest.mark.recorded
def test_origin_with_its_scheme(saw, form):
    """With `proxy_set_header X-Forwarded-Proto $scheme;` in nginx, Django accepts the form."""
    saw("the form through nginx with the line", form(), 200)


@pytest.mark.mutation("oms/settings.py", *TRUSTS)
@pytest.mark.recorded
def test_trusted_origins(saw, form):
    """A form on another host needs that host, with its scheme, in `CSRF_TRUSTED_ORIGINS`."""
    other = "https://shop.example.com"
    saw("a form of another host", form(origin=other), REFUSED.format(other))
    saw("the same with the setting", form(f'CSRF_TRUSTED_ORIGINS = ["{other}"]', other), 200)


@pytest.mark.mutation("proxied.CONF", CONF.replace("proxy_pass", "return 204; proxy_pass"))
@pytest.mark.recorded
def test_bad_gateway(saw, nginx, visitor):
    """nginx found no server at the address in `proxy_pass`."""
    proxy = nginx(free_port())
    saw("a page through nginx, with no server there", heading(visitor.get(proxy.url)), "502, 502 Bad Gateway")
    said = logged(proxy, "connect.. failed.*? upstream")
    saw("nginx's log", said, "connect() failed (111: Connection refused) while connecting to upstream")


@pytest.mark.mutation("proxied.CONF", CONF.replace("proxy_pass http://127.0.0.1:8001", "proxy_pass http://127.0.0.2:1"))
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
    """If the server process ends before it answers, nginx gives `502 Bad Gateway`."""
    edited("oms/settings.py", "ALLOWED_HOSTS = []", 'ALLOWED_HOSTS = ["example.com"]')
    proxy = nginx(start(UVICORN, edited("oms/urls.py", *ENDS)).port)
    saw("a page whose view kills its process", heading(visitor.get(proxy.url)), "502, 502 Bad Gateway")
    expected = "upstream prematurely closed connection while reading response header from upstream"
    saw("nginx's log", logged(proxy, "upstream prematurely .*? upstream"), expected)


@pytest.mark.mutation(f"{__name__}.ENDS", ("urlpatterns = [", "urlpatterns = [path('', lambda request: 1 / 0),"))
def test_worker_killed(saw, start, edited):
    """gunicorn prints the second message when its worker was killed, and starts another."""
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
    "proxied.CONF",
    CONF.replace("header Upgrade", "header upgrade").replace("header Connection", "header connection"),
)
@pytest.mark.recorded
def test_upgrade_taken_away(saw, start, project, nginx, tls):
    """nginx removes the header `Upgrade`, so the server sees a plain `GET`."""
    server = start(CHAT, project)
    proxy = nginx(server.port, without=["proxy_set_header Upgrade", "proxy_set_header Connection"])
    saw("a WebSocket through nginx without lines 30 and 31", opened(proxy, tls=tls), "HTTP 404")
    saw("uvicorn's log", logged(server, '"GET .*'), '"GET /ws/chat/ HTTP/1.1" 404 Not Found')
    saw("Django's", logged(server, "Not Found: .*"), "Not Found: /ws/chat/")


@pytest.mark.mutation("proxied.CONF", CONF.replace("$connection_upgrade;", "close;"))
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
    """nginx does not tell Django that the request came over HTTPS, so `SECURE_SSL_REDIRECT` redirects it again."""
    saw("Chromium, without `X-Forwarded-Proto` in nginx", browsed(["X-Forwarded-Proto"]), "net::ERR_TOO_MANY_REDIRECTS")


@pytest.mark.mutation("proxied.CONF", CONF.replace("X-Forwarded-Proto", "X-Forwarded-Scheme"))
@pytest.mark.recorded
def test_no_redirect_loop(saw, browsed):
    """With line 27 above, `X-Forwarded-Proto`, the page loads."""
    saw("line 27", CONF.splitlines()[26].split()[1], "X-Forwarded-Proto")
    saw("Chromium with it", browsed(), "Log in | Django site admin")


def learned(response):
    """What Django learned of the visitor: the address and the scheme."""
    said = response.json()
    return f"{said['client']}, {said['scheme']}"


@pytest.mark.mutation("tests/shared/views.py", 'request.META.get("REMOTE_ADDR", "")', '"127.0.0.9"')
@pytest.mark.recorded
def test_proxy_for_visitor(saw, serve, nginx, visitor):
    """Django sees nginx instead of the visitor."""
    proxy = nginx(serve(UVICORN, settings=VIEWS).port, without=["X-Forwarded"])
    seen = learned(visitor.get(f"{proxy.url}/small"))
    saw("what Django learns of a visitor at 127.0.0.9 over HTTPS, without lines 26 and 27", seen, "127.0.0.1, http")


@pytest.mark.mutation("proxied.CONF", CONF.replace("X-Forwarded-For", "X-Forwarded-By"))
@pytest.mark.recorded
def test_visitor_for_proxy(saw, serve, nginx, visitor):
    """With lines 26 and 27 above, it sees the visitor's address and scheme."""
    names = [line.split()[1] for line in CONF.splitlines()[25:27]]
    saw("lines 26 and 27", names, "['X-Forwarded-For', 'X-Forwarded-Proto']")
    seen = learned(visitor.get(f"{nginx(serve(UVICORN, settings=VIEWS).port).url}/small"))
    saw("what Django learns of the same visitor", seen, "127.0.0.9, https")


@pytest.mark.mutation("tests/shared/views.py", 'request.META.get("REMOTE_ADDR", "")', '"127.0.0.9"')
@pytest.mark.recorded
def test_proxy_elsewhere(saw, serve, nginx, visitor):
    """uvicorn trusts these headers from 127.0.0.1. If nginx has another address, as in another container, start uvicorn
    with `--forwarded-allow-ips` and that address.
    """
    for option, expected in (("", "127.0.0.2, http"), (" --forwarded-allow-ips 127.0.0.2", "127.0.0.9, https")):
        proxy = nginx(serve(UVICORN + option, settings=VIEWS).port, "proxy_bind 127.0.0.2;")
        seen = learned(visitor.get(f"{proxy.url}/small"))
        saw(f"with nginx at 127.0.0.2, `uvicorn{option}`", seen, expected)


@pytest.mark.mutation("tests/shared/views.py", "time.sleep(seconds(request))", "")
@pytest.mark.recorded
def test_gateway_timeout(saw, serve, nginx, visitor):
    """The view took longer than nginx waits (`proxy_read_timeout`)."""
    proxy = nginx(serve(UVICORN, settings=VIEWS).port, "proxy_read_timeout 1s;")
    got = visitor.get(f"{proxy.url}/pause?seconds=2")
    saw("a view that takes 2 s, with `proxy_read_timeout 1s;`", heading(got), "504, 504 Gateway Time-out")
    expected = "upstream timed out (110: Connection timed out) while reading response header from upstream"
    saw("nginx's log", logged(proxy, "upstream timed out.*? from upstream"), expected)


@pytest.mark.mutation("tests/shared/views.py", "time.sleep(seconds(request))", "raise SystemExit")
@pytest.mark.recorded
def test_longer_read_timeout(saw, serve, nginx, visitor):
    """With a longer one, the response arrives."""
    proxy = nginx(serve(UVICORN, settings=VIEWS).port, "proxy_read_timeout 10s;")
    saw("a view that takes 1.5 s, with 10 s", visitor.get(f"{proxy.url}/pause?seconds=1.5").text, "paused")


@pytest.mark.mutation("proxied.CONF", CONF.replace("location / {", "client_max_body_size 10m; location / {"))
@pytest.mark.recorded
def test_body_too_large(saw, serve, nginx, visitor):
    """The upload was larger than nginx allows: 1 MB by default."""
    proxy = nginx(serve(UVICORN, settings=VIEWS).port)
    saw("an upload of 0.9 MB", visitor.post(f"{proxy.url}/upload", content=b"x" * 900_000).text, 900_000)
    got = visitor.post(f"{proxy.url}/upload", content=b"x" * 1_100_000)
    saw("one of 1.1 MB", heading(got), "413, 413 Request Entity Too Large")
    said = logged(proxy, "client intended.*? body")
    saw("nginx's log", said, "client intended to send too large body")


@pytest.mark.mutation("tests/shared/views.py", "size += len(piece)", "size = 0")
@pytest.mark.recorded
def test_larger_body(saw, serve, nginx, visitor):
    """Raise the limit: `client_max_body_size 10m;`."""
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


@pytest.mark.mutation("proxied.CONF", CONF.replace("proxy_buffering off", "proxy_buffering on"))
@pytest.mark.recorded
def test_pieces_passed_on(saw, pieces):
    """With `proxy_buffering off;`, it passes each on as it comes."""
    saw("the first piece, when the view sends the last", pieces(), "seen")


GUNICORN = "gunicorn oms.asgi:application --bind 127.0.0.1:PORT"
