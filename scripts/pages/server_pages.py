"""Make the pages of evidence/ on the servers: their commands, what each does, and how they fare under load.

``from_records`` makes the tables; ``draw`` makes the plots in docs/assets/load/, one for light pages and one for dark.
"""

import ast
import json
import math
from pathlib import Path
from statistics import median

from proofs import ROOT

from tests.servers.command_lines import COMMANDS

JOBS = {
    "reload": "development", "workers": "several workers", "threads": "threads", "tls": "TLS",
    "http/2": "HTTP/2 in clear text", "http/3": "HTTP/3",
}  # fmt: skip
EXAMPLES = {"PORT": "8001", "CERT": "cert.pem", "KEY": "key.pem"}


def table(head, rows):
    """A table in Markdown."""
    lines = [head, ["---"] * len(head), *rows]
    return "".join(f"| {' | '.join(map(str, line))} |\n" for line in lines)


def commands():
    """For each server the shortest command for each job, as the tests run it."""
    parts = []
    for name, known in COMMANDS.items():
        found = {title: known[job] for job, title in JOBS.items() if job in known}
        missing = [job for job in ("reload", "workers", "tls") if job not in known]
        if "reload" in missing:
            found = {"one worker": known["run"]} | found
        for title, command in found.items():
            for word, example in EXAMPLES.items():
                command = command.replace(word, example)
            parts.append(f"**{name}**, {title}:\n\n```console\n$ {command}\n```\n")
        if missing:
            parts.append(f"{name} has no {' and no '.join(missing)}.\n")
    return "\n".join(parts)


def rows_of(name):
    """The tests of a table in their order: {row: what its docstring says before the colon}."""
    tests = ast.parse((ROOT / f"tests/servers/tables/test_{name}.py").read_text(encoding="utf-8")).body
    return {
        test.name.removeprefix("test_"): ast.get_docstring(test).split(":")[0]
        for test in tests
        if isinstance(test, ast.FunctionDef) and test.name.startswith("test_")
    }


def servers(seen, name):
    """The table of what each server does; each cell leads to its test."""
    found, lines = seen["tables"][name], []
    for row, title in rows_of(name).items():
        test = f"tests.servers.tables.test_{name}.test_{row}"
        lines.append([f"[{title}][{test}]", *(f"[{found[row][server]}][{test}]" for server in COMMANDS)])
    return table(["behaviour", *COMMANDS], lines)


def middle(row, what):
    """The median of the rounds, and the least and the most, as "95 (90-99)"."""
    values = [measured[what] for measured in row["rounds"]]
    return f"{short(median(values))} ({short(min(values))}-{short(max(values))})"


def short(value):
    """A figure with three digits, or all before the point."""
    if value == 0:
        return "0"
    return f"{value:,.{max(0, 2 - math.floor(math.log10(abs(value))))}f}"


def middles(rows, what):
    return {row["side"]: median(measured[what] for measured in row["rounds"]) for row in rows}


def exponents(levels, values):
    """With which power of the level the values grow, from each level to the next, as "1.0, 0.5"."""
    return ", ".join(
        f"{round(math.log(more / less) / math.log(many / few), 1) + 0:.1f}"
        for few, many, less, more in zip(levels, levels[1:], values, values[1:], strict=False)
    )


def grown(rows, what, head, more=()):
    """A row a side: a figure at each number of clients, how it grows, and other figures at the most clients."""
    clients = sorted({row["clients"] for row in rows})
    by = {(row["side"], row["clients"]): row for row in rows}
    lines = []
    for side in dict.fromkeys(row["side"] for row in rows):
        mine = [by[side, number] for number in clients]
        values = [median(measured[what] for measured in row["rounds"]) for row in mine]
        lines.append(
            [
                side,
                *(middle(row, what) for row in mine),
                exponents(clients, values),
                *(middle(mine[-1], other) for other in more),
            ]
        )
    heads = [head.format(f"{number:,}") for number in clients]
    return table(
        ["server and view", *heads, "exponents" if len(clients) > 2 else "exponent", *dict(more).values()], lines
    )


def from_records(folder):
    """The pages on the servers that are made from what was recorded: {name: text}."""
    seen = json.loads((Path(folder) / "servers.json").read_text(encoding="utf-8"))
    load = json.loads((Path(folder) / "load.json").read_text(encoding="utf-8"))
    versions = ", ".join(f"{name} {version}" for name, version in load["versions"].items())
    return examples(folder) | {
        "commands.md": commands(),
        **{f"servers-{name}.md": servers(seen, name) for name in seen["tables"]},
        "servers-versions.md": f"Seen with {', '.join(f'{name} {v}' for name, v in seen['versions'].items())}.\n",
        "load-machine.md": f"Measured on {load['date']} on {load['machine']}, with {versions}.\n",
        "load-waiting.md": grown(load["waiting"], "rate", "{} at once"),
        "load-small.md": grown(load["small"], "rate", "{} at once"),
        "load-computing.md": grown(load["computing"], "50 %", "{} compute", {"99 %": "99 % within ms"}),
        "load-streams.md": grown(
            load["streams"],
            "kB each",
            "{} open: kB each",
            {"busy cores": "busy cores", "others": "others are answered within ms"},
        ),
        "load-ceiling.md": table(
            ["server", "lines a second for each of 1,000 streams", "busy cores", "others are answered within ms"],
            [
                [row["side"], row["lines a second"], middle(row, "busy cores"), middle(row, "others")]
                for row in sorted(load["ceiling"], key=lambda row: row["side"])
            ],
        ),
    }


def examples(folder):
    """The tables of the examples under load: {name: text}."""
    path = Path(folder) / "examples.json"
    load = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    return {
        f"example-{name}.md": table(
            ["clients", *rows[0]["rounds"][0]],
            [[f"{row['clients']:,}", *(middle(row, what) for what in row["rounds"][0])] for row in rows],
        )
        + f"\nMeasured on {load['date']} on {load['machine']}.\n"
        for name, rows in load.items()
        if isinstance(rows, list)
    }


PLOTS = ("waiting", "small", "computing", "ceiling")


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
