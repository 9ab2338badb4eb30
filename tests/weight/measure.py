"""Weigh the first page of this site and of others beside it, and write what was measured.

``python tests/weight/measure.py FILE`` takes some fifteen minutes; without FILE it prints the figures. Lighthouse opens
each page as a phone on a slow line. In a round each site has its turn, so that a slow minute of the machine meets all.
site/ is weighed as it is.
"""

import argparse
import contextlib
import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median

sys.path[:0] = [str(Path(__file__).parents[2]), str(Path(__file__).parents[1])]

from playwright.sync_api import sync_playwright  # noqa: E402
from running import ROOT, Running, free_port  # noqa: E402
from whitenoise import compress  # noqa: E402

from tests.servers.load import machine  # noqa: E402
from tests.weight import peers  # noqa: E402
from tests.weight.browse import LIGHTHOUSE, chromium, lighthouse, reader  # noqa: E402
from tests.weight.sizes import ENCODINGS, parts  # noqa: E402

PHONE = 1000  # Lighthouse's BenchmarkIndex of a mid-tier phone


def progress(words):
    print(words, file=sys.stderr, flush=True)


def build(names, folder):
    """Build the sites, once for each encoding; the files lie compressed beside themselves."""
    for name in names:
        progress(f"building {name}")
        made = peers.build(name, folder / "built")
        for encoding in ENCODINGS:
            to = folder / "sites" / f"{name}-{encoding}"
            shutil.copytree(made, to)
            compress.main(["--quiet", "--no-gzip" if encoding == "brotli" else "--no-brotli", str(to)])


@contextlib.contextmanager
def served(folder):
    """Serve the sites of a folder; give a function that gives the address of one."""
    port = free_port()
    command = [sys.executable, "-m", "gunicorn", "tests.weight.serve:application", "--bind", f"127.0.0.1:{port}"]
    environment = {"SITES": str(folder / "sites"), "PYTHONPATH": str(ROOT)}
    options = ["--worker-class", "gthread", "--threads", "8", "--keep-alive", "30"]
    server = Running([*command, *options], port, folder / "server", ROOT, environment)
    try:
        yield lambda name, encoding: f"http://{name}-{encoding}.localhost:{port}/"
    finally:
        server.stop()


def versions(browser):
    """What made and measured the pages."""
    said = subprocess.check_output([browser, "--version", "--no-sandbox"], text=True)
    listing = "{package.name.lower(): package.version for package in distributions()}"
    code = f"from importlib.metadata import distributions; import json; print(json.dumps({listing}))"
    there = json.loads(subprocess.check_output([peers.BIN / "python", "-c", code], text=True))
    own = json.loads((LIGHTHOUSE / "package.json").read_text(encoding="utf-8"))["version"]
    kinds = ("furo", "mkdocs", "mkdocs-material", "sphinx", "zensical")
    return {"Lighthouse": own, "Chromium": said.split()[1]} | {name: there[name] for name in kinds}


def slowdown(index):
    """How many times slower than this machine a mid-tier phone is, whose BenchmarkIndex is 1,000.

    Chromium's DevTools calibrate by the same index. A machine that is slower than the phone has less than 1.
    """
    return round(index / PHONE, 1)


def measure(names=tuple(peers.SITES), runs=3):
    """Take all figures of these sites, with so many rounds."""
    first, second = {}, []
    with tempfile.TemporaryDirectory() as work, sync_playwright() as playwright:
        folder, browser = Path(work), chromium(playwright)
        build(names, folder)
        sides = [(name, encoding) for encoding in ENCODINGS for name in names]
        with served(folder) as address:
            progress("how fast this machine is")
            warm = [lighthouse(address(*sides[0]), browser, folder)["BenchmarkIndex"] for _ in range(3)]
            slower = slowdown(median(warm))
            for number in range(1, runs + 1):
                for side in sides:
                    progress(f"round {number} of {runs}: {' with '.join(side)}")
                    first.setdefault(side, []).append(lighthouse(address(*side), browser, folder, slower))
            for name, encoding in sides:
                row = {"site": name, "encoding": encoding}
                second.append(row | reader(address(name, encoding), playwright, browser))
        found = machine()
        return {"date": found["date"], "machine": found["machine"], "versions": versions(browser)} | {
            "slowdown": slower,
            "sites": {name: peers.SITES[name][0] for name in names},
            "first": [{"site": name, "encoding": enc, "rounds": rounds} for (name, enc), rounds in first.items()],
            "second": second,
            "parts": {encoding: parts(ROOT / "site", "index.html", encoding) for encoding in ENCODINGS},
        }


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", type=Path, nargs="?", help="where the figures of all sites go")
    parser.add_argument("--only", help="sites, with commas between them: " + ", ".join(peers.SITES))
    parser.add_argument("--runs", type=int, default=3, help="how many rounds; 3 if it is not given")
    given = parser.parse_args()
    names = given.only.split(",") if given.only else [*peers.SITES]
    if unknown := [name for name in names if name not in peers.SITES]:
        parser.error(f"{', '.join(unknown)}: not known; choose from {', '.join(peers.SITES)}")
    if given.file and given.only:
        parser.error("the evidence has all sites; give a file or --only")
    text = json.dumps(measure(names, given.runs), indent=1) + "\n"
    given.file.write_text(text, encoding="utf-8") if given.file else print(text)
