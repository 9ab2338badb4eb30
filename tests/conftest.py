"""Names, at the end of a run, the records that are older than what they are of. Nothing fails for it."""

import os
import re

from pages.claims import ROOT, claims, name_of_test, pages, runs_on
from tests.shared.record import code


def pytest_terminal_summary(terminalreporter):
    if "RECORD_TO" in os.environ:
        return
    from pages.notes import read  # here, for the environments of measure/versions/ have no MkDocs

    said = [said for report in terminalreporter.stats.get("passed", []) for said in report.user_properties]
    other = {tuple(claim) for what, claim in said if what == "other than recorded"}
    records = read(ROOT / "evidence")
    stale = [text for name, record in records.items() for text in older(name, record)]
    stale += changed_claims(records, other)
    stale += [
        f"{test} has no mutation; name one with @pytest.mark.mutation"
        for what, test in said
        if what == "without mutation"
    ]
    if stale:
        terminalreporter.section("To record, or to complete; nothing fails for it")
        for text in stale:
            terminalreporter.write_line(text)


def older(name, record):
    """Yield a line for each package and each file of code that a record was made with, and that is another now.

    Args:
        name: The name of the record's file in evidence/, without .json.
        record: Its content.
    """
    lists, part = ["requirements.txt", "tests/requirements.txt", "measure/requirements.txt"], name.split("-")[0]
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


def changed_claims(records, other):
    """Yield a line for each page with tests that are not recorded on a Django, and with tests that have changed since.

    Args:
        records: What was recorded: {name of a JSON file: its content}.
        other: Each (page, mark) whose test saw something else now.
    """
    djangos = {name.removeprefix("django-"): record for name, record in records.items() if name.startswith("django-")}
    for page in pages():
        recorded = [record.get("code", {}).get(page, {}) for name, record in djangos.items() if runs_on(page, name)]
        new = [mark for mark in claims(page) if any(mark not in before for before in recorded)]
        changed = [
            mark
            for mark in claims(page)
            if mark not in new
            and ((page, mark) in other or any(before[mark] != code(name_of_test(page, mark)) for before in recorded))
        ]
        for marks, said in ((new, "not recorded yet"), (changed, "recorded with another test, or another outcome")):
            if marks:
                names = ", ".join(marks[:3]) + (f" and {len(marks) - 3} more" if len(marks) > 3 else "")
                yield f"docs/{page}.md: {names}: {said}: scripts/record claims {page}"
