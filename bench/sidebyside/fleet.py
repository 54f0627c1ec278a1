"""
What more replicas cost their primary. `fleet`: SETs with three attached, the CPU until the last one has everything. `joins`: full syncs of one, two and three
replicas that share a snapshot. And `syncs`: full syncs of one large collection of each type. Primaries on core 0, everything else on core 1.
"""
import concurrent.futures
import contextlib
import time

from .generated import KINDS, fill_one
from .load import fill, requests
from .measures import Group, follow
from .process import LOAD_CORE, Server, cpu_seconds, wait_until

REPLICAS = 3
DELAY_S = 60  # of a snapshot that waits for more replicas: far longer than it takes to have them all


def fleet(settings, results):
    """SETs in pipelines of 16 with three replicas attached."""
    with Group(settings) as group:
        for server in group.turns(settings.rounds):
            with replicas(settings, server, REPLICAS) as followers:
                for replica in followers:
                    follow(replica, server)
                requests(server, settings.requests[16] // 4, "set", 16)
                caught_up(server, followers)
                count, before = settings.requests[16], cpu_seconds(server.pid)
                sample = requests(server, count, "set", 16)
                took = caught_up(server, followers)
                results.add(f"SET, pipeline 16, {REPLICAS} replicas", server, cpu_us=(cpu_seconds(server.pid) - before) * 1e6 / count, rate=sample["rate"],
                            catch_up_s=took)


def joins(settings, results):
    """Full syncs of one to three replicas by one snapshot. Half of the keys: it is a matter of shares, and the replicas take their time on one core."""
    with Group(settings) as group:
        for server in group.servers:
            fill(server, settings.keys // 2)
            server.client("CONFIG", "SET", "repl-diskless-sync-delay", DELAY_S)
            joined(settings, server, 1)  # the first one meets code that was never run
        for server in group.turns(settings.rounds):
            alone = 0.0
            for count in range(1, REPLICAS + 1):
                seconds, spent = joined(settings, server, count)
                alone = alone or spent
                more = {"more_cpu_pct_each": (spent / alone - 1) * 100 / (count - 1)} if count > 1 else {}
                results.add(f"full sync of {count} by one snapshot", server, seconds=seconds, primary_cpu_s=spent, **more)


def joined(settings, server, count):
    """Seconds until the last one's link is up, and the primary's CPU for it."""
    server.client("CONFIG", "SET", "repl-diskless-sync-max-replicas", count)
    with replicas(settings, server, count) as followers:
        before, begun, snapshots = cpu_seconds(server.pid), time.perf_counter(), server.number("stats", "sync_full")
        for replica in followers:
            replica.client("REPLICAOF", "127.0.0.1", server.port)
        for replica in followers:
            wait_until(lambda replica=replica: replica.client.info("replication").get("master_link_status") == "up", step_s=0.05)
        seconds, spent = time.perf_counter() - begun, cpu_seconds(server.pid) - before
        if (synced := server.number("stats", "sync_full") - snapshots) != count:
            raise RuntimeError(f"{server.name}: {synced} full syncs and not {count}")
        return seconds, spent


def syncs(settings, results):
    """Full syncs of one large collection of each type."""
    count = settings.elements
    for name in settings.kinds:
        kind = KINDS[name]
        with Group(settings) as group:
            fill_one(group.servers, kind, "large", count)
            for server in group.turns(settings.rounds):
                with replicas(settings, server, 1) as [replica]:
                    before, replica_before = cpu_seconds(server.pid), cpu_seconds(replica.pid)
                    seconds = follow(replica, server)
                    results.add(f"full sync, large {name}", server, seconds=seconds, primary_cpu_s=cpu_seconds(server.pid) - before,
                                replica_cpu_s=cpu_seconds(replica.pid) - replica_before)
                    if (found := replica.client(kind.count, "large")) != count:
                        raise RuntimeError(f"{server.name}: {found} of {count} elements in the copy")


@contextlib.contextmanager
def replicas(settings, server, count):
    """So many servers of the same kind on the load's core, at rest, following nobody yet."""
    with contextlib.ExitStack() as stack:
        started = []
        for _ in range(count):
            started.append(Server(f"{server.name}-replica", settings.servers[server.name], LOAD_CORE))
            stack.callback(started[-1].stop)
        with concurrent.futures.ThreadPoolExecutor() as pool:
            list(pool.map(Server.settle, started))
        yield started


def caught_up(server, followers):
    """Seconds until all have applied what the primary has now."""
    offset = server.number("replication", "master_repl_offset")
    return wait_until(lambda: all(replica.number("replication", "slave_repl_offset") >= offset for replica in followers))
