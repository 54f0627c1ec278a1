"""
The loop of full syncs. Clients write as fast as they can, 500 bytes at a time in pipelines of 50, and the replica's network carries half of that. What may
wait for the replica is a quarter of the default (256mb 64mb 60), and the data set small; the backlog is Redis' default. Redis drops the replica, its backlog
does not reach back to where the replica stands, and it copies everything again, under the same storm. Counted on the primary: how often it was dropped, the
syncs that followed, and what the writers got done. The link's share is the time for which the replica said that it was up.

Redouble holds its writers for at most nine tenths of the time: where they write more than ten times what the network carries, or a full sync takes longer than
the limit lasts at a tenth of their speed, its replica is dropped too (20 MB/s and a limit of 16mb, for example).
"""
import contextlib
import subprocess
import time

from .load import BENCHMARK, fill
from .narrow import Relay
from .process import LOAD_CORE, Server, wait_until

MEASURE = "write storm"
KEYS, VALUE_BYTES, PIPELINE, CLIENTS = 100_000, 500, 50, 100
SET_BYTES = VALUE_BYTES + 44  # of one in the stream
NETWORK_SHARE, CALIBRATION_S = 0.5, 3
STORM_S, AFTER_S = 12, 60
LIMIT, BACKLOG = "replica 64mb 16mb 60", "1mb"
OPTIONS = ("--client-output-buffer-limit", LIMIT, "--repl-backlog-size", BACKLOG)
THROTTLE = "repl-writer-throttle"
SETTINGS = (f"{CLIENTS} clients in pipelines of {PIPELINE}, SETs of {VALUE_BYTES} bytes over {KEYS:,} keys for {STORM_S} s; the replica's network carries "
            f"{{megabytes:.0f}} MB/s, {NETWORK_SHARE:.0%} of what {{name}} takes in without a replica; diskless, client-output-buffer-limit {LIMIT}, "
            f"repl-backlog-size {BACKLOG}")


def storm(settings, results):
    name = next(iter(settings.servers))
    network = taken_in(name, settings.servers[name]) * NETWORK_SHARE
    results.note(MEASURE, SETTINGS.format(megabytes=network / 1e6, name=name))
    for round_number in range(settings.rounds):
        names = list(settings.servers) if round_number % 2 == 0 else list(reversed(settings.servers))
        for name in names:
            primary = Server(name, settings.servers[name], extra=OPTIONS)
            try:
                measured(settings, results, primary, network, MEASURE)
                if primary.client("CONFIG", "GET", THROTTLE):
                    primary.client("CONFIG", "SET", THROTTLE, 0)
                    measured(settings, results, primary, network, f"{MEASURE}, {THROTTLE} 0")
            finally:
                primary.stop()


def taken_in(name, command):
    """Bytes of SETs a second that a server without a replica gets done."""
    server = Server(name, command)
    try:
        server.settle()
        with writers(server):
            time.sleep(1)
            before, begun = written(server), time.perf_counter()
            time.sleep(CALIBRATION_S)
            return (written(server) - before) * SET_BYTES / (time.perf_counter() - begun)
    finally:
        server.stop()


def measured(settings, results, primary, network_bytes_per_s, measure):
    with contextlib.ExitStack() as stack:
        replica = Server(f"{primary.name}-replica", settings.servers[primary.name], LOAD_CORE)
        stack.callback(replica.stop)
        network = stack.enter_context(Relay(primary.port, network_bytes_per_s))
        primary.flush()
        primary.settle()
        replica.settle()
        fill(primary, KEYS, VALUE_BYTES)
        replica.client("REPLICAOF", "127.0.0.1", network.port)
        wait_until(lambda: caught_up(primary, replica))
        primary.client("CONFIG", "RESETSTAT")
        held, drops = primary.number("replication", "redouble_writer_throttle_ms"), primary.drops()
        load, begun = stack.enter_context(writers(primary)), time.perf_counter()
        up = linked(replica, begun + STORM_S)
        lasted = time.perf_counter() - begun
        stats = primary.client.info("stats")
        writes = written(primary)
        load.kill()
        load.wait()
        held = primary.number("replication", "redouble_writer_throttle_ms") - held
        healed = wait_until(lambda: caught_up(primary, replica), AFTER_S)
        results.add(measure, primary, kills=primary.drops() - drops, full_syncs=int(stats["sync_full"]),
                    partial_syncs=int(stats["sync_partial_ok"]), writes_per_s=writes / lasted, link_up_pct=up, writers_held_pct=held / lasted / 10,
                    in_step_after_s=healed)


@contextlib.contextmanager
def writers(server):
    words = ["taskset", "-c", LOAD_CORE, BENCHMARK, "-p", server.port, "-n", 1_000_000_000, "-c", CLIENTS, "-P", PIPELINE, "-t", "set", "-r", KEYS,
             "-d", VALUE_BYTES, "-q"]
    process = subprocess.Popen([str(word) for word in words], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def written(server):
    """SETs since CONFIG RESETSTAT."""
    fields = server.client.info("commandstats").get("cmdstat_set", "calls=0")
    return int(dict(field.split("=") for field in fields.split(","))["calls"])


def linked(replica, until):
    """The share of the time until then for which the link is up, in percent, by a look every 50 ms."""
    looks = up = 0
    while time.perf_counter() < until:
        up += replica.client.info("replication").get("master_link_status") == "up"
        looks += 1
        time.sleep(0.05)
    return up * 100 / looks


def caught_up(primary, replica):
    offset = primary.number("replication", "master_repl_offset")
    fields = replica.client.info("replication")
    return fields.get("master_link_status") == "up" and int(fields["slave_repl_offset"]) >= offset
