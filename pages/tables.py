"""The tables of evidence/ on the servers, the load and the examples, from what was recorded."""

import ast
import math
import sys
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
# What the tables call a server whose name in COMMANDS says too little.
CALLED = {"gunicorn, asgi": "gunicorn, ASGI worker", "gunicorn, uvicorn": "gunicorn, uvicorn worker"}
YES_NO = {"yes": "yes", "no": "no"}
# What the tables of the servers say for what was recorded: {row: {value, or (server, value): words}}.
WORDS = {
    "http_1_1_keep_alive": {"yes": "yes", ("gunicorn, WSGI", "no"): "no, sync worker"},
    "http_2_in_clear_text": YES_NO
    | {("gunicorn, asgi", "yes"): "yes, with an option", ("gunicorn, WSGI", "yes"): "yes, gthread worker"},
    "http_2_over_tls": YES_NO
    | {
        ("daphne", "yes"): "yes, with an extra",
        ("gunicorn, asgi", "yes"): "yes, with an option",
        ("gunicorn, WSGI", "yes"): "yes, gthread worker",
    },
    "http_3": YES_NO | {"lower case": "only with a wrapper"},
    "websocket_to_the_project": {"403": "refused: 403", "404": "not found: 404", "500": "error: 500"},
    "websocket_that_is_handled": YES_NO,
    "lifespan": YES_NO,
    "stream_of_an_async_view": {"yes": "yes", "no": "no, all at the end"},
    "client_disconnect": {"yes": "yes", "no": "no, it runs on"},
    "upload_is_not_kept_in_memory": {"yes": "yes", "no": "no, 32 MB or more"},
    "root_path": {
        "/small": "proxy must strip /shop",
        "/shop/small": "proxy must keep /shop",
        "/small /shop/small": "proxy may do either",
        ("gunicorn, uvicorn", "no"): "no option",
    },
    "forwarded_headers": {
        "client, scheme": "address and scheme",
        ("daphne", "client, scheme"): "address and scheme, by option",
        "scheme": "scheme alone",
        "no": "nothing",
    },
    "reload_of_a_view": YES_NO | {("daphne", "no"): "no option"},
    "reload_of_the_settings": YES_NO | {("daphne", "no"): "no option"},
    "several_workers": {"yes": "yes", ("daphne", "no"): "no option"},
    "slow_requests": {"at once": "all run at once", "one after the other": "run one by one"},
    "graceful_stop": {
        "50 of 50": "answers all 50",
        "0 of 50": "answers none",
        ("gunicorn, WSGI", "1 of 50"): "answers only the one begun",
    },
    "worker_killed": {
        "goes on": "goes on answering",
        "ends": "the whole server ends",
        ("daphne", "ends"): "its only process ends",
        "hangs": "runs, answers nobody",
    },
    "byte_a_second": {"yes": "is answered", "no": "is not answered"},
    "patience": {
        "5 s": "is cut off after 5 s",
        "30 s": "is cut off after 30 s",
        "40 s or more": "not cut off in 40 s",
    },
    "many_idle_clients": {"yes": "is answered", "no": "is not answered"},
    "client_never_reads": {"held back": "stops sending", "collects": "keeps all in memory"},
    "header_of_16_kb": {"200": "accepted", "431": "refused: 431"},
    "header_of_128_kb": {"200": "accepted", "431": "refused: 431", "closes": "connection closed"},
    "malformed_request": {"400": "refused with 400"},
    "flood": {"yes": "is answered", "no": "is not answered"},
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


def worded(row, server, value):
    """Say in words what was recorded of a server in a row.

    Raises:
        SystemExit: There are no words for it.
    """
    known = WORDS.get(row, {})
    if words := known.get((server, value), known.get(value)):
        return words
    return sys.exit(f"pages/tables.py: WORDS has nothing for “{value}”, which {server} did in {row}; write it there.")


def called(side):
    """The name of a server, or of a side of the load, as the pages say it."""
    for name, words in CALLED.items():
        side = side.replace(name, words)
    return side


def servers(seen, name):
    """The table of what each server does, and below it what all do alike."""
    lines, alike = [], []
    for row, title in rows_of(name).items():
        if found := seen["tables"][name].get(row):
            cells = [worded(row, server, found[server]) for server in COMMANDS]
            if len({*cells}) > 1:
                lines.append([title, *cells])
            else:
                alike.append(f"- {title}: {cells[0]}.\n")
    text = table(["What was tried", *map(called, COMMANDS)], lines)
    return text + (f"\nThe same with every server:\n\n{''.join(alike)}" if alike else "")


def middle(row, what):
    """The median of the rounds, and the least and the most in one piece, as "95 <small>(90-99)</small>"."""
    values = [measured[what] for measured in row["rounds"]]
    return f"{short(median(values))} <small>({short(min(values))}-{short(max(values))})</small>"


def short(value):
    """A figure with three digits, or all before the point; below 1 with two at most."""
    if abs(value) < 1:
        return f"{value:.2g}"
    return f"{value:,.{max(0, 2 - math.floor(math.log10(abs(value))))}f}"


def grown(rows, what, head, more=()):
    """A row a side: a figure at each number of clients, and other figures at the most clients."""
    clients = sorted({row["clients"] for row in rows})
    by = {(row["side"], row["clients"]): row for row in rows}
    lines = [
        [called(side), *(middle(by[side, number], what) for number in clients)]
        + [middle(by[side, clients[-1]], other) for other in dict(more)]
        for side in dict.fromkeys(row["side"] for row in rows)
    ]
    heads = [head.format(f"{number:,}") for number in clients]
    return table(["Server and view", *heads, *dict(more).values()], lines)


def from_records(records):
    """The tables of what was recorded, {name of the record: its content}, as {name: text}."""
    seen, load = records["servers"], records["load"]
    versions = ", ".join(f"{name} {version}" for name, version in load["versions"].items())
    tables = examples(records.get("examples", {})) | faults(records.get("examples-faults"))
    return tables | {
        "commands.md": commands(seen["tables"]["protocols"]["http_2_over_tls"]),
        **{f"servers-{name}.md": servers(seen, name) for name in seen["tables"]},
        "servers-versions.md": f"Seen{' on ' + seen['date'] if 'date' in seen else ''} with {', '.join(f'{name} {v}' for name, v in seen['versions'].items())}.\n",
        "load-machine.md": f"Measured on {load['date']} on {load['machine']}, with {versions}.\n",
        "load-waiting.md": grown(load["waiting"], "rate", "{} at once"),
        "load-small.md": grown(load["small"], "rate", "{} at once"),
        "load-computing.md": grown(
            load["computing"],
            "50 %",
            "{} compute",
            {"99 %": "99 %, 4 compute"},
        ),
        "load-streams.md": grown(
            load["streams"],
            "kB each",
            "kB for each of {}",
            {"busy cores": "Busy cores", "others": "ms for a small view"},
        ),
        "load-ceiling.md": table(
            ["Server", "Lines a second for each", "Busy cores", "ms for a small view"],
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


def faults(record):
    """The tables of what was done to each example, and what its readers saw: {name: text}."""
    if not record:
        return {}
    used = {"chat": ("channels", "channels-redis"), "background": ("django-tasks-db",)}
    tables = {}
    for page, rows in record["faults"].items():
        names = "Django", "uvicorn", "Chromium", *used.get(page, ())
        versions = ", ".join(f"{name} {record['versions'][name]}" for name in names)
        text = table(["What was done", "What came of it"], rows)
        tables[f"faults-{page}.md"] = f"{text}\nTried on {record['date']} with {versions}.\n"
    return tables
