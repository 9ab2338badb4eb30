"""Draw the plots of the load in docs/assets/load/, one for light pages and one for dark: python -m measure.load.plots"""

import json
from pathlib import Path
from statistics import median

from pages.claims import ROOT
from pages.tables import short

PLOTS = ("waiting", "small", "computing", "ceiling")


def middles(rows, what):
    return {row["side"]: median(measured[what] for measured in row["rounds"]) for row in rows}


COLOURS = {  # ten that are told apart on light pages, and on dark ones
    "light": "#1f77b4 #d95f02 #2ca02c #d62728 #9467bd #8c564b #e377c2 #616161 #17a2b8 #a6761d".split(),
    "dark": "#64b5f6 #ffb74d #81c784 #ef5350 #b39ddb #bcaaa4 #f48fb1 #e0e0e0 #4dd0e1 #dce775".split(),
}


def draw(folder, to):
    """Draw the plots of the load into a folder, in the width of a phone."""
    import matplotlib

    matplotlib.use("svg")
    import matplotlib.pyplot as plt

    load = json.loads((Path(folder) / "load.json").read_text(encoding="utf-8"))
    to.mkdir(parents=True, exist_ok=True)
    for theme, ink in (("light", "#222"), ("dark", "#ddd")):
        own = {
            "svg.fonttype": "none", "svg.hashsalt": "load", "font.family": "sans-serif", "font.size": 11,
            "text.color": ink, "axes.labelcolor": ink, "axes.edgecolor": ink, "xtick.color": ink, "ytick.color": ink,
            "axes.spines.top": False, "axes.spines.right": False, "legend.frameon": False, "savefig.transparent": True,
            "axes.prop_cycle": matplotlib.cycler(color=COLOURS[theme]),
        }  # fmt: skip
        for name in PLOTS:
            with plt.style.context(["default", own]):
                figure, axes = plt.subplots(figsize=(5, 5.4), layout="constrained")
                DRAW[name](figure, axes, load[name])
                figure.savefig(to / f"{name}-{theme}.svg", metadata={"Date": None, "Creator": None})
                plt.close(figure)


def draw_lines(figure, axes, rows, by, what):
    """A line a side, and the names below."""
    marks = iter("osv^D<>PX*")
    for side in dict.fromkeys(row["side"] for row in rows):
        mine = sorted((row[by], median(m[what] for m in row["rounds"])) for row in rows if row["side"] == side)
        line = "--" if "thread" in side else ":" if "sync view" in side and "async" not in side else "-"
        axes.plot(*zip(*mine, strict=True), line, marker=next(marks), markersize=5, label=side)
    axes.set(xscale="log")
    axes.xaxis.set_major_formatter("{x:,.0f}")
    figure.legend(loc="outside lower left", ncols=2, fontsize=9, columnspacing=1)


def draw_waiting(figure, axes, rows):
    draw_lines(figure, axes, rows, "clients", "rate")
    axes.set(yscale="log", xlabel="clients at once", ylabel="requests a second")
    axes.yaxis.set_major_formatter("{x:,.0f}")


def draw_dots(figure, axes, rows, what, label):
    """A dot a side at the most clients, with its name and its figure above its line."""
    most = max(row["clients"] for row in rows)
    values = middles([row for row in rows if row["clients"] == most], what)
    figure.set_figheight(1 + 0.36 * len(values))
    axes.set_ylim(-0.9, len(values) - 0.5)
    axes.set(xscale="log", xlabel=label, yticks=[], xlim=(min(values.values()) / 1.3, 1.3 * max(values.values())))
    axes.spines["left"].set_visible(False)
    for number, (side, value) in enumerate(values.items()):
        axes.axhline(number, linewidth=0.5, color="#9e9e9e", zorder=0)
        axes.plot(value, number, "o", color="#9e9e9e" if "no Django" in side else "C0", markersize=5)
        for text, x, align in ((side, 0, "left"), (short(value), 1, "right")):
            axes.annotate(text, (x, number), (0, 5), axes.get_yaxis_transform(), "offset points", ha=align, fontsize=10)
    axes.invert_yaxis()
    axes.xaxis.set_major_formatter("{x:,.0f}")


def draw_ceiling(figure, axes, rows):
    draw_lines(figure, axes, rows, "lines a second", "busy cores")
    axes.axhline(1, linestyle=":", color="#9e9e9e")
    axes.set(xlabel="lines a second for each of 1,000 streams", ylabel="busy cores", ylim=(0, None))


DRAW = {
    "waiting": draw_waiting,
    "small": lambda figure, axes, rows: draw_dots(figure, axes, rows, "rate", "requests a second, 100 clients at once"),
    "computing": lambda figure, axes, rows: draw_dots(
        figure, axes, rows, "50 %", "ms to half of the answers, while 4 compute"
    ),
    "ceiling": draw_ceiling,
}

if __name__ == "__main__":
    draw(ROOT / "evidence", ROOT / "docs/assets/load")
