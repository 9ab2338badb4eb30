"""Draw the plots of the load in docs/assets/load/, one for light pages and one for dark: python -m measure.load.plots"""

import json
import math
from pathlib import Path
from statistics import median

from pages.claims import ROOT
from pages.tables import called, short

PLOTS = ("waiting", "small", "computing", "ceiling")


def middles(rows, what):
    return {row["side"]: median(measured[what] for measured in row["rounds"]) for row in rows}


COLOURS = {  # each has a contrast of 4.5 to 1 with the page
    "light": "#00695c #1f5fa8 #a84300 #7b3fa0".split(),
    "dark": "#4db6ac #90caf9 #ffb74d #ce93d8".split(),
}
LINES = ("o-", "s--", "^:", "D-.")  # lines are told apart by their names, marks and dashes too


def draw(folder, to):
    """Draw the plots of the load into a folder, in the width of a phone: 9 points are 12 pixels there."""
    import matplotlib

    matplotlib.use("svg")
    import matplotlib.pyplot as plt

    load = json.loads((Path(folder) / "load.json").read_text(encoding="utf-8"))
    to.mkdir(parents=True, exist_ok=True)
    for theme, ink in (("light", "#222"), ("dark", "#ddd")):
        own = {
            "svg.fonttype": "none", "svg.hashsalt": "load", "font.family": "sans-serif", "font.size": 9,
            "text.color": ink, "axes.labelcolor": ink, "axes.edgecolor": ink, "xtick.color": ink, "ytick.color": ink,
            "axes.spines.top": False, "axes.spines.right": False, "savefig.transparent": True,
            "axes.prop_cycle": matplotlib.cycler(color=COLOURS[theme]),
        }  # fmt: skip
        for name in PLOTS:
            with plt.style.context(["default", own]):
                figure, axes = plt.subplots(figsize=(3.75, 3.9), layout="constrained")
                DRAW[name](figure, axes, load[name])
                figure.savefig(to / f"{name}-{theme}.svg", metadata={"Date": None, "Creator": None})
                plt.close(figure)


def draw_line(axes, line, rows, by, what, name):
    """A line, with its name at its end."""
    points = sorted((row[by], median(measured[what] for measured in row["rounds"])) for row in rows)
    axes.plot(*zip(*points, strict=True), line, markersize=5)
    name_at(axes, points[-1], name)


def name_at(axes, point, name):
    axes.annotate(name, point, (7, 0), textcoords="offset points", va="center", linespacing=1.1)


def set_levels(axes, rows, by, **more):
    """The levels that were measured are the ticks of an axis on which equal steps are equal factors."""
    levels = sorted({row[by] for row in rows})
    axes.set(xscale="log", **more)
    axes.set_xticks(levels, [f"{level:,}" for level in levels])
    axes.minorticks_off()


def draw_waiting(figure, axes, rows):
    """A line for each number of threads, and between the lowest and the highest ASGI server a band."""
    axes.set_yscale("log")
    for threads, line in zip((1000, 100, 10, 1), LINES, strict=True):
        side = f"gunicorn, {threads} thread{'s' * (threads > 1)}"
        mine = [row for row in rows if row["side"] == side]
        draw_line(axes, line, mine, "clients", "rate", f"{threads:,} thread{'s' * (threads > 1)}")
    clients = sorted({row["clients"] for row in rows})
    by = [
        middles([row for row in rows if row["clients"] == number and "view" in row["side"]], "rate")
        for number in clients
    ]
    low, high = ([end(values.values()) for values in by] for end in (min, max))
    ink = axes.xaxis.label.get_color()
    axes.fill_between(clients, low, high, facecolor=(ink, 0.25), edgecolor=ink, linewidth=0.8)
    name_at(axes, (clients[-1], math.sqrt(low[-1] * high[-1])), "ASGI servers,\nlowest to\nhighest")
    set_levels(axes, rows, "clients", xlabel="clients at once", ylabel="answers a second")
    axes.yaxis.set_major_formatter("{x:,.0f}")


def draw_bars(figure, axes, rows, what, label):
    """A bar a side at the most clients, with its name and its figure above it."""
    most = max(row["clients"] for row in rows)
    values = middles([row for row in rows if row["clients"] == most and "no Django" not in row["side"]], what)
    figure.set_figheight(0.6 + 0.37 * len(values))
    axes.barh(range(len(values)), values.values(), height=0.28)
    for number, (side, value) in enumerate(values.items()):
        for text, x, shift, align in ((called(side), 0, 3, "left"), (short(value), 1, 0, "right")):
            axes.annotate(text, (x, number), (shift, 6), axes.get_yaxis_transform(), "offset points", ha=align)
    axes.set(xlabel=label, yticks=[], ylim=(len(values) - 0.6, -0.8))
    axes.xaxis.set_major_formatter("{x:,.0f}")


def draw_ceiling(figure, axes, rows):
    for side, line, name in zip(("uvicorn", "uvicorn, 2 workers"), LINES, ("1 process", "2 workers"), strict=False):
        draw_line(axes, line, [row for row in rows if row["side"] == side], "lines a second", "busy cores", name)
    axes.axhline(1, linestyle=":", linewidth=1, color=axes.xaxis.label.get_color())
    axes.annotate("one core", (0, 1), (3, 4), axes.get_yaxis_transform(), "offset points")
    axes.set(ylabel="busy cores", ylim=(0, None))
    set_levels(axes, rows, "lines a second", xlabel="lines a second for each of 1,000 streams")


DRAW = {
    "waiting": draw_waiting,
    "small": lambda figure, axes, rows: draw_bars(figure, axes, rows, "rate", "answers a second, 100 clients at once"),
    "computing": lambda figure, axes, rows: draw_bars(
        figure, axes, rows, "50 %", "ms for half of the answers, while 4 compute"
    ),
    "ceiling": draw_ceiling,
}

if __name__ == "__main__":
    draw(ROOT / "evidence", ROOT / "docs/assets/load")
