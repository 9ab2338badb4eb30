"""The tables of evidence/ on the servers, the load and the examples, from what was recorded."""

import ast
import math
from statistics import median

from measure.servers.command_lines import COMMANDS
from pages.claims import ROOT

JOBS = {"workers": "Two workers", "threads": "Twenty threads", "http/2": "HTTP/2 without TLS", "http/3": "HTTP/3"}
# The tabs with the commands: what is installed for them, and the servers of COMMANDS in them.
TABS = {
    "uvicorn": ('"uvicorn[standard]"', ["uvicorn"]),
    "gunicorn": ('"gunicorn[http2]" uvicorn-worker', ["gunicorn, asgi", "gunicorn, uvicorn"]),
    "daphne": ('daphne "Twisted[tls,http2]"', ["daphne"]),
    "hypercorn": ('"hypercorn[h3]"', ["hypercorn"]),
    "granian": ("granian", ["granian"]),
    "WSGI": ('"gunicorn[http2]" granian', ["gunicorn, WSGI", "granian, WSGI"]),
}
EXAMPLES = {"PORT": "8001", "CERT": "cert.pem", "KEY": "key.pem"}


def table(head, rows):
    """A table in Markdown."""
    lines = [head, ["---"] * len(head), *rows]
    return "".join(f"| {' | '.join(map(str, line))} |\n" for line in lines)


def commands(http2):
    """A tab a server: what to install, and the shortest command for each job, as it was run.

    Args:
        http2: Whether each server speaks HTTP/2 over TLS: {name: "yes"}.
    """
    parts = []
    for tab, (packages, names) in TABS.items():
        parts += [f'=== "{tab}"', f"    Install `{packages}`."]
        for name in names:
            known, place = COMMANDS[name], "" if name == tab else f" ({name})"
            found = {title: known[job] for job, title in JOBS.items() if job in known}
            if "workers" not in known:
                found = {"One process, for it has no workers": known["run"]} | found
            found["TLS, with HTTP/2" if http2[name] == "yes" else "TLS, without HTTP/2"] = known["tls"]
            for title, command in found.items():
                for word, example in EXAMPLES.items():
                    command = command.replace(word, example)
                parts.append(f"    {title}{place}:\n\n    ```console\n    $ {command}\n    ```")
    return "\n\n".join(parts) + "\n"


def rows_of(name):
    """The tests of a table in their order: {row: what its docstring says before the colon}."""
    tests = ast.parse((ROOT / f"measure/servers/test_{name}.py").read_text(encoding="utf-8")).body
    return {
        test.name.removeprefix("test_"): ast.get_docstring(test).split(":")[0]
        for test in tests
        if isinstance(test, ast.FunctionDef) and test.name.startswith("test_")
    }


def servers(seen, name):
    """The table of what each server does."""
    found = seen["tables"][name]
    lines = [
        [title, *(found[row][server] for server in COMMANDS)] for row, title in rows_of(name).items() if row in found
    ]
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


def from_records(records):
    """The tables of what was recorded, {name of the record: its content}, as {name: text}."""
    seen, load = records["servers"], records["load"]
    versions = ", ".join(f"{name} {version}" for name, version in load["versions"].items())
    return examples(records.get("examples", {})) | {
        "commands.md": commands(seen["tables"]["protocols"]["http_2_over_tls"]),
        **{f"servers-{name}.md": servers(seen, name) for name in seen["tables"]},
        "servers-versions.md": f"Seen{' on ' + seen['date'] if 'date' in seen else ''} with {', '.join(f'{name} {v}' for name, v in seen['versions'].items())}.\n",
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


def examples(load):
    """The tables of the examples under load: {name: text}."""
    return {
        f"example-{name}.md": table(
            ["clients", *rows[0]["rounds"][0]],
            [[f"{row['clients']:,}", *(middle(row, what) for what in row["rounds"][0])] for row in rows],
        )
        + f"\nMeasured on {load['date']} on {load['machine']}.\n"
        for name, rows in load.items()
        if isinstance(rows, list)
    }
