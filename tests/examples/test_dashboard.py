"""The example dashboard, used as its readers would."""

import itertools
import json
import os
import re
import signal

import httpx
import pytest
from playwright.sync_api import TimeoutError as TimedOut
from playwright.sync_api import expect
from websockets.sync.client import connect

from measure.examples import load_dashboard
from tests.shared.https import certificate_in, nginx_in
from tests.shared.running import Running, free_port, until

NOT_LIVE = re.compile(r"^Not live\. The figures are of \d.*\d.*\.$")
HOSTILE = '<img src=x onerror="window.hurt = 1">'
# A site of nginx before the dashboard: once as it comes, and once deaf to the stream's header.
SITE = """
server {
    listen 127.0.0.1:NGINX ssl;
    ssl_certificate cert.pem;
    ssl_certificate_key key.pem;
    location / { proxy_pass http://127.0.0.1:SERVER; }
    location /deaf/ { proxy_pass http://127.0.0.1:SERVER/; proxy_ignore_headers X-Accel-Buffering; }
}
"""


@pytest.fixture
def dashboard(example):
    """Start the dashboard."""

    def dashboard(port=None):
        return example("dashboard", port=port)

    return dashboard


def state(page):
    return page.get_by_role("status")


def figure(page, name):
    """The cell of a figure that says how it is now."""
    return page.get_by_role("row").filter(has=page.get_by_role("rowheader", name=name)).get_by_role("cell").first


def hide(page, hidden="hidden"):
    """Tell a page that it is hidden, or visible: Playwright keeps all of its pages visible."""
    page.evaluate(
        """hidden => {
            Object.defineProperty(document, "visibilityState", {value: hidden, configurable: true});
            document.dispatchEvent(new Event("visibilitychange"));
        }""",
        hidden,
    )


def requests_open(server):
    """The open requests, as the page without a stream says, but for its own."""
    text = httpx.get(f"{server.url}/simple/").text
    return int(re.search(r"Requests open</th><td>(\d+)", text)[1]) - 1


def test_two_browsers_see_the_same_figures_and_each_sees_the_other_come_and_go(dashboard, visitor):
    server = dashboard()
    one, other = visitor(), visitor()
    one.goto(server.url)
    expect(figure(one, "Requests open")).to_have_text("1")
    other.goto(server.url)
    for page in (one, other):
        expect(state(page)).to_have_text("Live.")
        expect(figure(page, "Requests open")).to_have_text("2")
    done = int(figure(one, "Requests done").inner_text())
    for _ in range(5):
        httpx.get(server.url)
    for page in (one, other):
        assert until(lambda page=page: int(figure(page, "Requests done").inner_text()) >= done + 5)
    other.close()
    expect(figure(one, "Requests open")).to_have_text("1")


def test_the_figures_come_in_their_order_a_second_apart_and_each_to_all(dashboard, visitor):
    server = dashboard()
    pages = [visitor(), visitor()]
    for page in pages:
        page.goto(server.url)
        page.evaluate(
            """() => {
                window.times = [];
                new EventSource("figures/").onmessage = event => window.times.push(JSON.parse(event.data).time);
            }"""
        )
    for page in pages:
        page.wait_for_function("window.times.length >= 4")
    one, other = (page.evaluate("window.times") for page in pages)
    for times in (one, other):
        assert times == sorted(set(times))
        assert all(later - earlier > 0.5 for earlier, later in itertools.pairwise(times))
    begin, end = max(one[0], other[0]), min(one[-1], other[-1])
    shared = [time for time in one if begin <= time <= end]
    assert shared == [time for time in other if begin <= time <= end] and len(shared) > 1


@pytest.fixture
def tabs(browser_type, browser_type_launch_args, tmp_path):
    """Open tabs in one window of a Chromium without Playwright, so that a tab hides those behind it.

    Gives functions that open a tab, bring it to the front, and evaluate JavaScript in it.
    """
    port = free_port()
    program = browser_type_launch_args.get("executable_path", browser_type.executable_path)
    options = [f"--remote-debugging-port={port}", f"--user-data-dir={tmp_path / 'chromium'}"]
    chromium = Running([program, "--headless=new", "--no-sandbox", *options, "about:blank"], port, tmp_path / "output")

    def open_tab(address):
        return httpx.put(f"{chromium.url}/json/new?{address}").json()

    def show(tab):
        httpx.get(f"{chromium.url}/json/activate/{tab['id']}").raise_for_status()

    def evaluate(tab, expression):
        with connect(tab["webSocketDebuggerUrl"]) as devtools:
            devtools.send(json.dumps({"id": 1, "method": "Runtime.evaluate", "params": {"expression": expression}}))
            said = json.loads(devtools.recv())  # an error, while the page is still coming
            return said.get("result", {}).get("result", {}).get("value")

    yield open_tab, show, evaluate
    chromium.stop()


def test_a_tab_behind_another_has_no_stream(dashboard, tabs):
    """A real tab is hidden by another, and shown again."""
    open_tab, show, evaluate = tabs
    server = dashboard()

    def says():
        return evaluate(tab, "document.querySelector('[role=status]')?.textContent")

    tab = open_tab(server.url)
    assert until(lambda: says() == "Live.")
    assert requests_open(server) == 1
    open_tab("about:blank")
    assert until(lambda: evaluate(tab, "document.visibilityState") == "hidden")
    assert until(lambda: NOT_LIVE.match(says() or ""))
    assert until(lambda: requests_open(server) == 0)
    show(tab)
    assert until(lambda: says() == "Live.")
    assert requests_open(server) == 1


def test_a_seventh_window_waits_until_one_of_six_is_hidden(dashboard, visitor):
    """Chromium opens six connections of HTTP/1.1 to a server; pages that are hidden give theirs back."""
    server = dashboard()
    pages = [visitor()]
    pages += [pages[0].context.new_page() for _ in range(6)]
    for page in pages[:6]:
        page.goto(server.url)
        expect(state(page)).to_have_text("Live.")
    with pytest.raises(TimedOut):
        pages[6].goto(server.url, timeout=3000)
    for page in pages[:2]:  # one for the page, one for its stream
        hide(page)
    expect(state(pages[6])).to_have_text("Live.")


def test_figures_are_called_old_when_the_server_ends_and_live_when_it_is_back(dashboard, visitor):
    server, page = dashboard(), visitor()
    page.goto(server.url)
    expect(state(page)).to_have_text("Live.")
    process = page.locator("#process").inner_text()
    server.process.kill()
    expect(state(page)).to_have_text(NOT_LIVE)
    expect(page.locator("body")).to_have_class("stale")
    expect(page.locator("#process")).to_have_text(process)
    dashboard(port=server.port)
    expect(state(page)).to_have_text("Live.")
    expect(page.locator("#process")).not_to_have_text(process)


def test_figures_are_called_old_when_nothing_comes_over_an_open_connection(dashboard, visitor):
    """The server is halted, so that its connections stay open, and goes on."""
    server, page = dashboard(), visitor()
    page.goto(server.url)
    expect(state(page)).to_have_text("Live.")
    server.process.send_signal(signal.SIGSTOP)
    expect(state(page)).to_have_text(NOT_LIVE)
    server.process.send_signal(signal.SIGCONT)
    expect(state(page)).to_have_text("Live.")


def test_an_error_502_ends_an_event_source_and_the_page_opens_another(dashboard, visitor):
    """As nginx answers while the server starts anew."""
    server, page = dashboard(), visitor()
    page.route("**/figures/", lambda route: route.fulfill(status=502))
    page.goto(server.url)
    after_an_error = """new Promise(resolve => {
        const source = new EventSource("figures/");
        source.onerror = () => resolve(source.readyState === EventSource.CLOSED);
    })"""
    assert page.evaluate(after_an_error)
    expect(state(page)).to_have_text("Waiting for figures.")
    page.unroute("**/figures/")
    expect(state(page)).to_have_text("Live.")


@pytest.fixture
def opened(dashboard, visitor):
    """Open the page with a clock that the test moves and streams that do one thing.

    Gives a function that moves the clock by some seconds, and says how many streams the page has opened so far.
    """

    def opened(does):
        page = visitor()
        page.clock.install()
        page.add_init_script(
            "window.opened = 0;"
            f"window.EventSource = class {{ constructor() {{ window.opened++; {does} }} close() {{}} }};"
        )
        page.goto(dashboard().url)

        def after(seconds):
            page.clock.run_for(1000 * seconds)
            return page.evaluate("window.opened")

        return after

    return opened


def test_a_page_that_asks_in_vain_asks_more_and_more_seldom(opened):
    """It asks again after 3, 6, 12, 24 and 48 seconds, or at most twice as long."""
    after = opened("queueMicrotask(() => this.onerror())")
    assert after(100) in (5, 6)


def test_a_page_waits_half_a_minute_before_it_opens_another_stream(opened):
    after = opened("")
    assert after(29) == 1
    assert after(8) == 2


def test_an_error_is_in_the_log_and_on_the_page_and_the_figures_come_back(dashboard, project, visitor):
    figures = project / "examples/dashboard/figures.py"
    broken = project / "broken"
    text = figures.read_text()
    begin = "    return {\n"
    assert text.count(begin) == 1
    figures.write_text(
        text.replace(begin, f"    if os.path.exists({str(broken)!r}):\n        raise ValueError('broken')\n{begin}")
    )
    server, page = dashboard(), visitor()
    page.goto(server.url)
    expect(state(page)).to_have_text("Live.")
    broken.touch()
    assert server.says(r"The figures could not be taken\nTraceback [\s\S]*\nValueError: broken\n")
    expect(state(page)).to_have_text(NOT_LIVE)
    late = visitor()
    late.goto(server.url)
    expect(state(late)).to_have_text("Waiting for figures.")
    broken.unlink()
    for each in (page, late):
        expect(state(each)).to_have_text("Live.")


def test_what_visitors_send_does_no_harm(dashboard, visitor):
    server, page = dashboard(), visitor()
    for path in ("/figures/", "/simple/", "/", "/gone/"):
        headers = {"Last-Event-ID": HOSTILE, "User-Agent": HOSTILE, "Referer": HOSTILE}
        with httpx.stream("GET", f"{server.url}{path}", params={"q": HOSTILE}, headers=headers) as answer:
            piece = next(answer.iter_text())
        assert HOSTILE not in piece
    assert httpx.head(f"{server.url}/figures/").status_code == 405  # it would stream to a client that reads nothing
    page.goto(f"{server.url}/?{HOSTILE}#{HOSTILE}")
    expect(state(page)).to_have_text("Live.")
    assert page.evaluate("window.hurt") is None
    assert HOSTILE not in page.content()


def test_the_name_of_a_figure_is_shown_as_text(dashboard, project, visitor):
    figures = project / "examples/dashboard/figures.py"
    figures.write_text(figures.read_text().replace('"Machine load"', repr(HOSTILE)))
    server, page = dashboard(), visitor()
    for path in ("", "simple/"):
        page.goto(f"{server.url}/{path}")
        expect(page.get_by_role("rowheader", name=HOSTILE)).to_be_visible()
        assert page.evaluate("window.hurt") is None


def test_over_tls_nginx_holds_the_figures_back_without_the_header(dashboard, tmp_path):
    server, port = dashboard(), free_port()
    certificate_in(tmp_path)
    nginx = nginx_in(tmp_path, SITE.replace("NGINX", str(port)).replace("SERVER", str(server.port)), port)
    try:
        with httpx.Client(verify=False, base_url=nginx.url, timeout=8) as client:
            with client.stream("GET", "/figures/") as stream:
                lines = (line for line in stream.iter_lines() if line)
                assert [next(lines)[:6] for _ in range(3)] == ["data: "] * 3
            with pytest.raises(httpx.ReadTimeout), client.stream("GET", "/deaf/figures/"):
                pass
    finally:
        nginx.stop()


def test_the_page_without_a_stream_comes_anew_after_ten_seconds(dashboard, visitor):
    server, page = dashboard(), visitor()
    page.goto(f"{server.url}/simple/")
    assert figure(page, "Requests done").inner_text() == "0"
    expect(figure(page, "Requests done")).to_have_text("1")


def test_the_table_says_what_the_lines_show_and_fits_a_telephone(dashboard, visitor):
    server, page = dashboard(), visitor(viewport={"width": 360, "height": 640})
    page.goto(server.url)
    expect(state(page)).to_have_text("Live.")
    assert page.get_by_role("columnheader").all_inner_texts() == ["Figure", "Now", "Last minute"]
    assert page.locator("svg").count() == page.locator("svg[aria-hidden=true]").count() == 5
    for row in page.locator("tbody tr").all():
        assert re.fullmatch(r"[\d.]+ to [\d.]+", row.locator(".range").inner_text())
    assert page.evaluate("document.documentElement.scrollWidth") == 360
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "The same without a stream"


def test_the_picture_shows_the_live_figures_and_those_of_a_server_that_has_ended(dashboard, visitor, picture):
    servers, pages = [dashboard(), dashboard()], [visitor(), visitor()]
    for server, page in zip(servers, pages, strict=True):
        page.goto(server.url)
    figures = 55 if "RECORD_TO" in os.environ else 2
    drawn = "path => (path.getAttribute('d') ?? '').split('L').length"

    def visited():
        """Use both servers while the lines grow."""
        for server in servers:
            httpx.get(f"{server.url}/admin/login/")
        return pages[1].locator("path").first.evaluate(drawn) >= figures

    assert until(visited, 70)
    servers[1].process.kill()
    expect(state(pages[0])).to_have_text("Live.")
    expect(state(pages[1])).to_have_text(NOT_LIVE)
    picture("dashboard", *pages)


def test_a_producer_for_each_viewer_keeps_the_server_busy_several_times_as_long():
    one, each = (
        load_dashboard.measure(500, 4, app)["busy cores"] for app in (load_dashboard.DASHBOARD, load_dashboard.EACH)
    )
    assert each > 2 * one, (each, one)
