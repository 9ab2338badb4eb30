"""The figures of this process and of its machine."""

import os
import resource
import sys

requests = {"open": 0, "done": 0}  # asgi.py counts them
UNIT = 1 if sys.platform == "darwin" else 1024  # of the memory, in bytes


def measure():
    """Take the figures, by their names. The producer calls this in a thread."""
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * UNIT
    return {
        "Requests done": requests["done"],
        "Requests open": requests["open"],
        "Memory peak, MB": round(memory / 1e6),
        "Machine load": round(os.getloadavg()[0], 2),
    }
