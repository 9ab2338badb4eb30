"""The example notifications, used as its readers would."""

import contextlib
import functools
import http.server
import os
import random
import re
import sqlite3
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import httpx
import psutil
import pytest
from playwright.sync_api import TimeoutError as NotLoaded
from playwright.sync_api import expect

from tests.shared.https import certificate_in
from tests.shared.running import until

MODULE = "examples.notifications.settings"
SETTINGS = {"DJANGO_SETTINGS_MODULE": MODULE}
ADD = "INSERT INTO notifications_notification (text) VALUES (?)"
HOSTILE = [
    "<img src=x onerror=\"document.body.textContent='broken'\">",
    "</script><script>document.body.textContent = 'broken'</script>",
    "{{ form }} {% now 'Y' %} &lt;b&gt;",
    "one\n\nid: 99\ndata: two",
]
# Two streams, with queries that wait for a word; what the one that goes on has at last is printed.
FEED = """
import asyncio, django
django.setup()
from examples.notifications import feed, models

async def main():
    asked, newest, word = [], 0, asyncio.Event()

    async def newest_id():
        return newest

    async def notifications_after(last_id):
        asked.append(last_id)
        first = len(asked) == 1
        await word.wait()
        return [] if first and newest else [models.Notification(id=1, text="news")]

    feed.newest_id, feed.notifications_after, feed.LOOK_EVERY = newest_id, notifications_after, 0.01
    streams = feed.Feed()
    one, other = (asyncio.create_task(anext(streams.follow(0))) for _ in range(2))
    while not asked:
        await asyncio.sleep(0)
    {}
    word.set()
    print(await asyncio.wait_for(other, 5), asked)

asyncio.run(main())
"""
# A process that sends something in a transaction, and commits when it hears a line.
HELD = """
import django
django.setup()
from django.db import transaction
from examples.notifications.models import notify

with transaction.atomic():
    notify("first")
    print("sent", flush=True)
    input()
"""
# A page's streams, for a test to look at.
EACH_SOURCE = """
window.sources = [];
window.EventSource = class extends EventSource {
  constructor(url) {
    super(url);
    sources.push(this);
    this.addEventListener("alive", () => { this.heard = true; });
  }
};
"""
LEAVES = "one.cancel()"
MISSES = "change, newest = streams.change, 1; await change"


@pytest.fixture
def serve(example):
    """Start a server of the example, whose database has the table; each call starts one more."""
    return functools.partial(example, "notifications", migrate=["notifications", "--run-syncdb"])


@pytest.fixture
def change(project):
    """Run a statement in the example's database, once for each of some rows of values."""

    def change(statement, *values):
        with contextlib.closing(sqlite3.connect(project / "db.sqlite3")) as database:
            database.executemany(statement, values)
            database.commit()

    return change


@pytest.fixture
def certificate(tmp_path):
    """The files of a certificate for 127.0.0.1 and of its key."""
    return certificate_in(tmp_path)


def visit(page, server):
    """Open the page, and wait until its stream is open."""
    page.goto(server.url)
    expect(page.get_by_role("status")).to_have_text("Live.")


def send(page, *texts):
    """Send notifications with the page's form."""
    for text in texts:
        page.get_by_label("Text").fill(text)
        page.get_by_role("button", name="Send").click()
        expect(page.get_by_label("Text")).to_have_value("")


def shows(page, *texts):
    """Wait until the page shows these notifications, given from the oldest, and no other."""
    expect(page.get_by_role("listitem")).to_have_text(texts[::-1])


def post(server, text):
    """Send a notification without a browser; give the answer."""
    with httpx.Client(base_url=server.url) as client:
        token = re.search('csrfmiddlewaretoken" value="([^"]+)', client.get("/").text)[1]
        return client.post("/", data={"csrfmiddlewaretoken": token, "text": text})


def stream(server, after=0):
    """Open a stream and read its head; give the connection."""
    client = server.client()
    client.sendall(b"GET /stream?after=%d HTTP/1.1\r\nHost: localhost\r\n\r\n" % after)
    client.recv(4096)
    return client


@pytest.mark.fault(
    "Two browsers, each at a process of its own, send in turn",
    "Both show all, in one order.",
)
@pytest.mark.journey
def test_browsers_at_two_processes_show_each_notification_in_one_order(serve, visitor):
    """What one browser sends, both show, in the same order, at two processes that share the database."""
    anna, ben = visitor(), visitor()
    visit(anna, serve())
    visit(ben, serve())
    send(anna, "one")
    send(ben, "two", "three")
    send(anna, "four")
    for page in (anna, ben):
        shows(page, "one", "two", "three", "four")


@pytest.mark.fault(
    "The network drops for a while",
    "The page connects again and shows all, once and in order.",
)
@pytest.mark.journey
def test_a_dropped_network_costs_no_notification(serve, visitor, network):
    """The browser connects again when the network is back, and has what was sent meanwhile, once and in order."""
    server = serve()
    net, anna = network(server), visitor()
    visit(anna, net)
    send(anna, "before")
    shows(anna, "before")
    net.drop()
    expect(anna.get_by_role("status")).to_have_text("The connection is lost. Trying again.")
    for text in ("meanwhile", "and again"):
        post(server, text)
    net.up()
    expect(anna.get_by_role("status")).to_have_text("Live.")
    send(anna, "after")
    shows(anna, "before", "meanwhile", "and again", "after")


@pytest.mark.fault(
    "The network fails without an error",
    "After 40 seconds without a word the page connects again, and shows what came meanwhile.",
)
def test_a_silent_network_costs_no_notification(serve, visitor, network):
    """The page hears for 40 seconds neither a notification nor that the server is alive, and connects again."""
    server, anna = serve(), visitor()
    net = network(server)
    anna.clock.install()
    visit(anna, net)
    net.silence()
    post(server, "meanwhile")
    net.up()  # for new connections
    anna.clock.run_for(39_000)
    shows(anna)
    anna.clock.run_for(1_000)
    shows(anna, "meanwhile")


def test_a_quiet_server_is_heard_and_keeps_the_connection(serve, project, visitor):
    """While nobody sends anything, the server says that it is alive, and the page opens no other stream."""
    feed = project / "examples/notifications/feed.py"
    feed.write_text(feed.read_text().replace("KEEP_ALIVE = 15 ", "KEEP_ALIVE = 0.1 "))
    anna = visitor()
    anna.add_init_script(EACH_SOURCE)
    anna.clock.install()
    visit(anna, serve())
    for _ in range(3):
        anna.evaluate("sources[0].heard = false")
        anna.wait_for_function("sources[0].heard")
        anna.clock.run_for(30_000)
    assert anna.evaluate("sources.length") == 1


@pytest.mark.fault(
    "Something is sent while the server is down",
    "The browser says that there is no server. Reloaded when it is back, the page sends it.",
)
def test_what_could_not_be_sent_is_sent_by_a_reload(serve, visitor):
    """A browser's reload submits the form again."""
    server, anna = serve(), visitor()
    visit(anna, server)
    server.kill()
    anna.get_by_label("Text").fill("news")
    anna.get_by_role("button", name="Send").click()
    anna.wait_for_url("chrome-error://**")
    serve(port=server.port)
    anna.reload()
    shows(anna, "news")


@pytest.mark.fault("A page of another site opens the stream", "Its browser gives it no notification.")
def test_another_site_reads_no_stream(serve, visitor):
    """Without a header that allows it, the browser gives a page of another origin nothing of the response."""
    one, other, anna = serve(), serve(), visitor()
    post(one, "news")
    visit(anna, other)
    came = """url => new Promise(done => {
        const source = new EventSource(url);
        source.onmessage = event => done(event.data);
        source.onerror = () => done("error");
    })"""
    assert anna.evaluate(came, f"{one.url}/stream?after=0") == "error"
    assert anna.evaluate(came, f"{other.url}/stream?after=0") == '"news"'


@pytest.mark.fault(
    "On PostgreSQL, a transaction that has sent is open while another process sends",
    "The other waits for its end; the page shows both, in order.",
)
def test_on_postgresql_no_id_becomes_visible_before_a_smaller_one(serve, project, postgres, visitor):
    """Without the lock the second would be visible first, and the first, with its smaller id, be passed over."""
    settings = project / "examples/notifications/settings.py"
    settings.write_text(f"{settings.read_text()}\nDATABASES = {{'default': {postgres.settings}}}\n")
    one, other, anna = serve(), serve(), visitor()
    visit(anna, one)
    held = subprocess.Popen(
        [sys.executable, "-c", HELD], cwd=project, env=os.environ | SETTINGS, text=True,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE,
    )  # fmt: skip
    with held, ThreadPoolExecutor(1) as pool:
        assert held.stdout.readline() == "sent\n"
        sent = pool.submit(post, other, "second")
        assert until(lambda: sent.done() or postgres.ask("SELECT count(*) FROM pg_locks WHERE NOT granted"))
        if sent.done():
            shows(anna, "second")
        held.communicate("commit\n")
        assert sent.result().status_code == 302
    shows(anna, "first", "second")


@pytest.mark.fault(
    "A server is killed, and another takes its place",
    "Its page connects again and shows all, once and in order; the one at the other process goes on.",
)
def test_a_killed_and_restarted_server_loses_nothing_and_doubles_nothing(serve, visitor):
    """The browser connects again by itself, and has what was sent meanwhile."""
    one, other = serve(), serve()
    anna, ben = visitor(), visitor()
    visit(anna, one)
    visit(ben, other)
    send(anna, "before")
    shows(anna, "before")
    one.process.kill()
    expect(anna.get_by_role("status")).to_have_text("The connection is lost. Trying again.")
    send(ben, "meanwhile", "and again")
    serve(port=one.port)
    expect(anna.get_by_role("status")).to_have_text("Live.")
    send(ben, "after")
    for page in (anna, ben):
        shows(page, "before", "meanwhile", "and again", "after")


@pytest.mark.fault(
    "One of two workers is killed",
    "The page goes on at the other, and shows what came meanwhile.",
)
def test_the_other_worker_goes_on_where_one_was_killed(serve, visitor):
    """With two workers, a browser whose worker is killed goes on at another, and misses nothing."""
    server, anna = serve("--workers", "2"), visitor()
    visit(anna, server)
    send(anna, "before")
    shows(anna, "before")
    worker = max(server.processes(), key=lambda process: process.num_threads())  # a stream holds a thread
    worker.kill()
    expect(anna.get_by_role("status")).to_have_text("The connection is lost. Trying again.")
    post(server, "meanwhile")
    shows(anna, "before", "meanwhile")


@pytest.mark.fault(
    "A proxy responds 502 for a while",
    "The page connects again; an `EventSource` alone does not.",
)
def test_the_page_connects_again_where_a_browser_gives_up(serve, visitor):
    """After an answer like 502 Chromium does not connect again; the page's script does."""

    class BadGateway(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_error(502)
            asked.append(self.path)

        def log_message(self, *args):
            pass

    asked, server, anna = [], serve(), visitor()
    visit(anna, server)
    send(anna, "before")
    shows(anna, "before")
    anna.evaluate("other = new EventSource('/stream?after=0')")  # one without the script's help
    anna.wait_for_function("other.readyState === EventSource.OPEN")
    server.process.kill()
    server.process.wait()
    with http.server.ThreadingHTTPServer(("127.0.0.1", server.port), BadGateway) as proxy:
        threading.Thread(target=proxy.serve_forever).start()
        assert until(lambda: len(asked) > 1)
        proxy.shutdown()
    post(serve(port=server.port), "after")
    shows(anna, "before", "after")
    assert anna.evaluate("other.readyState === EventSource.CLOSED")


@pytest.mark.fault(
    "Twenty clients leave and come back at one of two processes, while two writers send",
    "Each has all 200, once and in order.",
)
def test_reconnecting_clients_have_each_notification_once_and_in_order(serve, change):
    """Twenty clients go from process to process while notifications are written; each has all, once, in order."""
    servers, number = [serve(), serve()], 200

    def follow(seed):
        chance, had = random.Random(seed), []
        while len(had) < number:
            headers = {"Last-Event-ID": str(had[-1])} if had else {}
            with httpx.stream("GET", f"{chance.choice(servers).url}/stream?after=0", headers=headers) as answer:
                ids = (int(line[4:]) for line in answer.iter_lines() if line.startswith("id: "))
                for _ in range(min(chance.randint(1, 30), number - len(had))):
                    had.append(next(ids))
        return had

    def write(first):
        for value in range(first, number, 2):
            change(ADD, [value])

    with ThreadPoolExecutor(22) as pool:
        readers = [pool.submit(follow, seed) for seed in range(20)]
        for writer in [pool.submit(write, first) for first in range(2)]:
            writer.result()
        for reader in readers:
            assert reader.result() == [*range(1, number + 1)]


@pytest.mark.parametrize(
    ("meanwhile", "queries"),
    [pytest.param(LEAVES, "[0]", id="a stream ends"), pytest.param(MISSES, "[0, 0]", id="a notification comes")],
)
def test_what_happens_while_streams_wait_for_their_query_costs_no_notification(project, meanwhile, queries):
    """A stream that ends leaves their query to the others, and what a query misses is asked for again."""
    command = [sys.executable, "-c", FEED.format(meanwhile)]
    environment = os.environ | SETTINGS
    done = subprocess.run(command, cwd=project, env=environment, capture_output=True, text=True)
    assert done.stdout.split("\n\n") == ['id: 1\ndata: "news"', f" {queries}\n"], done.stderr


@pytest.mark.fault(
    "Markup, template tags and line breaks are sent",
    "They are shown as text.",
)
def test_hostile_input_stays_text(serve, visitor):
    """Markup, template tags and line breaks are shown as they were sent, from the stream and from the page."""
    server, anna = serve(), visitor()
    visit(anna, server)
    for text in HOSTILE:
        assert post(server, text).status_code == 302
    shows(anna, *HOSTILE)
    anna.reload()
    shows(anna, *HOSTILE)


def test_the_title_counts_what_is_unread(serve, visitor):
    """The title counts what came since the reader has marked all as read, after a reload and in another tab too."""
    server, anna = serve(), visitor()
    visit(anna, server)
    expect(anna).to_have_title("Notifications")
    for text in ("one", "two"):
        post(server, text)
    expect(anna).to_have_title("(2) Notifications")
    anna.reload()
    expect(anna).to_have_title("(2) Notifications")
    tab = anna.context.new_page()
    visit(tab, server)
    expect(tab).to_have_title("(2) Notifications")
    anna.get_by_role("button", name="Mark all as read").click()
    for page in (anna, tab):
        expect(page).to_have_title("Notifications")
    post(server, "three")
    for page in (anna, tab):
        expect(page).to_have_title("(1) Notifications")


@pytest.mark.fault(
    "The text is empty, over 200 characters, or has a NUL; or a form comes from another site",
    "The page says why, or the response is 403. Nothing is sent.",
)
def test_the_form_refuses_what_it_must(serve):
    """A form without a token is refused, and a text that is empty or too long is not sent."""
    server = serve()
    for headers in ({}, {"Origin": "https://evil.example"}):
        assert httpx.post(server.url, data={"text": "forged"}, headers=headers).status_code == 403
    for text in ("", " ", "x" * 201, "a\0b"):
        assert 'class="errorlist"' in post(server, text).text
    assert "<li data-id" not in httpx.get(server.url).text
    assert httpx.get(f"{server.url}/stream?after=x").status_code == 400


def test_without_javascript_the_page_shows_and_sends(serve, visitor):
    """Without JavaScript the page is an ordinary one."""
    page = visitor(java_script_enabled=False)
    page.goto(serve().url)
    send(page, "one", "two")
    shows(page, "one", "two")


def test_at_360_pixels_the_keyboard_is_enough(serve, visitor):
    """On a phone nothing scrolls sideways, and the keyboard reaches all."""
    page = visitor(viewport={"width": 360, "height": 640})
    visit(page, serve())
    page.keyboard.press("Tab")
    page.keyboard.type("w" * 200)
    page.keyboard.press("Enter")
    expect(page).to_have_title("(1) Notifications")
    assert page.evaluate("document.scrollingElement.scrollWidth") == 360
    for _ in range(3):
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page).to_have_title("Notifications")


def test_a_client_that_leaves_frees_its_stream(serve, project, change):
    """The generator ends and the thread is free, whether the client was waiting or had stopped to read."""
    feed = project / "examples/notifications/feed.py"
    feed.write_text(feed.read_text().replace("self.streams -= 1", 'self.streams -= 1; print("left", flush=True)'))
    server = serve()
    process = psutil.Process(server.process.pid)
    kept = process.num_threads() + 1  # with the one of all queries
    with stream(server):
        assert until(lambda: process.num_threads() > kept)
    assert server.says("left")
    assert until(lambda: process.num_threads() == kept)
    change(ADD, *[["x" * 200]] * 60_000)
    with stream(server):
        with stream(server, 60_000) as other:  # the slow one holds nobody up
            change(ADD, ["news"])
            assert b"news" in other.recv(4096)
        assert until(lambda: server.said().count("left") == 2)
        assert process.num_threads() > kept
    assert until(lambda: server.said().count("left") == 3)
    assert until(lambda: process.num_threads() == kept)


@pytest.mark.fault(
    "The table cannot be read for a while",
    "The server logs it; then the page shows what came.",
)
def test_the_page_goes_on_after_a_failure_of_the_database(serve, change, visitor):
    """While the table cannot be read the server says so, and then the page has what was written."""
    server, anna = serve(), visitor()
    visit(anna, server)
    post(server, "before")
    shows(anna, "before")
    change("ALTER TABLE notifications_notification RENAME TO hidden", [])
    assert server.says("no such table")
    change("ALTER TABLE hidden RENAME TO notifications_notification", [])
    post(server, "after")
    shows(anna, "before", "after")


def test_six_windows_fill_chromiums_connections(serve, visitor):
    """Over HTTP/1.1 a seventh window does not load, and none of six can send, until one is closed."""
    server, first = serve(), visitor()
    visit(first, server)
    others = [first.context.new_page() for _ in range(7)]
    for page in others[:5]:
        visit(page, server)
    with pytest.raises(NotLoaded):
        others[5].goto(server.url, timeout=3000)
    others[5].close()
    first.get_by_label("Text").fill("news")
    with pytest.raises(NotLoaded), first.expect_navigation(timeout=3000):
        first.get_by_role("button", name="Send").click(no_wait_after=True)
    others[0].close()
    shows(first, "news")
    others[1].close()
    visit(others[6], server)


def test_over_http2_more_windows_have_their_streams(serve, start, project, visitor, certificate):
    """Over HTTP/2, here with hypercorn, ten windows are served."""
    serve()
    options = f"--bind 127.0.0.1:PORT --certfile {certificate[0]} --keyfile {certificate[1]}"
    server = start(f"hypercorn examples.notifications.asgi:application {options}", project, MODULE)
    server.url = f"https://127.0.0.1:{server.port}"
    first = visitor(ignore_https_errors=True)
    pages = [first, *(first.context.new_page() for _ in range(9))]
    for page in pages:
        visit(page, server)
    send(first, "to all")
    for page in pages:
        shows(page, "to all")
    server.stop()


def test_picture(serve, visitor, picture):
    """The picture of the page: one has read what came, the other has not."""
    one, other = serve(), serve()
    anna, ben = (visitor(viewport={"width": 420, "height": 360}) for _ in range(2))
    visit(anna, one)
    visit(ben, other)
    texts = ["Order 1042 is packed.", "Order 1043 is paid.", "The stock of tea is low."]
    send(anna, *texts[:2])
    for page in (anna, ben):
        shows(page, *texts[:2])
    anna.get_by_role("button", name="Mark all as read").click()
    send(ben, texts[2])
    for page in (anna, ben):
        shows(page, *texts)
        page.mouse.move(0, 0)
    picture("notifications", anna, ben)
