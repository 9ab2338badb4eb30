"""docs/notifications.md: its commands make the table, start the server, and send from another process."""

import httpx

from measure.commands.reader import Reader


def test_the_commands_start_the_notifications_and_send_one(installed_copy, processes, free_port):
    reader = Reader("notifications.md", installed_copy, processes, {"--port 8003": f"--port {free_port}"})
    for block in reader.blocks():
        reader.run(block)
    assert "Tea is low." in httpx.get(f"http://127.0.0.1:{free_port}/").text
