"""Names, at the end of a run, the records that are older than what they are of. Nothing fails for it."""

import os
import re

from pages.claims import ROOT, claims, name_of_test, pages, runs_on
from tests.shared.record import code


def pytest_terminal_summary(terminalreporter):
    if "RECORD_TO" in os.environ:
        return
    from pages.notes import read  # here, for the environments of measure/versions/ have no MkDocs

    passed = terminalreporter.stats.get("passed", [])
    stale = [text for report in passed for what, text in report.user_properties if what == "stale"]
    records = read(ROOT / "evidence")
    stale += [text for name, record in records.items() for text in older(name, record)] + [*changed_claims(records)]
    if stale:
        terminalreporter.section("Records to renew; nothing fails for it")
        for text in stale:
            terminalreporter.write_line(text)


def older(name, record):
    """Yield a line for each package and each file of code that a record was made with, and that is another now.

    Args:
        name: The name of the record's file in evidence/, without .json.
        record: Its content.
    """
    lists, part = ["requirements.txt", "tests/requirements.txt", "measure/requirements.txt"], name
    if name.startswith("django-"):
        lists, part = [f"measure/versions/{name.replace('-', '').replace('.', '')}.txt"], "claims"
    pins = re.findall(r"(?m)^([\w.-]+)==(\S+)", "".join((ROOT / path).read_text() for path in lists))
    for package, version in record.get("versions", {}).items():
        pinned = [pin for known, pin in pins if known == package.lower()]
        if pinned and version not in pinned:
            yield f"evidence/{name}.json has {package} {version}, and {pinned[-1]} is pinned: scripts/record {part}"
    for path, recorded in record.get("code", {}).items() if part != "claims" else ():
        if code(path) != recorded:
            yield f"{path} has changed since evidence/{name}.json was recorded: scripts/record {part}"


def changed_claims(records):
    """Yield a line for each page with tests that are new, or other than when they were recorded on a Django."""
    djangos = {name.removeprefix("django-"): record for name, record in records.items() if name.startswith("django-")}
    for page in pages():
        recorded = [record.get("code", {}).get(page, {}) for name, record in djangos.items() if runs_on(page, name)]
        now = {mark: code(name_of_test(page, mark)) for mark in claims(page)}
        changed = [mark for mark in now if any(before.get(mark) != now[mark] for before in recorded)]
        if changed:
            names = ", ".join(changed[:3]) + (f" and {len(changed) - 3} more" if len(changed) > 3 else "")
            yield f"docs/{page}.md: {names} changed since they were recorded, or were not: scripts/record claims {page}"
