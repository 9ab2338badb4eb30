"""docs/chat.md: its commands start the chat, alone and with Redis."""

import contextlib

import httpx

from measure.commands.reader import Reader
from tests.shared.running import Running
from tests.shared.running import free_port as another_port


def test_the_commands_start_the_chat_alone_and_with_redis(installed_copy, tmp_path, processes, free_ports, monkeypatch):
    monkeypatch.delenv("DJANGO_SETTINGS_MODULE", raising=False)  # other tests set it for their process
    alone, with_redis = free_ports
    port = another_port()
    command = ["redis-server", "--port", port, "--bind", "127.0.0.1", "--save", ""]
    replacements = {
        "--port 8001": f"--port {alone}",
        "--port 8002": f"--port {with_redis}",
        "127.0.0.1:6379": f"127.0.0.1:{port}",
    }
    reader = Reader("chat.md", installed_copy, processes, replacements)
    with contextlib.ExitStack() as stack:
        stack.callback(Running(command, port, tmp_path / "redis", tmp_path).stop)
        for block in reader.blocks():
            reader.run(block)
        for port in free_ports:
            assert httpx.get(f"http://127.0.0.1:{port}/rooms/garden/").status_code == 200
