from asgiref.sync import async_to_sync
from channels.generic.websocket import WebsocketConsumer
from django.core.cache import cache


async def visitors():
    return f"{await cache.aget('visitors', 0)} visitors"


class Counter(WebsocketConsumer):
    def connect(self):
        self.accept()
        self.send(async_to_sync(visitors)())
