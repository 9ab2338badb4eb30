"""The example middleware, used as its readers would."""

import re
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest
from playwright.sync_api import expect


@pytest.fixture
def serve(example):
    """Start the example."""

    def serve(*options, port=None):
        return example("middleware", *options, port=port)

    return serve


def heading(page):
    return page.get_by_role("heading")


def test_visitors_are_counted_together_and_the_count_goes_on_after_a_restart(serve, visitor):
    server = serve()
    for number in (1, 2, 3):
        page = visitor()
        page.goto(server.url)
        expect(heading(page)).to_have_text(f"Visit {number}")
    server.stop()
    serve(port=server.port)
    page.reload()
    expect(heading(page)).to_have_text("Visit 4")


def test_a_browser_shows_the_time_that_the_header_says(serve, visitor):
    page = visitor()
    answer = page.goto(serve().url)
    duration = answer.headers["server-timing"].removeprefix("app;dur=")
    expect(page.get_by_role("status")).to_have_text(str(float(duration)).removesuffix(".0"))
    assert 0 < float(duration) < 5000


def test_many_visits_at_once_are_all_counted(serve):
    url = serve().url
    with ThreadPoolExecutor(10) as pool:
        answers = list(pool.map(httpx.get, [url] * 200))
    numbers = {int(re.search("<h1>Visit (.*)</h1>", answer.text)[1]) for answer in answers}
    assert numbers == {*range(1, 201)}
    assert all("server-timing" in answer.headers for answer in answers)


def test_a_file_of_visits_that_is_no_number_is_an_error_at_the_start_and_stays(serve, project):
    (project / "visits.txt").write_text("many")
    with pytest.raises(pytest.fail.Exception, match="invalid literal for int"):
        serve()
    assert (project / "visits.txt").read_text() == "many"
