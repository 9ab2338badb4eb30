"""Test the application as a server runs it, with a client that comes over the network."""

import threading
import time

import uvicorn
from django.test import SimpleTestCase
from websockets.sync.client import connect

from examples.websocket_plain.asgi import application


class ServerTests(SimpleTestCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        server = uvicorn.Server(uvicorn.Config(application, port=0, log_level="warning"))
        thread = threading.Thread(target=server.run)
        thread.start()
        cls.addClassCleanup(thread.join)
        cls.addClassCleanup(setattr, server, "should_exit", True)
        while thread.is_alive() and not server.started:
            time.sleep(0.01)
        cls.port = server.servers[0].sockets[0].getsockname()[1]

    def test_echo_over_the_network(self):
        address = f"ws://127.0.0.1:{self.port}/ws/echo/"
        with connect(address, origin="http://testserver") as socket:
            socket.send("hello")
            self.assertEqual(socket.recv(), "hello")
