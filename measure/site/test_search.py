"""A reader who asks a question, or pastes an error message or a part of it, finds the answer first."""

import json
import os
from pathlib import Path

import pytest

from tests.shared.record import made
from tests.shared.searching import asked, parts_of_messages, place_in_box, place_in_search

RECORD_TO = os.environ.get("RECORD_TO")  # a folder for the record


@pytest.fixture
def window(page, site_url):
    """The page with the box for a traceback, with the search open."""
    page.goto(f"{site_url}errors/")
    page.keyboard.press("/")
    return page


def placed(queries, place, *how):
    """What was asked, its answer and its place, for each query."""
    return [
        {"asked": query, "answer": "#".join(min(answers)), "place": place(*how, query, answers)}
        for query, answers in queries
    ]


def test_the_answer_is_found_first(window, site_url):
    """Of a hundred queries ninety-five find their answer first, and none finds nothing; so do messages and their parts."""
    found = {
        "queries": placed(asked(), place_in_search, window, site_url),
        "messages": placed(parts_of_messages(), place_in_search, window, site_url),
    }
    window.keyboard.press("Escape")
    pasted = [
        (query, answers) for query, answers in asked() if all(page.startswith("errors-") for page, _ in answers)
    ] + parts_of_messages()
    found["box"] = placed(pasted, place_in_box, window, site_url)
    late = {what: [query for query in found[what] if query["place"] != 1] for what in found}
    if RECORD_TO:
        counts = {what: {"first": len(found[what]) - len(late[what]), "of": len(found[what])} for what in found}
        record = made() | counts | {"late": late, "asked": found["queries"]}
        text = json.dumps(record, indent=1, ensure_ascii=False) + "\n"
        (Path(RECORD_TO) / "search.json").write_text(text, encoding="utf-8")
    for what, queries in found.items():
        assert len(late[what]) <= 0.05 * len(queries), f"{len(late[what])} of {len(queries)} late: {late[what]}"
