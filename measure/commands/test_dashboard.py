"""docs/dashboard.md: its commands start the dashboard and show the first event of its stream."""

from measure.commands.reader import Reader


def test_the_commands_show_the_figures(installed_copy, processes, free_port):
    replacements = {"127.0.0.1:8004": f"127.0.0.1:{free_port}", "--port 8004": f"--port {free_port}"}
    reader = Reader("dashboard.md", installed_copy, processes, replacements)
    for block in reader.blocks():
        reader.run(block)
