"""What examples/steps prints: at its start, and with a request to each of its views and a WebSocket.

``python -m tests.claims.stepped`` writes it to the files beside the example, which docs/how-it-works.md shows.
"""

import itertools
import re

from tests.shared.running import ROOT, Servers

FILES = {name: ROOT / f"examples/steps/{name}.txt" for name in ("import", "async", "sync", "websocket")}
# h11 comes with uvicorn, and wsproto with hypercorn: both are wherever claims are tested.
COMMAND = "uvicorn examples.steps.asgi:application --port PORT --log-level warning --http h11 --ws wsproto"
GET = b"GET /%s HTTP/1.1\r\nHost: 127.0.0.1:8008\r\nAccept: */*\r\n\r\n"
UPGRADE = (
    b"GET /echo HTTP/1.1\r\nHost: 127.0.0.1:8008\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
)
HELLO = b"\x81\x85\0\0\0\0Hello"  # a text of five characters, behind a mask that changes nothing


def say(server, times, last, *pieces):
    """Send pieces over one connection, each when the last is answered; wait until the server has printed some words."""
    with server.client() as client:
        for piece in pieces:
            client.sendall(piece)
            client.recv(65536)
        server.says(f"(?s)({last}.*){{{times}}}")


def printed(server):
    """Ask the example, if nobody has yet; give what it printed: {name of a file: lines}."""
    if "scope" not in server.said():
        say(server, 1, "request_finished", GET % b"async")
        say(server, 2, "request_finished", GET % b"sync")
        say(server, 1, "websocket.close", UPGRADE, HELLO)
    parts = re.split(r"(?m)^(?=\[MainThread\] scope$)", server.said())
    return dict(zip(FILES, (part.splitlines() for part in parts), strict=True))


def difference(name, lines):
    """Where lines differ from those of a file, but for the ports: the first such line, or "nowhere"."""
    file = FILES[name].read_text().splitlines()
    for number, pair in enumerate(itertools.zip_longest(lines, file, fillvalue=""), 1):
        here, there = (re.sub(r"(?<='127\.0\.0\.1', )\d+", "PORT", line) for line in pair)
        if here != there:
            return f"{number}: {here}"
    return "nowhere"


if __name__ == "__main__":
    with Servers() as start:
        for name, lines in printed(start(COMMAND, settings=None, port=8008)).items():
            FILES[name].write_text("\n".join(lines) + "\n")
