"""The example background, used as its readers would."""

import contextlib
import functools
import json
import os
import sqlite3
import subprocess
import sys

import pytest
from playwright.sync_api import expect

from tests.shared.running import until

SETTINGS = {"DJANGO_SETTINGS_MODULE": "examples.background.settings"}
HOSTILE = "<img/src=x/onerror=document.title='hurt'>"


@pytest.fixture
def serve(example):
    """Start a server of the example, whose database has the tables."""
    return functools.partial(example, "background", migrate=[])


@pytest.fixture
def work(project, processes):
    """Start a worker."""

    def work(*options):
        command = [sys.executable, "-m", "django", "db_worker", "--no-reload", "--no-startup-delay", *options]
        process = subprocess.Popen(
            [*command, "--interval=0.1"], cwd=project, env=os.environ | SETTINGS, start_new_session=True,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        processes.append(process)
        return process

    return work


@pytest.fixture
def workers_of(project):
    """How many workers each job has had."""

    def workers_of():
        with contextlib.closing(sqlite3.connect(project / "db.sqlite3", timeout=10)) as database:
            rows = database.execute("SELECT status, worker_ids FROM django_tasks_database_dbtaskresult").fetchall()
        return [len(json.loads(workers)) for status, workers in rows if status == "SUCCESSFUL"]

    return workers_of


def begin(page, numbers, button="Start a job"):
    page.get_by_label("Numbers").fill(numbers)
    page.get_by_role("button", name=button, exact=True).click()


def jobs(page):
    return page.get_by_role("listitem")


def test_what_one_visitor_starts_all_see_and_its_states_come_by_themselves(serve, work, visitor):
    server = serve()
    one, other = visitor(), visitor()
    for page in (one, other):
        page.goto(server.url)
        expect(jobs(page)).to_have_text(["No jobs yet."])
    begin(one, "1 2")
    begin(one, "1 x")
    for page in (one, other):
        expect(jobs(page)).to_have_text(["Ready 1 + x", "Ready 1 + 2"])
    work()
    for page in (one, other):
        expect(jobs(page)).to_have_text(["Ready 1 + x", "Running 1 + 2"])
    for page in (one, other):
        failed = "Failed 1 + x ValueError: could not convert string to float: 'x'"
        expect(jobs(page)).to_have_text([failed, "Successful 1 + 2 = 3.0"])


def test_a_killed_server_loses_no_job_and_the_page_goes_on_with_the_next_one(serve, work, visitor):
    server, page = serve(), visitor()
    page.goto(server.url)
    begin(page, "1 2")
    expect(jobs(page)).to_have_text(["Ready 1 + 2"])
    server.process.kill()
    server.process.wait(10)
    assert work("--batch").wait(20) == 0
    expect(jobs(page)).to_have_text(["Ready 1 + 2"])
    serve(port=server.port)
    expect(jobs(page)).to_have_text(["Successful 1 + 2 = 3.0"])


def test_a_job_in_the_servers_process_is_in_no_list_and_its_end_is_in_the_log(serve, visitor):
    server, page = serve(), visitor()
    page.goto(server.url)
    begin(page, "1 2", "Start it in the server's process")
    expect(jobs(page)).to_have_text(["No jobs yet."])
    assert server.says(r"The sum is 3\.0")


def test_what_a_visitor_writes_stays_text(serve, work, visitor):
    server, page = serve(), visitor()
    page.goto(server.url)
    begin(page, HOSTILE)
    expect(jobs(page)).to_have_text([f"Ready {HOSTILE}"])
    work()
    expect(jobs(page)).to_contain_text([f"Failed {HOSTILE}"])  # now put in by the page's script
    expect(page.locator("samp")).to_contain_text("could not convert string to float")
    expect(page.locator("img")).to_have_count(0)
    expect(page).to_have_title("Jobs")


def test_a_job_whose_state_is_the_same_stays_as_it_is(serve, work, visitor):
    """Else a screen reader would read the whole list out every second."""
    server, page = serve(), visitor()
    page.goto(server.url)
    begin(page, "1")
    page.evaluate("document.querySelector('li').kept = 'kept'")
    with page.expect_response("**/list/"), page.expect_response("**/list/"):
        pass
    assert page.evaluate("document.querySelector('li').kept") == "kept"
    work()
    expect(jobs(page)).to_have_text(["Successful 1 = 1.0"])
    assert page.evaluate("document.querySelector('li').kept") is None


def test_the_keyboard_is_enough_and_a_narrow_window_too(serve, visitor):
    server, page = serve(), visitor(viewport={"width": 360, "height": 640})
    page.goto(server.url)
    page.keyboard.press("Tab")
    expect(page.get_by_label("Numbers")).to_be_focused()
    page.keyboard.type("1 " * 200)
    page.keyboard.press("Enter")
    expect(jobs(page)).to_contain_text(["Ready"])
    assert page.evaluate("document.documentElement.scrollWidth") <= 360


def test_two_workers_do_each_job_once(serve, work, visitor, workers_of):
    server, page = serve(), visitor()
    page.goto(server.url)
    fetch = """async url => {
        const headers = {"X-CSRFToken": document.querySelector("[name=csrfmiddlewaretoken]").value}
        for (let number = 0; number < 40; number++)
            await fetch(url, {method: "POST", headers, body: new URLSearchParams({numbers: ""}), redirect: "manual"})
    }"""
    workers = work(), work()
    page.evaluate(fetch, f"{server.url}/start/")
    assert until(lambda: len(workers_of()) == 40, 30)
    assert workers_of() == [1] * 40
    assert [worker.poll() for worker in workers] == [None, None]


def test_picture(serve, work, visitor, picture):
    """The picture of the page has a job in each state."""
    server, page = serve(), visitor(viewport={"width": 480, "height": 460})
    page.goto(server.url)
    for numbers in ("1 2", "2 x", "1 2 3 4 5 6 7 8 9 10 11 12", "40 2"):
        begin(page, numbers)
    worker = work()
    expect(page.locator(".failed")).to_be_visible()
    expect(page.locator(".running")).to_be_visible()
    page.get_by_label("Numbers").fill("1 2 3")
    picture("background", page)
    worker.kill()
