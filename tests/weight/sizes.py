"""How many bytes a built page needs at its first view, and which part of it needs them, from the files alone.

A kB is 1,000 bytes. Files are compressed as WhiteNoise does, which serves them in ``measure.py``.
"""

import re
from pathlib import Path
from urllib.parse import urljoin, urlsplit

from bs4 import BeautifulSoup
from whitenoise.compress import Compressor

ENCODINGS = {"brotli": Compressor.compress_brotli, "gzip": Compressor.compress_gzip}
# From where a part begins to where the next one does; a minified page may lack the tags that HTML lets out.
BODY = re.compile(rb"<body\b[^>]*>")
ARTICLE = re.compile(rb"(<article\b[^>]*>)(.*)(</article>)", re.DOTALL)
FOOTER = re.compile(rb"<footer\b.*</footer>", re.DOTALL)
STYLE = re.compile(rb"<style\b.*?</style>", re.DOTALL)
SCRIPT = re.compile(rb"<script\b(?![^>]*\ssrc=).*?</script>", re.DOTALL)
KEPT = {"href", "id", "src", "alt", "start", "colspan"}  # what a page needs without a style sheet


def compressed(data, encoding, name="page.html"):
    """The bytes that are sent for a file: compressed, where WhiteNoise compresses it."""
    compressor = Compressor(quiet=True)
    if not compressor.should_compress(name):
        return len(data)
    small = ENCODINGS[encoding](data)
    return len(small) if compressor.is_compressed_effectively(encoding, name, len(data), small) else len(data)


def asked(html):
    """List (address, whether it belongs to the article) for what a page's HTML lets a browser ask at the first view."""
    page, found = BeautifulSoup(html, "html.parser"), {}
    for tag in page.select("link[href], script[src], img[src]"):
        rel, address = tag.get("rel", []), tag.get("href") or tag.get("src")
        loads = {"stylesheet", "icon", "preload", "modulepreload", "prefetch", "manifest"}.intersection(rel)
        if (tag.name != "link" or loads) and tag.get("loading") != "lazy" and not address.startswith("data:"):
            found.setdefault(address, tag.name == "img" and tag.find_parent("article") is not None)
    return [*found.items()]


def without_article(html):
    return ARTICLE.sub(rb"\1\3", html)


def bare_article(html):
    """The article of a page with its words, links and pictures, but no classes, buttons and colours."""
    article = BeautifulSoup(html, "html.parser").article
    for tag in article.select(".headerlink, .md-content__button, .linenos, button, script, style"):
        tag.decompose()
    for tag in article.find_all(True):
        if not tag.find_parent("svg"):
            tag.attrs = {name: value for name, value in tag.attrs.items() if name in KEPT or tag.name == "svg"}
            if tag.name == "span" and not tag.attrs:
                tag.unwrap()
    return article.decode_contents().encode()


def first_view(site, file, encoding):
    """What one page needs at its first view.

    Args:
        site: The folder of the built site, which is the root of its addresses.
        file: The path of the page below it, such as ``start/index.html``.
        encoding: ``"brotli"`` or ``"gzip"``.

    Returns:
        ``whole``, ``besides`` (all that is not the article and its pictures) and ``others`` (the other files without
        the article's pictures) in bytes, and ``requests`` without the article's pictures.

    Raises:
        FileNotFoundError: The page asks for a file that the site does not have.
    """
    html = (Path(site) / file).read_bytes()
    base = "/" + re.sub(r"index\.html$", "", str(file))
    others, pictures, requests = 0, 0, 1
    for address, in_article in asked(html):
        path = urlsplit(urljoin(base, address)).path.lstrip("/")
        size = compressed((Path(site) / path).read_bytes(), encoding, path)
        if in_article:
            pictures += size
        else:
            others, requests = others + size, requests + 1
    page = compressed(html, encoding)
    besides = compressed(without_article(html), encoding) + others
    return {"whole": page + others + pictures, "besides": besides, "others": others, "requests": requests}


def parts(site, file, encoding):
    """Where each byte of a page goes: {part: bytes}. A part's bytes are what the page loses without it.

    What parts share is compressed once, so it is lost with none of them and has a row of its own.
    """
    html = (Path(site) / file).read_bytes()
    whole = compressed(html, encoding)
    body, article, footer = BODY.search(html), ARTICLE.search(html), FOOTER.search(html)
    bare = ARTICLE.sub(lambda match: match[1] + bare_article(html) + match[3], html)
    outside = {"head": (0, body.start()), "menu": (body.start(), article.start())}
    if footer:
        outside["footer"] = footer.span()
    found = {
        "the article's words": compressed(bare, encoding) - compressed(without_article(html), encoding),
        "the article's markup": whole - compressed(bare, encoding),
        "inline styles": whole - compressed(STYLE.sub(b"", html), encoding),
        "inline scripts": whole - compressed(SCRIPT.sub(b"", html), encoding),
    }
    names = {"head": "the rest of the head", "menu": "header, menu and search", "footer": "footer"}
    for name, (start, end) in outside.items():
        kept = b"".join(re.findall(rb"(?s)" + STYLE.pattern + b"|" + SCRIPT.pattern, html[start:end]))
        found[names[name]] = whole - compressed(html[:start] + kept + html[end:], encoding)
    found["what parts share"] = whole - sum(found.values())
    found["other requests"] = first_view(site, file, encoding)["others"]
    return found | {"whole": whole + found["other requests"]}
