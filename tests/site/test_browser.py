"""The site in a browser: as readers see it, search it and copy from it."""

from urllib.parse import urlsplit

from playwright.sync_api import expect

from pages.built import PAGES, ROOT, address, content
from pages.claims import words

ASGI = (ROOT / "oms/asgi.py").read_text()


def test_the_page_shows_the_code_with_its_numbers(page, site_url):
    page.goto(site_url)
    block = page.locator(".highlighttable").first
    expect(block).to_be_visible()
    assert block.locator(".filename").first.inner_text() == "oms/asgi.py"
    assert block.locator(".linenos").inner_text().split() == [str(n) for n in range(1, len(ASGI.splitlines()) + 1)]
    assert block.locator("td.code code").inner_text() == ASGI


def test_the_key_opens_the_search_and_the_search_leads_to_the_section_without_another_host(page, site_url):
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(site_url)
    page.keyboard.press("/")
    page.keyboard.type("setdefault")
    page.locator(".md-search-result__link[href$='#settings-module']").first.click()
    page.wait_for_url("**/?h=*#settings-module")
    outside = {
        url for url in asked if urlsplit(url).netloc != urlsplit(site_url).netloc and not url.startswith("data:")
    }
    assert not outside, f"docs/index.md or mkdocs.yml: the page loads {outside}; keep a copy in docs/assets"


def test_copy_puts_a_files_bytes_and_the_commands_alone_on_the_clipboard(page, context, site_url):
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    install = "python3 -m venv .venv\n.venv/bin/python -m pip install -r requirements.txt"
    for path, copied in (("", ASGI), ("start/", f"git clone ADDRESS guide\ncd guide\n{install}")):
        page.goto(site_url + path)
        page.locator("article .highlight").first.get_by_role("button").click()
        expect(page.get_by_text("Copied to clipboard")).to_be_visible()
        assert page.evaluate("navigator.clipboard.readText()") == copied


def test_at_360_pixels_nothing_scrolls_sideways_but_code_and_tables(page, site_url):
    page.set_viewport_size({"width": 360, "height": 740})
    wide, errors = [], []
    page.on("pageerror", lambda error: errors.append(str(error)))
    for name in PAGES:
        page.goto(site_url + address(name))
        found = page.evaluate(
            """() => [...document.querySelectorAll("article *")]
            .filter(e => e.scrollWidth > e.clientWidth && ["auto", "scroll"].includes(getComputedStyle(e).overflowX))
            .map(e => e.tagName + "." + e.className)
            .filter(e => !/^(CODE|PRE|DIV\\.linenodiv|DIV\\.md-typeset__scrollwrap|DIV\\.tabbed-labels)/.test(e))"""
        )
        width = page.evaluate("document.scrollingElement.scrollWidth")
        wide += [f"docs/{name}: {what} scrolls sideways on a phone" for what in found]
        wide += [f"docs/{name}: the page is {width} pixels wide"] if width != 360 else []
    assert not wide, "\n".join(wide)
    assert not errors


def test_without_javascript_the_page_is_readable_and_complete(browser, site_url):
    with browser.new_context(java_script_enabled=False) as context:
        page = context.new_page()
        page.goto(site_url)
        for summary in page.locator("article details > summary").all():
            summary.click()
        shown = words(page.locator("article").inner_text())
        for piece in content("index.md").find_all(string=True):
            if not piece.find_parent(["svg", "style", "script"]):
                assert words(piece) in shown or words(piece).upper() in shown
        assert page.locator("nav a:visible").count() > 0


def test_from_a_disk_links_open_pages_and_search_says_that_it_needs_a_server(page):
    page.goto((ROOT / "site/index.html").as_uri())
    expect(page.get_by_placeholder("Search needs a server")).to_be_disabled()
    page.locator("article").get_by_role("link", name="Run it in five minutes").first.click()
    page.wait_for_url("**/site/start/index.html")
    page.locator("article").get_by_role("link", name="asgi.py, line by line").click()
    page.wait_for_url("**/site/index.html")
