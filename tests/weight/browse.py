"""What a browser fetches for a page: as Lighthouse sees it, and as a reader who opens a second page."""

import json
import os
import shutil
import subprocess

from running import ROOT

from tests.weight import peers

FLAGS = (
    "--headless=new --no-sandbox --disable-gpu --disable-background-networking "
    "--disable-component-update --disable-sync"
)
STILL = 4000  # milliseconds in which a page begins and ends no request, after which it has what it wants
AUDITS = {"LCP": "largest-contentful-paint", "CLS": "cumulative-layout-shift", "TBT": "total-blocking-time"}
SCORES = ("performance", "accessibility", "best-practices", "seo")
LIGHTHOUSE = ROOT / ".venv/node/tests-weight/node_modules/lighthouse"


def chromium(playwright):
    """The path of the machine's Chromium, or of the one that tests/install-tools installed."""
    names = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
    return next(filter(None, map(shutil.which, names)), playwright.chromium.executable_path)


def lighthouse(address, browser, folder, slowdown=4):
    """The figures of one run of Lighthouse, and the speed of the machine as its BenchmarkIndex.

    Args:
        address: The page.
        browser: The path of Chromium.
        folder: Where the report may lie.
        slowdown: How many times slower than this machine the phone is that Lighthouse stands for; 4 is Lighthouse's own.

    Raises:
        SystemExit: Lighthouse failed, or the page asked for what it did not get.
    """
    report = folder / "report.json"
    command = [ROOT / ".venv/bin/node", LIGHTHOUSE / "cli/index.js", address, "--quiet", "--output=json"]
    options = [f"--output-path={report}", f"--chrome-flags={FLAGS}", "--no-enable-error-reporting"]
    environment = os.environ | {"CHROME_PATH": browser}
    options += [f"--only-categories={','.join(SCORES)}", f"--throttling.cpuSlowdownMultiplier={slowdown}"]
    subprocess.run([*map(str, command), *options], env=environment, check=True, timeout=300)
    found = json.loads(report.read_text(encoding="utf-8"))
    if error := found.get("runtimeError"):
        raise SystemExit(f"Lighthouse could not open {address}: {error['message']}")
    items = found["audits"]["network-requests"]["details"]["items"]
    items = [item for item in items if item["url"].startswith("http")]
    # A browser asks for a favicon.ico where a page names no icon; that none is there is the site's choice.
    asked = [item for item in items if not item["url"].endswith("/favicon.ico")]
    if failed := [item["url"] for item in asked if item.get("statusCode") != 200]:
        raise SystemExit(f"{address} asks for {failed}, which do not answer; let the site have or leave them")
    return (
        {"bytes": sum(item["transferSize"] for item in items), "requests": len(items)}
        | {name: round(found["audits"][audit]["numericValue"], 4) for name, audit in AUDITS.items()}
        | {name: round(100 * found["categories"][name]["score"]) for name in SCORES}
        | {"BenchmarkIndex": found["environment"]["benchmarkIndex"]}
    )


def reader(address, playwright, browser):
    """What one reader's browser fetches: at the first view, at the first move of the mouse, and for the second page."""
    window = playwright.chromium.launch(executable_path=browser, args=["--no-sandbox"])
    page, found, asked, fetched = window.new_page(), {}, [], []
    session = page.context.new_cdp_session(page)
    session.send("Network.enable")
    session.on("Network.requestWillBeSent", lambda event: asked.append(event["requestId"]))
    session.on("Network.loadingFinished", lambda event: fetched.append(event["encodedDataLength"]))
    second = address + peers.SECOND

    def note(name):
        still = 0
        while still < STILL:
            before = len(asked), len(fetched)
            page.wait_for_timeout(500)
            still = still + 500 if before == (len(asked), len(fetched)) else 0
        sizes = [size for size in fetched if size]  # what comes from the cache has none
        found[f"{name} bytes"], found[f"{name} requests"] = sum(sizes), len(sizes)
        fetched.clear()

    page.goto(address)
    note("first view")
    page.mouse.move(200, 200)
    page.mouse.move(210, 210)
    note("first move")
    page.evaluate("to => [...document.links].find(link => link.href.split('#')[0] === to).click()", second)
    page.wait_for_url(second)
    note("second page")
    window.close()
    return found
