"""Test a consumer of Channels: alone, and behind the application of asgi.py."""

from channels.testing import WebsocketCommunicator
from django.contrib.auth.models import User
from django.test import TestCase

from examples.websocket_channels.asgi import application
from examples.websocket_channels.consumers import Hello


class HelloTests(TestCase):
    async def test_consumer_alone(self):
        socket = WebsocketCommunicator(Hello.as_asgi(), "/ws/hello/")
        socket.scope["user"] = await User.objects.acreate(username="ben")
        opened, _ = await socket.connect()
        self.assertTrue(opened)
        await socket.send_to("I am here")
        self.assertEqual(await socket.receive_from(), "Hello, ben.")
        await socket.disconnect()

    async def test_session(self):
        await self.async_client.aforce_login(await User.objects.acreate(username="ben"))
        key = self.async_client.cookies["sessionid"].value
        headers = [(b"origin", b"http://testserver"), (b"cookie", f"sessionid={key}".encode())]
        socket = WebsocketCommunicator(application, "/ws/hello/", headers)
        await socket.connect()
        await socket.send_to("I am here")
        self.assertEqual(await socket.receive_from(), "Hello, ben.")
        await socket.disconnect()

    async def test_other_site(self):
        headers = [(b"origin", b"https://example.com")]
        opened, _ = await WebsocketCommunicator(application, "/ws/hello/", headers).connect()
        self.assertFalse(opened)
