"""The chat's WebSockets: a consumer for each browser, a group for each room."""

import json
import time
from collections import deque

from channels.generic.websocket import AsyncWebsocketConsumer

FRAME, NAME, TEXT = 10_000, 30, 500  # the most characters
MESSAGES, SECONDS = 5, 5  # so many messages in so many seconds


class Refused(Exception):
    """A message that does not go to the room; says to its sender why."""


def read(frame):
    """Return the name and the text in a frame, which may hold anything."""
    if frame is None or len(frame) > FRAME:
        raise Refused(f"A message is text, of at most {FRAME} characters as JSON.")
    try:
        content = json.loads(frame)
    except (ValueError, RecursionError):
        content = None
    match content:
        case {"name": str(name), "text": str(text)}:
            name, text = name.strip(), text.strip()
        case _:
            raise Refused("A message is JSON, an object with a name and a text.")
    if not 1 <= len(name) <= NAME:
        raise Refused(f"A name has 1 to {NAME} characters; this one has {len(name)}.")
    if not 1 <= len(text) <= TEXT:
        raise Refused(f"A message has 1 to {TEXT} characters; this one has {len(text)}.")
    return {"name": name, "text": text}


class Chat(AsyncWebsocketConsumer):
    """A browser in a room."""

    async def connect(self):
        self.room = self.scope["url_route"]["kwargs"]["room"]
        self.times = deque(maxlen=MESSAGES)  # when its last messages came
        await self.channel_layer.group_add(self.room, self.channel_name)
        await self.accept()

    async def disconnect(self, code):
        await self.channel_layer.group_discard(self.room, self.channel_name)

    async def receive(self, text_data=None, bytes_data=None):
        """Pass each message on to the room, or tell its sender why not."""
        try:
            self.keep_pace()
            event = {"type": "pass.on", "said": json.dumps(read(text_data))}
            await self.channel_layer.group_send(self.room, event)
            answer = {"refused": None}
        except Refused as why:
            answer = {"refused": str(why)}
        await self.send(json.dumps(answer))

    def keep_pace(self):
        now = time.monotonic()
        if len(self.times) == MESSAGES and now - self.times[0] < SECONDS:
            raise Refused("That was too fast. Wait a moment, then send it again.")
        self.times.append(now)

    async def pass_on(self, event):
        """Send what someone in the room said to this browser."""
        await self.send(event["said"])
