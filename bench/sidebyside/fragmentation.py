"""
Holes: every second key of a large data set is deleted, and others of another size are put in, as much in all as was deleted. Then what the process holds beside
what it says is in use: as it is, and again after defragmentation was switched on and has come to rest (redis-server: where its allocator can).
"""
import random
import time

from .measures import Group, longest_turn, probed
from .load import fill
from .process import resident_bytes
from .resp import Client, ServerError, command

OTHER_BYTES, BATCH, LIMIT_S = 150, 1000, 90


def fragmentation(settings, results):
    keys = settings.keys
    with Group(settings) as group:
        for server in group.servers:
            fill(server, keys)
            note(results, "filled", server)
            pipelined(server, (command(b"DEL", b"key:%012d" % number) for number in range(0, keys, 2)))
            note(results, "every second key deleted", server)
            value = random.Random(1).randbytes(OTHER_BYTES // 2).hex().encode()
            pipelined(server, (command(b"SET", b"other:%010d" % number, value) for number in range(keys // 3)))
            note(results, "refilled with another size", server)
            try:
                server.client("CONFIG", "SET", "activedefrag", "yes")
            except ServerError:
                note(results, "defragmented", server)
                continue
            server.client("CONFIG", "SET", "activedefrag", "no")
            idle = probed(server, ("SET and GET", "small", 1000), lambda: time.sleep(5))
            results.add("a steady client before", server, p99_ms=idle["p99_ms"], p999_ms=idle["p999_ms"], max_ms=idle["max_ms"])
            server.client("CONFIG", "RESETSTAT")
            server.client("CONFIG", "SET", "activedefrag", "yes")
            begun = time.perf_counter()
            sample = probed(server, ("SET and GET", "small", 1000), lambda server=server: wait_until_rest(server))
            results.add("defragmented", server, seconds=time.perf_counter() - begun, **longest_turn(server),
                        **{name: sample[name] for name in ("p99_ms", "p999_ms", "max_ms")})
            note(results, "defragmented", server)


def note(results, measure, server):
    results.add(measure, server, resident_per_used=resident_bytes(server.pid) / server.number("memory", "used_memory"))


def wait_until_rest(server):
    """Neither anything to move, nor memory that is still being given back."""
    before, since, deadline = None, time.monotonic(), time.monotonic() + LIMIT_S
    while time.monotonic() < min(since + 4, deadline):
        time.sleep(0.2)
        now = (server.number("memory", "active_defrag_running") > 0, resident_bytes(server.pid) >> 22)
        if now[0] or now != before:
            before, since = now, time.monotonic()


def pipelined(server, commands):
    client, batch = Client(server.port), []
    for one in commands:
        batch.append(one)
        if len(batch) == BATCH:
            send(client, batch)
    send(client, batch)
    client.close()


def send(client, batch):
    client.socket.sendall(b"".join(batch))
    for _ in batch:
        client.read()
    batch.clear()
