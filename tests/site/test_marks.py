"""The words before each mark end with the docstring of its test. pages/check.py finds marks without tests."""

import functools

import pytest
from bs4 import NavigableString

from pages.built import PAGES, soup, where
from pages.claims import claims, module, words

BLOCKS = ("p", "li", "tr", "summary", "dt", "dd", "figcaption", "h1", "h2", "h3", "h4", "h5", "h6")


@functools.cache
def marks(page):
    """(mark, words) for each mark on a built page: those from the mark before it, or from the beginning of its block."""
    found, texts = [], {}
    for node in soup(page).article.descendants:
        if isinstance(node, NavigableString) and not node.find_parent(["sup", "pre"]):
            block = id(node.find_parent(BLOCKS))
            texts[block] = texts.get(block, "") + node
        elif node.name == "a" and "footnote-ref" in node.get("class", []):
            text = texts.pop(id(node.find_parent(BLOCKS)), "")
            found.append((node["href"].removeprefix("#fn:"), words(text)))
    return found


def mistakes(found, docstrings):
    """Yield (mark, message) for each mark whose words do not end with the docstring of its test."""
    for mark, text in found:
        sentence = docstrings[mark].replace("`", "")
        if not f" {text}".endswith(f" {sentence}"):
            yield (
                mark,
                f"the page says “{text}”, and its test “{sentence}”; write the one as the other, if the test shows it",
            )


@pytest.mark.parametrize("page", PAGES)
def test_each_mark_stands_behind_the_docstring_of_its_test(page):
    tests = claims(page)
    for mark, message in mistakes(marks(page), {mark: claim.sentence for mark, claim in tests.items()}):
        pytest.fail(f"{where(page, f'[^{mark}]')} and {module(page)}:{tests[mark].line}: {message}.", pytrace=False)


@pytest.mark.parametrize(
    ("text", "right"),
    [("It is set.", True), ("Before it. It is set.", True), ("It was set.", False), ("It is set. Behind it.", False)],
)
def test_a_sentence_that_differs_is_found(text, right):
    assert [mark for mark, _ in mistakes([("mark", text)], {"mark": "It `is` set."})] == ([] if right else ["mark"])
