"""A consumer for each thing that goes wrong when a WebSocket is open; as they stand here, they are right."""

import asyncio
import json

from channels.generic.websocket import AsyncWebsocketConsumer


class Chat(AsyncWebsocketConsumer):
    async def connect(self):
        await self.accept()
        await self.send("Welcome")

    async def receive(self, text_data=None, bytes_data=None):
        if text_data == "bye":
            await self.close()
            return
        try:
            said = json.loads(text_data)
        except ValueError:
            said = "This is not JSON."
        await self.send(json.dumps(said))


class Room(AsyncWebsocketConsumer):
    async def connect(self):
        await self.channel_layer.group_add("room", self.channel_name)
        await self.accept()


class Report(AsyncWebsocketConsumer):
    async def connect(self):
        await self.accept()
        self.writing = asyncio.create_task(self.write())

    async def write(self):
        await asyncio.sleep(60)
        await self.send("The report is written.")

    async def disconnect(self, code):
        self.writing.cancel()
