"""docs/start.md: its commands are run in a fresh clone, with a browser open on the page that they change."""

from playwright.sync_api import expect

from measure.commands.reader import Reader


def test_the_first_day_goes_as_the_page_says(repository, tmp_path, page, free_ports, processes):
    site, project = (f"127.0.0.1:{port}" for port in free_ports)
    replacements = {
        "ADDRESS": str(repository),
        "127.0.0.1:8000": site,
        "127.0.0.1:8001": project,
        "--port 8001": f"--port {project.rpartition(':')[2]}",
    }
    reader = Reader("start.md", tmp_path, processes, replacements, {"DEV_ADDR": site})
    clone, start_project, look, change_page, change_settings, look_again, restore = reader.blocks()
    reader.run(clone)
    page.goto(f"http://{site}/glossary/")
    reader.run(start_project)
    reader.run(look)
    reader.run(change_page)
    expect(page.get_by_text("My first line.")).to_be_visible()
    reader.run(change_settings)
    reader.run(look_again)
    reader.run(restore)
