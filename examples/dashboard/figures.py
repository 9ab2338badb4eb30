"""The figures of this process and of its machine."""

import os
import threading

requests = {"open": 0, "done": 0}  # asgi.py counts them


def measure():
    """Take the figures, by their names. The producer calls this in a thread."""
    return {
        "Requests done": requests["done"],
        "Requests open": requests["open"],
        "Threads": threading.active_count(),
        "Machine load": round(os.getloadavg()[0], 2),
    }
