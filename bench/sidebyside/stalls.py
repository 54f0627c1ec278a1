"""
Whether a large collection stalls others: a steady writer, one request a millisecond, while the collection that it writes to is saved or synced, and another one
while such a collection is freed. `stalls` has one of each type; `frees` has the ways in which a sorted set, the most expensive one to free, may go.
Extra figures are those of the writer less those of the same writer before; the longest turn is the server's own account.
"""
import time

from . import machine
from .measures import Group, follow, longest_turn, probed, save
from .process import LOAD_CORE, Server
from .writes import fill

KEY = "large"
WARM_S, IDLE_S = 3, 5

WAYS = {
    "DEL": [["DEL", KEY]],
    "UNLINK": [["UNLINK", KEY]],
    "PEXPIRE": [["PEXPIRE", KEY, 1]],
    "SET over it": [["SET", KEY, "small"]],
    "ZUNIONSTORE over it": [["ZADD", "small", 1, "one"], ["ZUNIONSTORE", KEY, 1, "small"]],
    "RENAME over it": [["SET", "small", "one"], ["RENAME", "small", KEY]],
    "RENAME, MOVE, DEL": [["RENAME", KEY, "renamed"], ["MOVE", "renamed", 1], ["SELECT", 1], ["DEL", "renamed"], ["SELECT", 0]],
    "FLUSHALL": [["FLUSHALL"]],
    "ZREMRANGEBYRANK of half": [["ZREMRANGEBYRANK", KEY, 0, "half"]],
}


def stalls(settings, results):
    for kind in settings.kinds:
        elements = settings.large_elements
        with Group(settings) as group:
            fill(group.servers, kind, KEY, elements)
            for server in group.servers:
                probed(server, (kind, KEY, elements), lambda: time.sleep(WARM_S))
                idle = probed(server, (kind, KEY, elements), lambda: time.sleep(IDLE_S))
                results.add(f"{kind}, idle", server, p999_ms=idle["p999_ms"], max_ms=idle["max_ms"])
                during(results, f"{kind}, BGSAVE", server, kind, elements, idle, lambda server=server: save(server))
            for server in group.servers:
                full_sync(settings, results, server, kind, elements)
            fill(group.servers, kind, KEY + ":ten", 2 * elements)
            for server in group.servers:
                freed(results, f"{kind}, DEL of twice as many", server, [["DEL", KEY + ":ten"]])


def full_sync(settings, results, server, kind, elements):
    replica = Server(f"{server.name}-replica", settings.servers[server.name], LOAD_CORE)
    try:
        idle = probed(server, (kind, KEY, elements), lambda: time.sleep(IDLE_S))

        during(results, f"{kind}, full sync", server, kind, elements, idle, lambda: follow(replica, server))
    finally:
        replica.stop()


def frees(settings, results):
    elements = 2 * settings.large_elements
    with Group(settings) as group:
        for way, commands in WAYS.items():
            fill(group.servers, "sorted set", KEY, elements)
            for server in group.servers:
                freed(results, way, server, [[elements // 2 if word == "half" else word for word in words] for words in commands])
                server.flush()


def freed(results, measure, server, commands):
    """Another writer's latencies while a value goes, and until its memory is free."""
    def act():
        for words in commands:
            server.client(*words)
        server.wait_until_freed()

    idle = probed(server, ("SET and GET", KEY, 1000), lambda: time.sleep(1))
    during(results, measure, server, "SET and GET", 1000, idle, act)


def during(results, measure, server, kind, elements, idle, action):
    machine.settle()
    server.client("CONFIG", "RESETSTAT")
    begun = time.perf_counter()
    sample = probed(server, (kind, KEY, elements), action)
    results.add(measure, server, seconds=time.perf_counter() - begun, extra_p999_ms=sample["p999_ms"] - idle["p999_ms"],
                extra_max_ms=sample["max_ms"] - idle["max_ms"], **longest_turn(server))
