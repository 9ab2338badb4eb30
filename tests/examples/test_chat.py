"""The example chat, used as its readers would."""

import subprocess

import pytest
from playwright.sync_api import expect

from tests.shared.running import REDIS, until


@pytest.fixture
def chat(example):
    """Start a process of the chat, with a Redis if its address is given, on a port that may be given."""

    def chat(redis="", port=None):
        return example("chat", port=port, REDIS_URL=redis)

    return chat


@pytest.fixture
def enter(visitor):
    """Let a visitor enter a room by its page; give the page when it is connected."""

    def enter(port, name, room="garden", script="", **window):
        page = visitor(**window)
        page.add_init_script(script)
        page.goto(f"http://127.0.0.1:{port}/rooms/{room}/")
        expect(state(page)).to_have_text("Connected")
        page.get_by_label("Name").fill(name)
        return page

    return enter


def state(page):
    return page.get_by_role("status")


def refusal(page):
    return page.get_by_role("alert")


def field(page):
    return page.get_by_label("Message")


def lines(page):
    return page.get_by_role("log").get_by_role("listitem")


def write(page, text):
    """Write a message and send it, with the keyboard."""
    field(page).fill(text)
    field(page).press("Enter")


def test_two_browsers_talk_and_another_room_hears_nothing(chat, enter):
    server = chat()
    ann, ben, eve = enter(server.port, "Ann"), enter(server.port, "Ben"), enter(server.port, "Eve", room="kitchen")
    write(ann, "Are the tomatoes ripe?")
    expect(lines(ben)).to_have_text(["Ann: Are the tomatoes ripe?"])
    write(ben, "On Sunday.")
    write(eve, "Is anybody here?")
    for page in (ann, ben):
        expect(lines(page)).to_have_text(["Ann: Are the tomatoes ripe?", "Ben: On Sunday."])
    expect(lines(eve)).to_have_text(["Eve: Is anybody here?"])


def test_the_picture_shows_two_browsers_in_a_room(chat, enter, picture):
    server, window = chat(), {"viewport": {"width": 420, "height": 380}}
    ann, ben = enter(server.port, "Ann", **window), enter(server.port, "Ben", **window)
    for page, text in (
        (ann, "Are the tomatoes ripe?"),
        (ben, "The small ones are. The others need until Sunday, if it does not rain."),
        (ann, "<b>Rain</b> is what the beans want."),
        (ben, "Then we take the small ones on Saturday."),
    ):
        before = lines(ann).count(), lines(ben).count()
        write(page, text)
        for window, count in zip((ann, ben), before, strict=True):
            expect(lines(window)).to_have_count(count + 1)
    field(ann).fill("I bring a basket")
    picture("chat", ann, ben)


def test_a_room_is_chosen_by_its_link_or_its_name(chat, visitor):
    server, page = chat(), visitor()
    for typed, room in (("Tea & Biscuits", "tea-biscuits"), (60 * "Ä", 40 * "a"), ("../admin", "admin")):
        page.goto(server.url)
        page.get_by_label("Another room").fill(typed)
        page.keyboard.press("Enter")
        page.wait_for_url(f"**/rooms/{room}/")
        expect(state(page)).to_have_text("Connected")
    page.get_by_role("link").click()
    page.get_by_label("Another room").fill("!?")
    page.keyboard.press("Enter")
    expect(refusal(page)).to_have_text("A name has at least one of the letters a to z or a digit.")
    page.get_by_role("link", name="kitchen").click()
    expect(page.get_by_role("heading")).to_have_text("kitchen")


def test_hostile_input_stays_text_and_the_page_narrow(chat, enter):
    server = chat()
    name = "<img src=x onerror=hit=1>"
    writer = enter(server.port, name)
    reader = enter(server.port, "Ben", viewport={"width": 360, "height": 640})
    texts = [
        "<script>hit = 1</script>",
        "</li></ol><img src=x onerror='hit = 1'>",
        "&lt;b&gt; &amp; &#9731; {{ 7 }} {% now %}",
        "\u202etxet",  # the letters after it run from right to left
        500 * "W",
    ]
    for number, text in enumerate(texts, 1):
        write(writer, text)
        expect(lines(reader)).to_have_count(number)
    for page in (writer, reader):
        expect(lines(page)).to_have_text([f"{name}: {text}" for text in texts])
        assert page.locator("ol script, ol img").count() == 0
        assert page.evaluate("window.hit") is None
    assert reader.evaluate("document.documentElement.scrollWidth") == 360
    assert reader.evaluate("messages.scrollWidth <= messages.clientWidth")


def test_what_is_refused_says_why_and_stays_in_the_field(chat, enter):
    server = chat()
    ann, ben = enter(server.port, "Ann"), enter(server.port, "Ben")
    write(ann, 501 * "a")
    expect(refusal(ann)).to_have_text("A message has 1 to 500 characters; this one has 501.")
    expect(field(ann)).to_have_value(501 * "a")
    ben.evaluate("for (const word of ['1', '2', '3', '4', '5', '6']) { text.value = word; write.requestSubmit(); }")
    expect(refusal(ben)).to_have_text("That was too fast. Wait a moment, then send it again.")
    expect(field(ben)).to_have_value("6")
    expect(lines(ann)).to_have_text([f"Ben: {number}" for number in range(1, 6)])
    write(ann, "short")
    expect(refusal(ann)).to_have_text("")


def test_the_page_comes_back_after_the_server_and_keeps_what_was_typed(chat, enter):
    server = chat()
    ann, ben = enter(server.port, "Ann"), enter(server.port, "Ben")
    write(ann, "before")
    expect(lines(ben)).to_have_text(["Ann: before"])
    server.stop()
    for page in (ann, ben):
        expect(state(page)).to_contain_text("Reconnecting in")
    write(ann, "meanwhile")
    expect(refusal(ann)).to_have_text("Not sent: there is no connection.")
    chat(port=server.port)
    for page in (ann, ben):
        expect(state(page)).to_have_text("Connected")
    expect(refusal(ann)).to_have_text("")
    expect(field(ann)).to_have_value("meanwhile")
    field(ann).press("Enter")
    lost = "The connection was lost. What was said meanwhile is not here."
    for page in (ann, ben):
        expect(lines(page)).to_have_text(["Ann: before", lost, "Ann: meanwhile"])


def test_the_pauses_between_tries_grow(chat, enter):
    server = chat()
    fast = """
        const wait = setTimeout;
        pauses = [];
        setTimeout = (what, pause) => { pauses.push(pause); wait(what, pause / 100); };
    """
    page = enter(server.port, "Ann", script=f"Math.random = () => 1; {fast}")
    server.stop()
    page.wait_for_function("pauses.length > 8")
    grown = page.evaluate("pauses")[:9]
    assert grown == [500, 1000, 2000, 4000, 8000, 16000, 30000, 30000, 30000]
    again = chat(port=server.port)
    expect(state(page)).to_have_text("Connected")
    before = page.evaluate("pauses.length")
    again.stop()
    page.wait_for_function(f"pauses.length > {before}")
    assert page.evaluate("pauses")[before] == 500


def test_browsers_do_not_all_come_back_at_once(chat, enter):
    server = chat()
    once = "pauses = []; setTimeout = (what, pause) => { pauses.push(pause); };"
    pages = [enter(server.port, "Ann", script=once) for _ in range(4)]
    server.stop()
    for page in pages:
        page.wait_for_function("pauses.length")
    found = {page.evaluate("pauses[0]") for page in pages}
    assert len(found) == 4 and 250 <= min(found) and max(found) <= 500


def test_a_message_that_was_lost_on_its_way_stands_in_the_field_again(chat, enter, network):
    server = chat()
    line = network(server)
    ann, ben = enter(line.port, "Ann"), enter(server.port, "Ben")
    line.silence()
    write(ann, "lost")
    expect(field(ann)).to_have_value("")
    field(ann).fill("and more")
    line.drop()
    expect(field(ann)).to_have_value("lost and more")
    line.up()
    expect(state(ann)).to_have_text("Connected")
    field(ann).press("Enter")
    expect(lines(ben)).to_have_text(["Ann: lost and more"])


def test_two_processes_talk_through_redis(chat, enter, redis):
    ann, ben = enter(chat(redis).port, "Ann"), enter(chat(redis).port, "Ben")
    write(ann, "Are the tomatoes ripe?")
    expect(lines(ben)).to_have_text(["Ann: Are the tomatoes ripe?"])
    write(ben, "On Sunday.")
    for page in (ann, ben):
        expect(lines(page)).to_have_text(["Ann: Are the tomatoes ripe?", "Ben: On Sunday."])


def test_two_processes_without_redis_do_not_hear_each_other(chat, enter):
    ann, ben = enter(chat().port, "Ann"), enter(chat().port, "Ben")
    write(ann, "Are the tomatoes ripe?")
    expect(lines(ann)).to_have_text(["Ann: Are the tomatoes ripe?"])
    write(ben, "Is anybody here?")
    expect(lines(ben)).to_have_text(["Ben: Is anybody here?"])


def test_the_chat_comes_back_after_redis(chat, enter, start, tmp_path):
    redis = start(REDIS, tmp_path)
    count = ["redis-cli", "-p", str(redis.port), "pubsub", "numsub", "asgi__group__garden"]
    ann, ben = (enter(chat(f"redis://127.0.0.1:{redis.port}").port, name) for name in ("Ann", "Ben"))
    redis.stop()
    write(ann, "meanwhile")
    expect(state(ann)).to_contain_text("Reconnecting in")
    expect(field(ann)).to_have_value("meanwhile")
    start(REDIS, tmp_path, port=redis.port)
    expect(state(ann)).to_have_text("Connected")
    assert until(lambda: subprocess.check_output(count).split()[-1] == b"2"), "not both processes listen again"
    field(ann).press("Enter")
    expect(lines(ben)).to_have_text(["Ann: meanwhile"])
