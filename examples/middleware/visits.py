"""The number of visits, which a file keeps while the server is stopped."""

from contextlib import asynccontextmanager

from django.conf import settings

FILE = settings.BASE_DIR / "visits.txt"


@asynccontextmanager
async def visits():
    counter = {"visits": int(FILE.read_text()) if FILE.exists() else 0}
    try:
        yield {"counter": counter}
    finally:
        FILE.write_text(str(counter["visits"]))
