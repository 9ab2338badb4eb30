"""pages/check.py names the place of each mistake, and what to do; a page without mistakes has none."""

import pytest

from pages import check
from pages.claims import Claim

PAGE = """\
---
title: A page
description: What stands here.
---

# A page

A mark in code is none: `[^none]`, ``[^`none]``.

```python title="three.txt" linenums="2" hl_lines="1 2"
--8<-- "three.txt:2:3"
```

~~~~
``` and ~~~ end nothing here, and [^none] is no mark
~~~~

--8<-- "three.txt"
"""
SNIPPET, WHOLE = '--8<-- "three.txt:2:3"', '\n--8<-- "three.txt"'
FORM = 'a snippet is not written as --8<-- "path" or --8<-- "path:first:last", alone on its line'
NO_HEAD = "the page has no front matter; begin it with a title and a description between two lines ---"
NOT_YAML = "the front matter is not YAML; put quotes around a value with a colon"
RANGE = "the snippet's range {} is not within the 3 lines of three.txt; correct the range"
GONE = "the snippet's file {} is not in the repository; correct the path"
NO_TITLE, NO_DESCRIPTION = (
    f"the front matter has no {key}; add a line '{key}: ...'" for key in ("title", "description")
)


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("", "", []),
        ("---\ntitle", "title", [(1, NO_HEAD)]),
        ("title: A page\n", "", [(1, NO_TITLE)]),
        ("description: What stands here.\n", "", [(1, NO_DESCRIPTION)]),
        ("What stands here.", "What: stands: here.", [(3, NOT_YAML)]),
        ("What stands", "What \N{REPLACEMENT CHARACTER} stands", [(3, "the page is not UTF-8; save it as UTF-8")]),
        ("~~~~\n\n--8", "~~~\n\n--8", [(14, "the code block is never closed; end it with a line ~~~~")]),
        (SNIPPET, '--8<-- "three.txt:2:3" ', [(11, FORM)]),
        (SNIPPET, "--8<-- three.txt", [(11, FORM)]),
        (SNIPPET, '-8<- "three.txt:2:3"', [(11, FORM)]),
        (SNIPPET, '--8<-- "gone.txt:2:3"', [(11, GONE.format("gone.txt"))]),
        (SNIPPET, '--8<-- "three.txt:2:4"', [(11, RANGE.format("2:4"))]),
        (SNIPPET, '--8<-- "three.txt:3:2"', [(11, RANGE.format("3:2"))]),
        ('"2" hl_lines="1 2"', '"6" hl_lines="1"', [(11, 'the block begins with line 2 of three.txt; write linenums="2"')]),
        ('"1 2"', '"3"', [(11, "hl_lines marks line 3 of a block that has 2; count from its first line")]),
        ('title="three.txt"', 'title="a"', [(11, 'the block is titled a and shows three.txt; write title="three.txt"')]),
        (WHOLE, '\nsee --8<-- "three.txt"', [(18, FORM)]),
    ],
)  # fmt: skip
def test_a_mistake_in_a_page(old, new, expected, tmp_path, monkeypatch):
    (tmp_path / "three.txt").write_text("1\n2\n3\n")
    monkeypatch.setattr(check, "ROOT", tmp_path)
    assert old in PAGE
    assert [*check.mistakes(PAGE.replace(old, new, 1))] == expected


TESTS = {"one": Claim("It is so.", 7), "two": Claim("It is not.", 9)}
MODULE = check.module("page.md")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("It is so.[^one] It is not.[^two]", []),
        ("It is so.[^one] It is `not`.[^two][^new]", [("docs/page.md", 1, "the mark [^new] has no test")]),
        ("It is so.[^one]", [(MODULE, 9, "docs/page.md has no mark of this test; write [^two]")]),
        ("It is so.[^one]\n\n```text\n[^two]\n```", [(MODULE, 9, "docs/page.md has no mark of this test")]),
        ("It is so.[^one] It is not.[^two]\n\nAgain.[^two]", [("docs/page.md", 3, "the mark [^two] stands on line 1")]),
        ("It is so.[^one] It is not.[^two]\n\n[^two]: A note.", [("docs/page.md", 3, "the notes are made from")]),
    ],
)
def test_a_mistake_in_the_marks(text, expected):
    found = [*check.mark_mistakes("page.md", text, TESTS)]
    assert [
        (*place, message[: len(words)]) for (*place, message), (*_, words) in zip(found, expected, strict=True)
    ] == expected


@pytest.mark.parametrize(
    ("link", "message"),
    [
        ("[a](#here)", None),
        ("[a](other.md#there)", None),
        ("[a](api.md#oms.asgi)", None),
        ("[a](https://example.com/x#y) `[a](gone.md)`", None),
        ("[a](gone.md)", "the link leads to docs/gone.md, which is not there; correct it"),
        ("![a](assets/gone.png){ width=1 }", "the link leads to docs/assets/gone.png, which is not there; correct it"),
        ("[a](other.md#gone)", "docs/other.md has no section { #gone }; correct the link"),
        ("[a](#gone)", "docs/page.md has no section { #gone }; correct the link"),
    ],
)
def test_a_mistake_in_a_link(link, message):
    pages = {"page.md": f"# A {'{ #here }'}\n\n{link}\n", "other.md": "# B { #there }\n", "api.md": ""}
    assert [*check.link_mistakes("page.md", pages)] == ([(3, message)] if message else [])
