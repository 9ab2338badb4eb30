"""Draw the picture that each page of a built site names for those who share it, with the page's title and description.

Called by scripts/build with the folder of the site, built with PUBLISHED=true. The page says in its head what stands on its
card and where the card lies, so the two cannot differ.
"""

import html
import re
import sys
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

SIZE = WIDTH, HEIGHT = 1200, 630
MARGIN, BAND, TOP, FOOT = 80, 24, 60, 506
LINE, GAP = 1.2, 30  # the height of a line in sizes of its font, and the pixels below the title
TEAL, WHITE = (0x00, 0x79, 0x6B), (0xFF, 0xFF, 0xFF)
# A card is drawn in greys, of which few are kept, so that the file is small; its palette makes them teal to white.
STEPS = 8
PALETTE = [
    round(teal + (white - teal) * step / (STEPS - 1))
    for step in range(STEPS)
    for teal, white in zip(TEAL, WHITE, strict=True)
]
META = re.compile(r'<meta property="og:(title|description|site_name|image)" content="([^"]*)">')


def font(size):
    """Pillow's own font, so that none is installed or loaded."""
    return ImageFont.load_default(size=size)


SITE_NAME, DESCRIPTION, TITLES = font(36), font(40), [font(size) for size in (96, 84, 72, 60)]


def wrapped(text, face, width):
    """Put a text into lines of at most a width in pixels.

    Args:
        text: The text, one paragraph.
        face: The font.
        width: The width in pixels; a longer word has a line of its own.

    Returns:
        The lines.
    """
    first, *rest = text.split()
    lines = [first]
    for word in rest:
        longer = f"{lines[-1]} {word}"
        if face.getlength(longer) > width:
            lines.append(word)
        else:
            lines[-1] = longer
    return lines


def unknown(text):
    """The characters of a text that the font has no shape for."""
    shapes = {character: bytes(SITE_NAME.getmask(character)) for character in {*text, "\uffff"}}
    return sorted(character for character in {*text} if shapes[character] == shapes["\uffff"])


def drawn(title, description, site_name):
    """Draw a card.

    Args:
        title: The page's title; it is smaller where the words would not fit.
        description: The page's description.
        site_name: The name of the site, at the foot.

    Returns:
        The picture, with a palette of few colours.
    """
    card = Image.new("L", SIZE)
    pen = ImageDraw.Draw(card)
    pen.rectangle((0, 0, BAND, HEIGHT), fill=120)
    width = WIDTH - 2 * MARGIN
    below = wrapped(description, DESCRIPTION, width)
    for face in TITLES:
        lines = wrapped(title, face, width)
        if TOP + LINE * (face.size * len(lines) + DESCRIPTION.size * len(below)) + GAP <= FOOT:
            break
    y = TOP
    for line in lines:
        pen.text((MARGIN, y), line, 255, face)
        y += LINE * face.size
    y += GAP
    for line in below:
        pen.text((MARGIN, y), line, 220, DESCRIPTION)
        y += LINE * DESCRIPTION.size
    pen.text((MARGIN, HEIGHT - MARGIN), site_name, 190, SITE_NAME, anchor="ls")
    card = card.point([grey * STEPS // 256 for grey in range(256)])
    card.putpalette(PALETTE)
    return card


def main(site):
    """Draw the cards of a built site.

    Args:
        site: The folder of the site.

    Returns:
        A message where no page names a card or a character cannot be drawn, else None.
    """
    folder = Path(site)
    named = 0
    for page in sorted(folder.rglob("index.html")):
        said = {name: html.unescape(content) for name, content in META.findall(page.read_text(encoding="utf-8"))}
        if "image" not in said:
            continue
        words = said["title"], said["description"], said["site_name"]
        if strange := unknown("".join(words)):
            return (
                f"{page.relative_to(folder)}: the cards' font has no {' '.join(strange)}; "
                "write the page's title and description without it."
            )
        file = folder / "assets/cards" / said["image"].rpartition("/")[2]
        file.parent.mkdir(parents=True, exist_ok=True)
        drawn(*words).save(file, bits=4)
        named += 1
    if not named:
        return f"{folder}: no page names a card; build it with PUBLISHED=true and overrides/main.html."


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]) if len(sys.argv) == 2 else "Give the folder of the built site: cards.py site")
