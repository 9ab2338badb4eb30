"""The example background, used as its readers would."""

import contextlib
import functools
import json
import os
import sqlite3
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlencode

import httpx
import pytest
from playwright.sync_api import expect

from tests.shared.running import until

SETTINGS = {"DJANGO_SETTINGS_MODULE": "examples.background.settings"}
IN_PROCESS = "Start it in the server's process"
TOO_LARGE = "1e308 1e308"  # each is a number, and their sum is not
TOO_LARGE_FAILED = "Failed 1e+308 + 1e+308 OverflowError: intermediate overflow in fsum"
HOSTILE = "<img/src=x/onerror=document.title='hurt'>"
NO_FORM = (
    "A form of 3 MB, one without a CSRF token, or one from another origin is sent",
    "The response is 400 or 403; no job is started.",
)
# What is sent for the numbers, and what the form then says.
WRONG = [
    ("1 x", "“x” is no number. Put spaces between numbers."),
    ("1,5", "“1,5” is no number. Put spaces between numbers."),
    ("1e400", "“1e400” is no number. Put spaces between numbers."),
    ("nan", "“nan” is no number. Put spaces between numbers."),
    ("1\0", "Null characters are not allowed."),
    (b"\xff\xfe", "“\ufffd\ufffd” is no number. Put spaces between numbers."),
    ("1 " * 10_000, "Ensure this value has at most 100 characters (it has 19999)."),
    ("", "This field is required."),
]


@pytest.fixture
def serve(example):
    """Start a server of the example, whose database has the table of jobs."""
    return functools.partial(example, "background", migrate=["django_tasks_database"])


@pytest.fixture
def work(project, processes):
    """Start a worker."""

    def work(*options, **environment):
        command = [sys.executable, "-m", "django", "db_worker", "--no-reload", "--no-startup-delay", *options]
        process = subprocess.Popen(
            [*command, "--interval=0.1"], cwd=project, env=os.environ | SETTINGS | environment, start_new_session=True,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        processes.append(process)
        return process

    return work


@pytest.fixture
def edit(project):
    """Put something else into a file of the example."""

    def edit(name, old, new):
        path = project / "examples/background" / name
        assert old in path.read_text()
        path.write_text(path.read_text().replace(old, new))

    return edit


@pytest.fixture
def states(project):
    """The state of each job, and how many workers it has had."""

    def states():
        with contextlib.closing(sqlite3.connect(project / "db.sqlite3", timeout=10)) as database:
            rows = database.execute("SELECT status, worker_ids FROM django_tasks_database_dbtaskresult").fetchall()
        return [(status, len(json.loads(workers))) for status, workers in rows]

    return states


def begin(page, numbers, button="Start a job"):
    page.get_by_label("Numbers").fill(numbers)
    page.get_by_role("button", name=button, exact=True).click()


def jobs(page):
    return page.locator("ol").get_by_role("listitem")


def post(server, path, numbers, **headers):
    """Send the page's form without a browser; give the response."""
    headers = {"Cookie": f"csrftoken={'a' * 32}", "X-CSRFToken": "a" * 32} | headers
    headers["Content-Type"] = "application/x-www-form-urlencoded"
    return httpx.post(f"{server.url}{path}", content=urlencode({"numbers": numbers}), headers=headers)


@pytest.mark.journey
@pytest.mark.fault(
    "The server is killed after a click", "The job is done, and the page shows it when the server is back."
)
def test_a_worker_does_the_job_and_the_page_shows_it_though_the_server_is_killed(serve, work, visitor):
    server, page = serve(), visitor()
    page.goto(server.url)
    begin(page, "7")
    expect(jobs(page)).to_have_text(["Ready 7.0"])
    server.process.kill()
    server.process.wait()
    work()
    serve(port=server.port)
    expect(jobs(page)).to_have_text(["Successful 7.0 = 7.0"])


@pytest.mark.fault("The server is killed while a job runs in its process", "The job is lost, and nothing tells of it.")
def test_a_job_in_the_servers_process_is_lost_with_it(serve, work, visitor):
    server, page = serve(), visitor()
    page.goto(server.url)
    begin(page, "1 2", IN_PROCESS)
    assert server.says(r"The sum is 3\.0")
    begin(page, "1 " * 50, IN_PROCESS)
    server.process.kill()
    server.process.wait()
    other = serve(port=server.port)
    assert work("--batch").wait(20) == 0
    page.goto(other.url)
    expect(jobs(page)).to_have_text(["No jobs yet."])
    assert (server.said() + other.said()).count("The sum is") == 1


@pytest.mark.fault("No worker runs", "A job is Ready, on every page, until one starts.")
@pytest.mark.fault("A job fails", "Every page shows its error; the worker does the next job.")
def test_what_one_visitor_starts_all_see_and_its_states_come_by_themselves(serve, work, visitor):
    server = serve()
    one, other = visitor(), visitor()
    for page in (one, other):
        page.goto(server.url)
        expect(jobs(page)).to_have_text(["No jobs yet."])
    begin(one, TOO_LARGE)
    begin(one, "1 2")
    for page in (one, other):
        expect(jobs(page)).to_have_text(["Ready 1.0 + 2.0", "Ready 1e+308 + 1e+308"])
    work()
    for page in (one, other):
        expect(jobs(page)).to_have_text(["Ready 1.0 + 2.0", "Running 1e+308 + 1e+308"])
    for page in (one, other):
        expect(jobs(page)).to_have_text(["Successful 1.0 + 2.0 = 3.0", TOO_LARGE_FAILED])


@pytest.mark.fault(
    "A worker is killed in the middle of a job", "The job stays Running. After `put_back` another worker does it."
)
def test_the_job_of_a_killed_worker_is_done_after_put_back(serve, work, visitor, project, states):
    server, page = serve(), visitor()
    page.goto(server.url)
    begin(page, "1 2 3")
    worker = work()
    expect(jobs(page)).to_have_text(["Running 1.0 + 2.0 + 3.0"])
    worker.kill()
    assert work("--batch").wait(20) == 0
    assert states() == [("RUNNING", 1)]

    def put_back(minutes):
        command = [sys.executable, "-m", "django", "put_back", minutes]
        done = subprocess.run(command, cwd=project, env=os.environ | SETTINGS, capture_output=True, text=True)
        return done.stdout + done.stderr

    for wrong in ("-1", "nan"):
        assert put_back(wrong) == "CommandError: Give the minutes as a number from 0 on.\n"
    assert put_back("0") == "1 put back\n"
    work()
    expect(jobs(page)).to_have_text(["Successful 1.0 + 2.0 + 3.0 = 6.0"])
    assert states() == [("SUCCESSFUL", 2)]


@pytest.mark.fault("Two workers have forty jobs", "Each job is done once, and both workers go on.")
def test_two_workers_do_each_job_once(serve, work, edit, states):
    edit("tasks.py", "time.sleep(len(numbers))", "pass")
    server, workers = serve(), (work(), work())
    for _ in range(40):
        assert post(server, "/start/", "1").status_code == 302
    assert until(lambda: [state for state, _ in states()] == ["SUCCESSFUL"] * 40)
    assert states() == [("SUCCESSFUL", 1)] * 40
    assert [worker.poll() for worker in workers] == [None, None]


@pytest.mark.fault(
    "The network is down, or swallows everything, for a while",
    "The page says that the server does not respond. The list goes on when it is back.",
)
@pytest.mark.parametrize("silent", [False, True], ids=["down", "silent"])
def test_the_list_goes_on_after_the_network_was_away(serve, work, visitor, network, silent):
    server, page = serve("--timeout-keep-alive", 120), visitor()  # else uvicorn ends what hangs
    net = network(server)
    page.goto(net.url)
    begin(page, "7")
    expect(jobs(page)).to_have_text(["Ready 7.0"])
    if silent:
        with page.expect_request("**/list/"):
            net.silence()
    else:
        net.drop()
    assert work("--batch").wait(20) == 0
    expect(page.get_by_role("status")).to_have_text("The server does not respond. Trying again.")
    expect(jobs(page)).to_have_text(["Ready 7.0"])
    net.up()
    expect(jobs(page)).to_have_text(["Successful 7.0 = 7.0"])
    expect(page.get_by_role("status")).to_have_text("")


@pytest.mark.fault("Markup is sent, or is in a job or its error", "The page shows it as text.")
def test_what_a_visitor_writes_stays_text(serve, work, visitor, edit):
    server, page = serve(), visitor()
    page.goto(server.url)
    for button in ("Start a job", IN_PROCESS):
        begin(page, HOSTILE, button)
        expect(page.locator(".errorlist")).to_contain_text(f"“{HOSTILE}” is no number.")
        expect(page.get_by_label("Numbers")).to_have_value(HOSTILE)
    edit("views.py", 'form.cleaned_data["numbers"]', f'["{HOSTILE}"]')
    edit("tasks.py", "time.sleep(len(numbers))", 'raise ValueError(f"{numbers[0]} ")')
    server.process.kill()
    server.process.wait()
    page.goto(serve(port=server.port).url)
    begin(page, "1")
    expect(jobs(page)).to_have_text([f"Ready {HOSTILE}"])
    work()
    expect(jobs(page)).to_have_text([f"Failed {HOSTILE} ValueError: {HOSTILE}"])  # put in by the page's script
    expect(page.locator("img")).to_have_count(0)
    expect(page).to_have_title("Jobs")


@pytest.mark.fault(
    "Words, infinity, NaN, a NUL character, bytes that are not UTF-8, or 10,000 numbers are sent",
    "The form says what is wrong; no job is started.",
)
@pytest.mark.parametrize("path", ["/start/", "/in-process/"])
def test_the_form_refuses_what_is_not_a_few_numbers(serve, states, path):
    server = serve()
    for numbers, said in WRONG:
        response = post(server, path, numbers)
        assert response.status_code == 200
        assert f"<li>{said}</li>" in response.text
    assert httpx.get(f"{server.url}{path}").status_code == 200  # where a reload leads
    assert states() == []
    assert post(server, "/start/", "1").status_code == 302


@pytest.mark.fault(*NO_FORM)
@pytest.mark.parametrize("path", ["/start/", "/in-process/"])
def test_a_large_form_is_refused(serve, states, path):
    server = serve()
    response = post(server, path, "1 " * 1_500_000)
    assert (response.status_code, states()) == (400, [])
    assert post(server, "/start/", "1").status_code == 302


@pytest.mark.fault(*NO_FORM)
@pytest.mark.parametrize("path", ["/start/", "/in-process/"])
def test_a_form_of_another_site_is_refused(serve, states, path):
    server = serve()
    for headers in ({"Cookie": ""}, {"X-CSRFToken": ""}, {"Origin": "http://example.com"}):
        assert post(server, path, "1", **headers).status_code == 403
    assert states() == []


def test_a_hundred_clicks_at_once_are_a_hundred_jobs(serve, states):
    server = serve()
    with ThreadPoolExecutor(100) as pool:
        responses = list(pool.map(lambda _: post(server, "/start/", "1"), range(100)))
    assert [response.status_code for response in responses] == [302] * 100
    assert states() == [("READY", 0)] * 100


@pytest.mark.fault(
    "As many jobs wait or run as the views allow, and one more is started", "The form says so; no job is started."
)
def test_too_many_jobs_are_refused(serve, visitor, edit, states):
    for name in ("views.py", "in_process.py"):
        edit(name, ">= 1000", ">= 3")
    server, page = serve(), visitor()
    page.goto(server.url)
    for button, said in (("Start a job", "waiting"), (IN_PROCESS, "running")):
        for _ in range(3):
            begin(page, "1 " * 50, button)
            expect(page.locator(".errorlist")).to_have_count(0)
        begin(page, "1 2", button)
        expect(page.locator(".errorlist")).to_have_text(f"Too many jobs are {said}. Try again later.")
        expect(page.get_by_label("Numbers")).to_have_value("1 2")
        page.goto(server.url)
    assert states() == [("READY", 0)] * 3


@pytest.mark.parametrize(
    ("encoding", "error"), [("utf-8", "ValueError: Zoë ☃"), ("ascii", "UnicodeEncodeError: 'ascii' codec can't encode")]
)
def test_a_job_may_print_and_raise_what_is_not_ascii(serve, work, visitor, edit, encoding, error):
    """Where the worker's output cannot have it, the job that prints it fails."""
    edit("tasks.py", "time.sleep(len(numbers))", 'if len(numbers) > 1: print("Zoë ☃"); raise ValueError("Zoë ☃")')
    server, page = serve(), visitor()
    page.goto(server.url)
    begin(page, "1 2")
    begin(page, "7")
    work(PYTHONIOENCODING=encoding)
    expect(jobs(page)).to_contain_text(["Successful 7.0 = 7.0", f"Failed 1.0 + 2.0 {error}"])


def test_a_job_whose_state_is_the_same_stays_as_it_is(serve, work, visitor):
    """Else a screen reader would read the whole list out every second."""
    server, page = serve(), visitor()
    page.goto(server.url)
    begin(page, "1")
    page.evaluate("document.querySelector('ol li').kept = 'kept'")
    for _ in range(2):
        with page.expect_response("**/list/"):
            pass
    assert page.evaluate("document.querySelector('ol li').kept") == "kept"
    work()
    expect(jobs(page)).to_have_text(["Successful 1.0 = 1.0"])
    assert page.evaluate("document.querySelector('ol li').kept") is None


def test_the_keyboard_is_enough_and_a_narrow_window_too(serve, visitor):
    server, page = serve(), visitor(viewport={"width": 360, "height": 640})
    page.goto(server.url)
    page.keyboard.press("Tab")
    expect(page.get_by_label("Numbers")).to_be_focused()
    page.keyboard.type("1 " * 200)
    page.keyboard.press("Enter")
    expect(jobs(page)).to_contain_text(["Ready"])
    assert page.evaluate("document.documentElement.scrollWidth") <= 360


def test_picture(serve, work, visitor, picture):
    """The picture of the page has a job in each state."""
    server, page = serve(), visitor(viewport={"width": 480, "height": 460})
    page.goto(server.url)
    for numbers in ("1 2", TOO_LARGE, "1 2 3 4 5 6 7 8 9 10 11 12", "40 2"):
        begin(page, numbers)
    worker = work()
    expect(page.locator(".failed")).to_be_visible()
    expect(page.locator(".running")).to_be_visible()
    page.get_by_label("Numbers").fill("1 2 3")
    picture("background", page)
    worker.kill()
