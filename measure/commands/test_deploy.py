"""docs/deploy.md: its commands check the settings, collect the static files, and start the server."""

from measure.commands.reader import Reader


def test_the_commands_leave_nothing_to_check_and_start_the_server(installed_copy, processes, free_port):
    replacements = {"127.0.0.1:8001": f"127.0.0.1:{free_port}", "--port 8001": f"--port {free_port}"}
    reader = Reader("deploy.md", installed_copy, processes, replacements)
    health = installed_copy / "examples/deploy/health.py"  # it asks the port of the page
    health.write_text(health.read_text().replace("8001", str(free_port)))
    for block in reader.blocks():
        reader.run(block)
