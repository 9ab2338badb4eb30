"""The claims of the pages, read from their tests.

A *mark* is the label of a footnote, such as ``[^setdefault-keeps]``. Its *test* has that name, in the page's module in
tests/claims/; the test's docstring is the sentence before the mark.
"""

import ast
import functools
import sys
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[1]
# What is tried on every Django; the examples and errors are tried on the site's and the newest.
EVERYWHERE = {
    "index",
    "start",
    "glossary",
    "api",
    "servers",
    "settings",
    "wsgi",
    "how-it-works",
    "threads",
    "async-views",
}


class Claim(NamedTuple):
    """The sentence of a claim, and the line where its test begins."""

    sentence: str
    line: int


def words(text):
    """The text with each run of white space as one space."""
    return " ".join(text.split())


def module(page):
    """The module with the tests of a page, a path: tests/claims/test_start.py for start.md."""
    return Path("tests/claims") / f"test_{page.removesuffix('.md').replace('/', '_').replace('-', '_')}.py"


def name_of_test(page, mark):
    """The name of a mark's test, as pytest takes it."""
    return f"{module(page).as_posix()}::test_{mark.replace('-', '_')}"


@functools.cache
def claims(page):
    """The claims of a page, in their order: {mark: Claim}.

    Raises:
        SystemExit: Their module is not Python.
    """
    path = ROOT / module(page)
    try:
        tests = ast.parse(path.read_bytes()).body if path.exists() else []
    except SyntaxError as error:
        sys.exit(f"{module(page)}:{error.lineno}: this is not Python ({error.msg}); correct it.")
    return {
        test.name.removeprefix("test_").replace("_", "-"): Claim(words(ast.get_docstring(test) or ""), test.lineno)
        for test in tests
        if isinstance(test, ast.FunctionDef) and test.name.startswith("test_")
    }


def runs_on(page, django):
    """Whether the claims of a page are tried on a Django, such as "5.1"."""
    return page in EVERYWHERE or django not in ("5.1", "6.0")


def pages():
    """The pages that have claims, without .md, in the order of their names."""
    return [
        path.stem.removeprefix("test_").replace("_", "-") for path in sorted((ROOT / "tests/claims").glob("test_*.py"))
    ]
