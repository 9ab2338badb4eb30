"""docs/start.md: its commands are run in a fresh clone, and in a project that startproject has written."""

import os
import subprocess

from measure.commands.reader import Reader


def test_the_first_day_goes_as_the_page_says(repository, tmp_path, free_ports, processes):
    project, own = (f"127.0.0.1:{port}" for port in free_ports)
    replacements = {
        "ADDRESS": str(repository),
        "127.0.0.1:8001": project,
        "--port 8001": f"--port {project.rpartition(':')[2]}",
    }
    reader = Reader("start.md", tmp_path, processes, replacements)
    *blocks, project_of_your_own = reader.blocks()
    for block in blocks:
        reader.run(block)

    programs = reader.folder / ".venv/bin"
    subprocess.run([programs / "django-admin", "startproject", "mysite"], cwd=tmp_path, check=True)
    replacements = {"--reload": f"--reload --port {own.rpartition(':')[2]}"}
    environment = {"PATH": f"{programs}{os.pathsep}{os.environ['PATH']}", "VIRTUAL_ENV": str(programs.parent)}
    Reader("start.md", tmp_path / "mysite", processes, replacements, environment).run(project_of_your_own)
