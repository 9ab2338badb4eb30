import json

from django.db import connection, models, transaction


class Notification(models.Model):
    text = models.CharField(max_length=200)

    def event(self):
        """The notification as a server-sent event, which an empty line ends."""
        return f"id: {self.id}\ndata: {json.dumps(self.text)}\n\n"


@transaction.atomic
def notify(text):
    """Send a notification, from any process: a view, a task, a command."""
    # Ids must become visible in order. SQLite has one writer at a time anyway.
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:  # the lock is held until the commit
            cursor.execute("SELECT pg_advisory_xact_lock(8003)")
    return Notification.objects.create(text=text)
