"""Test a stream that never ends."""

from asgiref.testing import ApplicationCommunicator
from django.core.asgi import get_asgi_application
from django.test import SimpleTestCase

SCOPE = {"type": "http", "method": "GET", "path": "/ticks/", "headers": [(b"host", b"testserver")]}


class TicksTests(SimpleTestCase):
    async def test_first_pieces(self):
        response = await self.async_client.get("/ticks/")
        pieces = aiter(response.streaming_content)
        self.assertEqual(await anext(pieces), b"data: 0\n\n")
        self.assertEqual(await anext(pieces), b"data: 1\n\n")

    async def test_client_leaves(self):
        client = ApplicationCommunicator(get_asgi_application(), SCOPE)
        await client.send_input({"type": "http.request"})
        self.assertEqual((await client.receive_output())["status"], 200)
        self.assertEqual((await client.receive_output())["body"], b"data: 0\n\n")
        await client.send_input({"type": "http.disconnect"})
        await client.wait()
        self.assertFalse(client.future.cancelled(), "the application goes on")
