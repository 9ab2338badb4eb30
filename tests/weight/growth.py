"""Build the site with many copies of its pages, and write how its figures grow.

``python tests/weight/growth.py FILE`` takes minutes, and gigabytes of the disk; without FILE it prints the figures.
scripts/build runs in a copy of the tree, without the checks of the pages and without the pages that mkdocstrings makes.
"""

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parents[2]), str(Path(__file__).parents[1])]

from playwright.sync_api import sync_playwright  # noqa: E402
from running import ROOT, copy_to  # noqa: E402
from whitenoise import compress  # noqa: E402

from tests.servers.load import machine  # noqa: E402
from tests.weight.browse import chromium  # noqa: E402
from tests.weight.measure import progress, served  # noqa: E402
from tests.weight.sizes import ENCODINGS, compressed, first_view  # noqa: E402

MADE = ("proofs.md", "reference.md")  # what mkdocstrings makes


def multiplied(tree, times):
    """Copy the tree, and its pages so often that the site has so many times as many."""
    copy_to(tree)
    (tree / ".venv").symlink_to(ROOT / ".venv")
    for page in MADE:
        (tree / "docs" / page).unlink()
    settings = (tree / "mkdocs.yml").read_text(encoding="utf-8")
    settings = re.sub(rf"(?m)^ +- .*: ({'|'.join(map(re.escape, MADE))})\n", "", settings)
    nav = re.search(r"(?ms)^nav:\n(.*?)\n\n", settings)
    copies = []
    for number in range(1, times):
        folder = f"copy{number:03}"
        shutil.copytree(tree / "docs", tree / "docs" / folder, ignore=shutil.ignore_patterns("copy*", "assets"))
        for page in (tree / "docs" / folder).glob("*.md"):
            page.write_text(page.read_text(encoding="utf-8").replace("](assets/", "](../assets/"), encoding="utf-8")
        pages = re.findall(r"(?m)^ +- (.*: )([a-z-]+\.md)$", nav[1])
        copies += [f"  - Copy {number}:", *(f"      - {label}{folder}/{page}" for label, page in pages)]
    settings = settings.replace(nav[1], "\n".join([nav[1], *copies]))
    # The theme leaves out of a page's menu what it can; the parts of a menu that stand open stay.
    settings = settings.replace("  features:\n", "  features:\n    - navigation.prune\n")
    (tree / "mkdocs.yml").write_text(settings, encoding="utf-8")
    script = (tree / "scripts/build").read_text(encoding="utf-8")
    script = re.sub(r"(?m)^.*check_pages\.py.*\n", "", script).replace(" --strict", "")
    (tree / "scripts/build").write_text(script, encoding="utf-8")


def built(tree):
    """Build the site of a tree; give the seconds of a processor: others may work beside.

    Raises:
        SystemExit: The build failed; its last words stand there.
    """
    before = os.times()
    done = subprocess.run(
        [tree / "scripts/build"], cwd=tree, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    if done.returncode:
        raise SystemExit(f"The copied site was not built:\n{done.stdout[-2000:]}")
    after = os.times()
    work = after.children_user + after.children_system - before.children_user - before.children_system
    return {"CPU seconds": round(work, 1)}


def answered(address, playwright, browser):
    """The milliseconds from the first key in the search to the first result, in a browser that has opened the page."""
    with playwright.chromium.launch(executable_path=browser, args=["--no-sandbox"]) as window:
        page = window.new_page()
        page.goto(address)
        page.mouse.move(200, 200)
        page.wait_for_load_state("networkidle")
        began = time.monotonic()
        page.keyboard.press("/")
        page.keyboard.type("setdefault")
        page.locator(".md-search-result__link").first.wait_for(timeout=300_000)
        return round(1000 * (time.monotonic() - began))


def grown(times, playwright, browser):
    """The figures of the site with so many times its pages."""
    with tempfile.TemporaryDirectory() as work:
        folder = Path(work)
        multiplied(folder / "tree", times)
        row = {"times": times} | built(folder / "tree")
        made = folder / "tree/site"
        row["pages"] = sum(1 for _ in made.rglob("index.html"))
        index = next(made.glob("search/*.json"))
        row["index bytes"] = compressed(index.read_bytes(), "gzip", index.name)
        for encoding in ENCODINGS:
            view = first_view(made, "index.html", encoding)
            row |= {f"{encoding} bytes": view["whole"], "requests": view["requests"]}
        for page in made.rglob("*.html"):
            if page.parent != made:
                page.unlink()  # the search shows no page
        compress.main(["--quiet", "--no-brotli", str(made)])
        (folder / "sites").mkdir()
        made.rename(folder / "sites/ours-gzip")
        with served(folder) as address:
            row["search ms"] = answered(address("ours", "gzip"), playwright, browser)
    return row


def measure(times=(1, 10)):
    """Take the figures of the site with so many times its pages."""
    rows, found = [], machine()
    with sync_playwright() as playwright:
        for number in times:
            progress(f"{number} times the pages")
            rows.append(grown(number, playwright, chromium(playwright)))
    return {"date": found["date"], "machine": found["machine"], "rows": rows}


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", type=Path, nargs="?", help="where the figures go")
    parser.add_argument("--times", default="1,10", help="how many times the pages, with commas between them")
    given = parser.parse_args()
    text = json.dumps(measure(tuple(map(int, given.times.split(",")))), indent=1) + "\n"
    given.file.write_text(text, encoding="utf-8") if given.file else print(text)
