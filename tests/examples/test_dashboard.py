"""The example dashboard, used as its readers would."""

import contextlib
import functools
import itertools
import json
import os
import re
import signal
import socket

import httpx
import psutil
import pytest
from playwright.sync_api import TimeoutError as TimedOut
from playwright.sync_api import expect
from websockets.sync.client import connect

from tests.shared.https import certificate_in, nginx_in
from tests.shared.running import Running, free_port, until

VIEWS, FIGURES = "examples/dashboard/views.py", "examples/dashboard/figures.py"
NOT_LIVE = re.compile(r"^Not live\. The figures are of \d.*\d.*\.$")
HIDDEN = (
    "The tab is hidden, then shown",
    "Hidden, its stream closes and the server takes no figures. Shown, it is live again.",
)
KILLED = (
    "The server is killed, or one of two processes",
    "The page says that its figures are old. It connects by itself, and shows those of another process.",
)
SILENT = (
    "The network is down, or the server halts",
    "The page says that its figures are old, and is live when they come again.",
)
BAD_GATEWAY = (
    "nginx responds 502 while the server starts again",
    "That ends an `EventSource`. The page opens another, after a pause that grows.",
)
FAILED = (
    "`measure` raises an error, or a figure is `NaN`",
    "The log has the traceback, and the page says that its figures are old. It is live again when `measure` works.",
)
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
    return functools.partial(example, "dashboard")


@pytest.fixture
def nginx(tmp_path):
    """Start nginx before a server, with the site above."""
    with contextlib.ExitStack() as stack:

        def nginx(server):
            port = free_port()
            certificate_in(tmp_path)
            running = nginx_in(tmp_path, SITE.replace("NGINX", str(port)).replace("SERVER", str(server.port)), port)
            stack.callback(running.stop)
            return running

        yield nginx


@pytest.fixture
def edit(project):
    """Replace a text in a file of the project."""

    def edit(file, old, new):
        path = project / file
        text = path.read_text()
        assert text.count(old) == 1
        path.write_text(text.replace(old, new))

    return edit


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


@pytest.mark.journey
@pytest.mark.fault(*HIDDEN)
def test_a_hidden_page_costs_nothing_and_is_live_when_it_is_shown_again(dashboard, edit, visitor):
    """The figures change live; hidden, no stream is open and none are taken."""
    edit(VIEWS, "Producer(measure)", 'Producer(lambda: print("taken", flush=True) or measure(), 0.05)')
    server, page = dashboard(), visitor()
    page.goto(server.url)
    with httpx.Client(base_url=server.url) as client:
        for done in range(1, 4):
            expect(state(page)).to_have_text("Live.")
            expect(figure(page, "Requests done")).to_have_text(str(done))
            client.get("/")
        hide(page)
        expect(state(page)).to_have_text(NOT_LIVE)
        assert until(lambda: requests_open(server) == 0)
        taken = server.said().count("taken")
        for _ in range(50):  # takes several times as long as the figures are apart
            client.get("/")
        assert server.said().count("taken") <= taken + 1  # which was on its way
    hide(page, "visible")
    expect(state(page)).to_have_text("Live.")
    expect(figure(page, "Requests open")).to_have_text("1")
    assert int(figure(page, "Requests done").inner_text()) > 50


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


@pytest.mark.fault(*HIDDEN)
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


@pytest.mark.fault(*KILLED)
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


@pytest.mark.fault(*KILLED)
def test_a_viewer_of_a_killed_worker_goes_on_at_another(dashboard, visitor):
    server, page = dashboard("--workers", 2, "--timeout-worker-healthcheck", 60), visitor()
    page.goto(server.url)
    expect(state(page)).to_have_text("Live.")
    process = page.locator("#process").inner_text()
    psutil.Process(int(process)).kill()
    expect(state(page)).to_have_text(NOT_LIVE)
    expect(state(page)).to_have_text("Live.")
    expect(page.locator("#process")).not_to_have_text(process)


@pytest.mark.fault(*SILENT)
def test_figures_are_called_old_when_the_network_is_down(dashboard, visitor, network):
    page, net = visitor(), network(dashboard())
    page.goto(net.url)
    expect(state(page)).to_have_text("Live.")
    net.drop()
    expect(state(page)).to_have_text(NOT_LIVE)
    net.up()
    expect(state(page)).to_have_text("Live.")


@pytest.mark.fault(*SILENT)
def test_figures_are_called_old_when_nothing_comes_over_an_open_connection(dashboard, visitor):
    """The server is halted, so that its connections stay open, and goes on."""
    server, page = dashboard(), visitor()
    page.goto(server.url)
    expect(state(page)).to_have_text("Live.")
    server.process.send_signal(signal.SIGSTOP)
    expect(state(page)).to_have_text(NOT_LIVE)
    server.process.send_signal(signal.SIGCONT)
    expect(state(page)).to_have_text("Live.")


@pytest.mark.fault(*BAD_GATEWAY)
def test_an_error_502_ends_an_event_source_and_the_page_opens_another(dashboard, visitor, nginx):
    server, page = dashboard(), visitor(ignore_https_errors=True)
    page.goto(nginx(server).url)
    expect(state(page)).to_have_text("Live.")
    with page.expect_response(lambda answer: answer.status == 502):
        server.kill()
    assert page.evaluate(
        """new Promise(resolve => {
            const source = new EventSource("figures/");
            source.onerror = () => resolve(source.readyState === EventSource.CLOSED);
        })"""
    )
    expect(state(page)).to_have_text(NOT_LIVE)
    dashboard(port=server.port)
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


@pytest.mark.fault(*BAD_GATEWAY)
def test_a_page_that_asks_in_vain_asks_more_and_more_seldom(opened):
    """It asks again after 3, 6, 12, 24 and 48 seconds, or at most twice as long."""
    after = opened("queueMicrotask(() => this.onerror())")
    assert after(100) in (5, 6)


def test_a_page_waits_half_a_minute_before_it_opens_another_stream(opened):
    after = opened("")
    assert after(29) == 1
    assert after(8) == 2


@pytest.mark.fault(*FAILED)
@pytest.mark.parametrize("does", ["raise ValueError('broken')", "return {'Ratio': float('nan')}"])
def test_an_error_is_in_the_log_and_on_the_page_and_the_figures_come_back(dashboard, edit, tmp_path, visitor, does):
    broken, begin = tmp_path / "broken", "    return {\n"
    edit(FIGURES, begin, f"    if os.path.exists({str(broken)!r}):\n        {does}\n{begin}")
    server, page = dashboard(), visitor()
    page.goto(server.url)
    expect(state(page)).to_have_text("Live.")
    broken.touch()
    assert server.says(r"The figures could not be taken\nTraceback [\s\S]*\nValueError: ")
    expect(state(page)).to_have_text(NOT_LIVE)
    late = visitor()
    late.goto(server.url)
    expect(state(late)).to_have_text("Waiting for figures.")
    broken.unlink()
    for each in (page, late):
        expect(state(each)).to_have_text("Live.")


@pytest.mark.fault(
    "A figure is text, `None` or missing, or its name is HTML", "Its row shows it as text, or stays empty."
)
def test_a_figure_that_is_no_number_is_shown_as_text(dashboard, edit, visitor):
    name = '"Machine load": '
    edit(FIGURES, name, f'{HOSTILE!r}: {HOSTILE!r}, "None": None, "__proto__": 1, {name}')
    edit(FIGURES, "    return {\n", '    return {**({"Once": 1} if requests["done"] < 4 else {}),\n')
    server, page, errors = dashboard(), visitor(), []
    page.goto(f"{server.url}/simple/")
    expect(figure(page, HOSTILE)).to_have_text(HOSTILE)
    page.on("pageerror", lambda error: errors.append(error))
    page.on("console", lambda message: errors.append(message.text))
    page.goto(server.url)
    for each, text in ((HOSTILE, HOSTILE), ("None", ""), ("__proto__", "1"), ("Once", "1")):
        expect(figure(page, each)).to_have_text(text)
    for _ in range(4):
        httpx.get(server.url)
    expect(figure(page, "Once")).to_have_text("")
    expect(state(page)).to_have_text("Live.")
    assert page.evaluate("window.hurt") is None and not errors


@pytest.mark.fault(
    "A viewer stops reading, and goes on", "Meanwhile others get their figures. It misses some, then gets the newest."
)
def test_a_slow_viewer_misses_figures_and_holds_nobody_up(dashboard, edit):
    """Its figures are more than all buffers on their way can hold."""
    edit(VIEWS, "Producer(measure)", 'Producer(lambda: {"Taken": next(number), "Ballast": "x" * 100_000}, 0)')
    edit(VIEWS, "producer = ", "import itertools\nnumber = itertools.count(1)\nproducer = ")
    server = dashboard()

    def taken(lines):
        return (int(found[1]) for line in lines if (found := re.search(r'"Taken": (\d+)', line)))

    with contextlib.closing(socket.socket()) as slow:
        slow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 16)
        slow.connect(("127.0.0.1", server.port))
        slow.sendall(b"GET /figures/ HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert slow.recv(1) == b"H"
        with httpx.stream("GET", f"{server.url}/figures/") as stream:
            newest = next(number for number in taken(stream.iter_lines()) if number > 300)
        got = list(itertools.takewhile(lambda number: number <= newest, taken(slow.makefile())))
    assert got == sorted(got) and 0 < len(got) < 200


@pytest.mark.fault("400 viewers come at once, and are gone", "Their streams end, and with them their threads.")
def test_viewers_who_leave_leave_nothing_behind(dashboard, visitor):
    server, page = dashboard(), visitor()
    page.goto(server.url)
    expect(figure(page, "Requests open")).to_have_text("1")
    with contextlib.ExitStack() as stack:
        for _ in range(400):
            stack.enter_context(server.client()).sendall(b"GET /figures/ HTTP/1.1\r\nHost: localhost\r\n\r\n")
        expect(figure(page, "Requests open")).to_have_text("401")
        assert until(lambda: int(figure(page, "Threads").inner_text()) > 400)
    expect(figure(page, "Requests open")).to_have_text("1")
    assert until(lambda: int(figure(page, "Threads").inner_text()) < 20)
    expect(state(page)).to_have_text("Live.")


@pytest.mark.fault(
    "A request for the stream is a HEAD, a POST, has a wrong host, or wrong bytes",
    "The response is 405, 403, 400 and 400. The others get their figures.",
)
def test_a_bad_request_is_refused(dashboard, visitor):
    server, page = dashboard(), visitor()
    page.goto(server.url)
    for request_line, header, status in (
        (b"HEAD /figures/", b"", 405),  # it would stream to a client that reads nothing
        (b"OPTIONS /figures/", b"", 405),
        (b"POST /figures/", b"Content-Length: 0", 403),
        (b"GET /figures/", b"Host: example.com", 400),
        (b"GET /figures/", b"X-Zero: a\0b", 400),
        (b"GET /figures/?\xff", b"", 400),
        (b"GET /figures/?" + 70_000 * b"q", b"", 400),
        (b"\0\xff", b"", 400),
        (b"GET /figures/?%ff%00=%3Cb%3E", b"Last-Event-ID: \xff\xfe<b>", 200),
    ):
        host = b"" if header.startswith(b"Host") else b"Host: localhost"
        with server.client() as client:
            client.sendall(b"\r\n".join(filter(None, [request_line + b" HTTP/1.1", host, header])) + b"\r\n\r\n")
            assert client.makefile("rb").readline().split()[1] == b"%d" % status, request_line[:50]
    before = page.locator("time").inner_text()
    expect(page.locator("time")).not_to_have_text(before)
    expect(state(page)).to_have_text("Live.")


@pytest.mark.fault(
    "nginx stands before the server, over TLS",
    "Each figure comes at once. Without the header `X-Accel-Buffering`, none came in eight seconds.",
)
def test_over_tls_nginx_holds_the_figures_back_without_the_header(dashboard, nginx):
    with httpx.Client(verify=False, base_url=nginx(dashboard()).url, timeout=8) as client:
        with client.stream("GET", "/figures/") as stream:
            lines = (line for line in stream.iter_lines() if line)
            assert [next(lines)[:6] for _ in range(3)] == ["data: "] * 3
        with pytest.raises(httpx.ReadTimeout), client.stream("GET", "/deaf/figures/"):
            pass


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
    assert page.locator("svg").count() == page.locator("svg[aria-hidden=true]").count() == 4
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
