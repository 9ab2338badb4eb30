"""The tests of docs/deploy.md: each is named for its mark there, and its docstring is the sentence before the mark.

measure/commands runs the page's commands, and measure/servers/test_deploy_files.py starts nginx with the page's file. No
container is started here: the commands of the Dockerfile run in the project.
"""

import concurrent.futures
import contextlib
import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import httpx
import proxied
import pytest
from clients import ROOT, run
from django.test import override_settings
from proxied import CONF
from uvicorn import Config

from tests.shared.running import until

PAGE, UNIT, DOCKERFILE = (
    (ROOT / path).read_text().replace("\\\n", "")
    for path in ("docs/deploy.md", "examples/deploy/oms.service", "examples/deploy/Dockerfile")
)
UVICORN = "uvicorn oms.asgi:application --port PORT"
# An asgi.py whose process SIGTERM ends at once: it takes uvicorn's handler away.
ENDED = (
    "import signal\ndjango = get_asgi_application()\n"
    "async def application(scope, receive, send):\n"
    "    signal.signal(signal.SIGTERM, signal.SIG_DFL)\n    await django(scope, receive, send)\n_ = "
)
VIEWS = "tests.shared.settings"
PRODUCTION = {"SECRET_KEY": "x", "ALLOWED_HOSTS": "127.0.0.1"}


def words(command):
    """The words of a command, with this environment's programs."""
    environment = Path(sys.executable).parent
    return [str(environment / word) if (environment / word).is_file() else word for word in command]


def shown_command():
    """The production command of the page, without its environment."""
    text = re.search(r"(?s)The production command.*?\$ (.*?)\n *INFO", PAGE)[1]
    return re.sub(r"\s*>\s+", " ", text[text.index(".venv/bin/uvicorn") :]).removeprefix(".venv/bin/")


@pytest.mark.mutation(f"{__name__}.UNIT", UNIT.replace("--workers 2", "--workers 4"))
def test_same_command(saw):
    """The service and the container use the same options; the container listens on `0.0.0.0`."""
    expected = "oms.asgi:application --host 127.0.0.1 --port 8001 --workers 2 --timeout-graceful-shutdown 20"
    service = re.search("(?m)^ExecStart=/srv/oms/.venv/bin/(.*)", UNIT)[1]
    container = " ".join(json.loads(re.search("(?m)^CMD (.*)", DOCKERFILE)[1]))
    saw("the command of the page", shown_command(), f"uvicorn {expected}")
    saw("that of the service", service, f"uvicorn {expected}")
    saw("that of the container", container, f"uvicorn {expected.replace('127.0.0.1', '0.0.0.0')}")


@pytest.fixture
def check(tree):
    """Check the settings for production as the page does; give the numbers of the warnings, and the last line."""

    def check():
        command = [sys.executable, "-m", "django", "check", "--deploy", "--settings=examples.deploy.production"]
        secrets = {"SECRET_KEY": "".join(map(chr, range(33, 120))), "ALLOWED_HOSTS": "example.com"}
        done = subprocess.run(command, cwd=tree, env=os.environ | secrets, capture_output=True, text=True, check=True)
        said = done.stdout + done.stderr
        return ", ".join(re.findall(r"security\.\w+", said)) or "none", said.splitlines()[-1]

    return check


@pytest.mark.mutation("examples/deploy/production.py", "SESSION_COOKIE_SECURE = True", "")
def test_two_silenced(saw, check, edited):
    """Two checks are silenced, and no other warning remains."""
    warned, last = check()
    saw("warnings of `check --deploy`", warned, "none")
    saw("its last line", last, "System check identified no issues (2 silenced).")
    edited("examples/deploy/production.py", "SILENCED_SYSTEM_CHECKS", "NOT_SILENCED")
    saw("warnings without the setting", check()[0], "security.W005, security.W021")


@pytest.mark.mutation("examples/deploy/production.py", '"root": {"handlers": ["console"]}', '"root": {}')
def test_errors_need_logging(saw, start, tree):
    """Without `LOGGING` and without `DEBUG`, an error in a view leaves no traceback in the server's output."""
    with (tree / "oms/urls.py").open("a") as urls:
        urls.write("\nurlpatterns.append(path('', lambda request: 1 / 0))\n")
    for settings, which, expected in (("static_files", "without", False), ("production", "with", True)):
        server = start(UVICORN, tree, f"examples.deploy.{settings}", **PRODUCTION)
        assert httpx.get(server.url, headers={"X-Forwarded-Proto": "https"}).status_code == 500
        said = "ZeroDivisionError" in server.said()
        saw(f"`ZeroDivisionError` in uvicorn's output, {which} `LOGGING`", said, expected)


def learned(address):
    """What Django learns of a visitor from a proxy at an address: the visitor's address, and the scheme."""
    config = Config("oms.asgi:application", log_config=None)
    config.load()
    headers = {"X-Forwarded-For": "203.0.113.7", "X-Forwarded-Proto": "https"}

    async def asked():
        transport = httpx.ASGITransport(config.loaded_app, client=(address, 50000))
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
            said = (await client.get("/small", headers=headers)).json()
        return f"{said['client']}, {said['scheme']}"

    with override_settings(ROOT_URLCONF="tests.shared.views"):
        return run(asked())


@pytest.mark.mutation("uvicorn.config.ProxyHeadersMiddleware", lambda application, trusted_hosts: application)
def test_trusts_localhost(saw):
    """uvicorn takes the visitor's IP address and the scheme from nginx's headers, if the request comes from 127.0.0.1."""
    saw("what Django learns if nginx is at 127.0.0.1", learned("127.0.0.1"), "203.0.113.7, https")
    saw("if it is at 192.0.2.1", learned("192.0.2.1"), "192.0.2.1, http")


@pytest.fixture
def ask_http_2(tls):
    """Ask a server over TLS with a client that speaks HTTP/2; give the version of the answer."""

    def ask_http_2(server):
        with httpx.Client(verify=tls, http2=True) as client:
            return client.get(f"{server.url}/small").http_version

    return ask_http_2


@pytest.mark.mutation("proxied.CONF", CONF.replace("ssl http2;", "ssl;"))
@pytest.mark.recorded
def test_http_2(saw, start, project, nginx, ask_http_2):
    """Browsers get HTTP/2, and uvicorn gets HTTP/1.1."""
    server = start(UVICORN, project, VIEWS)
    saw("what a client of HTTP/2 speaks with nginx", ask_http_2(nginx(server.port)), "HTTP/2")
    saw("uvicorn's log", server.says('"GET .*')[0], '"GET /small HTTP/1.1" 200 OK')


@pytest.fixture
def pieces(nginx, visitor, tmp_path):
    """Ask a server for a stream through nginx; give whether the first piece was seen before the last was sent."""

    def pieces(server):
        address, seen = f"{nginx(server.port).url}/stream", tmp_path / "seen"
        seen.unlink(missing_ok=True)
        with visitor.stream("GET", address, params={"seen": seen}) as response:
            lines = response.iter_lines()
            next(lines)
            seen.touch()
            return next(lines)

    return pieces


@pytest.mark.mutation("proxied.CONF", CONF.replace("proxy_buffering off", "proxy_buffering on"))
@pytest.mark.recorded
def test_streams_alone(saw, start, project, pieces, monkeypatch):
    """nginx buffers what a view sends, except on the paths of the second location"""
    server = start(UVICORN, project, VIEWS)
    saw("the first piece of `/stream`, when the view sends the last", pieces(server), "seen")
    monkeypatch.setattr("proxied.CONF", proxied.CONF.replace("stream$", "news$"))
    saw("the same with `news$` in place of `stream$`", pieces(server), "not seen")


@pytest.fixture
def container(start, edited):
    """Run the command of the Dockerfile in the project; give a check of its health, and the server.

    The check takes more of the environment, and gives the code that it ends with.
    """

    def container(settings="production"):
        command = json.loads(re.search("(?m)^CMD (.*)", DOCKERFILE)[1])
        command = ["PORT" if word == "8001" else word for word in words(command)]
        tree = edited("oms/urls.py", "urlpatterns = [", "urlpatterns = [path('wrong', lambda request: 1 / 0),")
        environment = {"SECRET_KEY": "x" * 60, "ALLOWED_HOSTS": "example.com"}
        server = start(command, tree, f"examples.deploy.{settings}", **environment)
        check = words(json.loads(re.search("(?m)^HEALTHCHECK .*?CMD (.*)", DOCKERFILE)[1]))
        edited("examples/deploy/health.py", "8001", str(server.port))

        def health(**more):
            done = subprocess.run(check, cwd=tree, env=os.environ | environment | more, capture_output=True)
            return done.returncode

        return health, server, tree

    return container


@pytest.mark.mutation("examples/deploy/health.py", "if status != 200:", "if status == 404:")
def test_health(saw, container, edited):
    """The health check exits with 0 if the page loads, and with 1 if the application answers 500, rejects the host, or
    is gone.
    """
    health, server, _ = container()
    saw("the check of the Dockerfile, beside its command", health(), 0)
    saw("with another host", health(ALLOWED_HOSTS="other.example.com"), 1)
    edited("examples/deploy/health.py", '"/admin/login/"', '"/wrong"')
    saw("with a page that answers 500", health(), 1)
    edited("examples/deploy/health.py", '"/wrong"', '"/admin/login/"')
    server.stop()
    saw("after the server's end", health(), 1)


NGINX_THERE = "172.17.0.1"


@pytest.mark.mutation(f"{__name__}.NGINX_THERE", "172.17.0.2")
def test_forwarded_allow_ips(saw, monkeypatch):
    """Name it in `oms.env`, as in `FORWARDED_ALLOW_IPS=172.17.0.1`, and uvicorn trusts its headers."""
    saw("what Django learns from nginx at 172.17.0.1", learned("172.17.0.1"), "172.17.0.1, http")
    monkeypatch.setenv("FORWARDED_ALLOW_IPS", NGINX_THERE)
    saw("the same with the variable", learned("172.17.0.1"), "203.0.113.7, https")


SAYS = "urlpatterns = [path('', lambda request: __import__('django.http').http.HttpResponse('{}')),"


@pytest.mark.mutation(f"{__name__}.SAYS", SAYS.replace("{}", "old"))
@pytest.mark.recorded
def test_reload(saw, start, edited):
    """uvicorn starts a new worker for each old one, and the new code answers."""
    tree = edited("oms/urls.py", "urlpatterns = [", SAYS.format("old"))
    command = re.search("(?m)^ExecStart=/srv/oms/.venv/bin/(.*)", UNIT)[1].replace("8001", "PORT")
    server = start(words([*command.split(), "--timeout-worker-healthcheck", "60"]), tree)
    assert httpx.get(server.url).text == "old"
    before = workers(server)
    edited(
        "oms/urls.py", SAYS.format("old"), SAYS.format("the new one")
    )  # of another length: Python keeps what it compiled
    server.process.send_signal(signal.SIGHUP)
    until(lambda: len(workers(server)) == 2 and not workers(server) & before, 120)
    saw("workers of before, after SIGHUP", len(workers(server) & before), 0)
    saw("new ones", len(workers(server) - before), 2)
    saw("what they answer", {httpx.get(server.url).text for _ in range(10)}, "{'the new one'}")
    saw("the server's own process has ended", server.process.poll() is not None, False)


def workers(server):
    """The numbers of a server's processes with a socket of the port, without the first."""
    found = set()
    for process in server.processes()[1:]:
        with contextlib.suppress(Exception):
            if "spawn_main" in " ".join(process.cmdline()):
                found.add(process.pid)
    return found


@pytest.mark.mutation("oms/asgi.py", "application = ", ENDED)
def test_stops_gracefully(saw, start, project):
    """After SIGTERM, uvicorn answers its open requests and exits."""
    server = start(f"{UVICORN} --workers 2", project, VIEWS)
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        asked = pool.submit(httpx.get, f"{server.url}/async-wait?seconds=2")  # longer than the first process waits
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
    """An open stream would delay this forever; `--timeout-graceful-shutdown` limits the wait."""
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
