"""
Clients that ask for too much, beside one that sends a request a millisecond: how long that one waits, and what the server holds at most. The limits are
the same for all servers; each scenario has a server of its own. And one client that sends, and then asks for, the longest value that the default limits
allow.
"""
import resource
import selectors
import socket
import threading
import time

from .load import fill
from .measures import probed
from .process import Server, resident_bytes
from .resp import command

LIMITS = ("--client-output-buffer-limit", "normal 64mb 0 0 pubsub 32mb 8mb 60", "--client-query-buffer-limit", "64mb", "--maxmemory-clients", "512mb",
          "--maxclients", "20000")
WATCH_S = 5
LONGEST = 512 << 20


def overload(settings, results):
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    for title, scenario in SCENARIOS.items():
        for name, spec in settings.servers.items():
            server = Server(name, spec, extra=LIMITS)
            try:
                server.settle()
                fill(server, 100_000)
                server.client("SET", "large", b"x" * (1 << 20))
                idle = resident_bytes(server.pid)
                with Storm(server, scenario(settings)) as storm:
                    sample = probed(server, ("SET and GET", "small", 1000), lambda: time.sleep(WATCH_S))
                    results.add(title, server, **{name: sample[name] for name in ("p50_ms", "p99_ms", "p999_ms", "max_ms")},
                                extra_resident_mb=(storm.peak.most - idle) / 1e6)
            finally:
                server.stop()
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    for name, spec in settings.servers.items():
        server = Server(name, spec)
        try:
            longest_value(server, results)
        finally:
            server.stop()


def longest_value(server, results):
    """A string of 512 MB is set, read, overwritten and deleted; a client in no hurry is asked for what it waits meanwhile."""
    server.settle()
    fill(server, 100_000)
    idle = resident_bytes(server.pid)
    value = b"x" * LONGEST
    with socket.create_connection(("127.0.0.1", server.port)) as client:
        def exchange(head, tail, reply_bytes):
            client.sendall(head)
            client.sendall(tail)
            while reply_bytes > 0:
                reply_bytes -= len(client.recv(min(reply_bytes, 1 << 20)))

        setting = b"*3\r\n$3\r\nSET\r\n$4\r\nhuge\r\n$%d\r\n" % LONGEST
        for title, head, tail, reply_bytes in (("set", setting, value + b"\r\n", len("+OK\r\n")),
                                               ("read", command("GET", "huge"), b"", len("$536870912\r\n\r\n") + LONGEST),
                                               ("set anew", setting, value + b"\r\n", len("+OK\r\n")),
                                               ("deleted", command("DEL", "huge"), b"", len(":1\r\n"))):
            with Peak(server) as peak:
                begun = time.perf_counter()
                sample = probed(server, ("SET and GET", "small", 1000), lambda: (exchange(head, tail, reply_bytes), time.sleep(0.5)))
                results.add(f"512 MB are {title}", server, **{name: sample[name] for name in ("p50_ms", "p99_ms", "p999_ms", "max_ms")},
                            seconds=time.perf_counter() - begun - 0.5, extra_resident_mb=(peak.most - idle) / 1e6)


class Peak:
    """The most that a server has held while this was open."""

    def __init__(self, server):
        self.server, self.most, self.ended = server, 0, False
        self.thread = threading.Thread(target=self._watch)

    def _watch(self):
        while not self.ended:
            self.most = max(self.most, resident_bytes(self.server.pid))
            time.sleep(0.02)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.ended = True
        self.thread.join()


class Storm:
    """Non-blocking connections that send the same bytes for ever, as fast as they are taken; those that the server closes are opened again."""

    def __init__(self, server, plan):
        self.server, (self.count, self.payload, self.reads) = server, plan
        self.peak = Peak(server)
        self.ended = False
        self.selector = selectors.DefaultSelector()
        for _ in range(self.count):
            self._open()
        self.thread = threading.Thread(target=self._send)
        self.thread.start()

    def _open(self):
        connection = socket.create_connection(("127.0.0.1", self.server.port))
        connection.setblocking(False)
        self.selector.register(connection, selectors.EVENT_READ | selectors.EVENT_WRITE if self.reads else selectors.EVENT_WRITE, [0])

    def _send(self):
        while not self.ended:
            for key, mask in self.selector.select(0.05):
                try:
                    if mask & selectors.EVENT_READ and not key.fileobj.recv(1 << 16):
                        raise ConnectionError
                    if mask & selectors.EVENT_WRITE:
                        at = key.data[0]
                        key.data[0] = (at + key.fileobj.send(self.payload[at:at + (1 << 18)])) % len(self.payload)
                except BlockingIOError:
                    pass
                except OSError:
                    self.selector.unregister(key.fileobj)
                    key.fileobj.close()
                    self._open()
            time.sleep(0.0005)  # the load's core is the prober's, too

    def __enter__(self):
        self.peak.__enter__()
        return self

    def __exit__(self, *_):
        self.ended = True
        self.peak.__exit__()
        self.thread.join()
        for key in list(self.selector.get_map().values()):
            key.fileobj.close()
        self.selector.close()


SCENARIOS = {
    "all clients at once": lambda settings: (settings.connections, command("GET", "key:000000000001"), True),
    "20 clients that never read": lambda settings: (20, command("GET", "large"), False),
    "pipelines without end": lambda settings: (10, command("SET", "key:000000000001", "v" * 50) * 10_000, True),
    "values of 512 MB": lambda settings: (2, b"*3\r\n$3\r\nSET\r\n$4\r\nhuge\r\n$536870912\r\n" + b"x" * (1 << 26), True),
}
