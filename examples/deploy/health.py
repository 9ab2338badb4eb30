"""Ask the application for a page, as nginx would: ends with 0 if the page comes, and with 1 if it does not."""

import os
import sys
from http.client import HTTPConnection, HTTPException

PAGE = "/admin/login/"  # one that needs no login
HEADERS = {"Host": os.environ["ALLOWED_HOSTS"].split(",")[0], "X-Forwarded-Proto": "https"}

server = HTTPConnection("127.0.0.1", 8001, timeout=5)
try:
    server.request("GET", PAGE, headers=HEADERS)
    status = server.getresponse().status
except (OSError, HTTPException) as error:
    sys.exit(f"{PAGE}: {error!r}")
if status != 200:
    sys.exit(f"{PAGE}: {status}")
