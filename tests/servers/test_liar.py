"""A server that says 200 to everything, and does nothing else, earns no good word."""

import sys
from types import SimpleNamespace

import pytest
from running import Running, free_port

from tests.servers.tables import test_application, test_faults, test_operation, test_protocols

LIAR = """
import socketserver, sys

class Liar(socketserver.BaseRequestHandler):
    def handle(self):
        self.request.sendall(b"HTTP/1.1 200 OK\\r\\nContent-Length: 2\\r\\nConnection: close\\r\\n\\r\\nok")

socketserver.ThreadingTCPServer(("127.0.0.1", int(sys.argv[1])), Liar).serve_forever()
"""
# The rows that a 200 does not fill by itself.
ROWS = [
    test_protocols.test_http_1_1_keep_alive,
    test_protocols.test_http_2_in_clear_text,
    test_protocols.test_http_3,
    test_protocols.test_websocket_that_is_handled,
    test_application.test_lifespan,
    test_application.test_stream_of_an_async_view,
    test_application.test_client_disconnect,
    test_application.test_upload_is_not_kept_in_memory,
    test_application.test_root_path,
    test_application.test_forwarded_headers,
    test_operation.test_reload_of_a_view,
    test_operation.test_several_workers,
    test_operation.test_graceful_stop,
    test_faults.test_worker_killed,
    test_faults.test_client_never_reads,
]


@pytest.mark.slow
@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.__name__)
def test_a_server_that_lies_earns_no_good_word(row, tmp_path):
    port = free_port()
    running = Running([sys.executable, "-c", LIAR, port], port, tmp_path / "output")
    server = SimpleNamespace(name="uvicorn", run=lambda *_, **__: running, is_wsgi=False, one_at_a_time=False)
    said = []
    needed = {"server": server, "cell": said.append, "tmp_path": tmp_path}
    try:
        row(**{name: needed[name] for name in row.__code__.co_varnames[: row.__code__.co_argcount]})
    except Exception as error:  # the test of the row is red, whatever it met
        said.append(type(error).__name__)
    running.stop()
    assert said and said[-1] not in ("yes", "lower case", "goes on", "held back", "50 of 50")
