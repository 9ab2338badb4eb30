"""Open a WebSocket as a page of the site does, send a text and bytes, and print what comes back."""

from websockets.sync.client import connect

with connect("ws://127.0.0.1:8009/ws/echo/", origin="http://127.0.0.1:8009") as socket:
    socket.send("hello")
    print(socket.recv())
    socket.send(b"\x00\xff")
    print(socket.recv())
