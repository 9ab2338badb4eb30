"""The record of the servers shows what docs/servers.md says, and each of its cells has words."""

import pytest

from measure.servers.command_lines import COMMANDS
from pages import tables
from pages.claims import ROOT
from pages.notes import read

RECORD = "servers"
TABLES = read(ROOT / "evidence")[RECORD]["tables"]
ASGI_SERVERS = [name for name in COMMANDS if "asgi:" in COMMANDS[name]["run"]]


def those(table, row, value):
    """The servers for which a value was recorded."""
    return {server for server, found in TABLES[table][row].items() if found == value}


def test_servers_uvicorn_does_what_the_first_row_asks_for():
    """WebSockets, streams, async views that end with their client, and the headers of a proxy."""
    assert "uvicorn" in those("protocols", "websocket_that_is_handled", "yes")
    assert "uvicorn" in those("application", "stream_of_an_async_view", "yes")
    assert "uvicorn" in those("application", "client_disconnect", "yes")
    assert "uvicorn" in those("application", "forwarded_headers", "client, scheme")


def test_servers_gunicorn_with_threads_serves_synchronous_views_that_wait():
    """Those of ten clients wait at once."""
    assert "gunicorn, WSGI" in those("operation", "slow_requests", "at once")


def test_servers_gunicorn_alone_speaks_http_2_over_asgi_and_survives_a_killed_worker():
    """Of the ASGI servers, it is the only one with both."""
    both = those("protocols", "http_2_over_tls", "yes") & those("faults", "worker_killed", "goes on")
    assert both & {*ASGI_SERVERS} == {"gunicorn, asgi"}


def test_servers_hypercorn_alone_speaks_http_3_and_only_with_the_wrapper():
    """No server answers over HTTP/3 without it."""
    assert those("protocols", "http_3", "lower case") == {"hypercorn"}
    assert not those("protocols", "http_3", "yes")


def test_servers_hypercorn_cuts_slow_clients_off_and_answers_others_meanwhile():
    """After five seconds; no other server that gives up answers others while 1,100 clients are slow."""
    waits_on = those("faults", "patience", "40 s or more")
    assert those("faults", "many_idle_clients", "yes") - waits_on == {"hypercorn"} == those("faults", "patience", "5 s")


def test_servers_gunicorn_with_a_sync_worker_loses_what_it_has_not_begun():
    """One of fifty is answered."""
    assert those("operation", "graceful_stop", "1 of 50") == {"gunicorn, WSGI"}


def test_servers_a_cell_says_no_option_if_the_server_was_tried_without_one():
    """Below a path and with workers, exactly if COMMANDS has none."""
    for table, row, job in (("application", "root_path", "root path"), ("operation", "several_workers", "workers")):
        for server, value in TABLES[table][row].items():
            assert (tables.worded(row, server, value) == "no option") == (job not in COMMANDS[server]), (row, server)


def test_servers_what_has_no_words_ends_the_build_and_names_the_place():
    """It does not pass as it is."""
    for row, value in (("http_3", "maybe"), ("a_new_row", "yes")):
        with pytest.raises(SystemExit, match=rf"pages/tables.py: .*{value}.*uvicorn.*{row}"):
            tables.worded(row, "uvicorn", value)
