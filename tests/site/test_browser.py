"""The site in a browser: as readers see, search, copy, print and navigate it."""

from urllib.parse import urlsplit

import pytest
from built import FIRST, PAGES, ROOT, address, content, first_move
from playwright.sync_api import expect
from proofs import words

ASGI = (ROOT / "oms/asgi.py").read_text()


def test_the_page_shows_the_code_with_its_numbers(page, site_url):
    page.goto(site_url)
    block = page.locator(".highlighttable").first
    expect(block).to_be_visible()
    assert block.locator(".filename").first.inner_text() == "oms/asgi.py"
    assert block.locator(".linenos").inner_text().split() == [str(n) for n in range(1, len(ASGI.splitlines()) + 1)]
    assert block.locator("td.code code").inner_text() == ASGI


def test_the_first_key_opens_the_search_and_the_search_leads_to_the_section(page, site_url):
    page.goto(site_url)
    page.keyboard.press("/")
    page.keyboard.type("setdefault")
    page.locator(".md-search-result__link[href$='#settings-module']").first.click()
    page.wait_for_url("**/?h=*#settings-module")


@pytest.mark.recorded
def test_a_text_that_is_pasted_with_the_mouse_is_searched(page, site_url):
    page.goto(site_url)
    page.keyboard.press("/")
    page.keyboard.insert_text("setdefault")
    expect(page.locator(".md-search-result__link[href$='#settings-module']:visible").first).to_be_visible()


@pytest.mark.parametrize(
    ("path", "copied"),
    [
        ("", ASGI),
        ("start/", "git clone ADDRESS guide\ncd guide\nscripts/serve"),
    ],
    ids=["a file", "commands"],
)
def test_copy_puts_a_files_bytes_and_the_commands_alone_on_the_clipboard(page, context, site_url, path, copied):
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.goto(site_url + path)
    first_move(page)
    page.locator("article .highlight").first.get_by_role("button").click()
    expect(page.get_by_text("Copied to clipboard")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == copied


@pytest.mark.recorded
def test_the_theme_switch_is_remembered(page, site_url):
    page.emulate_media(color_scheme="light")
    page.goto(site_url)
    body = page.locator("body")
    expect(body).to_have_attribute("data-md-color-scheme", "default")
    page.get_by_title("Switch to dark mode").click()
    expect(body).to_have_attribute("data-md-color-scheme", "slate")
    page.goto(f"{site_url}start/")
    expect(body).to_have_attribute("data-md-color-scheme", "slate")


def test_at_360_pixels_nothing_scrolls_sideways_but_code_and_tables(page, site_url):
    page.set_viewport_size({"width": 360, "height": 740})
    wide = []
    for name in PAGES:
        page.goto(site_url + address(name))
        found = page.evaluate(
            """() => [...document.querySelectorAll("article *")]
            .filter(e => e.scrollWidth > e.clientWidth && ["auto", "scroll"].includes(getComputedStyle(e).overflowX))
            .map(e => e.tagName + "." + e.className)
            .filter(e => !/^(CODE|PRE|DIV\\.linenodiv|DIV\\.md-typeset__scrollwrap)/.test(e))"""
        )
        width = page.evaluate("document.scrollingElement.scrollWidth")
        wide += [f"docs/{name}: {what} scrolls sideways on a phone" for what in found]
        wide += [f"docs/{name}: the page is {width} pixels wide"] if width != 360 else []
    assert not wide, "\n".join(wide)


@pytest.mark.recorded
@pytest.mark.parametrize("name", FIRST)
def test_the_keyboard_alone_reaches_everything(page, site_url, name):
    page.goto(site_url + address(name))
    wanted = page.evaluate("""() => {
        const all = [...document.querySelectorAll("a[href], button, summary, input:not([type=hidden])")]
        const seen = all.filter(e => e.checkVisibility({visibilityProperty: true, opacityProperty: true})
            && !e.closest("[hidden]") && e.getBoundingClientRect().width > 1)
        seen.forEach((e, n) => e.dataset.stop = n)
        return seen.map(e => [e.dataset.stop, e.outerHTML.slice(0, 120)])
    }""")
    missed = dict(wanted)
    for _ in range(4 * len(wanted)):  # code that scrolls is a stop, too
        page.keyboard.press("Tab")
        missed.pop(page.evaluate("document.activeElement.dataset.stop"), None)
        if not missed:
            break
    assert missed == {}, f"docs/{name}: the Tab key does not reach these"


def test_the_keyboard_opens_the_documents_own_words(page, site_url):
    page.goto(site_url)
    details = page.locator("details.original").first
    details.locator("summary").focus()
    page.keyboard.press("Enter")
    expect(details.locator("p").last).to_be_visible()


@pytest.mark.parametrize("name", FIRST)
def test_without_javascript_the_page_is_readable_and_complete(browser, site_url, name):
    with browser.new_context(java_script_enabled=False) as context:
        page = context.new_page()
        page.goto(site_url + address(name))
        for summary in page.locator("article details > summary").all():
            summary.click()
        shown = words(page.locator("article").inner_text())
        for piece in content(name).find_all(string=True):
            if not piece.find_parent(["svg", "style", "script"]):
                assert words(piece) in shown or words(piece).upper() in shown
        assert page.locator("nav a:visible").count() > 0


@pytest.mark.recorded
def test_an_address_without_a_page_leads_home(page, site_url):
    answer = page.goto(f"{site_url}no/such/page")
    assert answer.status == 404
    page.get_by_role("link", name="Go to the first page").click()
    expect(page).to_have_url(site_url)


@pytest.mark.recorded
@pytest.mark.parametrize("name", FIRST)
def test_printing_gives_the_text_alone(page, site_url, name):
    page.goto(site_url + address(name))
    page.emulate_media(media="print")
    for part in (".md-header", ".md-sidebar--primary", ".md-sidebar--secondary", ".md-footer", "button", ".headerlink"):
        assert page.locator(f"{part}:visible").count() == 0, f"{part} is printed"
    expect(page.locator("article h1")).to_be_visible()


@pytest.mark.recorded
def test_a_printed_line_of_code_stands_beside_its_number(page, site_url):
    page.set_viewport_size({"width": 718, "height": 1000})  # A4 with Chromium's margins
    page.goto(site_url)
    page.emulate_media(media="print")
    block = page.locator(".highlighttable").first
    code = block.locator("td.code code")
    assert code.evaluate("e => e.scrollWidth <= e.clientWidth"), "a line is cut off on paper"
    height = block.locator(".linenodiv pre").evaluate("e => parseFloat(getComputedStyle(e).lineHeight)")
    lines = code.evaluate(
        "e => { const r = document.createRange(); r.selectNodeContents(e); return r.getBoundingClientRect().height }"
    )
    assert round(lines / height) == len(ASGI.splitlines()), "a line wraps, and the numbers below it are wrong"


@pytest.mark.parametrize("name", FIRST)
def test_nothing_is_loaded_from_another_host(page, site_url, name):
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(site_url + address(name))
    page.keyboard.press("/")
    page.keyboard.type("asgi")
    expect(page.locator(".md-search-result__link").first).to_be_visible()
    outside = {
        url for url in asked if urlsplit(url).netloc != urlsplit(site_url).netloc and not url.startswith("data:")
    }
    assert not outside, (
        f"docs/{name} or mkdocs.yml: the page loads {outside}; keep a copy in docs/assets, or do without"
    )


@pytest.mark.recorded
def test_a_mark_shows_the_evidence_and_leads_to_the_test(page, site_url):
    page.goto(site_url)
    mark = page.locator("[id='fnref:setdefault-keeps'] a")
    tooltip = page.locator(".md-tooltip2").filter(has_text="The variable after")
    mark.focus()
    expect(tooltip).to_be_visible()
    page.keyboard.press("Enter")
    page.wait_for_url("**/#fn:setdefault-keeps")
    page.goto(site_url)
    mark.evaluate("mark => mark.scrollIntoView({block: 'center'})")  # its tooltip is not below the header
    mark.hover()
    expect(tooltip).to_be_visible()
    tooltip.evaluate("t => Promise.all(t.getAnimations({subtree: true}).map(a => a.finished))")
    tooltip.get_by_role("link", name="Test").click()
    page.wait_for_url("**/proofs/#tests.statements.test_index.test_setdefault_keeps")
    expect(page.get_by_text("def test_setdefault_keeps")).to_be_visible()


@pytest.mark.recorded
def test_no_error_stands_in_the_browsers_console(page, site_url):
    said = []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    for name in PAGES:
        page.goto(site_url + address(name))
    assert said == []


def test_from_a_disk_links_open_pages_and_search_says_that_it_needs_a_server(page):
    page.goto((ROOT / "site/index.html").as_uri())
    expect(page.get_by_placeholder("Search needs a server")).to_be_disabled()
    page.locator("article").get_by_role("link", name="Your first day").first.click()
    page.wait_for_url("**/site/start/index.html")
    page.locator("article").get_by_role("link", name="The file, line by line").click()
    page.wait_for_url("**/site/index.html")
