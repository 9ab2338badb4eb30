"""The workflow imports, tests and publishes in this order, with least privilege, and its own steps run."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
PATH = ROOT / ".github/workflows/pages.yml"
MAIN = "github.event_name == 'push' && github.ref == 'refs/heads/main'"


@pytest.fixture(scope="module")
def jobs():
    return yaml.safe_load(PATH.read_text())["jobs"]


def test_zizmor_finds_nothing():
    command = [
        Path(sys.executable).with_name("zizmor"),
        "--offline",
        "--persona",
        "auditor",
        "--no-progress",
        PATH.parent,
    ]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_workflow_fits_githubs_schema():
    command = [Path(sys.executable).with_name("check-jsonschema"), "--builtin-schema", "vendor.github-workflows", PATH]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout


def test_each_action_is_pinned_by_commit_with_its_version_beside_it():
    for line in re.findall(r"uses: (.*)", PATH.read_text()):
        assert re.fullmatch(r"[\w.-]+/[\w.-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", line), (
            f"{PATH.name}: pin {line} by commit"
        )


def test_it_runs_on_every_push_and_pull_request():
    events = yaml.safe_load(PATH.read_text())[True]  # YAML reads the key "on" as true
    assert events == {"push": None, "pull_request": None}


def test_publishing_needs_the_import_and_the_tests(jobs):
    assert list(jobs) == ["import", "test", "publish"]
    assert jobs["test"]["needs"] == "import"
    assert jobs["publish"]["needs"] == ["import", "test"]
    for job in ("import", "test"):
        assert "if" not in jobs[job]
        assert not any("continue-on-error" in step for step in [jobs[job], *jobs[job]["steps"]])


def test_the_import_job_installs_the_requirements_alone_and_runs_what_it_names(jobs):
    assert steps(jobs["import"]) == [
        "python -m pip install --no-deps --require-hashes -r requirements.txt",
        "python tests/project/import_asgi.py",
        "mkdocs build --strict",
    ]


def test_nothing_around_the_steps_weakens_them(jobs):
    workflow = yaml.safe_load(PATH.read_text())
    for part in (workflow, jobs["import"], jobs["test"]):
        assert not {"env", "defaults"} & part.keys(), f"{PATH.name}: a step may fail unseen, or run less"
    for step in jobs["import"]["steps"]:
        assert not {"if", "env", "shell"} & step.keys(), f"{PATH.name}: {step} may not run as it stands"
    assert [step.keys() for step in jobs["test"]["steps"] if step.get("run") == ".ci/run"] == [{"name", "run"}]
    assert jobs["import"]["strategy"]["matrix"] == {
        "python": ["3.10", "3.14"],
        "system": ["ubuntu-24.04"],
        "include": [{"python": "3.13", "system": "windows-2025"}],
    }


def test_no_other_workflow_publishes():
    for path in PATH.parent.iterdir():
        assert path == PATH or not re.search("deploy-pages|pages: write|write-all", path.read_text()), path.name


def test_only_main_is_published_and_only_as_it_was_tested(jobs):
    assert jobs["publish"]["if"] == MAIN
    assert [step["uses"].split("@")[0] for step in jobs["publish"]["steps"]] == ["actions/deploy-pages"]
    *_, tested, uploaded = jobs["test"]["steps"]
    assert tested["run"] == ".ci/run" and "if" not in tested
    assert uploaded["with"] == {"path": "site"} and uploaded["if"] == MAIN


def test_only_publishing_may_write(jobs):
    assert yaml.safe_load(PATH.read_text())["permissions"] == {}
    assert {name: job["permissions"] for name, job in jobs.items()} == {
        "import": {"contents": "read"},
        "test": {"contents": "read"},
        "publish": {"pages": "write", "id-token": "write"},
    }


def test_ci_runs_the_readmes_test_command_and_nothing_weaker():
    lines = [line for line in (ROOT / ".ci/run").read_text().splitlines() if not line.startswith("#")]
    assert lines == ['cd "$(dirname "$0")/.." && exec scripts/test']
    assert "```console\nscripts/test\n```" in (ROOT / "README.md").read_text()


def steps(job):
    return [step["run"] for step in job["steps"] if "run" in step]


def bash(command, cwd, environment):
    """Run a step as GitHub does."""
    return subprocess.run(["bash", "-e", "-c", command], cwd=cwd, env=environment, capture_output=True, text=True)


@pytest.fixture
def clone(repository, tmp_path):
    subprocess.run(["git", "clone", "--quiet", repository, tmp_path / "clone"], check=True)
    return tmp_path / "clone"


@pytest.mark.slow
def test_the_import_jobs_own_steps_run_in_a_fresh_clone(jobs, clone, tmp_path):
    subprocess.run([sys.executable, "-m", "venv", tmp_path / "python"], check=True)
    environment = os.environ | {"PATH": os.pathsep.join([str(tmp_path / "python/bin"), os.environ["PATH"]])}
    for command in steps(jobs["import"]):
        done = bash(command, clone, environment)
        assert done.returncode == 0, f"{command}\n{done.stdout}{done.stderr}"
    pip = bash("python -m pip list --format=freeze", clone, environment).stdout
    assert "Django==" in pip and "pytest" not in pip


@pytest.mark.slow
@pytest.mark.parametrize(
    ("repository_name", "custom", "address"),
    [
        ("Team/guide", "", "https://team.github.io/guide/"),
        ("Team/team.github.io", "", "https://team.github.io/"),
        ("Team/guide", "https://guide.example/", "https://guide.example/"),
    ],
)
def test_canonical_links_and_sitemap_carry_the_address_that_pages_gives(
    jobs, installed_copy, tmp_path, repository_name, custom, address
):
    find, test = steps(jobs["test"])
    variables = tmp_path / "variables"
    done = bash(find, installed_copy, os.environ | {
        "GITHUB_ENV": str(variables), "GITHUB_REPOSITORY": repository_name, "GITHUB_SERVER_URL": "https://github.com",
        "CUSTOM_SITE_URL": custom,
    })  # fmt: skip
    assert done.returncode == 0, done.stderr
    found = dict(line.split("=", 1) for line in variables.read_text().splitlines())
    assert found.keys() == {"SITE_URL", "EDIT_URI"}
    environment = os.environ | found
    # The tests would run themselves: the step itself is run, its tests are only collected but for these two.
    only = "--quiet --no-header -k 'test_each_link_anchor or test_the_sitemap or leads_home'"
    done = bash(test, installed_copy, environment | {"PYTEST_ADDOPTS": only})
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"<loc>{address}start/</loc>" in (installed_copy / "site/sitemap.xml").read_text()
    page = (installed_copy / "site/start/index.html").read_text()
    assert f'<link rel="canonical" href="{address}start/">' in page
    assert f'href="https://github.com/{repository_name}/edit/main/docs/start.md"' in page
