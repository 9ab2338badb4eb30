"""The load's record shows what the pages say."""

from statistics import median

from pages.claims import ROOT
from pages.notes import read

RECORD = "load"
RECORDED = read(ROOT / "evidence")[RECORD]
ASGI_SERVERS = "uvicorn", "daphne", "hypercorn", "granian", "gunicorn, asgi"


def of(part, what, **only):
    """The median of a figure for each side."""
    rows = (row for row in RECORDED[part] if all(row[name] == value for name, value in only.items()))
    return {row["side"]: median(measured[what] for measured in row["rounds"]) for row in rows}


def test_load_many_threads_and_async_views_wait_at_once_and_one_thread_does_not():
    """With 100 clients they answer more than ten times as many as one thread."""
    rates = of("waiting", "rate", clients=100)
    one = rates["gunicorn, 1 thread"]
    for side in [*(f"{name}, async view" for name in ASGI_SERVERS), "uvicorn, sync view", "gunicorn, 100 threads"]:
        assert rates[side] > 10 * one, f"{side}: {rates[side]} against {one}"


def test_load_with_a_thousand_clients_a_thousand_threads_answer_several_times_as_many():
    """A thousand threads answer more than three times as many as any ASGI server."""
    rates = of("waiting", "rate", clients=1000)
    for side in [*(f"{name}, async view" for name in ASGI_SERVERS), "uvicorn, sync view"]:
        assert rates["gunicorn, 1000 threads"] > 3 * rates[side], side


def test_load_with_a_thousand_clients_the_rounds_of_asgi_servers_differ():
    """Some answer more than half as many again in one round as in another."""
    rows = [row for row in RECORDED["waiting"] if row["clients"] == 1000 and row["side"].endswith("async view")]
    rates = [[measured["rate"] for measured in row["rounds"]] for row in rows]
    assert sum(max(one) > 1.5 * min(one) for one in rates) > 1


def test_load_each_client_gets_at_most_five_answers_a_second():
    """No side answers more than five requests a second for each client of a view that waits 0.2 seconds."""
    for row in RECORDED["waiting"]:
        assert all(measured["rate"] <= 5 * row["clients"] for measured in row["rounds"]), row["side"]


def test_load_a_small_view_costs_several_times_as_much_under_asgi():
    """WSGI answers more than five times as many as any ASGI server; without the middleware uvicorn answers twice as many.

    Without Django each ASGI server answers more than three times as many.
    """
    for clients in (10, 100):
        rates = of("small", "rate", clients=clients)
        for side in [*(f"{name}, async view" for name in ASGI_SERVERS), "uvicorn, sync view"]:
            assert rates["gunicorn, WSGI"] > 5 * rates[side], side
        assert rates["uvicorn, async view, no middleware"] > 2 * rates["uvicorn, async view"]
        for name in ASGI_SERVERS:
            assert rates[f"{name}, no Django"] > 3 * rates[f"{name}, async view"]


def test_servers_a_small_view_costs_several_times_as_much_under_asgi():
    """gunicorn with WSGI answers more than five times as many, and uvicorn without the middleware more than twice as many."""
    rates = of("small", "rate", clients=10)
    assert rates["gunicorn, WSGI"] > 5 * rates["uvicorn, async view"]
    assert rates["uvicorn, async view, no middleware"] > 2 * rates["uvicorn, async view"]


def test_load_one_event_loop_makes_others_wait_for_a_view_that_computes():
    """Others wait more than ten times as long; a thread gains little, and a second worker much while only one computes."""
    times, alone = (of("computing", "50 %", clients=clients) for clients in (4, 1))
    assert times["uvicorn, async view"] > 10 * times["uvicorn, nobody computes"]
    assert times["uvicorn, async view"] < 1.5 * times["uvicorn, sync_to_async"], "a thread gains more than a little"
    assert alone["uvicorn, async view"] > 10 * alone["uvicorn, async view, 2 workers"]


def test_load_with_two_workers_the_rounds_differ_widely_while_four_compute():
    """In one round half of the answers take more than five times as long as in another."""
    (row,) = (
        row for row in RECORDED["computing"] if (row["side"], row["clients"]) == ("uvicorn, async view, 2 workers", 4)
    )
    times = [measured["50 %"] for measured in row["rounds"]]
    assert max(times) > 5 * min(times)


def test_load_an_open_stream_costs_the_memory_of_a_thread_or_more():
    """With every ASGI server, an open stream takes at least as much memory as a waiting thread of gunicorn."""
    for clients in (1000, 3000):
        memory = of("streams", "kB each", clients=clients)
        for name in ASGI_SERVERS:
            assert memory[name] >= memory["gunicorn, 5000 threads"], name


def test_load_idle_streams_leave_others_alone():
    """All streams were open, they keep no core busy, and one more client waits less than twenty milliseconds."""
    for clients in (1000, 3000):
        assert {*of("streams", "open", clients=clients).values()} == {clients}
        assert max(of("streams", "busy cores", clients=clients).values()) < 0.1
        assert max(of("streams", "others", clients=clients).values()) < 20


def test_load_the_ceiling_of_open_streams_is_the_processors():
    """With few lines uvicorn is idle; with the most one process keeps one core busy, and two workers more than one.

    Then one more client waits about a second for one process.
    """
    few, most = (of("ceiling", "busy cores", **{"lines a second": lines}) for lines in (10, 100))
    assert few["uvicorn"] < 0.5 and 0.8 < most["uvicorn"] < 1.1 < most["uvicorn, 2 workers"]
    assert 700 < of("ceiling", "others", **{"lines a second": 100})["uvicorn"] < 1500


def test_need_asgi_a_small_view_is_answered_less_than_a_fifth_as_often_under_asgi():
    """gunicorn with WSGI answers more than five times as many as any ASGI server, with ten clients and with a hundred."""
    for clients in (10, 100):
        rates = of("small", "rate", clients=clients)
        sides = [side for side in rates if side.endswith(("async view", "sync view"))]
        assert len(sides) > len(ASGI_SERVERS) and "uvicorn, sync view" in sides
        for side in sides:
            assert rates[side] < rates["gunicorn, WSGI"] / 5, side


def test_need_asgi_views_that_wait_are_served_by_one_event_loop_or_many_threads():
    """With 100 clients an async view gets ten times the answers of one thread, and a hundred threads as many or more."""
    rates = of("waiting", "rate", clients=100)
    for side in [side for side in rates if side.endswith("async view")]:
        assert 10 * rates["gunicorn, 1 thread"] < rates[side] <= rates["gunicorn, 100 threads"], side


def test_need_asgi_one_process_keeps_one_core_busy():
    """With the most lines one process of uvicorn keeps one core busy, and no more."""
    assert 0.8 < of("ceiling", "busy cores", **{"lines a second": 100})["uvicorn"] < 1.1
