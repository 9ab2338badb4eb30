"""nginx with the file of examples/deploy, or with an edit of it, before a server; and a visitor who comes through it."""

import ssl

import httpx
import pytest
from clients import ROOT

from tests.shared.https import certificate_in, deployed, nginx_in
from tests.shared.running import free_port

CONF = (ROOT / "examples/deploy/nginx.conf").read_text()


HOST = {"Host": "example.com"}


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
