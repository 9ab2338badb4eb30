"""The proofs of the pages, read from their source.

A *mark* is the label of a footnote, such as ``[^setdefault-keeps]``. Its *proof* is the test of that name in
tests/statements/, which has a module a page; the proof's docstring is the sentence before the mark.
"""

import ast
import functools
import sys
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[2]


class Proof(NamedTuple):
    """The sentence of a proof, and the line where it begins."""

    sentence: str
    line: int


def words(text):
    """The text with each run of white space as one space."""
    return " ".join(text.split())


def module(page):
    """The module with the proofs of a page, a path: tests/statements/test_start.py for start.md."""
    return Path("tests/statements") / f"test_{page.removesuffix('.md').replace('/', '_').replace('-', '_')}.py"


@functools.cache
def proofs(page):
    """The proofs of a page, in their order: {mark: Proof}.

    Raises:
        SystemExit: Their module is not Python.
    """
    path = ROOT / module(page)
    try:
        tests = ast.parse(path.read_bytes()).body if path.exists() else []
    except SyntaxError as error:
        sys.exit(f"{module(page)}:{error.lineno}: this is not Python ({error.msg}); correct it.")
    return {
        test.name.removeprefix("test_").replace("_", "-"): Proof(
            words(ast.get_docstring(test) or ""),
            test.lineno,
        )
        for test in tests
        if isinstance(test, ast.FunctionDef) and test.name.startswith("test_")
    }


EVERYWHERE = {"index", "start", "glossary", "reference", "servers", "deploy"}


def runs_on(page, django):
    """Whether the proofs of a page run on a Django, "5.1": the examples and errors are tried on the site's and the newest."""
    return page in EVERYWHERE or django not in ("5.1", "6.0")


def pages():
    """The pages that have proofs, without .md, in the order of their names."""
    return [
        path.stem.removeprefix("test_").replace("_", "-")
        for path in sorted((ROOT / "tests/statements").glob("test_*.py"))
    ]
