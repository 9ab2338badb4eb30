"""docs/deploy.md: its commands collect the static files, serve one, and check the settings."""

from measure.commands.reader import Reader


def test_the_commands_serve_a_static_file_and_leave_nothing_to_check(installed_copy, processes, free_port):
    replacements = {"127.0.0.1:8001": f"127.0.0.1:{free_port}", "--port 8001": f"--port {free_port}"}
    reader = Reader("deploy.md", installed_copy, processes, replacements)
    for block in reader.blocks():
        reader.run(block)
