"""Visitors of the example chat without a browser."""

import contextlib
import json

import httpx
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect


def named(server, name="Ann"):
    """The headers of a browser that has given a server's chat a name."""
    with httpx.Client(base_url=server.url) as browser:
        browser.get("/")
        form = {"name": name, "room": "garden", "csrfmiddlewaretoken": browser.cookies["csrftoken"]}
        browser.post("/", data=form)
        return {"Cookie": f"sessionid={browser.cookies['sessionid']}"}


@contextlib.contextmanager
def joining():
    """Give what opens a WebSocket as a room's page does: it gives the visitor, or the status of the refusal."""
    with contextlib.ExitStack() as opened:

        def join(server, name="Ann", path="/rooms/garden/", origin="http://127.0.0.1", headers=None):
            headers = named(server, name) if headers is None else headers
            options = {"origin": origin, "additional_headers": headers, "max_queue": None}
            address = f"ws://127.0.0.1:{server.port}{path}"
            try:
                connection = connect(address, proxy=None, open_timeout=60, **options)
                return Visitor(opened.enter_context(connection))
            except InvalidStatus as refusal:
                return refusal.response.status_code

        yield join


class Visitor:
    """Someone in a room, whose browser is this."""

    def __init__(self, connection):
        self.connection, self.texts, self.names = connection, [], []

    def sends(self, frame, **how):
        """Send a frame; give what the chat answers."""
        try:
            self.connection.send(frame, **how)
            return self.answer()
        except ConnectionClosed as error:
            return f"the connection ends with {error.rcvd.code if error.rcvd else 1006}"

    def answer(self):
        """What the chat says of the next frame of this visitor."""
        while "refused" not in (content := self.next()):
            pass
        return content["refused"] or "accepted"

    def writes(self, text):
        return self.sends(json.dumps({"text": text}))

    def next(self):
        """Receive a frame, and keep what is said in it."""
        content = json.loads(self.connection.recv(timeout=30))
        if "text" in content:
            self.texts.append(content["text"])
            self.names.append(content["name"])
        return content

    def hears(self, count):
        """The first texts, so many."""
        try:
            while len(self.texts) < count:
                self.next()
        except TimeoutError:
            self.texts.append("nothing")
        return self.texts[:count]
