"""Run the commands of a page in their order, and compare each output that it shows."""

import doctest
import itertools
import os
import subprocess
import tempfile
import time
from pathlib import Path

import pytest
from sybil import Sybil
from sybil.parsers.markdown import CodeBlockParser

DOCS = Path(__file__).resolve().parents[2] / "docs"
SECONDS = 900
RUN = set()  # the pages whose commands were run


class Reader:
    """Someone who types the page's commands into terminals, one for each command that goes on running."""

    def __init__(self, page, folder, processes, replacements=(), environment=()):
        RUN.add(page)
        self.page, self.folder, self.processes = page, folder, processes
        self.replacements = dict(replacements)
        # Tests that import the project leave a variable behind.
        self.environment = {name: value for name, value in os.environ.items() if name != "DJANGO_SETTINGS_MODULE"}
        self.environment |= dict(environment)
        self.outputs = Path(tempfile.mkdtemp(dir=folder.parent))

    def blocks(self):
        """The console blocks of the page."""
        parser = CodeBlockParser(language="console", evaluator=lambda example: None)
        return list(Sybil([parser]).parse(DOCS / self.page).examples())

    def run(self, block):
        """Run each command of a console block; a command is done when it ends, or has said all that the page shows."""
        text = block.parsed
        for written, used in self.replacements.items():
            text = text.replace(written, used)
        for part in text.removeprefix("$ ").split("\n$ "):
            lines = f"{part.rstrip()}\n".splitlines(keepends=True)
            more = list(itertools.takewhile(lambda line: line.startswith(">"), lines[1:]))  # the prompt of a next line
            command = lines[0] + "".join(line[1:].removeprefix(" ") for line in more)
            shown = "".join(lines[1 + len(more) :])
            if command.startswith("cd "):
                self.folder /= command.removeprefix("cd ").strip()
            else:
                place = f"docs/{self.page}:{block.line}: $ {lines[0]}"
                self.type(command, shown, place)

    def type(self, command, shown, place):
        deadline = time.monotonic() + SECONDS
        while True:
            code, said = self.attempt(command, shown, deadline)
            if not code and said_as_shown(said, shown, ended=code == 0):
                return
            # A server that starts anew answers a moment later.
            if not command.startswith("curl ") or time.monotonic() > deadline - SECONDS + 60:
                pytest.fail(f"{place}\nThe page shows:\n{shown}\nThe command said:\n{said}")

    def attempt(self, command, shown, deadline):
        output = self.outputs / str(time.monotonic_ns())
        with output.open("w") as file:
            process = subprocess.Popen(
                command, shell=True, executable="/bin/bash", cwd=self.folder, stdout=file, stderr=subprocess.STDOUT,
                start_new_session=True, env=self.environment,
            )  # fmt: skip
        self.processes.append(process)
        while process.poll() is None and time.monotonic() < deadline:
            if shown and said_as_shown(output.read_text(), shown, ended=False):
                try:
                    process.wait(2)  # one that has said all may be about to end; a server goes on
                except subprocess.TimeoutExpired:
                    break
            time.sleep(0.05)
        return process.poll(), output.read_text()


def said_as_shown(said, shown, ended):
    """Whether an output is the one shown, in which ... stands for anything; more may follow while a command runs."""
    return said == shown or doctest.OutputChecker().check_output(shown + "..." * (not ended), said, doctest.ELLIPSIS)
