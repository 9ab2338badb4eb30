"""The record of the examples under load shows what their pages say."""

from statistics import median

import pytest

from pages.claims import ROOT
from pages.notes import read

RECORD = "examples"


@pytest.fixture(scope="module")
def figures():
    """What was recorded of an example: {figure: {clients: median}}."""
    recorded = read(ROOT / "evidence")[RECORD]

    def figures(example):
        rows = recorded[example]
        return {
            what: {
                row["clients"]: median(one[what] for one in row["rounds"]) for row in rows if what in row["rounds"][0]
            }
            for what in rows[0]["rounds"][0]
        }

    return figures


def test_background_with_fifty_clients_the_queue_grows_and_answers_take_longer(figures):
    """More than three times as much is left as with five, and half of the answers take five times as long."""
    found = figures("background")
    left, answers = found["left in the queue"], found["half are answered within ms"]
    assert left[50] > 3 * left[5] + 50
    assert answers[50] > 5 * answers[5]


def test_chat_a_thousand_clients_are_too_many_in_memory_and_not_through_redis(figures):
    """In memory messages take more than twenty times as long for 1,000 as for 100, through Redis not a fifth.

    In plain ASGI they take less long for 1,000 than in memory for 100.
    """
    found = figures("chat")
    memory = found["in memory, half arrive within ms"]
    assert memory[1000] > 20 * memory[100]
    assert found["Redis, half arrive within ms"][1000] < memory[1000] / 5
    assert found["plain, half arrive within ms"][1000] < memory[100]


def test_dashboard_the_stream_leaves_the_server_idle_and_what_takes_long_is_to_let_all_in(figures):
    """With the most viewers a core is busy for less than half of the time, and all have each figure before the next.

    With the most it takes more than three times as long until all are in as with the fewest.
    """
    found = figures("dashboard")
    most = max(found["busy cores"])
    assert found["busy cores"][most] < 0.5
    assert found["all have it within ms"][most] < 1000
    assert found["all are in within s"][most] > 3 * found["all are in within s"][100]


def test_dashboard_a_producer_for_each_viewer_keeps_the_server_busy_several_times_as_long(figures):
    """With the most viewers that were tried with both, more than twice as long."""
    found = figures("dashboard")
    each = found["busy cores, a producer each"]
    assert each[max(each)] > 2 * found["busy cores"][max(each)]


def test_middleware_the_wrappers_add_little_and_more_clients_wait(figures):
    """In all rows together a request takes less than a third more of the processor in the wrappers, and none fails.

    A hundred clients have less than half as many answers again as ten, and wait more than three times as long.
    """
    found = figures("middleware")
    without, both = (sum(found[f"processor ms for each, {side}"].values()) for side in ("no wrapper", "both"))
    rates, longest = found["requests a second, both"], found["both: 99 % within ms"]
    assert both < 4 / 3 * without
    assert rates[100] < 1.5 * rates[10]
    assert longest[100] > 3 * longest[10]
    assert set(found["failed"].values()) == {0}


def test_notifications_with_many_streams_others_wait_while_a_notification_goes_out(figures):
    """Nothing is lost at any level; with the most streams the slowest answers to others take several times as long."""
    found = figures("notifications")
    others = found["others: 99 % within ms"]
    assert set(found["lost"].values()) == {0}
    assert others[max(others)] > 4 * others[min(others)]
