"""A network between browsers and a server, which can be dropped."""

import contextlib
import socket
import threading


class Network:
    """Carries what browsers and a server send each other, until it is dropped, with an error or without a word."""

    def __init__(self, server):
        """Listen for browsers, on a port of its own."""
        self.server, self.ends, self.down, self.silent = server, [], False, False
        self.lost = set()  # connections that stay silent
        self.lock = threading.Lock()
        self.listening = socket.create_server(("127.0.0.1", 0))
        self.port = self.listening.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        with contextlib.suppress(OSError):
            while True:
                near = self.listening.accept()[0]
                with self.lock:
                    self.connect(near)

    def connect(self, near):
        if self.down:
            near.close()
            return
        far = self.server.client(None)
        self.ends += [near, far]
        if self.silent:
            self.lost |= {near, far}
        for ends in ((near, far), (far, near)):
            threading.Thread(target=self.carry, args=ends, daemon=True).start()

    def carry(self, source, target):
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                if source not in self.lost:
                    target.sendall(data)
            target.shutdown(socket.SHUT_WR)

    def silence(self):
        """Carry nothing, and end no connection, until the network is up again; those from before stay silent."""
        with self.lock:
            self.silent = True
            self.lost.update(self.ends)

    def drop(self):
        """End each connection, and each new one, until the network is up again."""
        with self.lock:
            self.down = True
            while self.ends:
                with self.ends.pop() as end, contextlib.suppress(OSError):
                    end.shutdown(socket.SHUT_RDWR)

    def up(self):
        """Carry what comes over new connections."""
        with self.lock:
            self.down = self.silent = False

    def close(self):
        self.listening.close()
        self.drop()
