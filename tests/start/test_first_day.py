"""docs/start.md: each command is run in its order, in a fresh clone, and each output shown is compared."""

import doctest
import os
import subprocess
import time
from pathlib import Path

import pytest
from playwright.sync_api import expect
from sybil import Sybil
from sybil.parsers.markdown import CodeBlockParser

START = Path(__file__).resolve().parents[2] / "docs/start.md"
SECONDS = 180


class Reader:
    """Someone who types the page's commands into terminals, one for each command that goes on running."""

    def __init__(self, folder, replacements, processes):
        self.folder, self.replacements, self.processes = folder, replacements, processes
        self.outputs = folder / "outputs"
        self.outputs.mkdir()

    def run(self, block):
        """Run each command of a console block; a command is done when it ends, or has said all that the page shows."""
        text = block.parsed
        for written, used in self.replacements.items():
            text = text.replace(written, used)
        for part in text.removeprefix("$ ").split("\n$ "):
            command, _, shown = part.rstrip("\n").partition("\n")
            if command.startswith("cd "):
                self.folder /= command.removeprefix("cd ")
            else:
                place = f"docs/start.md:{block.line}: $ {command}"
                self.type(command, shown and shown + "\n", place)

    def type(self, command, shown, place):
        deadline = time.monotonic() + SECONDS
        while True:
            code, said = self.attempt(command, shown, deadline)
            if not code and said_as_shown(said, shown, ended=code == 0):
                return
            # A server that starts anew answers a moment later.
            if not command.startswith("curl ") or time.monotonic() > deadline - SECONDS + 10:
                pytest.fail(f"{place}\nThe page shows:\n{shown}\nThe command said:\n{said}")

    def attempt(self, command, shown, deadline):
        output = self.outputs / str(time.monotonic_ns())
        with output.open("w") as file:
            process = subprocess.Popen(
                command, shell=True, executable="/bin/bash", cwd=self.folder, stdout=file, stderr=subprocess.STDOUT,
                start_new_session=True, env=os.environ | {"DEV_ADDR": self.replacements["127.0.0.1:8000"]},
            )  # fmt: skip
        self.processes.append(process)
        while process.poll() is None and time.monotonic() < deadline:
            if shown and said_as_shown(output.read_text(), shown, ended=False):
                break
            time.sleep(0.05)
        return process.poll(), output.read_text()


def said_as_shown(said, shown, ended):
    """Whether an output is the one shown, in which ... stands for anything; more may follow while a command runs."""
    return said == shown or doctest.OutputChecker().check_output(shown + "..." * (not ended), said, doctest.ELLIPSIS)


@pytest.mark.slow
def test_the_first_day_goes_as_the_page_says(repository, tmp_path, page, free_ports, processes):
    site, project = (f"127.0.0.1:{port}" for port in free_ports)
    replacements = {
        "ADDRESS": str(repository),
        "127.0.0.1:8000": site,
        "127.0.0.1:8001": project,
        "--port 8001": f"--port {project.rpartition(':')[2]}",
    }
    reader = Reader(tmp_path, replacements, processes)
    document = Sybil([CodeBlockParser(language="console", evaluator=lambda example: None)]).parse(START)
    clone, start_project, look, change_page, change_settings, look_again, restore = document.examples()
    reader.run(clone)
    page.goto(f"http://{site}/glossary/")
    reader.run(start_project)
    reader.run(look)
    reader.run(change_page)
    expect(page.get_by_text("My first line.")).to_be_visible()
    reader.run(change_settings)
    reader.run(look_again)
    reader.run(restore)
