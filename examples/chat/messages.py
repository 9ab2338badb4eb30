"""The rules of a message, whatever serves the WebSockets."""

import json
import time
from collections import deque

FRAME, NAME, TEXT = 10_000, 30, 500  # the most characters
MESSAGES, SECONDS = 5, 5  # so many messages in so many seconds
NO_NAME = 4401  # the code that ends a connection whose session has no name


class Refused(Exception):
    """A message that does not go to the room; says to its sender why."""


def text_in(frame):
    """Return the text in a frame, which may hold anything."""
    if frame is None or len(frame) > FRAME:
        raise Refused(f"A message is text, of at most {FRAME} characters as JSON.")
    try:
        content = json.loads(frame)
    except (ValueError, RecursionError):
        content = None
    match content:
        case {"text": str(text)}:
            text = text.strip()
        case _:
            raise Refused("A message is JSON, an object with a text.")
    if not 1 <= len(text) <= TEXT:
        raise Refused(f"A message has 1 to {TEXT} characters; this one has {len(text)}.")
    return text


class Speaker:
    """A browser that writes in a room, under the name in its session."""

    def __init__(self, name):
        self.name = name
        self.times = deque(maxlen=MESSAGES)  # when its last messages came

    def read(self, frame):
        """Return what goes to the room, or None, and the answer to the browser."""
        said = refused = None
        try:
            self.keep_pace()
            said = json.dumps({"name": self.name, "text": text_in(frame)})
        except Refused as why:
            refused = str(why)
        return said, json.dumps({"refused": refused})

    def keep_pace(self):
        now = time.monotonic()
        if len(self.times) == MESSAGES and now - self.times[0] < SECONDS:
            raise Refused("That was too fast. Wait a moment, then send it again.")
        self.times.append(now)
