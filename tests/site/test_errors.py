"""On the pages of errors each entry has a lasting address, a cause and a cure, and the message that its test saw."""

import json
import re

import pytest

from pages.built import PAGES, ROOT
from pages.claims import words

ERRORS = [page for page in PAGES if page.startswith("errors-")]
HEADING = re.compile(r"## (.*?)(?: \{ #([a-z0-9-]+) \})?")


def entries(page):
    """For each entry of a page: its place as file:line, the heading, the id or None, and the marks below."""
    found, fence = [], False
    for number, line in enumerate((ROOT / "docs" / page).read_text(encoding="utf-8").splitlines(), 1):
        fence ^= line.lstrip().startswith("```")
        if not fence and (heading := HEADING.fullmatch(line)):
            found.append((f"docs/{page}:{number}", heading[1], heading[2], []))
        elif not fence and found:
            found[-1][3].extend(re.findall(r"\[\^([^\]]+)\]", line))
    return found


def seen(page, mark):
    """What the test of a mark saw on the site's Django, without what it ran."""
    recorded = json.loads((ROOT / "evidence/django-5.2.json").read_text(encoding="utf-8"))["seen"]
    lines = recorded.get(page.removesuffix(".md"), {}).get(mark, [])
    return "\n".join(line.rpartition(": `")[2].removesuffix("`") for line in lines)


@pytest.mark.parametrize("page", ERRORS)
def test_each_page_of_errors_has_entries(page):
    assert entries(page), f"docs/{page}: no entry; begin one with '## `the message` {{ #its-id }}'"


@pytest.mark.parametrize("page", ERRORS)
def test_each_entry_has_a_lasting_id(page):
    for place, _, name, _ in entries(page):
        assert name, f"{place}: the entry has no lasting id, and links to it would break; end it with {{ #its-id }}"


@pytest.mark.parametrize("page", ERRORS)
def test_each_entry_marks_its_cause_and_its_cure(page):
    for place, heading, _, marks in entries(page):
        assert len(marks) > 1, f"{place}: below {heading} stand {len(marks)} marks; mark the cause and the cure"


@pytest.mark.parametrize("page", ERRORS)
def test_each_heading_is_what_its_tests_saw(page):
    for place, heading, _, marks in entries(page):
        said = words("\n".join(seen(page, mark) for mark in marks))
        messages = re.findall(r"`([^`]+)`", heading)  # none, where nothing is said and something is wrong
        for part in (part.strip() for message in messages for part in message.split("…")):
            assert part in said, f"{place}: no test of the entry saw “{part}”; copy the message from evidence/{page}"
