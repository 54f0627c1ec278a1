"""A network that carries less than the servers could: a relay between a replica and its primary that lets so many bytes a second through."""
import os
import selectors
import socket
import subprocess
import sys
import time

from .load import go_ahead_of_load
from .process import LOAD_CORE, free_port

PIECE_BYTES = 1 << 16
SOCKET_BYTES = 1 << 18  # what waits in the kernel on the way is no more than a network would hold


class Relay:
    """A process of its own that listens on `port` and relays each connection to the primary's port."""

    def __init__(self, primary_port, bytes_per_second):
        self.port = free_port()
        package = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
        words = ["taskset", "-c", str(LOAD_CORE), sys.executable, "-B", "-m", "sidebyside.narrow", str(self.port), str(primary_port), str(bytes_per_second)]
        self.process = subprocess.Popen(words, cwd=package, stdout=subprocess.PIPE, text=True)
        self.process.stdout.readline()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()


def relay(port, primary_port, bytes_per_second):
    go_ahead_of_load()
    selector = selectors.DefaultSelector()
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", port))
        listener.listen()
        print("ready", flush=True)
        selector.register(listener, selectors.EVENT_READ)
        budget, at = 0.0, time.perf_counter()
        while True:
            now = time.perf_counter()
            budget, at = min(PIECE_BYTES, budget + (now - at) * bytes_per_second), now
            for key, _ in selector.select():
                if key.fileobj is listener:
                    accept(selector, listener, primary_port)
                elif key.data is None or key.data.fileno() < 0:
                    continue
                else:
                    budget -= carry(selector, key.fileobj, key.data)
            if budget < 0:
                time.sleep(-budget / bytes_per_second)


def accept(selector, listener, primary_port):
    replica = listener.accept()[0]
    primary = socket.socket()
    for connection in (replica, primary):
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, SOCKET_BYTES)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SOCKET_BYTES)
    primary.connect(("127.0.0.1", primary_port))
    selector.register(replica, selectors.EVENT_READ, primary)
    selector.register(primary, selectors.EVENT_READ, replica)


def carry(selector, source, target):
    """Bytes that were carried. What does not get on holds up the rest, as it does on one line; where one end is gone, so is the other."""
    try:
        data = source.recv(PIECE_BYTES)
        target.sendall(data)
    except OSError:
        data = b""
    if not data:
        for connection in (source, target):
            selector.unregister(connection)
            connection.close()
    return len(data)


if __name__ == "__main__":
    relay(int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3]))
