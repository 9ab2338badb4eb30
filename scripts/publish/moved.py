"""Put a page that leads on at each address that mkdocs.yml names below ``extra.moved``, such as ``old.md: new.md#section``.

Called by scripts/build with the folder of the built site. The page keeps the fragment of the address that was asked for, so
the new page must have the old page's ids; the fragment in mkdocs.yml is for those who come without one.
"""

import html
import sys
from pathlib import Path
from urllib.parse import urljoin

from menu import address, settings

PAGE = """<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <title>This page has moved - {site_name}</title>
    <link rel="canonical" href="{canonical}">
    <script>location.replace("{to}" + (location.hash || "{fragment}"))</script>
    <noscript><meta http-equiv="refresh" content="0; url={to}{fragment}"></noscript>
  </head>
  <body>
    <p>This page has moved: <a id="moved" href="{to}{fragment}">read it at its new address</a>.</p>
  </body>
</html>
"""


def mistake(old, new, folder):
    """What is wrong with an entry, or None."""
    page, _, fragment = str(new).partition("#")
    if not (str(old).endswith(".md") and page.endswith(".md")):
        return "write it as old.md: new.md or old.md: new.md#section"
    if (folder / address(old) / "index.html").exists():
        return f"docs/{old} is still there; delete one of them"
    file = folder / address(page) / "index.html"
    if not file.exists():
        return f"there is no docs/{page}; name a page of the site"
    if fragment and f'id="{fragment}"' not in file.read_text(encoding="utf-8"):
        return f"docs/{page} has no id {fragment}; name one that it has"


def main(site, file="mkdocs.yml"):
    """Write the pages that lead on.

    Args:
        site: The folder of the built site.
        file: The settings that name them.

    Returns:
        A message for each mistake, or None.
    """
    folder, config = Path(site), settings(file)
    wrong = []
    for old, new in (config["extra"].get("moved") or {}).items():
        if message := mistake(old, new, folder):
            wrong.append(f"{file}: extra.moved, {old}: {new}: {message}.")
            continue
        page, hash_mark, fragment = new.partition("#")
        leading = folder / address(old) / "index.html"
        leading.parent.mkdir(parents=True, exist_ok=True)
        parts = {
            "site_name": config["site_name"],
            "canonical": urljoin(f"{config['site_url'].rstrip('/')}/", address(page)),
            "to": "../" * address(old).count("/") + address(page),
            "fragment": hash_mark + fragment,
        }
        leading.write_text(PAGE.format_map({name: html.escape(text) for name, text in parts.items()}), encoding="utf-8")
    return "\n".join(wrong) or None


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]) if len(sys.argv) == 2 else "Give the folder of the built site: moved.py site")
