"""The chat's WebSockets in Channels: a consumer for each browser, a group for each room."""

import asyncio
import contextlib

from channels.exceptions import StopConsumer
from channels.generic.websocket import AsyncWebsocketConsumer

from examples.chat.messages import NO_NAME, Speaker

PATIENCE = 10  # seconds; a browser that takes no frame for longer is let go


class Chat(AsyncWebsocketConsumer):
    """A browser in a room."""

    async def connect(self):
        self.room = self.scope["url_route"]["kwargs"]["room"]
        if name := await self.scope["session"].aget("name"):
            self.speaker = Speaker(name)
            await self.channel_layer.group_add(self.room, self.channel_name)
            await self.accept()
        else:
            await self.accept()
            await self.close(NO_NAME)

    async def disconnect(self, code):
        await self.channel_layer.group_discard(self.room, self.channel_name)
        with contextlib.suppress(asyncio.TimeoutError):  # a layer may keep what waits
            while True:
                waiting = self.channel_layer.receive(self.channel_name)
                await asyncio.wait_for(waiting, 0.1)

    async def receive(self, text_data=None, bytes_data=None):
        """Pass on what the browser writes."""
        said, answer = self.speaker.read(text_data)
        if said:
            event = {"type": "pass.on", "said": said}
            await self.channel_layer.group_send(self.room, event)
        await self.send(answer)

    async def pass_on(self, event):
        """Send what someone in the room said to this browser."""
        await self.send(event["said"])

    async def send(self, frame):
        try:
            await asyncio.wait_for(super().send(frame), PATIENCE)
        except (OSError, asyncio.TimeoutError):  # it has left, or does not read
            await self.disconnect(None)
            raise StopConsumer from None
