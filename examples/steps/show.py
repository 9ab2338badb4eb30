"""Print a step with the name of its thread, and the event if there is one."""

import threading
from pprint import pformat


def show(step, event=None):
    lines = f"[{threading.current_thread().name}] {step}"
    if event:
        lines += "\n" + pformat(event, sort_dicts=False, width=60)
    print(lines + "\n", end="", flush=True)  # in one piece, because several workers may print
