"""The page Link here gives sentences to paste, and what moves is still found at its old address."""

import subprocess

import pytest
from built import ROOT, soup
from playwright.sync_api import expect

SITE_URL = soup("index.md").find("link", rel="canonical")["href"]


@pytest.mark.recorded
@pytest.mark.parametrize(
    ("group", "address", "markdown", "html"),
    [
        (
            "Glossary",
            "glossary/#worker",
            "Read [worker]({}) in “Glossary”.",
            'Read <a href="{}">worker</a> in “Glossary”.',
        ),
        (
            "Errors at the start",
            "errors-start/#command-not-found",
            "Read [`uvicorn: command not found`]({}) in “Errors at the start”.",
            'Read <a href="{}"><code>uvicorn: command not found</code></a> in “Errors at the start”.',
        ),
    ],
    ids=["words", "code"],
)
def test_the_buttons_copy_a_sentence_with_its_link(page, context, site_url, group, address, markdown, html):
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.goto(f"{site_url}link/")
    page.locator("summary").get_by_text(group, exact=True).click()
    row = page.locator(".links li").filter(has=page.locator(f"a[href$='{address}']"))
    for kind, text in (("Markdown", markdown), ("HTML", html)):
        button = row.get_by_role("button", name=f"Copy as {kind}: ")
        button.focus()
        page.keyboard.press("Enter")
        expect(page.get_by_role("status")).to_have_text("Copied to clipboard")
        assert page.evaluate("navigator.clipboard.readText()") == text.format(SITE_URL + address)
        expect(button).to_be_focused()


def replace(tree, file, old, new):
    text = (tree / file).read_text(encoding="utf-8")
    assert old in text, f"{file} no longer has {old}"
    (tree / file).write_text(text.replace(old, new), encoding="utf-8")


def moved(tree, moves):
    """What scripts/publish/moved.py says of moves in a tree that has a site."""
    replace(tree, "mkdocs.yml", "  moved: {}", f"  moved: {{{moves}}}")
    command = [ROOT / ".venv/bin/python", "scripts/publish/moved.py", "site"]
    return subprocess.run(command, cwd=tree, capture_output=True, text=True)


@pytest.mark.parametrize(
    ("moves", "message"),
    [
        ("old: start.md", "write it as old.md: new.md or old.md: new.md#section"),
        ("start.md: chat.md", "docs/start.md is still there; delete one of them"),
        ("old.md: gone.md", "there is no docs/gone.md; name a page of the site"),
        ("old.md: start.md#gone", "docs/start.md has no id gone; name one that it has"),
    ],
    ids=["no page", "a page that is there", "to nowhere", "to no section"],
)
def test_a_move_that_leads_nowhere_is_said_with_its_cure(tmp_path, moves, message):
    (tmp_path / "mkdocs.yml").write_bytes((ROOT / "mkdocs.yml").read_bytes())
    (tmp_path / "scripts").symlink_to(ROOT / "scripts")
    (tmp_path / "site").symlink_to(ROOT / "site")
    done = moved(tmp_path, moves)
    assert done.returncode == 1 and done.stderr == f"mkdocs.yml: extra.moved, {moves}: {message}.\n"
