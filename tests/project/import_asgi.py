"""Import oms.asgi, and send its application one request. It needs nothing but what requirements.txt installs."""

import asyncio
import sys
from pathlib import Path

from asgiref.testing import ApplicationCommunicator

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from oms.asgi import application  # noqa: E402

SCOPE = {
    "type": "http",
    "asgi": {"version": "3.0"},
    "http_version": "1.1",
    "method": "GET",
    "path": "/",
    "query_string": b"",
    "headers": [(b"host", b"localhost")],
}


async def status():
    """Send GET / and return the status of the answer."""
    client = ApplicationCommunicator(application, SCOPE)
    await client.send_input({"type": "http.request"})
    return (await client.receive_output(timeout=60))["status"]


if (answer := asyncio.run(status())) != 200:
    sys.exit(f"oms.asgi:application answered GET / with {answer}, not with 200.")
print("oms.asgi:application answered GET / with 200.")
