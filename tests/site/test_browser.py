"""The site in a browser: as readers see it, search it and copy from it."""

from urllib.parse import urlsplit

from playwright.sync_api import expect

from pages.built import PAGES, ROOT, content
from pages.claims import words
from tests.shared.widths import too_wide

ASGI = (ROOT / "oms/asgi.py").read_text()


def test_the_page_shows_the_code_with_its_numbers(page, site_url):
    page.goto(site_url)
    block = page.locator(".file .highlight")
    expect(block.locator(".filename")).to_have_text("oms/asgi.py")
    shown = block.locator(".linenos").evaluate_all("all => all.map(one => getComputedStyle(one, '::before').content)")
    assert [int(number.strip('" ')) for number in shown] == list(range(1, len(ASGI.splitlines()) + 1))
    assert block.locator("code").text_content() == ASGI


def test_a_line_that_is_pointed_at_is_explained_beside_the_file(page, site_url):
    page.goto(site_url)
    line, told = page.locator(".file .highlight code > span"), page.locator(".file dd:visible")
    line.nth(15).hover()
    expect(told).to_contain_text("uvicorn oms.asgi:application")
    line.nth(4).click()
    expect(told).to_contain_text("The docstring")
    page.wait_for_url("**/#line-5")
    page.keyboard.press("Tab")
    page.get_by_role("link", name="Line 14", exact=True).focus()
    expect(told).to_contain_text("Which settings?")
    expect(page.locator(".file code > .shown")).to_contain_text("os.environ.setdefault")


def test_the_address_of_a_line_opens_it_marked(page, site_url):
    page.goto(f"{site_url}#line-12")
    expect(page.locator(".file code > .exact")).to_have_text(ASGI.splitlines()[11])
    expect(page.locator(".file dd:visible")).to_contain_text("What does the import do?")
    expect(page.locator(".file .exact")).to_be_in_viewport()


def test_a_tick_says_what_was_run_to_the_keyboard_and_to_a_finger(browser, site_url):
    with browser.new_context(has_touch=True, is_mobile=True, viewport={"width": 390, "height": 844}) as context:
        page = context.new_page()
        page.goto(site_url)
        said = page.get_by_role("dialog", name="What was run")
        page.locator(".footnote-ref").first.focus()
        expect(said).to_contain_text("after runserver answered")
        page.locator("h1").tap()
        page.locator("[href='#fn:counterpart-of-wsgi']").tap()
        expect(said.last).to_contain_text("an async function")
        assert "#fn" not in page.url


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


def test_on_a_small_phone_nothing_scrolls_sideways_but_code_and_tables(page, site_url):
    errors = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    wide = [found for name in PAGES for found in too_wide(page, site_url, name, [320])]
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


def test_a_request_is_stepped_through_with_buttons_and_keys_and_a_link_opens_its_step(page, site_url):
    page.goto(f"{site_url}how-it-works/")
    stepper = page.locator(".tabbed-block .stepper").first
    said, event = stepper.get_by_role("status"), stepper.get_by_text("'type': 'http.request'")
    expect(said).to_have_text("1 of 8: Scope, in MainThread")
    expect(event).not_to_be_visible()
    stepper.get_by_role("button", name="Next").click()
    expect(said).to_have_text("2 of 8: Receive, in MainThread")
    expect(event).to_be_visible()
    expect(stepper.locator("[aria-current=step]")).to_have_text("handler")
    page.keyboard.press("ArrowRight")
    expect(said).to_have_text("3 of 8: Request started, in ThreadPoolExecutor-1_0")
    expect(event).not_to_be_visible()
    stepper.get_by_role("button", name="Show all").click()
    expect(event).to_be_visible()
    page.goto(f"{site_url}how-it-works/#fnref:a-websocket")
    expect(page.get_by_text("'type': 'websocket'")).to_be_visible()
    page.goto(f"{site_url}how-it-works/#fnref:ready-last")
    expect(page.get_by_text("6 of 8: ready()")).to_be_visible()


def test_without_javascript_each_step_of_a_request_is_there(browser, site_url):
    with browser.new_context(java_script_enabled=False) as context:
        page = context.new_page()
        page.goto(f"{site_url}how-it-works/")
        shown = 0
        for label in page.locator(".tabbed-labels label").all():
            label.click()
            shown += page.locator(".tabbed-block li:visible").count()
        assert shown == page.locator(".tabbed-block li").count() > 20
