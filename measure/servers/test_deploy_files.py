"""The files of examples/deploy, run: nginx before a server, and the unit of systemd."""

import os
import re
import socket
import ssl
import subprocess
import sys

import httpx
import pytest
import websockets.exceptions
import websockets.sync.client

from tests.shared.https import deployed, nginx_in
from tests.shared.running import ROOT, Servers, free_port

CONF, UNIT = ((ROOT / f"examples/deploy/{name}").read_text() for name in ("nginx.conf", "oms.service"))
VISITOR = "127.0.0.2"  # another address than nginx's own


@pytest.fixture(scope="module")
def uvicorn():
    """A server of the application that answers WebSockets beside Django."""
    with Servers() as start:
        yield start("uvicorn examples.websocket.asgi:application --port PORT", settings="tests.shared.settings")


@pytest.fixture
def nginx(certificate, tmp_path):
    """Start nginx with the file, or an edit of it, before a server; give its ports for HTTPS and for HTTP."""
    started = []

    def nginx(server_port, conf=CONF):
        tls, plain = free_port(), free_port()
        for word, value in deployed(server_port, tls, plain, certificate).items():
            assert word in conf
            conf = conf.replace(word, value)
        started.append(nginx_in(tmp_path, conf, tls))
        return tls, plain

    yield nginx
    for server in started:
        server.stop()


@pytest.fixture
def trust(certificate):
    """What a client needs to trust the certificate."""
    return ssl.create_default_context(cafile=certificate[0])


@pytest.fixture
def visitor(trust):
    """A client with an address of its own."""
    with httpx.Client(transport=httpx.HTTPTransport(verify=trust, local_address=VISITOR)) as client:
        yield client


def without(*words):
    """The file without the lines that have one of some words."""
    return "".join(line for line in CONF.splitlines(keepends=True) if not any(word in line for word in words))


def test_django_sees_the_visitor(nginx, uvicorn, visitor):
    """Django sees the address and the scheme of the visitor, whatever headers the visitor sends."""
    tls, _ = nginx(uvicorn.port)
    for headers in ({}, {"X-Forwarded-For": "203.0.113.7", "X-Forwarded-Proto": "http"}):
        said = visitor.get(f"https://127.0.0.1:{tls}/small", headers=headers).json()
        assert (said["client"], said["scheme"]) == (VISITOR, "https")


def test_django_sees_nginx_without_the_headers(nginx, uvicorn, visitor):
    """Without the headers Django sees nginx instead of the visitor."""
    tls, _ = nginx(uvicorn.port, without("X-Forwarded"))
    said = visitor.get(f"https://127.0.0.1:{tls}/small").json()
    assert (said["client"], said["scheme"]) == ("127.0.0.1", "http")


def test_a_visitor_over_http_is_sent_to_https(nginx, uvicorn, visitor):
    """A visitor over HTTP is sent to the same address over HTTPS."""
    _, plain = nginx(uvicorn.port)
    answer = visitor.get(f"http://127.0.0.1:{plain}/small?a=b", headers={"Host": "example.com"})
    assert (answer.status_code, answer.headers["Location"]) == (301, "https://example.com/small?a=b")


def test_a_websocket_comes_through(nginx, uvicorn, trust):
    """A WebSocket comes through nginx to the application beside Django's."""
    tls, _ = nginx(uvicorn.port)
    with websockets.sync.client.connect(f"wss://127.0.0.1:{tls}/", ssl=trust) as client:
        client.send("word")
        assert client.recv(5) == "word"


@pytest.mark.parametrize("header", ["Upgrade", "Connection"])
def test_a_websocket_is_refused_without_a_header(nginx, uvicorn, trust, header):
    """Without one of its two headers the WebSocket is refused."""
    tls, _ = nginx(uvicorn.port, without(f"proxy_set_header {header} "))
    with pytest.raises(websockets.exceptions.InvalidStatus):
        websockets.sync.client.connect(f"wss://127.0.0.1:{tls}/", ssl=trust)


@pytest.mark.parametrize(
    ("conf", "last"), [(CONF, "seen"), (without("proxy_buffering"), "not seen")], ids=["whole", "buffered"]
)
def test_a_stream_comes_piece_by_piece(nginx, uvicorn, visitor, tmp_path, conf, last):
    """The view sends its second piece when the client has the first, or says after a while that it has not."""
    tls, _ = nginx(uvicorn.port, conf)
    seen = tmp_path / "seen"
    with visitor.stream("GET", f"https://127.0.0.1:{tls}/stream", params={"seen": seen}) as answer:
        pieces = answer.iter_lines()
        assert next(pieces) == "first"
        seen.touch()
        assert next(pieces) == last


def complaints(unit, folder):
    """What systemd says of a unit."""
    (folder / "oms.service").write_text(unit)
    command = ["systemd-analyze", "verify", "--man=no", folder / "oms.service"]
    return subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True).stdout


def test_systemd_accepts_the_unit(tmp_path):
    """systemd has nothing to say of the unit."""
    assert complaints(UNIT.replace("/srv/oms", str(ROOT)), tmp_path) == ""


@pytest.mark.parametrize(
    ("right", "wrong"),
    [("Restart", "Restrat"), ("always", "allways"), ("30", "soon"), ("uvicorn oms", "unicorn oms")],
)
def test_systemd_names_a_mistake_in_the_unit(tmp_path, right, wrong):
    """systemd names a misspelt word of the unit."""
    unit = UNIT.replace("/srv/oms", str(ROOT))
    assert wrong.split()[0] in complaints(unit.replace(right, wrong), tmp_path)


def test_the_service_behind_nginx_serves_the_admin_with_its_style(nginx, installed_copy, visitor, start):
    """The unit's command, folder and settings, with the file of nginx before it."""
    environment = {"SECRET_KEY": "x" * 60, "ALLOWED_HOSTS": "example.com"}
    settings = re.search("(?m)^Environment=DJANGO_SETTINGS_MODULE=(.*)", UNIT)[1]
    collect = [sys.executable, "-m", "django", "collectstatic", "--no-input", "--settings", settings]
    subprocess.run(collect, cwd=installed_copy, env=os.environ | environment, check=True, capture_output=True)
    command = re.search("(?m)^ExecStart=(.*)", UNIT.replace("\\\n", ""))[1].replace("/srv/oms", str(installed_copy))
    port = start(command.replace("8001", "PORT").split(), installed_copy, settings, **environment).port
    address, host = f"https://127.0.0.1:{nginx(port)[0]}", {"Host": "example.com"}
    login = visitor.get(f"{address}/admin/login/", headers=host)
    assert "Strict-Transport-Security" in login.headers
    sheet = re.search('href="(/static/admin/css/base[^"]*)"', login.text)[1]
    assert visitor.get(f"{address}{sheet}", headers=host).headers["Content-Type"].startswith("text/css")
    assert visitor.get(f"{address}/admin/login/").status_code == 400  # another host
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((VISITOR, port))  # not at 127.0.0.1
