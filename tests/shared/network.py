"""A network between browsers and a server, which can be dropped."""

import contextlib
import socket
import threading


class Network:
    """Carries what browsers and a server send each other, and can be dropped, with an error or without a word."""

    def __init__(self, server):
        """Listen for browsers, on a port of its own."""
        self.server, self.ends, self.silent, self.down = server, [], False, False
        self.listening = socket.create_server(("127.0.0.1", 0))
        self.port = self.listening.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        with contextlib.suppress(OSError):
            while True:
                near = self.listening.accept()[0]
                if self.down:
                    near.close()
                    continue
                far = self.server.client(None)
                self.ends += [near, far]
                for source, target in ((near, far), (far, near)):
                    threading.Thread(target=self.carry, args=(source, target), daemon=True).start()

    def carry(self, source, target):
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                if not self.silent:
                    target.sendall(data)
            target.shutdown(socket.SHUT_WR)

    def drop(self):
        """End each connection, and each new one, until it is up again."""
        self.down = True
        self.cut()

    def cut(self):
        """End each connection; new ones are carried."""
        while self.ends:
            with self.ends.pop() as end, contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def up(self):
        """Carry again."""
        self.down = self.silent = False

    def close(self):
        self.listening.close()
        self.cut()
