"""What a record says of how it was made: when, on what, and by which code, so that a change of it is seen."""

import ast
import datetime
import functools
import hashlib
import os
import platform
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def code(name):
    """A short hash of a file or of one of its functions, without docstrings, comments and empty lines.

    Of a page, it is the hash of its console blocks.

    Args:
        name: The file's path from the root, or ``path::function``.

    Returns:
        Twelve characters, or "" where the file or function is gone.
    """
    path, _, function = name.partition("::")
    lines, places = parsed(path)
    if function not in places:
        return ""
    first, last = places[function]
    kept = [line.rstrip() for line in lines[first:last] if line.strip() and not re.match(r"\s*#", line)]
    return hashlib.sha256("\n".join(kept).encode()).hexdigest()[:12]


@functools.cache
def parsed(path):
    """The lines of a file without docstrings, and the first line and the end of each function; "" is the whole file."""
    if not (ROOT / path).is_file():
        return [], {}
    text = (ROOT / path).read_text(encoding="utf-8")
    lines = "\n".join(re.findall(r"(?ms)^ *```console$.*?```$", text) if path.endswith(".md") else [text]).splitlines()
    places = {"": (0, len(lines))}
    for node in ast.walk(ast.parse(text)) if path.endswith(".py") else ():
        documented = isinstance(node, (ast.Module, ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef))
        if documented and ast.get_docstring(node) is not None:
            first, last = node.body[0].lineno, node.body[0].end_lineno
            lines[first - 1 : last] = [""] * (last - first + 1)
        if isinstance(node, ast.FunctionDef):
            first = min([node.lineno, *(one.lineno for one in node.decorator_list)])
            places.setdefault(node.name, (first - 1, node.end_lineno))
    return lines, places


def codes(*names):
    """The hashes of some files and functions, for a record: {name: hash}."""
    return {name: code(name) for name in names}


def made():
    """The day and the machine of a record: {"date": "2026-11-30", "machine": "2 cores (...), 8 GiB"}."""
    told = Path("/proc/cpuinfo")
    cpu = re.search(r"model name\s*: (.*)", told.read_text()) if told.exists() else None
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return {
        "date": datetime.date.today().isoformat(),
        "machine": f"{os.cpu_count()} cores ({cpu[1] if cpu else platform.machine()}), {round(memory / 2**30)} GiB",
    }
