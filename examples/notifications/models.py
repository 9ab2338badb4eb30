import json

from django.db import models


class Notification(models.Model):
    text = models.CharField(max_length=200)

    def event(self):
        """The notification as a server-sent event, which an empty line ends."""
        return f"id: {self.id}\ndata: {json.dumps(self.text)}\n\n"
