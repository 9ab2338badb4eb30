"""docs/static-files.md: its commands collect the static files, and serve one."""

from measure.commands.reader import Reader


def test_the_commands_serve_a_static_file(installed_copy, processes, free_port):
    replacements = {"127.0.0.1:8001": f"127.0.0.1:{free_port}", "--port 8001": f"--port {free_port}"}
    reader = Reader("static-files.md", installed_copy, processes, replacements)
    for block in reader.blocks():
        reader.run(block)
