"""
The loop of full syncs. Clients write as fast as they can, 500 bytes at a time in pipelines of 50, while the replica has less of a processor than it needs (it
shares the load's core, and yields), and little may wait for it: Redis drops it, its backlog does not reach back to where the replica stands, and it copies
everything again, under the same storm. Counted on the primary: how often it was dropped, the syncs that followed, and what the writers got done. The link's
share is the time for which the replica said that it was up.
"""
import subprocess
import time

from .load import BENCHMARK, fill
from .measures import follow
from .process import LOAD_CORE, Server, wait_until

MEASURE = "write storm"
KEYS, VALUE_BYTES, PIPELINE, CLIENTS = 100_000, 500, 50, 100
STORM_S, AFTER_S = 10, 60
LIMITS = ("--client-output-buffer-limit", "replica 16mb 8mb 10", "--repl-backlog-size", "1mb")
YIELDING = "nice -n 5 "
THROTTLE = "repl-writer-throttle"


def storm(settings, results):
    for round_number in range(settings.rounds):
        names = list(settings.servers) if round_number % 2 == 0 else list(reversed(settings.servers))
        for name in names:
            primary = Server(name, settings.servers[name], extra=LIMITS)
            try:
                measured(settings, results, primary, MEASURE)
                if primary.client("CONFIG", "GET", THROTTLE):
                    primary.client("CONFIG", "SET", THROTTLE, 0)
                    measured(settings, results, primary, f"{MEASURE}, {THROTTLE} 0")
            finally:
                primary.stop()


def measured(settings, results, primary, measure):
    replica = Server(f"{primary.name}-replica", YIELDING + settings.servers[primary.name], LOAD_CORE)
    load = None
    try:
        primary.flush()
        primary.settle()
        replica.settle()
        fill(primary, KEYS, VALUE_BYTES)
        follow(replica, primary)
        primary.client("CONFIG", "RESETSTAT")
        held, drops = primary.number("replication", "redouble_writer_throttle_ms"), primary.drops()
        load, begun = writers(primary), time.perf_counter()
        up = linked(replica, begun + STORM_S)
        lasted = time.perf_counter() - begun
        stats = primary.client.info("stats")
        writes = sum(int(fields["calls"]) for fields in calls(primary))
        load.kill()
        load.wait()
        held = primary.number("replication", "redouble_writer_throttle_ms") - held
        healed = wait_until(lambda: caught_up(primary, replica), AFTER_S)
        results.add(measure, primary, kills=primary.drops() - drops, full_syncs=int(stats["sync_full"]),
                    partial_syncs=int(stats["sync_partial_ok"]), writes_per_s=writes / lasted, link_up_pct=up, writers_held_pct=held / lasted / 10,
                    in_step_after_s=healed)
    finally:
        if load:
            load.kill()
            load.wait()
        replica.stop()


def writers(server):
    words = ["taskset", "-c", LOAD_CORE, BENCHMARK, "-p", server.port, "-n", 1_000_000_000, "-c", CLIENTS, "-P", PIPELINE, "-t", "set", "-r", KEYS,
             "-d", VALUE_BYTES, "-q"]
    return subprocess.Popen([str(word) for word in words], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def calls(server):
    for name, fields in server.client.info("commandstats").items():
        if name == "cmdstat_set":
            yield dict(field.split("=") for field in fields.split(","))


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
