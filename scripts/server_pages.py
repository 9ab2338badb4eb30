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

JOBS = {"reload": "development", "workers": "several workers", "tls": "TLS"}
EXAMPLES = {"PORT": "8000", "CERT": "cert.pem", "KEY": "key.pem"}


def table(head, rows):
    """A table in Markdown."""
    lines = [head, ["---"] * len(head), *rows]
    return "".join(f"| {' | '.join(map(str, line))} |\n" for line in lines)


def commands():
    """For each server the shortest command for each job, as the tests run it."""
    parts = []
    for name, known in COMMANDS.items():
        found = {title: known[job] for job, title in JOBS.items() if job in known}
        missing = [job for job in JOBS if job not in known]
        if "reload" in missing:
            found = {"one worker": known["run"]} | found
        lines = [f"$ {command}" for command in found.values()]
        for word, example in EXAMPLES.items():
            lines = [line.replace(word, example) for line in lines]
        without = f"; it has no {' and no '.join(missing)}" if missing else ""
        titles = ", ".join(found)
        parts.append(f"**{name}**, {titles}{without}:\n\n```console\n" + "\n".join(lines) + "\n```\n")
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
    return table(["", *COMMANDS], lines)


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


def waiting(load):
    """Requests a second by clients, and the exponent with which they grow from each number of clients to the next."""
    clients = sorted({row["clients"] for row in load["waiting"]})
    by = {number: {row["side"]: row for row in load["waiting"] if row["clients"] == number} for number in clients}
    lines = []
    for side in by[clients[0]]:
        rates = [median(measured["rate"] for measured in by[number][side]["rounds"]) for number in clients]
        grows = [
            math.log(more / less) / math.log(many / few) if less and more else 0
            for few, many, less, more in zip(clients, clients[1:], rates, rates[1:], strict=False)
        ]
        lines.append(
            [
                side,
                *(middle(by[n][side], "rate") for n in clients),
                ", ".join(f"{round(grow, 1) + 0:.1f}" for grow in grows),
            ]
        )
    heads = [f"{number:,} client{'s' * (number > 1)}" for number in clients]
    return table(["", *heads, "exponents"], lines)


def from_records(folder):
    """The pages on the servers that are made from what was recorded: {name: text}."""
    seen = json.loads((Path(folder) / "servers.json").read_text(encoding="utf-8"))
    load = json.loads((Path(folder) / "load.json").read_text(encoding="utf-8"))
    versions = ", ".join(f"{name} {version}" for name, version in load["versions"].items())
    return {
        "commands.md": commands(),
        **{f"servers-{name}.md": servers(seen, name) for name in seen["tables"]},
        "servers-versions.md": f"Seen with {', '.join(f'{name} {v}' for name, v in seen['versions'].items())}.\n",
        "load-machine.md": f"Measured on {load['date']} on {load['machine']}, with {versions}.\n",
        "load-waiting.md": waiting(load),
        "load-small.md": table(
            ["", "requests a second", "half are answered within ms"],
            [[row["side"], middle(row, "rate"), middle(row, "50 %")] for row in load["small"]],
        ),
        "load-computing.md": table(
            ["", "half of the others are answered within ms", "99 % within ms"],
            [[row["side"], middle(row, "50 %"), middle(row, "99 %")] for row in load["computing"]],
        ),
        "load-streams.md": table(
            ["", "memory for each, kB", "busy cores", "others are answered within ms"],
            [
                [row["side"], *(middle(row, what) for what in ("kB each", "busy cores", "others"))]
                for row in load["streams"]
            ],
        ),
        "load-ceiling.md": table(
            ["lines a second for each of 1,000 streams", "busy cores", "others are answered within ms"],
            [[row["lines a second"], middle(row, "busy cores"), middle(row, "others")] for row in load["ceiling"]],
        ),
    }


PLOTS = ("waiting", "small", "computing", "ceiling")


def draw(folder, to):
    """Draw the plots of the load into a folder."""
    import matplotlib

    matplotlib.use("svg")
    import matplotlib.pyplot as plt

    load = json.loads((Path(folder) / "load.json").read_text(encoding="utf-8"))
    to.mkdir(parents=True, exist_ok=True)
    for theme, style, ink in (("light", "default", "#222"), ("dark", "dark_background", "#ddd")):
        own = {
            "svg.fonttype": "none", "svg.hashsalt": "load", "font.family": "sans-serif", "savefig.transparent": True,
            "text.color": ink, "axes.labelcolor": ink, "axes.edgecolor": ink, "xtick.color": ink, "ytick.color": ink,
            "axes.spines.top": False, "axes.spines.right": False, "legend.frameon": False, "legend.fontsize": 8,
        }  # fmt: skip
        for name in PLOTS:
            with plt.style.context([style, own]):
                figure, axes = plt.subplots(figsize=(7, 4.2), layout="constrained")
                DRAW[name](axes, load[name])
                figure.savefig(to / f"{name}-{theme}.svg", metadata={"Date": None, "Creator": None})
                plt.close(figure)


def draw_waiting(axes, rows):
    marks = iter("osv^D<>PX*")
    for side in dict.fromkeys(row["side"] for row in rows):
        mine = sorted((row["clients"], median(m["rate"] for m in row["rounds"])) for row in rows if row["side"] == side)
        line = "--" if "thread" in side else ":" if "sync view" in side and "async" not in side else "-"
        axes.plot(*zip(*mine, strict=True), line, marker=next(marks), markersize=4, label=side)
    axes.set(xscale="log", yscale="log", xlabel="clients at once", ylabel="requests a second")
    axes.xaxis.set_major_formatter("{x:,.0f}")
    axes.yaxis.set_major_formatter("{x:,.0f}")
    axes.legend(loc="center left", bbox_to_anchor=(1, 0.5))


def draw_bars(axes, values, label):
    axes.barh(
        [*values], [*values.values()], color=["#00897b" if "Django" not in side else "#9e9e9e" for side in values]
    )
    for number, value in enumerate(values.values()):
        axes.text(value, number, f" {short(value)}", va="center", fontsize=8)
    axes.invert_yaxis()
    axes.set(xscale="log", xlabel=label, xlim=(None, 3 * max(values.values())))
    axes.xaxis.set_major_formatter("{x:,.0f}")
    axes.tick_params(axis="y", labelsize=8)


def draw_ceiling(axes, rows):
    points = [(row["lines a second"], median(m["busy cores"] for m in row["rounds"])) for row in rows]
    axes.plot(*zip(*points, strict=True), marker="o", color="#00897b")
    axes.axhline(1, linestyle=":", color="#9e9e9e")
    axes.set(xscale="log", xlabel="lines a second for each of 1,000 streams", ylabel="busy cores", ylim=(0, None))
    axes.xaxis.set_major_formatter("{x:,.0f}")


DRAW = {
    "waiting": draw_waiting,
    "small": lambda axes, rows: draw_bars(axes, middles(rows, "rate"), "requests a second"),
    "computing": lambda axes, rows: draw_bars(axes, middles(rows, "50 %"), "others are answered within ms"),
    "ceiling": draw_ceiling,
}

if __name__ == "__main__":
    draw(ROOT / "evidence", ROOT / "docs/assets/load")
