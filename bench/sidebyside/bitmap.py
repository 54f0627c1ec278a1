"""One bitmap of 512 MB, the longest string: what it takes to create, and to delete; and writes into it while it is saved, and while a replica gets it."""
import os
import time

from .measures import Group, full_sync, longest_turn, probed, save
from .process import proportional_bytes

BITS = 1 << 32
KEY = "bitmap"
WRITES = ("SETBIT", KEY, BITS)
KINDS = {"sparse": 32, "dense": 512}  # megabytes of it that are random bits; the rest is zero


def bitmap(settings, results):
    for name, megabytes in KINDS.items():
        with Group(settings) as group:
            for server in group.servers:
                results.add(f"{name} bitmap", server, create_ms=timed(server, "SETBIT", KEY, BITS - 1, 1))
                fill(server, megabytes)
            for server in group.turns(settings.rounds):
                measured(results, server, f"{name} bitmap, idle", lambda: time.sleep(settings.idle_s))
                base = proportional_bytes(server.pid)
                peak = [0]
                measured(results, server, f"{name} bitmap, BGSAVE", lambda: saved(results, server, name, peak))
                results.add(f"{name} bitmap, BGSAVE", server, extra_memory_mb=max(0, peak[0] - base) / (1 << 20))
                full_sync(settings, results, server, f"{name} bitmap, full sync", WRITES)
            for server in group.servers:
                results.add(f"{name} bitmap", server, delete_ms=timed(server, "DEL", KEY))


def fill(server, megabytes):
    step = (BITS >> 23) // megabytes
    for at in range(0, BITS >> 23, step):
        server.client("SETRANGE", KEY, at << 20, os.urandom(1 << 20))


def timed(server, *words):
    begun = time.perf_counter()
    server.client(*words)
    return (time.perf_counter() - begun) * 1e3


def saved(results, server, name, peak):
    results.add(f"{name} bitmap, BGSAVE", server, seconds=save(server, lambda: peak.__setitem__(0, max(peak[0], proportional_bytes(server.pid)))),
                file_mb=os.path.getsize(os.path.join(server.folder, "dump.rdb")) / (1 << 20))


def measured(results, server, measure, action):
    server.client("CONFIG", "RESETSTAT")
    stall = probed(server, WRITES, action)
    results.add(measure, server, writer_p999_ms=stall["p999_ms"], writer_max_ms=stall["max_ms"], **longest_turn(server))
