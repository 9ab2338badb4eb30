"""The settings of the project, with the chat's pages and a channel layer."""

import os
from pathlib import Path

from oms.settings import *  # noqa: F403
from oms.settings import TEMPLATES

ROOT_URLCONF = "examples.chat.urls"
DIRS = [*TEMPLATES[0]["DIRS"], Path(__file__).parent / "templates"]
TEMPLATES = [{**TEMPLATES[0], "DIRS": DIRS}]

# The session, with the visitor's name, is in the cookie: no table is needed.
SESSION_ENGINE = "django.contrib.sessions.backends.signed_cookies"

# What carries messages between Channels' consumers: Redis, or the memory of one process.
if redis := os.environ.get("REDIS_URL"):
    layer = {
        "BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer",
        "CONFIG": {"hosts": [redis]},
    }
else:
    layer = {"BACKEND": "channels.layers.InMemoryChannelLayer"}
CHANNEL_LAYERS = {"default": layer}
