"""Make the tables of evidence/ on what a page weighs, from what tests/weight/ measured."""

import json
from pathlib import Path
from statistics import median

from server_pages import table

HEADS = {
    "bytes": "kB", "requests": "requests", "LCP": "LCP, ms", "CLS": "CLS", "TBT": "TBT, ms",
    "performance": "performance", "accessibility": "accessibility", "best-practices": "best practices", "seo": "SEO",
}  # fmt: skip

NOT_YET = "Not measured yet; `scripts/record {}` does it.\n"


def kilobytes(number):
    return f"{number / 1000:,.1f}"


def shown(what, value):
    """A figure as the tables have it."""
    if what == "bytes":
        return kilobytes(value)
    return f"{value:.3f}".rstrip("0").rstrip(".") if what == "CLS" else f"{value:,.0f}"


def medians(seen, encoding):
    """The median of each figure of each site, the lightest site first: {site: {figure: value}}."""
    rows = {
        row["site"]: {what: median(measured[what] for measured in row["rounds"]) for what in HEADS}
        for row in seen["first"]
        if row["encoding"] == encoding
    }
    return dict(sorted(rows.items(), key=lambda row: row[1]["bytes"]))


def first(seen, encoding):
    lines = [
        [seen["sites"][site], *(shown(what, value) for what, value in figures.items())]
        for site, figures in medians(seen, encoding).items()
    ]
    return table([f"with {encoding}", *HEADS.values()], lines)


def second(seen):
    heads = ["first view", "first move", "second page"]
    lines = [
        [
            seen["sites"][row["site"]],
            row["encoding"],
            *(f"{kilobytes(row[f'{head} bytes'])} ({row[f'{head} requests']})" for head in heads),
        ]
        for row in seen["second"]
    ]
    return table(["site", "with", *(f"{head}: kB (requests)" for head in heads)], lines)


def parts(seen):
    encodings = [*seen["parts"]]
    lines = [[part, *(f"{seen['parts'][name][part]:,}" for name in encodings)] for part in seen["parts"][encodings[0]]]
    return table(["bytes of", *encodings], lines)


def taken(seen, more=""):
    return f"Measured on {seen['date']} on {seen['machine']}{more}.\n"


def growth(seen):
    if seen is None:
        return NOT_YET.format("growth")
    lines = [
        [
            f"{row['pages']:,}",
            f"{row['CPU seconds']:,}",
            kilobytes(row["index bytes"]),
            kilobytes(row["brotli bytes"]),
            kilobytes(row["gzip bytes"]),
            row["requests"],
            f"{row['search ms']:,}",
        ]
        for row in seen["rows"]
    ]
    heads = [
        "pages", "build, s of a processor", "search index, kB, gzip", "first view, kB, brotli", "first view, kB, gzip",
        "requests", "search answers after ms",
    ]  # fmt: skip
    return f"{table(heads, lines)}\n{taken(seen)}"


def from_weights(folder):
    """The pages of evidence that come from what was weighed: {name: text}."""
    return weighed(read(folder, "weight")) | {"growth.md": growth(read(folder, "growth"))}


def read(folder, name):
    """What was recorded under a name, or None before the first time."""
    path = Path(folder) / f"{name}.json"
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else None


def weighed(seen):
    if seen is None:
        return dict.fromkeys(("weight.md", "weight-second.md", "weight-parts.md"), NOT_YET.format("weight"))
    used = ", ".join(f"{name} {version}" for name, version in seen["versions"].items())
    phone = f"which has about {seen['slowdown']} times the phone's speed, so that the times were scaled"
    rounds = len(seen["first"][0]["rounds"])
    tables = [first(seen, encoding) for encoding in seen["parts"]]
    return {
        "weight.md": "\n".join([*tables, taken(seen, f", {phone}, the median of {rounds} runs, with {used}")]),
        "weight-second.md": second(seen),
        "weight-parts.md": parts(seen),
    }
