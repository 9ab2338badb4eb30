"""The example chat, used as its readers would."""

import json
import re
import socket
import subprocess
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest
from playwright.sync_api import expect

from tests.shared.chat import joining, named
from tests.shared.running import REDIS, until

MODULE = "examples.chat.settings"
LOST = "The connection was lost. What was said meanwhile is not here."
RULES = "examples/chat/messages.py"
# What a server still holds of those who were in its rooms is printed at a request to /held.
HELD = """

inner = application


async def application(scope, receive, send):
    if scope.get("path") == "/held":
        import gc

        from channels.layers import get_channel_layer

        from examples.chat import messages

        gc.collect()
        layer = get_channel_layer()
        held = {}
        speakers = sum(isinstance(thing, messages.Speaker) for thing in gc.get_objects())
        print("held:", speakers, *map(len, held), flush=True)
    await inner(scope, receive, send)
"""
both = pytest.mark.parametrize("module", ["plain", "asgi"])


@pytest.fixture
def chat(start, project):
    """Start a process of the chat: in plain ASGI, or with Channels, and a Redis if its URL is given."""

    def chat(module="asgi", options="", redis="", port=None):
        command = f"uvicorn examples.chat.{module}:application --port PORT {options}"
        return start(command, project, MODULE, port, REDIS_URL=redis)

    return chat


@pytest.fixture(params=["plain", "memory", "Redis"])
def two(request, chat):
    """Two processes of the chat through Redis; of the other kinds, which have one process, it twice."""
    if request.param == "Redis":
        redis = request.getfixturevalue("redis")
        return chat(redis=redis), chat(redis=redis)
    return [chat({"plain": "plain", "memory": "asgi"}[request.param])] * 2


@pytest.fixture
def edit(project):
    """Change a file of the example before it is started."""

    def edit(path, old, new):
        text = (project / path).read_text()
        assert old in text
        (project / path).write_text(text.replace(old, new))

    return edit


@pytest.fixture
def enter(visitor):
    """Let a visitor enter a room, who gives a name at the form; give the page when it is connected."""

    def enter(port, name, room="garden", script="", **window):
        page = visitor(**window)
        page.add_init_script(script)
        page.goto(f"http://127.0.0.1:{port}/rooms/{room}/")
        page.get_by_label("Your name").fill(name)
        page.get_by_role("button").click()
        expect(state(page)).to_have_text("Connected")
        return page

    return enter


@pytest.fixture
def join():
    """Let someone into a room without a browser."""
    with joining() as join:
        yield join


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


@pytest.mark.parametrize("module", [pytest.param("plain", marks=pytest.mark.journey), "asgi"])
def test_two_browsers_talk_under_their_names_and_markup_stays_text(chat, enter, module):
    server, markup = chat(module), "<img src=x onerror='hit = 1'>"
    ann, ben = enter(server.port, "Ann"), enter(server.port, "<b>Ben</b>")
    write(ann, "Are the tomatoes ripe?")
    expect(lines(ben)).to_have_text(["Ann: Are the tomatoes ripe?"])
    write(ben, markup)
    for page in (ann, ben):
        expect(lines(page)).to_have_text(["Ann: Are the tomatoes ripe?", f"<b>Ben</b>: {markup}"])
        assert page.evaluate("window.hit") is None


@both
def test_another_room_hears_nothing(chat, enter, module):
    server = chat(module)
    ann, eve = enter(server.port, "Ann"), enter(server.port, "Eve", room="kitchen")
    write(eve, "Is anybody here?")
    expect(lines(eve)).to_have_text(["Eve: Is anybody here?"])
    write(ann, "On Sunday.")
    expect(lines(ann)).to_have_text(["Ann: On Sunday."])
    expect(lines(eve)).to_have_count(1)


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


def test_the_form_asks_for_a_name_and_a_room(chat, visitor):
    server, page = chat(), visitor()
    page.goto(f"{server.url}/rooms/workshop/")
    expect(page.get_by_label("Room")).to_have_value("workshop")
    page.get_by_label("Your name").fill("Ann")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading")).to_have_text("workshop")
    page.get_by_role("link", name="Change").click()
    expect(page.get_by_label("Room")).to_have_value("workshop")
    expect(page.get_by_label("Your name")).to_have_value("Ann")
    page.get_by_label("Room").fill("kit chen")
    page.keyboard.press("Enter")
    expect(page.locator(".errorlist")).to_contain_text("The name of a room has")
    page.get_by_label("Your name").fill("Anna")
    page.get_by_label("Room").fill("Kitchen")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading")).to_have_text("kitchen")
    page.reload()
    expect(state(page)).to_have_text("Connected")
    write(page, "hello")
    expect(lines(page)).to_have_text(["Anna: hello"])


def test_the_form_refuses_what_it_must(chat):
    server = chat()
    assert httpx.post(server.url, data={"name": "Ann", "room": "garden"}).status_code == 403
    with httpx.Client(base_url=server.url) as browser:
        browser.get("/")
        token = {"csrfmiddlewaretoken": browser.cookies["csrftoken"]}
        for name, room in (
            ("", "garden"), (" ", "garden"), (31 * "a", "garden"), ("A\0nn", "garden"),
            ("Ann", ""), ("Ann", "Gar.den"), ("Ann", "gärten"), ("Ann", "../admin"), ("Ann", 41 * "a"),
        ):  # fmt: skip
            assert 'class="errorlist"' in browser.post("/", data=token | {"name": name, "room": room}).text
        assert "sessionid" not in browser.cookies
        assert browser.get("/rooms/garden/").headers["location"] == "/?room=garden"


@both
def test_the_page_of_a_session_without_a_name_goes_to_the_form(chat, enter, network, module):
    server = chat(module)
    line = network(server)
    ann = enter(line.port, "Ann")
    ann.context.clear_cookies()
    line.drop()
    line.up()
    expect(ann.get_by_label("Room")).to_have_value("garden")


@both
def test_who_may_not_come_in_is_refused_and_nobody_takes_another_name(chat, join, module):
    server = chat(module)
    ann = join(server)
    for path, origin in (
        ("/rooms/garden/", "https://example.com"), ("/rooms/garden/", "null"), ("/rooms/garden/", None),
        ("/rooms/Garden/", "http://127.0.0.1"), ("/rooms/garden", "http://127.0.0.1"),
        ("/rooms/garden/%0A", "http://127.0.0.1"), ("/", "http://127.0.0.1"),
    ):  # fmt: skip
        assert join(server, path=path, origin=origin) == 403
    forged = named(server, "Eve")["Cookie"][:-1] + "!"
    for headers in ({}, {"Cookie": "sessionid=x"}, {"Cookie": forged}, {"Cookie": "\xff; ="}):
        eve = join(server, headers=headers)
        assert eve.writes("hello") == "the connection ends with 4401"
    assert join(server, "Ben").sends('{"name": "Ann", "text": "hello"}') == "accepted"
    assert ann.hears(1) == ["hello"] and ann.names == ["Ben"]


@pytest.mark.fault(
    "A frame is binary, too long, no JSON, of wrong types or too frequent",
    "Its sender reads why. The connection stays, and nobody else hears it.",
)
@both
def test_what_is_refused_is_refused_in_words_and_nobody_else_hears_it(chat, join, module):
    server = chat(module)
    ann = join(server)
    no_object = "A message is JSON, an object with a text."
    too_long = "A message is text, of at most 10000 characters as JSON."
    for frame, reason in (
        (b"\x00\xff", too_long), (b'{"text": "hello"}', too_long), (b"", too_long),
        (10_001 * "a", too_long), ("", no_object), ("hello", no_object), ("7", no_object), ("null", no_object),
        ('{"text": 7}', no_object), ('{"text": ["hello"]}', no_object), (5000 * "[", no_object), (5000 * "9", no_object),
        ('{"text": " "}', "A message has 1 to 500 characters; this one has 0."),
        (json.dumps({"text": 501 * "é"}), "A message has 1 to 500 characters; this one has 501."),
    ):  # fmt: skip
        ben = join(server, "Ben")
        assert ben.sends(frame) == reason
        assert ben.writes("after it") == "accepted"
        assert ann.hears(len(ann.texts) + 1)[-1] == "after it"
    fast = join(server, "Ben")
    assert [fast.writes(str(number)) for number in range(6)] == [
        *5 * ["accepted"],
        "That was too fast. Wait a moment, then send it again.",
    ]
    assert ann.hears(19)[14:] == ["0", "1", "2", "3", "4"]
    assert ann.writes("\ud800\0") == "accepted"  # no character of any text, and one that ends texts elsewhere
    assert ann.hears(20)[-1] == fast.hears(6)[-1] == "\ud800\0"
    assert "Traceback" not in server.stop()


@pytest.mark.fault(
    "A frame is longer than `--ws-max-size`, or not UTF-8", "Its connection ends with 1009 or 1007; the others go on."
)
@both
def test_frames_that_the_server_ends_harm_nobody_else(chat, join, module):
    server = chat(module, "--ws-max-size 16384")
    ann, ben = join(server), join(server, "Ben")
    assert ben.sends(16_385 * "a") == "the connection ends with 1009"
    ben = join(server, "Ben")
    assert ben.sends(b"\xff\xfe", text=True) == "the connection ends with 1007"
    ben = join(server, "Ben")
    assert ben.writes("hello") == "accepted"
    assert ann.hears(1) == ["hello"]


def test_all_hear_all_in_one_order_and_what_was_acknowledged_after_its_writer_left(two, join):
    """Writers leave without a word as soon as their messages are acknowledged."""
    readers = [join(server, "Ben") for server in two]
    writers = [join(server) for server in 10 * two]
    with ThreadPoolExecutor(20) as pool:

        def write(number):
            for text in range(5):
                assert writers[number].writes(f"{number:02} {text}") == "accepted"
            writers[number].connection.socket.shutdown(socket.SHUT_RDWR)

        list(pool.map(write, range(20)))
    heard = [reader.hears(100) for reader in readers]
    assert heard[0] == heard[1]
    assert sorted(heard[0]) == [f"{number:02} {text}" for number in range(20) for text in range(5)]
    for number in range(20):
        own = [text for text in heard[0] if text.startswith(f"{number:02}")]
        assert own == sorted(own)


def silent(server):
    """Enter a room as someone whose browser reads no more than the answer to its request."""
    client = socket.socket()
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    client.settimeout(30)
    client.connect(("127.0.0.1", server.port))
    cookie = named(server, "Eve")["Cookie"]
    client.sendall(
        f"GET /rooms/garden/ HTTP/1.1\r\nHost: 127.0.0.1\r\nOrigin: http://127.0.0.1\r\nCookie: {cookie}\r\n"
        "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
        "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n".encode()
    )
    while not (read := client.recv(1)).isspace() or client.recv(3) != b"\n\r\n":
        assert read
    return client


@pytest.fixture
def flood(edit, join):
    """Let someone write a lot, never more than another has heard."""
    edit(RULES, "MESSAGES, SECONDS = 5, 5", "MESSAGES, SECONDS = 10**6, 5")

    def flood(writer, reader, count):
        for first in range(len(reader.texts), len(reader.texts) + count, 20):
            for number in range(first, first + 20):
                writer.connection.send(json.dumps({"text": f"{number} " + 490 * "\N{BUG}"}))
            assert {writer.answer() for _ in range(20)} == {"accepted"}
            assert reader.hears(first + 20)[-1].startswith(f"{first + 19} ")

    return flood


@pytest.mark.fault(
    "A browser stops reading, in plain ASGI",
    "It gets what waited and is closed with 1013. The others hear all, and memory stays bounded.",
)
def test_plain_who_does_not_read_is_let_go_and_hears_what_waited(chat, join, flood):
    server = chat("plain", "--ws-ping-interval 1000")
    ann, ben, eve = join(server), join(server, "Ben"), silent(server)
    flood(ann, ben, 3000)
    before = server.memory_now()
    flood(ann, ben, 3000)
    assert server.memory_now() - before < 6 * 2**20  # the half of what was said meanwhile
    heard = b""
    while not heard.endswith(b"\x88\x02" + (1013).to_bytes(2, "big")):
        more = eve.recv(2**20)
        assert more
        heard += more
    numbers = [int(number) for number in re.findall(rb'"text": "(\d+) ', heard)]
    assert 1000 < len(numbers) < 6000
    assert numbers == [*range(len(numbers))]
    eve.close()
    assert "Traceback" not in server.stop()


@pytest.mark.parametrize("layer", ["memory", "Redis"])
@pytest.mark.fault(
    "A browser stops reading, with Channels", "It is disconnected. The others hear all, and memory stays bounded."
)
def test_channels_who_does_not_read_is_let_go(request, chat, join, edit, flood, layer):
    edit("examples/chat/consumers.py", "PATIENCE = 10", "PATIENCE = 1")
    edit(
        "examples/chat/consumers.py",
        "            raise Stop",
        '            print("let go", flush=True)\n            raise Stop',
    )
    redis = request.getfixturevalue("redis") if layer == "Redis" else ""
    server = chat("asgi", "--ws-ping-interval 1000", redis)
    ann, ben, eve = join(server), join(server, "Ben"), silent(server)
    while "let go" not in server.said():
        flood(ann, ben, 100)
    before = server.memory_now()
    flood(ann, ben, 3000)
    assert server.memory_now() - before < 6 * 2**20
    while eve.recv(2**20):
        pass
    eve.close()
    assert "Traceback" not in server.stop()


@pytest.mark.parametrize("layer", ["plain", "memory", "Redis"])
def test_who_leaves_frees_all_that_was_held_for_them(request, chat, join, project, flood, layer):
    """They close, vanish with what waits for them, vanish while they write, or are refused."""
    module = "plain" if layer == "plain" else "asgi"
    redis = request.getfixturevalue("redis") if layer == "Redis" else ""
    held = "[rooms]" if layer == "plain" else "[layer.groups, layer.channels]"
    with (project / f"examples/chat/{module}.py").open("a") as file:
        file.write(HELD.replace("held = {}", f"held = {held}"))
    server = chat(module, redis=redis)
    ann, ben, eve = join(server), join(server, "Ben"), silent(server)
    flood(ann, ben, 1000)
    eve.close()
    others = [join(server, "Eve") for _ in range(20)]
    for other in others:
        other.connection.send('{"text": "hello"}')
        other.connection.socket.shutdown(socket.SHUT_RDWR)
    join(server, headers={})
    ann.connection.close()
    ben.connection.close()
    nothing = "\nheld: 0 0\n" if layer == "plain" else "\nheld: 0 0 0\n"
    assert until(lambda: httpx.get(f"{server.url}/held") and nothing in server.said()), server.said()[-200:]
    assert "Traceback" not in server.stop()


@pytest.mark.fault("Someone writes markup or scripts", "Each page shows them as text.")
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
    send = "for (let word = 1; word < 9; word++) { text.value = word; write.requestSubmit(); }"
    ben.evaluate(send)
    expect(refusal(ben)).to_have_text("That was too fast. Wait a moment, then send it again.")
    expect(field(ben)).to_have_value("6 7 8")
    expect(lines(ann)).to_have_text([f"Ben: {number}" for number in range(1, 6)])
    write(ann, "short")
    expect(refusal(ann)).to_have_text("")


@pytest.mark.fault(
    "The server is killed and started again",
    "The pages connect by themselves and say that something may be missing. What could not be sent stays in its field.",
)
@both
def test_the_page_comes_back_after_the_server_and_keeps_what_was_typed(chat, enter, module):
    server = chat(module)
    ann, ben = enter(server.port, "Ann"), enter(server.port, "Ben")
    write(ann, "before")
    for page in (ann, ben):
        expect(lines(page)).to_have_text(["Ann: before"])
    server.kill()
    for page in (ann, ben):
        expect(state(page)).to_contain_text("Reconnecting in")
    write(ann, "meanwhile")
    expect(refusal(ann)).to_have_text("Not sent: there is no connection.")
    chat(module, port=server.port)
    for page in (ann, ben):
        expect(state(page)).to_have_text("Connected")
    expect(refusal(ann)).to_have_text("")
    expect(field(ann)).to_have_value("meanwhile")
    field(ann).press("Enter")
    for page in (ann, ben):
        expect(lines(page)).to_have_text(["Ann: before", LOST, "Ann: meanwhile"])


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


@pytest.mark.fault(
    "The network drops while a message is on its way", "Its text returns to its field, and the page connects again."
)
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


@pytest.mark.fault(
    "The network fails without an error",
    "A page notices it ten seconds after it has sent something: the text returns to its field, and the page connects again.",
)
def test_a_page_that_gets_no_answer_connects_again(chat, enter, network):
    server = chat()
    line = network(server)
    ann = enter(line.port, "Ann")
    ann.clock.install()
    ann.reload()
    expect(state(ann)).to_have_text("Connected")
    line.silence()
    write(ann, "lost")
    line.up()  # for new connections
    ann.clock.run_for(9_000)
    expect(field(ann)).to_have_value("")
    ann.clock.run_for(1_000)
    expect(field(ann)).to_have_value("lost")
    ann.clock.run_for(30_000)
    expect(state(ann)).to_have_text("Connected")
    field(ann).press("Enter")
    expect(lines(ann)).to_have_text([LOST, "Ann: lost"])


@pytest.mark.fault(
    "One of two processes is killed and started again",
    "Those at the other talk on; its own pages connect again.",
)
def test_two_processes_talk_through_redis_and_one_survives_the_other(chat, enter, redis):
    one, other = chat(redis=redis), chat(redis=redis)
    ann, ben, eve = enter(one.port, "Ann"), enter(other.port, "Ben"), enter(other.port, "Eve")
    write(ann, "Are the tomatoes ripe?")
    expect(lines(ben)).to_have_text(["Ann: Are the tomatoes ripe?"])
    write(ben, "On Sunday.")
    expect(lines(ann)).to_have_text(["Ann: Are the tomatoes ripe?", "Ben: On Sunday."])
    one.kill()
    write(ben, "Is it only us?")
    expect(lines(eve)).to_have_text(["Ann: Are the tomatoes ripe?", "Ben: On Sunday.", "Ben: Is it only us?"])
    expect(state(ann)).to_contain_text("Reconnecting in")
    chat(redis=redis, port=one.port)
    expect(state(ann)).to_have_text("Connected")
    write(eve, "No.")
    expect(lines(ann)).to_have_text(["Ann: Are the tomatoes ripe?", "Ben: On Sunday.", LOST, "Eve: No."])


@both
def test_two_processes_without_redis_do_not_hear_each_other(chat, enter, module):
    ann, ben = enter(chat(module).port, "Ann"), enter(chat(module).port, "Ben")
    write(ann, "Are the tomatoes ripe?")
    expect(lines(ann)).to_have_text(["Ann: Are the tomatoes ripe?"])
    write(ben, "Is anybody here?")
    expect(lines(ben)).to_have_text(["Ben: Is anybody here?"])


def listening(redis):
    """How many processes listen to the room garden at a Redis."""
    count = ["redis-cli", "-p", str(redis.port), "pubsub", "numsub", "asgi__group__garden"]
    return int(subprocess.check_output(count).split()[-1])


@pytest.mark.fault("Redis does not run", "The pages try again and again. The server prints `Error 111 connecting to`.")
def test_without_redis_the_pages_try_again(chat, visitor, free_port):
    server, page = chat(redis=f"redis://127.0.0.1:{free_port}"), visitor()
    page.goto(f"{server.url}/rooms/garden/")
    page.get_by_label("Your name").fill("Ann")
    page.get_by_role("button").click()
    expect(state(page)).to_contain_text("Reconnecting in")
    assert server.says(f"Error 111 connecting to 127.0.0.1:{free_port}")


@pytest.mark.fault(
    "Redis is stopped and started again",
    "Who writes meanwhile, or first at a process afterwards, gets the text back. Then all hear each other.",
)
def test_the_chat_comes_back_after_redis(chat, enter, start, tmp_path):
    redis = start(REDIS, tmp_path)
    ann, ben = (enter(chat(redis=f"redis://127.0.0.1:{redis.port}").port, name) for name in ("Ann", "Ben"))
    for page, name in ((ann, "Ann"), (ben, "Ben")):
        write(page, "before")
        for other in (ann, ben):
            expect(lines(other).last).to_have_text(f"{name}: before")
    redis.stop()
    write(ann, "meanwhile")
    expect(state(ann)).to_contain_text("Reconnecting in")
    expect(field(ann)).to_have_value("meanwhile")
    start(REDIS, tmp_path, port=redis.port)
    expect(state(ann)).to_have_text("Connected")
    assert until(lambda: listening(redis) == 2), "not both processes listen again"
    field(ann).press("Enter")
    expect(lines(ben).last).to_have_text("Ann: meanwhile")
    write(ben, "afterwards")
    expect(field(ben)).to_have_value("afterwards")
    expect(state(ben)).to_have_text("Connected")
    assert until(lambda: listening(redis) == 2), "not both processes listen again"
    field(ben).press("Enter")
    expect(lines(ann).last).to_have_text("Ben: afterwards")


@pytest.mark.fault(
    "One of two processes loses its connection to Redis",
    "Its visitors miss, without a word, what others say meanwhile; then they hear again.",
)
def test_who_is_at_a_process_without_redis_misses_what_is_said_meanwhile(chat, join, network, start, tmp_path):
    redis = start(REDIS, tmp_path)
    line = network(redis)
    ann = join(chat(redis=f"redis://127.0.0.1:{line.port}"))
    ben = join(chat(redis=f"redis://127.0.0.1:{redis.port}"), "Ben")
    assert ben.writes("before") == "accepted"
    assert ann.hears(1) == ["before"]
    line.drop()
    assert until(lambda: listening(redis) == 1)
    assert ben.writes("meanwhile") == "accepted"
    line.up()
    assert until(lambda: listening(redis) == 2)
    assert ben.writes("after") == "accepted"
    assert ann.hears(2) == ["before", "after"]
