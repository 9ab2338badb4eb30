"""Which protocols each server speaks: a test a row of the table, a real process and a real client a cell."""

import asyncio
import ssl

import httpx
import websockets.exceptions
import websockets.sync.client
from aioquic.asyncio.client import connect
from aioquic.asyncio.protocol import QuicConnectionProtocol
from aioquic.h3.connection import H3_ALPN, H3Connection
from aioquic.h3.events import HeadersReceived
from aioquic.quic.configuration import QuicConfiguration

from measure.servers.command_lines import COMMANDS

HANDLED = "examples.websocket.asgi:application"


def version(url, **protocols):
    """Ask for a page; give the version of HTTP that answers, or the client's error."""
    try:
        with httpx.Client(verify=False, timeout=5, **protocols) as client:
            return client.get(f"{url}/small").raise_for_status().http_version
    except httpx.HTTPError as error:
        return type(error).__name__


def test_http_1_1_keep_alive(server, cell):
    """Two requests over one HTTP/1.1 connection: whether the second has the same."""
    running = server.run()
    ports = set()
    with httpx.Client() as client:
        for _ in range(2):
            with client.stream("GET", f"{running.url}/small") as answer:
                ports.add(answer.raise_for_status().extensions["network_stream"].get_extra_info("client_addr"))
                answer.read()
    cell("yes" if len(ports) == 1 else "no")


def test_http_2_in_clear_text(server, cell):
    """HTTP/2 without TLS: a request from a client that speaks only HTTP/2."""
    cell("yes" if version(server.run("http/2").url, http1=False, http2=True) == "HTTP/2" else "no")


def test_http_2_over_tls(server, cell):
    """HTTP/2 over TLS: a request from a client that offers HTTP/2 and HTTP/1.1."""
    spoken = version(server.run("tls").url.replace("http:", "https:"), http2=True)
    cell({"HTTP/2": "yes", "HTTP/1.1": "no"}.get(spoken, spoken))


class Http3(QuicConnectionProtocol):
    """A client that asks for one page over HTTP/3."""

    def __init__(self, *arguments, **named):
        super().__init__(*arguments, **named)
        self.http, self.status = H3Connection(self._quic), asyncio.get_running_loop().create_future()

    def quic_event_received(self, event):
        for received in self.http.handle_event(event):
            if isinstance(received, HeadersReceived):
                self.status.set_result(dict(received.headers)[b":status"])

    async def get(self, path):
        head = {":method": "GET", ":scheme": "https", ":authority": "127.0.0.1", ":path": path}
        self.http.send_headers(
            self._quic.get_next_available_stream_id(),
            [(name.encode(), value.encode()) for name, value in head.items()],
            end_stream=True,
        )
        self.transmit()
        return await self.status


def test_http_3(server, cell):
    """HTTP/3: a request over QUIC; "lower case" if it is answered only where the names of the headers are in lower case."""

    async def get(port):
        configuration = QuicConfiguration(alpn_protocols=H3_ALPN, verify_mode=ssl.CERT_NONE)
        async with connect("127.0.0.1", port, configuration=configuration, create_protocol=Http3) as client:
            return await client.get("/small")

    tried = [(None, "yes"), ("examples.websocket.asgi:lower_case", "lower case")]
    for application, said in tried if "http/3" in COMMANDS[server.name] else tried[:1]:
        try:
            if asyncio.run(asyncio.wait_for(get(server.run("http/3", application).port), 2)) == b"200":
                return cell(said)
        except (OSError, asyncio.TimeoutError):
            pass
    cell("no")


def websocket(running):
    """Open a WebSocket and send a word; give what comes back, or the status that refuses it."""
    try:
        with websockets.sync.client.connect(f"ws://127.0.0.1:{running.port}/", open_timeout=5) as client:
            client.send("word")
            return client.recv(5)
    except websockets.exceptions.InvalidStatus as error:
        return str(error.response.status_code)
    except websockets.exceptions.WebSocketException as error:
        return type(error).__name__


def test_websocket_to_the_project(server, cell):
    """WebSocket to the project as it is: the status that the client sees."""
    cell(websocket(server.run()))


def test_websocket_that_is_handled(server, cell):
    """WebSocket to an application beside Django's: a word that is sent comes back."""
    cell("yes" if websocket(server.run(application=HANDLED)) == "word" else "no")
