"""
How fast a replica makes up for an outage of some seconds. Its connection is closed and it can't connect again (maxclients) while 64 MB of SETs of 1 KB are
written; then it gets the gap by a partial resync. The clock runs from the primary's +CONTINUE to the acknowledgement of the last byte, which WAIT tells: not
included is how long the replica takes to connect. Keys that exist are overwritten, or all are new. The backlog of both is large enough.
"""
import os
import time

from .fleet import replicas
from .load import fill
from .measures import Group, follow
from .process import cpu_seconds, wait_until
from .resp import Client, command

GAP_BYTES, VALUE_BYTES = 64 << 20, 1024
BACKLOG = "128mb"
OUTAGE_S = 3
KEYS = 100_000
COMMANDS_PER_PIPELINE = 128


def partial(settings, results):
    with Group(settings) as group:
        for server in group.servers:
            server.client("CONFIG", "SET", "repl-backlog-size", BACKLOG)
            fill(server, KEYS, VALUE_BYTES)
        next_key = dict.fromkeys(group.servers, KEYS)
        for server in group.turns(settings.rounds):
            with replicas(settings, server, 1) as [replica]:
                replica.client("CONFIG", "SET", "repl-backlog-size", BACKLOG)
                follow(replica, server)
                outage(server, replica, 0)  # a rehearsal
                _, overwritten = outage(server, replica, 0)
                results.add("partial resync, overwrites", server, **overwritten)
                count, added = outage(server, replica, next_key[server])
                results.add("partial resync, new keys", server, **added)
                next_key[server] += count
                if replica.client("DBSIZE") != server.client("DBSIZE"):
                    raise RuntimeError(f"{server.name}: the copy has other keys")


def outage(server, replica, first):
    """One of them; returns the number of SETs and the figures."""
    before_full, before_partial = (server.number("stats", name) for name in ("sync_full", "sync_partial_ok"))
    writer = Client(server.port)
    [_, clients] = server.client("CONFIG", "GET", "maxclients")
    server.client("CONFIG", "SET", "maxclients", 2)  # this one and the writer
    begun, begin = time.perf_counter(), server.number("replication", "master_repl_offset")
    server.client("CLIENT", "KILL", "TYPE", "replica")
    written = write(writer, server, begin, first)
    time.sleep(max(0, begun + OUTAGE_S - time.perf_counter()))
    spent, replica_spent = cpu_seconds(server.pid), cpu_seconds(replica.pid)
    server.client("CONFIG", "SET", "maxclients", clients)
    wait_until(lambda: server.number("stats", "sync_partial_ok") > before_partial, step_s=0.001)
    begun = time.perf_counter()
    if writer("WAIT", 1, 60_000) != 1:
        raise RuntimeError(f"{server.name}: the gap was not acknowledged in a minute")
    seconds = time.perf_counter() - begun
    gap = server.number("replication", "master_repl_offset") - begin
    writer.close()
    if server.number("stats", "sync_full") != before_full:
        raise RuntimeError(f"{server.name}: a full sync and no partial one")
    return written, {"seconds": seconds, "mb_per_s": gap / 1e6 / seconds, "primary_cpu_s": cpu_seconds(server.pid) - spent,
                     "replica_cpu_s": cpu_seconds(replica.pid) - replica_spent}


def write(writer, server, begin, first):
    """SETs until the gap is large enough, to keys from `first` on; returns how many."""
    value, count = os.urandom(VALUE_BYTES // 2).hex().encode(), 0
    while server.number("replication", "master_repl_offset") - begin < GAP_BYTES:
        for _ in range(16):
            keys = range(first + count, first + count + COMMANDS_PER_PIPELINE)
            writer.socket.sendall(b"".join(command(b"SET", b"key:%012d" % key, value) for key in keys))
            missing = COMMANDS_PER_PIPELINE * len(b"+OK\r\n")
            while missing > 0:
                missing -= len(writer.reader.read1(missing))
            count += COMMANDS_PER_PIPELINE
    return count
