"""A consumer that knows who opened the WebSocket."""

from channels.generic.websocket import AsyncWebsocketConsumer
from django.contrib.auth import get_user_model

User = get_user_model()


class Hello(AsyncWebsocketConsumer):
    async def receive(self, text_data=None, bytes_data=None):
        """Greet the sender of a message; cut off one whose account is no longer active."""
        user = self.scope["user"]
        if user.is_authenticated:
            user = await User.objects.filter(pk=user.pk, is_active=True).afirst()
        if user:
            await self.send(f"Hello, {user.get_username() or 'visitor'}.")
        else:
            await self.close()
