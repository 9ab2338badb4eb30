"""The pages of the menu, and their addresses."""

import functools
from pathlib import Path

from mkdocs.utils.yaml import yaml_load

ROOT = Path(__file__).resolve().parents[1]
SETTINGS = ROOT / "mkdocs.yml"


def listed(part, entries):
    """The entries of a part of the menu; one that is a page itself has that page alone."""
    return [{part: entries}] if isinstance(entries, str) else entries


@functools.cache
def settings(file=SETTINGS):
    """What a settings file of MkDocs says; it is read once, for tests ask for each page."""
    return yaml_load(Path(file).read_text(encoding="utf-8"))


def menu(file=SETTINGS):
    """The menu of a settings file, in its order: {part: {label: page}}; a page without a part is a part of its own.

    Raises:
        SystemExit: The menu has another form.
    """
    try:
        parts = {
            part: {label: page for entry in listed(part, entries) for label, page in entry.items()}
            for section in settings(file)["nav"]
            for part, entries in section.items()
        }
        if all(isinstance(page, str) for pages in parts.values() for page in pages.values()):
            return parts
    except (AttributeError, KeyError, TypeError):
        pass
    raise SystemExit(f"{file.name}: nav: write a part, '- Part:', and its pages below it, '    - Name: page.md'.")


def address(page):
    """The address of a page below that of the site: "" for index.md, "start/" for start.md and start/index.md."""
    return page.removesuffix(".md").removesuffix("index").strip("/") + "/" if page != "index.md" else ""
