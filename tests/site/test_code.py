"""The code on the pages is the files' own, at the numbers beside it."""

import re

import pytest

from pages.built import PAGES, ROOT, content, where

ASGI = (ROOT / "oms/asgi.py").read_text().splitlines()
RUN = {
    page
    for path in (ROOT / "measure/commands").glob("test_*.py")
    for page in re.findall(r'Reader\("([a-z.-]+)', path.read_text())
}
NOT_BLANK = {number for number, line in enumerate(ASGI, 1) if line.strip()}


def titled_blocks(page):
    """For each code block with a title: the title, the numbers beside the lines, and the lines."""
    for name in content(page).select("span.filename"):
        block = name.find_parent(class_="highlight")
        numbers = [int(number["data-linenos"]) for number in block.select("[data-linenos]")]
        yield name.get_text(), numbers, block.select_one("pre code").get_text().splitlines()


@pytest.mark.parametrize("page", PAGES)
def test_each_titled_block_shows_the_files_lines_at_the_numbers_beside_it(page):
    for title, numbers, lines in titled_blocks(page):
        place = where(page, f'title="{title}"')
        assert (ROOT / title).is_file(), f"{place}: {title} is no file of the repository; name one"
        file = (ROOT / title).read_text().splitlines()
        assert lines, f"{place}: the block is empty; give its snippet a range within the file"
        assert list(enumerate(lines, numbers[0] if numbers else 0)) == [(n, file[n - 1]) for n in numbers], (
            f"{place}: the block differs from {title} at the numbers beside it; embed the lines with a snippet, "
            "and set linenums to its first line"
        )


@pytest.mark.parametrize("page", PAGES)
def test_each_block_is_embedded_from_a_file_or_is_a_console(page):
    for block in content(page).select("pre:not(.doc pre, .original pre)"):
        frame = block.find_parent(class_="highlight")
        console = frame and "language-console" in frame["class"] and page in RUN and not block.select(".c1, .c")
        assert console or (frame and frame.select_one("span.filename") and frame.select_one("[data-linenos]")), (
            f"{where(page, block.get_text().strip().splitlines()[0])}: code stands in the page itself; "
            "embed it from a file, with title and linenums, or write a console block, without comments, on a page "
            "whose commands measure/commands runs"
        )


def test_the_whole_file_comes_first_and_then_its_four_parts():
    whole, *parts = titled_blocks("index.md")
    assert whole == ("oms/asgi.py", list(range(1, len(ASGI) + 1)), ASGI)
    assert len(parts) == 4
    assert {title for title, _, _ in parts} == {"oms/asgi.py"}


def test_each_line_has_an_address_at_its_explanation():
    terms = content("index.md").select(".file dt")
    begins = [int(re.search(r"\d+", term.a.get_text())[0]) for term in terms]
    for term, first, after in zip(terms, begins, [*begins[1:], len(ASGI) + 1], strict=True):
        has = {place["id"] for place in term.select("[id]")}
        for number in range(first, after):
            assert f"line-{number}" in has, (
                f"{where('index.md', f'[{term.a.get_text()}]')}: line {number} has no address here; "
                f'write <span id="line-{number}"></span> behind [{term.a.get_text()}]'
            )


def test_the_parts_explain_each_line_that_is_not_blank_exactly_once():
    explained = [n for _, numbers, _ in list(titled_blocks("index.md"))[1:] for n in numbers if n in NOT_BLANK]
    assert explained == sorted(NOT_BLANK), (
        f"{where('index.md', '## Code Breakdown')}: the parts explain lines {explained}, "
        f"and the lines that are not blank are {sorted(NOT_BLANK)}; mend the ranges of the snippets"
    )
