"""The example middleware, used as its readers would."""

import re
import signal
from concurrent.futures import ThreadPoolExecutor

import httpx
import psutil
import pytest
from playwright.sync_api import expect

from tests.shared.running import until

STARTED = "Application startup complete"
# What is no valid HTTP.
NO_HTTP = {
    "a line": b"nonsense\r\n\r\n",
    "a URL": b"GET /?text=\xff HTTP/1.1\r\nHost: localhost\r\n\r\n",
    "the name of a header": b"GET / HTTP/1.1\r\nHost: localhost\r\nX-\xff: a\r\n\r\n",
    "the value of a header": b"GET / HTTP/1.1\r\nHost: localhost\r\nX-Name: a\0b\r\n\r\n",
    "a length": b"GET / HTTP/1.1\r\nHost: localhost\r\nContent-Length: -5\r\n\r\n",
}
SLOW = """
    import asyncio
    if "slow" in request.GET:
        print("waits", flush=True)
        await asyncio.sleep(60)
"""
TELLS = """
    import os
    print(f"visits {os.getpid()}", flush=True)
"""
FAILS = """
    from django.http import StreamingHttpResponse
    async def pieces():
        yield "begun"
        raise RuntimeError("In the middle.")
    if "middle" in request.GET:
        return StreamingHttpResponse(pieces())
    if "before" in request.GET:
        raise RuntimeError("Before.")
"""


@pytest.fixture
def serve(example):
    """Start the example."""

    def serve(*options, port=None):
        return example("middleware", *options, port=port)

    return serve


@pytest.fixture
def file(project):
    """The file of visits."""
    return project / "visits.txt"


@pytest.fixture
def first(project):
    """Let the view do something else first."""

    def first(code):
        views = project / "examples/middleware/views.py"
        head = "async def index(request):"
        views.write_text(views.read_text().replace(head, head + code))

    return first


@pytest.fixture
def workers(serve, first):
    """Start two workers; give the server, and what visits so many times more and gives all numbers of each worker."""

    def workers():
        first(TELLS)
        server, numbers = serve("--workers", "2", "--timeout-worker-healthcheck", "60"), []
        assert server.says(f"(?s){STARTED}.*{STARTED}", 120)

        def counted(more=1):
            numbers.extend(visit(server) for _ in range(more))
            by_worker = {}
            for process, number in zip(re.findall(r"visits (\d+)", server.said()), numbers, strict=True):
                by_worker.setdefault(int(process), []).append(number)
            return by_worker

        return server, counted

    return workers


def shows(page, number):
    """Wait until the page shows the number of its visit."""
    expect(page.get_by_role("heading")).to_have_text(f"Visit {number}")


def visit(server):
    """Visit the page without a browser; give the number of the visit."""
    answer = httpx.get(server.url)
    assert "server-timing" in answer.headers
    return int(re.search("<h1>Visit (.*)</h1>", answer.text)[1])


def send(server, request):
    """Send bytes; give the connection."""
    client = server.client()
    client.sendall(request)
    return client


def read(client):
    """Read until the server closes the connection; give all of it."""
    with client:
        return b"".join(iter(lambda: client.recv(65536), b""))


def end(server, signals=1):
    """Press Ctrl+C, as often as said, and wait for the end."""
    for number in range(signals):
        server.process.send_signal(signal.SIGINT)
        assert number or server.says("Shutting down")
    server.process.wait(30)


@pytest.mark.journey
@pytest.mark.fault("The server is stopped with Ctrl+C and started again", "The count continues.")
def test_visitors_share_a_count_that_continues_after_a_restart(serve, visitor):
    """Two visitors are counted together, and after a restart the count goes on; the page has the time of the header."""
    server, anna, ben = serve(), visitor(), visitor()
    anna.goto(server.url)
    shows(anna, 1)
    ben.goto(server.url)
    shows(ben, 2)
    end(server)
    serve(port=server.port)
    with anna.expect_navigation() as loaded:
        anna.get_by_role("link", name="Visit again").click()
    shows(anna, 3)
    duration = loaded.value.headers["server-timing"].removeprefix("app;dur=")
    expect(anna.get_by_role("status")).to_have_text(str(float(duration)).removesuffix(".0"))


@pytest.mark.fault("Ctrl+C is pressed twice, while a request waits", "The server ends at once, and the count is kept.")
def test_a_forced_end_keeps_the_count(serve, first, file):
    """Where uvicorn does not wait for requests, and tells no application of the end, what was opened is closed."""
    first(SLOW)
    server = serve()
    assert visit(server) == 1
    with send(server, b"GET /?slow HTTP/1.1\r\nHost: localhost\r\n\r\n"):
        assert server.says("waits")
        end(server, signals=2)
    assert file.read_text() == "1"


def test_many_visits_at_once_are_all_counted(serve):
    server = serve()
    with ThreadPoolExecutor(10) as pool:
        assert {*pool.map(visit, [server] * 200)} == {*range(1, 201)}


@pytest.mark.fault("Two workers count, and the server is stopped", "The file has the count of one of them.")
def test_of_two_workers_one_writes_the_file_last(workers, file):
    """Each worker counts for itself, and the last to end writes the file."""
    server, counted = workers()
    assert until(lambda: len(counted()) == 2)
    end(server)
    counts = counted(more=0).values()
    assert all(numbers == [*range(1, len(numbers) + 1)] for numbers in counts)
    assert int(file.read_text()) in map(len, counts)


@pytest.mark.fault(
    "One of two workers is killed", "uvicorn starts another, with the count of the file. The other counts on."
)
def test_a_worker_that_is_killed_takes_its_count_along(workers, file):
    """The new worker begins with the count of the file, and the other has lost nothing."""
    file.write_text("100")
    server, counted = workers()
    assert until(lambda: len(counted()) == 2)
    killed, other = counted(more=0)
    psutil.Process(killed).kill()
    assert server.says(f"(?s){STARTED}.*{STARTED}.*{STARTED}", 120)
    before = len(counted(more=0)[other])
    assert until(lambda: len(counts := counted()) == 3 and len(counts[other]) > before)
    for numbers in counted(more=0).values():
        assert numbers == [*range(101, 101 + len(numbers))]


def test_a_file_of_visits_that_is_no_number_is_an_error_at_the_start_and_stays(serve, file):
    file.write_text("many")
    for options in ((), ("--workers", "2")):
        with pytest.raises(pytest.fail.Exception, match="invalid literal for int"):
            serve(*options)
    assert file.read_text() == "many"


@pytest.mark.fault("The file cannot be written when the server stops", "uvicorn prints the error, and ends.")
def test_an_error_at_the_end_is_printed(serve, file):
    """What fails in the code of the end is in the server's output."""
    server = serve()
    assert visit(server) == 1
    file.mkdir()
    end(server)
    assert "IsADirectoryError" in server.said()
    assert "Application shutdown failed. Exiting." in server.said()


@pytest.mark.fault("A view raises in the middle of a stream", "The response breaks off. Others are served.")
def test_an_error_in_the_application_is_the_servers_to_handle(serve, first):
    """The wrappers let it pass, before the response and in the middle of it, and the error is printed."""
    first(FAILS)
    server = serve()
    before = httpx.get(f"{server.url}/?before")
    assert before.status_code == 500
    assert "server-timing" in before.headers
    middle = read(send(server, b"GET /?middle HTTP/1.1\r\nHost: localhost\r\n\r\n"))
    assert middle.startswith(b"HTTP/1.1 200")
    assert middle.endswith(b"begun\r\n")  # and no last chunk
    assert server.says("RuntimeError: In the middle.")
    assert visit(server) == 1


@pytest.mark.fault("Thirty clients leave before their response", "No error is printed. Others are served.")
def test_clients_that_leave_harm_nobody(serve, first):
    """A client may leave at once, or while its view waits."""
    first(SLOW)
    server = serve()
    request = b"GET /?slow HTTP/1.1\r\nHost: localhost\r\n\r\n"
    waiting = [send(server, request) for _ in range(15)]
    assert until(lambda: server.said().count("waits") == 15)
    for client in waiting:
        client.close()
    for _ in range(15):
        send(server, request).close()
    assert visit(server) == 1
    end(server)
    assert "ERROR" not in server.said()
    assert "Error" not in server.said()


@pytest.mark.fault("Requests are sent that are no valid HTTP", "uvicorn refuses each with 400. No wrapper is called.")
def test_what_is_no_http_reaches_no_wrapper(serve):
    """Wrong lines, bytes and lengths are refused without the header, and the next visit is counted."""
    server = serve()
    for what, request in NO_HTTP.items():
        said = read(send(server, request))
        assert said.startswith(b"HTTP/1.1 400"), what
        assert b"server-timing" not in said, what
    assert visit(server) == 1


@pytest.mark.fault("A header has bytes that are not UTF-8", "The request is served and counted.")
def test_a_header_of_any_bytes_is_served(serve):
    """A header is bytes in ASGI; Django takes each byte for a character."""
    server = serve()
    request = (
        b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nX-Name: \xff\xfe\r\nCookie: \xe2(=\xff\r\n\r\n"
    )
    said = read(send(server, request))
    assert b"server-timing" in said
    assert b"<h1>Visit 1</h1>" in said
    assert visit(server) == 2


@pytest.mark.fault("It runs under daphne, which has no lifespan", "It starts, and the page fails: `KeyError: 'state'`.")
def test_without_lifespan_the_page_fails(start, project, file):
    """No start is told, so there is no state, and the error names it."""
    server = start("daphne examples.middleware.asgi:application --port PORT", project, "examples.middleware.settings")
    assert httpx.get(server.url).status_code == 500
    assert server.says("KeyError: 'state'")
    server.stop()
    assert not file.exists()


def test_another_server_with_lifespan_serves_it(start, project, file):
    """The page, the header and the count are the same under hypercorn."""
    hypercorn = "hypercorn examples.middleware.asgi:application --bind 127.0.0.1:PORT"
    server = start(hypercorn, project, "examples.middleware.settings")
    assert [visit(server), visit(server)] == [1, 2]
    server.stop()
    assert file.read_text() == "2"


def test_a_browser_that_keeps_the_header_from_scripts_shows_no_time(serve, visitor):
    """The page then shows a "?", as without JavaScript."""
    server, without = serve(), visitor(java_script_enabled=False)
    page = visitor()
    page.add_init_script("delete PerformanceResourceTiming.prototype.serverTiming")
    for number, window in enumerate((page, without), 1):
        window.goto(server.url)
        shows(window, number)
        expect(window.get_by_role("status")).to_have_text("?")


def test_at_360_pixels_the_keyboard_is_enough(serve, visitor):
    """On a phone nothing scrolls sideways, and the keyboard reaches the link."""
    page = visitor(viewport={"width": 360, "height": 640})
    page.goto(serve().url)
    assert page.evaluate("document.scrollingElement.scrollWidth") == 360
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    shows(page, 2)


def test_picture(serve, visitor, picture):
    """The picture of the page: two visitors, each with a number and a time."""
    server = serve()
    anna, ben = (visitor(viewport={"width": 420, "height": 270}) for _ in range(2))
    for number, page in enumerate((anna, ben), 1):
        page.goto(server.url)
        shows(page, number)
    picture("middleware", anna, ben)
