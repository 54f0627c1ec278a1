"""
What one bad replica costs the others. Three replicas follow a primary that is written to at a steady pace; one is slow (it runs for a tenth of the time), is
frozen (SIGSTOP) until it is dropped, or is slow, frozen or dies in the middle of a full sync that it shares with the other two. A client writes once a
millisecond, and another one looks how long a write takes to be on a healthy replica. The rows "three healthy" and "three in full sync" are the same without
the bad one's misfortune. One is frozen under a small limit, so that it is dropped within the time that is looked at. A full sync of three on one core takes
longer than Redis' buffer would last under that limit, so that it would never end; it has the default one, and a repl-timeout of 20 s, as frozen replicas are
dropped by that.
"""
import concurrent.futures
import contextlib
import os
import signal
import threading
import time

from .failover import Watcher
from .load import fill
from .measures import longest_turn, probed
from .process import LOAD_CORE, Server, wait_until
from .resp import Client, command

KEYS = 1_000_000
PACE_BYTES, PACE_S, VALUE_BYTES = 500_000, 0.05, 1000  # ten megabytes a second
SYNC_TOGETHER = ("--repl-diskless-sync-delay", "60", "--repl-diskless-sync-max-replicas", "3")
SMALL_LIMIT = ("--client-output-buffer-limit", "replica 32mb 16mb 60")
WATCH_S = 5
LIMIT_S = 60
RUNS_S, STOPS_S = 0.02, 0.18  # of the slow one
FULL_SYNCS = (
    ("three in full sync", "well", ()),
    ("one of three dies in full sync", "dies", ()),
    ("one of three slow in full sync", "slow", ()),
    ("one of three frozen in full sync", "frozen", ()),
    ("one of three frozen in full sync by file", "frozen", ("--repl-diskless-sync", "no")),
)


def isolation(settings, results):
    for round_number in range(settings.rounds):
        names = list(settings.servers) if round_number % 2 == 0 else list(reversed(settings.servers))
        for name in names:
            streaming(settings, results, name)
            for measure, fate, extra in FULL_SYNCS:
                syncing(settings, results, name, measure, fate, extra)


class Fleet:
    """A primary on the server's core, replicas on the other, all of them at rest."""

    def __init__(self, settings, name, extra=(), replicas=3):
        self.servers = []
        try:
            self.primary = self._start(name, settings.servers[name], extra=(*SYNC_TOGETHER, *extra))
            self.replicas = [self._start(f"{name}-replica", settings.servers[name], LOAD_CORE) for _ in range(replicas)]
            with concurrent.futures.ThreadPoolExecutor() as pool:
                list(pool.map(Server.settle, self.servers))
        except BaseException:
            self.__exit__()
            raise

    def _start(self, *arguments, **options):
        self.servers.append(Server(*arguments, **options))
        return self.servers[-1]

    def attach(self):
        for replica in self.replicas:
            replica.client("REPLICAOF", "127.0.0.1", self.primary.port)

    def wait_up(self, replicas):
        return wait_until(lambda: all(replica.client.info("replication").get("master_link_status") == "up" for replica in replicas), LIMIT_S)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for server in self.servers:
            server.stop()


def streaming(settings, results, name):
    """While the replicas stream: all well, then one slow, then one frozen."""
    with Fleet(settings, name, SMALL_LIMIT) as fleet:
        fleet.attach()
        fleet.wait_up(fleet.replicas)
        bad = fleet.replicas[2]
        with Pace(fleet.primary):
            time.sleep(1)
            watched(results, fleet, "three healthy replicas", lambda: time.sleep(WATCH_S))
            with slow(bad):
                watched(results, fleet, "one of three slow", lambda: time.sleep(WATCH_S))
            drops = fleet.primary.drops()
            os.kill(bad.pid, signal.SIGSTOP)
            watched(results, fleet, "one of three frozen", lambda: time.sleep(WATCH_S))
        results.add("one of three slow", fleet.primary, kills=drops)
        results.add("one of three frozen", fleet.primary, kills=fleet.primary.drops() - drops, in_step_after_s=in_step(fleet))


@contextlib.contextmanager
def slow(replica):
    """Lets it run for a part of the time only."""
    ended = threading.Event()

    def act():
        while not ended.is_set():
            os.kill(replica.pid, signal.SIGSTOP)
            ended.wait(STOPS_S)
            os.kill(replica.pid, signal.SIGCONT)
            ended.wait(RUNS_S)

    thread = threading.Thread(target=act, daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


def syncing(settings, results, name, measure, fate, extra):
    with Fleet(settings, name, ("--repl-timeout", "20", *extra)) as fleet:
        fill(fleet.primary, KEYS)
        with Pace(fleet.primary):
            time.sleep(1)
            watched(results, fleet, measure, lambda: synced(fleet, fate), on_replica=False)
        results.add(measure, fleet.primary, full_syncs=fleet.primary.number("stats", "sync_full"), kills=fleet.primary.drops(), in_step_after_s=in_step(fleet))


def synced(fleet, fate):
    """Until the two that stay are up. The third one meets its fate with a sixth of the payload read."""
    fleet.attach()
    doomed = fleet.replicas[2]
    if fate != "well":
        wait_until(lambda: int(doomed.client.info("replication").get("master_sync_read_bytes", 0)) > KEYS * 20, LIMIT_S, 0.001)
    if fate == "dies":
        doomed.process.kill()
    elif fate == "frozen":
        os.kill(doomed.pid, signal.SIGSTOP)
    with slow(doomed) if fate == "slow" else contextlib.nullcontext():
        fleet.wait_up(fleet.replicas[:2])
    if fate == "frozen":
        os.kill(doomed.pid, signal.SIGCONT)


def watched(results, fleet, measure, action, on_replica=True):
    """A writer's latencies on the primary, and those with which its writes get to the first replica, while something goes on."""
    primary = fleet.primary
    primary.client("CONFIG", "RESETSTAT")
    arrivals = Arrivals(primary.port, fleet.replicas[0].port) if on_replica else None
    if arrivals:
        arrivals.__enter__()
    begun = time.perf_counter()
    sample = probed(primary, ("SET", "", 1000), action)
    lasted = time.perf_counter() - begun
    if arrivals:
        arrivals.stop()
        results.add(measure, primary, sibling_p50_ms=arrivals.at(0.5), sibling_p99_ms=arrivals.at(0.99))
    else:
        results.add(measure, primary, siblings_up_after_s=lasted)
    results.add(measure, primary, writer_p50_ms=sample["p50_ms"], writer_p99_ms=sample["p99_ms"], writer_max_ms=sample["max_ms"], **longest_turn(primary))


def in_step(fleet):
    """Seconds until the two healthy replicas have everything."""
    offset = fleet.primary.number("replication", "master_repl_offset")
    return wait_until(lambda: all(replica.number("replication", "slave_repl_offset") >= offset for replica in fleet.replicas[:2]), LIMIT_S)


class Pace:
    """Writes some megabytes a second, in pipelines at even times."""

    def __init__(self, server):
        self.client = Client(server.port)
        self.ended = threading.Event()
        self.thread = threading.Thread(target=self._run, daemon=True)

    def _run(self):
        count = PACE_BYTES // VALUE_BYTES
        at = 0
        while not self.ended.wait(PACE_S):
            self.client.socket.sendall(b"".join(command("SET", b"paced:%d" % (at + i), b"x" * VALUE_BYTES) for i in range(count)))
            for _ in range(count):
                self.client.read()
            at = (at + count) % 10_000

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.ended.set()
        self.thread.join(LIMIT_S)
        self.client.close()


class Arrivals(Watcher):
    """Writes a number to the primary, and asks a replica until it has it."""

    def __init__(self, primary_port, replica_port):
        super().__init__(replica_port)
        self.primary = Client(primary_port, timeout=LIMIT_S)
        self.took = []

    def watch(self):
        while not self.ended:
            number = len(self.took)
            begun = time.perf_counter()
            self.primary("SET", "arrival", number)
            while self.client("GET", "arrival") != b"%d" % number and not self.ended:
                time.sleep(0.0002)
            self.took.append((time.perf_counter() - begun) * 1e3)
            time.sleep(0.005)

    def at(self, share):
        took = sorted(self.took)
        return took[min(len(took) - 1, int(len(took) * share))]
