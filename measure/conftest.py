"""Copies of the tree, for what changes files."""

import shutil
import subprocess

import pytest

from tests.shared.running import ROOT


def copy_to(tree):
    """Copy the tree as it stands, without what Git ignores, to a folder; give the folder."""
    names = subprocess.check_output(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], cwd=ROOT, text=True
    )
    for name in filter(None, names.split("\0")):
        if (ROOT / name).exists():
            (tree / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, tree / name)
    return tree


@pytest.fixture
def copy(tmp_path):
    """A copy of the tree."""
    return copy_to(tmp_path / "tree")


@pytest.fixture(scope="module")
def module_copy(tmp_path_factory):
    """A copy of the tree for the tests of a module."""
    return copy_to(tmp_path_factory.mktemp("tree"))


@pytest.fixture
def installed_copy(copy):
    """A copy of the tree that shares this one's .venv."""
    (copy / ".venv").symlink_to(ROOT / ".venv")
    return copy


@pytest.fixture
def repository(copy):
    """A copy of the tree, committed to a Git repository of its own."""
    git = ["git", "-C", copy, "-c", "user.name=test", "-c", "user.email=test@localhost"]
    subprocess.run([*git, "init", "--quiet", "--initial-branch=main"], check=True)
    subprocess.run([*git, "add", "--all"], check=True)
    subprocess.run([*git, "commit", "--quiet", "--message=Copy the tree"], check=True)
    return copy
