"""docs/websockets.md: its commands start both examples, and a client prints what comes back."""

import httpx

from measure.commands.reader import Reader


def test_the_commands_start_both_and_open_a_websocket(installed_copy, processes, free_ports):
    plain, channels = free_ports
    client = installed_copy / "examples/websocket_plain/client.py"
    client.write_text(client.read_text().replace("8009", str(plain)))
    replacements = {
        "--port 8009": f"--port {plain}",
        "runserver 8010": f"runserver {channels}",
        "127.0.0.1:8010": f"127.0.0.1:{channels}",
    }
    reader = Reader("websockets.md", installed_copy, processes, replacements)
    for block in reader.blocks():
        reader.run(block)
    for port in free_ports:
        assert httpx.get(f"http://127.0.0.1:{port}/").status_code == 200
