"""A reader who asks, or pastes an error, finds the answer first; and what no page knows is answered in words."""

import subprocess
import sys

import pytest

from tests.shared.running import ROOT
from tests.shared.searching import QUERIES, asked, messages, parts_of_messages, place_in_box, place_in_search, results

DAILY = asked([query for query in QUERIES if query.get("daily")])
STRANGE = {
    "10,000 characters": "a traceback without end " * 417,
    "markup": "<script>alert(1)</script><img src=x onerror=alert(1)>",
    "punctuation": "?!.,;:'\"()[]{}<>/\\|@#$%^&*~`+-=_",
    "another script": "Ошибка: приложение не загружено 应用程序未加载 تطبيق",
    "one letter": "x",
}


@pytest.fixture
def window(page, site_url):
    """The page with the box for a traceback; an error in its console fails the test."""
    errors = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda said: errors.append(said.text) if said.type == "error" else None)
    page.on("dialog", lambda dialog: errors.append(dialog.message))
    page.goto(f"{site_url}errors/")
    yield page
    assert not errors


def test_a_question_finds_its_answer_first(window, site_url):
    window.keyboard.press("/")
    late = [query for query, answers in DAILY if place_in_search(window, site_url, query, answers) != 1]
    assert len(DAILY) > 11 and not late, f"tests/site/queries.yml: {late} do not find their answer first"


def test_each_message_finds_its_entry_first_in_the_box(window, site_url):
    whole = {message for message, _, _ in messages()}
    late = [
        message
        for message, answers in parts_of_messages()
        if message in whole and place_in_box(window, site_url, message, answers) != 1
    ]
    assert not late, f"docs/assets/paste.js: {late} do not find their entry first"


def test_a_whole_traceback_finds_its_entry_first(window, site_url):
    command = [sys.executable, "-m", "uvicorn", "examples.errors_start.early:application"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert "Traceback" in done.stderr
    answer = {("errors-start.md", "apps-not-loaded")}
    assert place_in_box(window, site_url, done.stderr, answer) == 1


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("502", "Read this entry"),
        ("TypeError: 'NoneType' object is not subscriptable", "No entry has all of it"),
        ("jinja2.exceptions.TemplateNotFound: orders/list.html", "No entry has these words"),
    ],
)
def test_the_box_says_how_sure_it_is(window, text, answer):
    window.locator("#traceback").fill(text)
    assert window.locator("output[for=traceback]").inner_text().startswith(answer)


@pytest.mark.parametrize("text", STRANGE.values(), ids=STRANGE)
def test_what_no_page_knows_is_answered_in_words(window, site_url, text):
    window.locator("#traceback").fill(text)
    assert window.locator("output[for=traceback]").inner_text().strip()
    window.locator(".md-search__input").click()
    _, _, said = results(window, site_url, text)
    assert said.strip()
