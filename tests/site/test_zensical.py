"""Zensical, the theme's next builder, makes the same pages from mkdocs.yml; what differs is in zensical.yml."""

import difflib
import importlib.util
import os
import re
import subprocess
import sys
from importlib.metadata import version
from urllib.parse import urljoin, urlsplit

import pytest
import yaml
from bs4 import BeautifulSoup
from built import PAGES, ROOT, address, soup
from playwright.sync_api import expect
from proofs import words
from running import copy_to

LISTED = yaml.safe_load((ROOT / "tests/site/zensical.yml").read_text(encoding="utf-8"))
KEYS = {"where", "mkdocs", "zensical", "why"}
LOGGED = "Nov 25 03:47:10 web1 uvicorn[1234]: ERROR:    Exception in ASGI application"
THEMES_OWN = "assets/javascripts/", "assets/stylesheets/", "assets/images/"

pytestmark = pytest.mark.recorded


@pytest.fixture(scope="module")
def other_site(tmp_path_factory):
    """The folder of the site that Zensical builds from a copy of the tree."""
    if not importlib.util.find_spec("zensical"):
        pytest.fail(
            f"Zensical runs on Python 3.11 or later, and .venv has {sys.version.split()[0]}; "
            "remove .venv and run scripts/test with a later Python first on the PATH as python3"
        )
    tree = copy_to(tmp_path_factory.mktemp("zensical") / "tree")
    env = os.environ | {"SITE_URL": soup("index.md").find("link", rel="canonical")["href"]}
    command = [sys.executable, "-m", "zensical", "build", "--strict"]
    done = subprocess.run(
        command, cwd=tree, env=env, text=True, timeout=300, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    assert done.returncode == 0, f"zensical build --strict refuses what mkdocs build --strict builds:\n{done.stdout}"
    return tree / "site"


def facts(site, file):
    """What a reader has of a built page, a list an aspect: {aspect: [text, ...]}."""
    page = BeautifulSoup((site / file).read_bytes(), "html.parser")
    base = urljoin("http://site/", file.removesuffix("index.html"))
    article = page.article
    described = page.select("head meta[name]:not([name=generator])")
    addresses = page.select("link:is([rel=canonical], [rel=prev], [rel=next])")
    menu = page.select(".md-nav--primary a[href]:not(.md-nav--secondary a)")
    return {
        "text": article.get_text().split(),
        "ids": [tag["id"] for tag in article.select("[id]")],
        "code": [block.get_text() for block in article.select("pre")],
        "links": [urljoin(base, tag.get("href") or tag["src"]) for tag in article.select("a[href], img[src]")],
        "title": [page.title.get_text()],
        "description": [f"{tag['name']}: {tag['content']}" for tag in described],
        "generator": [re.sub(r"-[\d.]+", "", tag["content"]) for tag in page.select("head meta[name=generator]")],
        "addresses": [urljoin(base, tag["href"]) for tag in addresses],
        "menu": [f"{words(link.get_text())}: {urljoin(base, link['href'])}" for link in menu],
        "contents": [words(link.get_text()) for link in page.select(".md-sidebar--secondary a[href]")],
    }


def files(site):
    """The files of a site but the theme's own."""
    names = sorted(path.relative_to(site).as_posix() for path in site.rglob("*") if path.is_file())
    return [name for name in names if not name.startswith(THEMES_OWN)]


def changes(where, ours, theirs):
    """Yield (where, what MkDocs has, what Zensical has) for each place in which two lists differ; "" is nothing."""
    if ours == theirs:
        return
    for what, a, b, c, d in difflib.SequenceMatcher(None, ours, theirs, autojunk=False).get_opcodes():
        if what != "equal":
            yield where, " ".join(ours[a:b]), " ".join(theirs[c:d])


def found_by(browser, url):
    """What the search shows for a line of a log that holds an error's message: "its entry" or "nothing"."""
    window = browser.new_page()
    window.goto(url)
    window.keyboard.press("/")
    window.keyboard.type(LOGGED)
    entry = window.locator("a[href*='?h='][href$='#not-websocket']").first
    entry.or_(window.get_by_text("No results", exact=True)).first.wait_for()
    shown = "its entry" if entry.is_visible() else "nothing"
    window.close()
    return shown


@pytest.fixture(scope="module")
def differences(other_site, browser, serve_pages, plain_site, plain_url):
    """{(where, what MkDocs has, what Zensical has): the files in which it differs}."""
    found = {change: ["the site"] for change in changes("files", files(plain_site), files(other_site))}
    searched = [found_by(browser, plain_url)], [found_by(browser, serve_pages(other_site))]
    found |= {change: ["the search"] for change in changes("search for a line of a log", *searched)}
    for file in ["404.html", *(f"{address(page)}index.html" for page in PAGES)]:
        ours, theirs = facts(plain_site, file), facts(other_site, file)
        for aspect in ours:
            for change in changes(aspect, ours[aspect], theirs[aspect]):
                found.setdefault(change, []).append(file)
    return found


def test_nothing_differs_but_what_is_listed(differences):
    listed = {(entry["where"], entry["mkdocs"], entry["zensical"]) for entry in LISTED}
    unlisted = [
        f"{found[0]} and {len(found) - 1} more, {where}: MkDocs has {ours[:300]!r}, Zensical has {theirs[:300]!r}"
        for (where, ours, theirs), found in differences.items()
        if (where, ours, theirs) not in listed
    ]
    assert not unlisted, "\n".join(
        ["Write what both build alike, or list it in tests/site/zensical.yml with its why:", *unlisted]
    )


@pytest.mark.parametrize("entry", LISTED, ids=lambda entry: f"{entry['where']}: {entry['zensical'] or 'nothing'}")
def test_each_listed_difference_occurs(differences, entry):
    assert entry.keys() == KEYS and entry["why"], f"tests/site/zensical.yml: give each entry {sorted(KEYS)}"
    assert (entry["where"], entry["mkdocs"], entry["zensical"]) in differences, (
        f"tests/site/zensical.yml: nothing differs in {entry['where']} as {entry} says; delete the entry, "
        "run scripts/record"
    )


def test_the_page_names_the_version_that_is_tried():
    said = re.search(r"Zensical (\d[\d.]*\d)", (ROOT / "docs/zensical.md").read_text(encoding="utf-8"))
    tried = version("zensical")
    assert said and said[1] == tried, f"docs/zensical.md: write 'Zensical {tried}', the version that is tried"


def test_the_other_site_opens_searches_and_switches_its_colours(page, other_site, serve_pages):
    """A reader finds an error's entry; nothing is asked of another host, and no error stands in the console."""
    said, asked, url = [], [], serve_pages(other_site)
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("request", lambda request: asked.append(request.url))
    page.emulate_media(color_scheme="light")
    page.goto(url)
    body = page.locator("body")
    expect(body).to_have_attribute("data-md-color-scheme", "default")
    page.get_by_title("Switch to dark mode").click()
    expect(body).to_have_attribute("data-md-color-scheme", "slate")
    page.keyboard.press("/")
    page.keyboard.type("Apps aren't loaded yet")
    page.locator("a[href*='errors-start/?h='][href$='#apps-not-loaded']").first.click()
    page.wait_for_url("**/errors-start/?h=*#apps-not-loaded")
    assert said == []
    hosts = {urlsplit(address).netloc for address in asked if urlsplit(address).scheme.startswith("http")}
    assert hosts == {urlsplit(url).netloc}
