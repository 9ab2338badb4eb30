"""Linters find nothing in the code, the pages and their spelling."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize(
    "command",
    [["ruff", "check"], ["ruff", "format", "--check"], ["rumdl", "check", "--no-cache", "."], ["codespell"]],
    ids=" ".join,
)
def test_a_linter_finds_nothing(command):
    linter = Path(sys.executable).with_name(command[0])
    done = subprocess.run([linter, *command[1:]], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, f"{' '.join(command)}:\n{done.stdout}{done.stderr}"
