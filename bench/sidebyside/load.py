"""Load on the other core: redis-benchmark for rates, a pipelined writer for filling, a real-time prober for stalls."""
import contextlib
import json
import os
import select
import selectors
import subprocess
import sys
import threading
import time

from .process import LOAD_CORE, SERVER_CORE, cpu_seconds
from .resp import Client, command
from .writes import writes

BENCHMARK = os.environ.get("REDIS_BENCHMARK", "redis-benchmark")


def requests(server, count, test, pipeline, value_bytes=64, keyspace=1_000_000, clients=50):
    """Runs `count` requests, a test of redis-benchmark or the words of a command, and returns the server's CPU per request and the rates the load saw."""
    words = ["taskset", "-c", str(LOAD_CORE), BENCHMARK, "-p", server.port, "-n", count, "-c", clients, "-P", pipeline,
             "-r", keyspace, "-d", value_bytes, "--csv", "-q", *(["-t", test] if isinstance(test, str) else test)]
    before = cpu_seconds(server.pid)
    done = subprocess.run([str(word) for word in words], capture_output=True, text=True, check=True)
    spent = cpu_seconds(server.pid) - before
    fields = [field.strip('"') for field in done.stdout.strip().splitlines()[-1].split(",")]
    return {"cpu_us": spent * 1e6 / count, "rate": float(fields[1]), "p50_ms": float(fields[4]), "p99_ms": float(fields[6])}


def overwrites(server, keys):
    """Endless SETs on random existing keys, 10 connections, pipeline 16; the caller kills the process."""
    words = ["taskset", "-c", str(LOAD_CORE), BENCHMARK, "-p", server.port, "-n", 1_000_000_000, "-c", 10, "-P", 16, "-t", "set", "-r", keys, "-d", 100, "-q"]
    return subprocess.Popen([str(word) for word in words], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def fill(server, keys, value_bytes=100):
    """SETs key:000000000000 and so on (16 bytes) to incompressible values, over one pipelined connection."""
    client = Client(server.port)
    expected = keys * len(b"+OK\r\n")

    def drain():
        got = 0
        while got < expected:
            data = client.socket.recv(1 << 18)
            if not data:
                return
            got += len(data)

    reader = threading.Thread(target=drain)
    reader.start()
    values = [os.urandom(value_bytes // 2).hex().encode() for _ in range(512)]
    for first in range(0, keys, 2000):
        client.socket.sendall(b"".join(command(b"SET", b"key:%012d" % i, values[i & 511]) for i in range(first, min(first + 2000, keys))))
    reader.join()
    client.close()


class Subscribers:
    """Connections that listen to one channel and drop what they get; counts the bytes."""

    def __init__(self, server, channel, count):
        self.received = 0
        self.selector = selectors.DefaultSelector()
        for _ in range(count):
            client = Client(server.port)
            client("SUBSCRIBE", channel)
            client.socket.setblocking(False)
            self.selector.register(client.socket, selectors.EVENT_READ)
        self.ended = False
        self.thread = threading.Thread(target=self._drain)
        self.thread.start()

    def _drain(self):
        buffer = bytearray(1 << 18)
        while not self.ended:
            for key, _ in self.selector.select(0.05):
                self.received += key.fileobj.recv_into(buffer)

    def stop(self):
        self.ended = True
        self.thread.join()
        for key in list(self.selector.get_map().values()):
            key.fileobj.close()
        self.selector.close()


@contextlib.contextmanager
def bystanders():
    """Keeps both cores busy with what gives way to everything else: what a machine that never rests, shared with others perhaps, does by itself."""
    spin = "import os, sys; os.sched_setaffinity(0, {int(sys.argv[1])}); os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))\nwhile True: pass"
    processes = [subprocess.Popen([sys.executable, "-c", spin, str(core)]) for core in (SERVER_CORE, LOAD_CORE)]
    try:
        yield
    finally:
        for process in processes:
            process.kill()
            process.wait()


class Prober:
    """A process that sends one of its `writes` a millisecond and notes how long each took, until it is told to stop."""

    def __init__(self, server, kind, key, elements):
        package = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
        words = [sys.executable, "-B", "-m", "sidebyside.load", str(server.port), kind, key, str(elements)]
        self.process = subprocess.Popen(words, cwd=package, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.process.stdout.readline()

    def stop(self):
        """The milliseconds that each write took."""
        return json.loads(self.process.communicate("\n")[0])


def summary(took):
    """{"p50_ms", "p99_ms", "p999_ms", "max_ms", "samples"}"""
    took = sorted(took)

    def at(share):
        return took[min(len(took) - 1, int(len(took) * share))]

    return {"samples": len(took), "p50_ms": at(0.5), "p99_ms": at(0.99), "p999_ms": at(0.999), "max_ms": took[-1]}


def go_ahead_of_load():
    """Puts the calling thread on the load's core, ahead of the load where the system allows it."""
    os.sched_setaffinity(0, {LOAD_CORE})
    try:
        os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1))
    except PermissionError:
        pass


def probe(port, kind, key, elements):
    """The prober's own process."""
    go_ahead_of_load()
    client = Client(port)
    client("PING")
    print("ready", flush=True)
    took, commands = [], writes(kind, key, elements)
    while not select.select([sys.stdin], [], [], 0)[0]:
        words = next(commands)
        begun = time.perf_counter()
        client(*words)
        took.append((time.perf_counter() - begun) * 1e3)
        time.sleep(0.001)
    print(json.dumps(took))


if __name__ == "__main__":
    probe(int(sys.argv[1]), sys.argv[2], sys.argv[3], int(sys.argv[4]))
