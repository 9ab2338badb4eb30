"""Test an ASGI application with nothing but asgiref, which comes with Django."""

from contextlib import asynccontextmanager

from asgiref.testing import ApplicationCommunicator
from django.test import SimpleTestCase

from examples.middleware.lifespan import with_lifespan
from examples.websocket_plain.asgi import application


class WebSocketTests(SimpleTestCase):
    async def test_echo(self):
        scope = {"type": "websocket", "path": "/ws/echo/", "headers": [(b"origin", b"http://testserver")]}
        socket = ApplicationCommunicator(application, scope)
        await socket.send_input({"type": "websocket.connect"})
        self.assertEqual(await socket.receive_output(), {"type": "websocket.accept"})
        await socket.send_input({"type": "websocket.receive", "bytes": b"\xff"})
        self.assertEqual(await socket.receive_output(), {"type": "websocket.send", "bytes": b"\xff"})
        await socket.send_input({"type": "websocket.disconnect", "code": 1000})
        await socket.wait()
        self.assertFalse(socket.future.cancelled(), "the application goes on")


class LifespanTests(SimpleTestCase):
    async def test_opens_and_closes(self):
        @asynccontextmanager
        async def pool():
            yield {"pool": "open"}
            scope["state"]["pool"] = "closed"

        scope = {"type": "lifespan", "state": {}}
        server = ApplicationCommunicator(with_lifespan(application, pool), scope)
        await server.send_input({"type": "lifespan.startup"})
        self.assertEqual(await server.receive_output(), {"type": "lifespan.startup.complete"})
        self.assertEqual(scope["state"], {"pool": "open"})
        await server.send_input({"type": "lifespan.shutdown"})
        self.assertEqual(await server.receive_output(), {"type": "lifespan.shutdown.complete"})
        self.assertEqual(scope["state"], {"pool": "closed"})
