"""docs/middleware.md: its commands start the server, and ask it for the page and the header."""

from measure.commands.reader import Reader


def test_the_commands_show_the_header_and_the_first_visit(installed_copy, processes, free_port):
    replacements = {"127.0.0.1:8006": f"127.0.0.1:{free_port}", "--port 8006": f"--port {free_port}"}
    reader = Reader("middleware.md", installed_copy, processes, replacements)
    for block in reader.blocks():
        reader.run(block)
