"""
How good eviction chooses: a cache of a fraction of all keys under a zipfian load. GET, and SET of what was missed, one sequence of keys for all servers.
Once with the same `maxmemory`, where whoever needs less memory for a key holds more of them, and once with limits at which all hold as many: the policy alone.
All are sent as many requests a second: an access is known to the second, so whoever is asked faster has more keys that are equal.
"""
import bisect
import itertools
import os
import random
import time

from .measures import Group
from .resp import command

POPULATION, REQUESTS, SKEW, BATCH = 200_000, 1_000_000, 1.0, 100
REQUESTS_PER_SECOND = 40_000
VALUE = os.urandom(50).hex().encode()
POLICIES = ("allkeys-lru", "allkeys-lfu", "allkeys-random")


def hitrate(settings, results):
    requests = REQUESTS // 3 if settings.rounds <= 3 else REQUESTS
    with Group(settings) as group:
        for policy in POLICIES:
            for round_number in range(min(3, settings.rounds)):
                keys = sequence(requests, seed=round_number + 1)
                for server in group.servers:
                    begin(server, policy)
                    server.client("CONFIG", "SET", "maxmemory", used(server) + (3 << 20))
                    hits = run(server, keys)
                    results.add(f"{policy}, same maxmemory", server, hit_percent=hits, keys=server.client("DBSIZE"))
                held = 30_000
                for server in group.servers:
                    begin(server, policy)
                    empty = used(server)
                    fill(server, held)
                    limit = used(server)
                    begin(server, policy)
                    server.client("CONFIG", "SET", "maxmemory", limit + used(server) - empty)
                    hits = run(server, keys)
                    results.add(f"{policy}, same number of keys", server, hit_percent=hits, keys=server.client("DBSIZE"))


def begin(server, policy):
    server.client("CONFIG", "SET", "maxmemory", 0, "maxmemory-policy", policy)
    server.flush()


def used(server):
    return server.number("memory", "used_memory") - server.number("memory", "mem_not_counted_for_evict")


def sequence(count, seed):
    """Keys by their rank's probability, 1 / rank^SKEW; which key has which rank is shuffled."""
    source = random.Random(seed)
    sums = list(itertools.accumulate(1 / (rank + 1) ** SKEW for rank in range(POPULATION)))
    names = [b"key:%012d" % number for number in range(POPULATION)]
    source.shuffle(names)
    return [names[bisect.bisect_left(sums, source.random() * sums[-1])] for _ in range(count)]


def fill(server, keys):
    for first in range(0, keys, BATCH):
        server.client.socket.sendall(b"".join(command(b"SET", b"key:%012d" % number, VALUE) for number in range(first, first + BATCH)))
        for _ in range(BATCH):
            server.client.read()


def run(server, keys):
    """Percent of the second half of the GETs that found their keys: the first half fills the cache."""
    client, hits, started = server.client, 0, time.monotonic()
    for first in range(0, len(keys), BATCH):
        batch = keys[first:first + BATCH]
        time.sleep(max(0, started + first / REQUESTS_PER_SECOND - time.monotonic()))
        client.socket.sendall(b"".join(command(b"GET", key) for key in batch))
        missed = [key for key in batch if client.read() is None]
        if first >= len(keys) // 2:
            hits += len(batch) - len(missed)
        if missed:
            client.socket.sendall(b"".join(command(b"SET", key, VALUE) for key in missed))
            for _ in missed:
                client.read()
    return hits * 100 / (len(keys) // 2)
