"""GitHub can read the workflows, and they give away no rights."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
GITHUB = ROOT / ".github"


def test_zizmor_finds_nothing():
    command = [
        Path(sys.executable).with_name("zizmor"),
        "--offline",
        "--persona",
        "auditor",
        "--no-progress",
        GITHUB,
    ]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(
    ("kind", "files"),
    [("github-workflows", "workflows/*.yml"), ("dependabot", "dependabot.yml")],
    ids=["workflows", "updates"],
)
def test_github_can_read_it(kind, files):
    paths = sorted(GITHUB.glob(files))
    command = [Path(sys.executable).with_name("check-jsonschema"), "--builtin-schema", f"vendor.{kind}", *paths]
    done = subprocess.run(command, capture_output=True, text=True)
    assert paths and done.returncode == 0, done.stdout
