"""
How long nobody can write. Three servers under three real Sentinels: from kill -9 of the primary to the first write that a survivor accepts, of which
Sentinel's own waiting is most; the time since its order to be a primary is the server's. And FAILOVER TO while ten clients write at full speed: the gap between
the last write that the old primary accepted and the first one that the new primary did. Acknowledged writes that are lost are a failure, not a figure.
"""
import concurrent.futures
import contextlib
import os
import shutil
import signal
import tempfile
import threading
import time

from .load import go_ahead_of_load, overwrites
from .measures import follow
from .process import LOAD_CORE, Server, wait_until
from .resp import Client, ServerError

BY_SENTINEL, BY_COMMAND = "failover by Sentinel", "FAILOVER TO under load"
SENTINELS, QUORUM, DOWN_AFTER_MS, FAILOVER_TIMEOUT_MS = 3, 2, 1000, 10_000
ORDER = "+failover-state-wait-promotion"  # it has just sent SLAVEOF NO ONE
LIMIT_S = 60
KEYS = 100_000


def failover(settings, results):
    if not shutil.which("redis-sentinel"):
        raise RuntimeError("redis-sentinel is not installed (Debian package redis-sentinel)")
    for round_number in range(settings.rounds):
        names = list(settings.servers) if round_number % 2 == 0 else list(reversed(settings.servers))
        for name in names:
            with contextlib.ExitStack() as stack:
                killed(results, name, settings.servers[name], stack)
            with contextlib.ExitStack() as stack:
                handed_over(results, name, settings.servers[name], stack)


def attached(primary, command, count, stack):
    """So many replicas of a primary on the load's core, all at rest and their links up."""
    replicas = [started(stack, Server(primary.name, command, LOAD_CORE)) for _ in range(count)]
    with concurrent.futures.ThreadPoolExecutor() as pool:
        list(pool.map(Server.settle, [primary, *replicas]))
    for replica in replicas:
        follow(replica, primary)
    return replicas


def started(stack, server):
    stack.callback(server.stop)
    return server


def killed(results, name, command, stack):
    primary = started(stack, Server(name, command))
    replicas = attached(primary, command, 2, stack)
    sentinels = watched(primary, len(replicas), stack)
    acknowledged(primary, len(replicas))
    writers = [stack.enter_context(Writer(replica.port)) for replica in replicas]
    orders = [stack.enter_context(Listener(sentinel.port, ORDER)) for sentinel in sentinels]
    begun = time.perf_counter()
    os.kill(primary.pid, signal.SIGKILL)
    wait_until(lambda: any(writer.accepted for writer in writers), LIMIT_S, 0.001)
    wait_until(lambda: any(order.heard for order in orders), LIMIT_S, 0.001)
    first = min(writer.accepted[0] for writer in writers if writer.accepted)
    ordered = min(order.heard[0] for order in orders if order.heard)
    promoted = next(replica for replica, writer in zip(replicas, writers) if writer.accepted)
    if Client(promoted.port)("GET", "acknowledged") != b"by all":
        raise RuntimeError(f"{primary.name}: a write that all replicas had acknowledged is lost")
    results.add(BY_SENTINEL, primary, first_write_s=first - begun, since_order_ms=(first - ordered) * 1e3)


def acknowledged(primary, replicas):
    primary.client("SET", "acknowledged", "by all")
    if (reached := primary.client("WAIT", replicas, 10_000)) != replicas:
        raise RuntimeError(f"{primary.name}: WAIT {replicas} returned {reached}")


def watched(primary, replicas, stack):
    """Sentinels that know the primary, its replicas and each other."""
    folder = tempfile.mkdtemp(prefix="bench-sentinel-")
    stack.callback(shutil.rmtree, folder, ignore_errors=True)
    sentinels = []
    for i in range(SENTINELS):
        path = os.path.join(folder, f"sentinel{i}.conf")
        with open(path, "w") as file:
            file.write(f"sentinel monitor fleet 127.0.0.1 {primary.port} {QUORUM}\nsentinel down-after-milliseconds fleet {DOWN_AFTER_MS}\n"
                       f"sentinel failover-timeout fleet {FAILOVER_TIMEOUT_MS}\nsentinel parallel-syncs fleet 2\n")
        command = f"redis-sentinel {{dir}}/sentinel{i}.conf --port {{port}} --bind 127.0.0.1 --dir {{dir}}"
        sentinels.append(started(stack, Server("sentinel", command, LOAD_CORE, file=path)))

    def ready(sentinel):
        words = sentinel.client("SENTINEL", "MASTER", "fleet")
        known = {words[i]: words[i + 1] for i in range(0, len(words), 2)}
        return (known[b"flags"], int(known[b"num-slaves"]), int(known[b"num-other-sentinels"])) == (b"master", replicas, SENTINELS - 1)

    wait_until(lambda: all(ready(sentinel) for sentinel in sentinels), LIMIT_S)
    return sentinels


def handed_over(results, name, command, stack):
    primary = started(stack, Server(name, command))
    unknown = primary.unknown({"FAILOVER"})
    results.declare(BY_COMMAND, "blocked_ms", primary, unknown)
    if unknown:
        return
    [replica] = attached(primary, command, 1, stack)
    storm = overwrites(primary, KEYS)
    stack.callback(storm.wait)
    stack.callback(storm.kill)
    old = stack.enter_context(Writer(primary.port))
    new = stack.enter_context(Writer(replica.port))
    wait_until(lambda: len(old.accepted) > 500, LIMIT_S)
    begun = time.perf_counter()
    primary.client("FAILOVER", "TO", "127.0.0.1", replica.port, "TIMEOUT", LIMIT_S * 1000)
    wait_until(lambda: len(new.accepted) > 100, LIMIT_S)
    took = new.accepted[0] - begun
    storm.kill()
    old.stop()
    new.stop()
    counted, written = int(replica.client("GET", "counter")), len(old.accepted) + len(new.accepted)
    if counted < written:
        raise RuntimeError(f"{primary.name}: {written - counted} of {written} acknowledged writes are lost")
    results.add(BY_COMMAND, primary, blocked_ms=(new.accepted[0] - old.accepted[-1]) * 1e3, since_command_ms=took * 1e3)


class Watcher:
    """A connection with a thread of its own on the load's core, ahead of the load where the system allows it."""

    def __init__(self, port):
        self.port = port
        self.client = Client(port, timeout=LIMIT_S)
        self.ended = False
        self.thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.stop()

    def stop(self):
        self.ended = True
        self.thread.join(LIMIT_S)

    def _run(self):
        go_ahead_of_load()
        while not self.ended:
            try:
                self.watch()
            except (OSError, EOFError):
                self._connect_again()
        self.client.close()

    def _connect_again(self):
        """Sentinel has a new primary close all its connections; a server that is dead stays so."""
        self.client.close()
        try:
            self.client = Client(self.port, timeout=LIMIT_S)
        except OSError:
            time.sleep(0.001)


class Writer(Watcher):
    """Counts up a key once a millisecond, and notes when that was accepted. A server that is no primary refuses it."""

    def __init__(self, port):
        super().__init__(port)
        self.accepted = []

    def watch(self):
        while not self.ended:
            try:
                self.client("INCR", "counter")
                self.accepted.append(time.perf_counter())
            except ServerError:
                pass
            time.sleep(0.001)


class Listener(Watcher):
    """Notes when a channel has a message."""

    def __init__(self, port, channel):
        super().__init__(port)
        self.heard = []
        self.client("SUBSCRIBE", channel)
        self.client.socket.settimeout(0.2)

    def watch(self):
        while not self.ended:
            try:
                if self.client.socket.recv(4096) == b"":
                    raise EOFError
                self.heard.append(time.perf_counter())
            except TimeoutError:
                pass
