"""The number of visits: in memory while the server runs, in a file while it does not."""

from contextlib import asynccontextmanager

from django.conf import settings

FILE = settings.BASE_DIR / "visits.txt"


@asynccontextmanager
async def visits():
    counter = {"visits": int(FILE.read_text()) if FILE.exists() else 0}
    yield {"counter": counter}
    FILE.write_text(str(counter["visits"]))
