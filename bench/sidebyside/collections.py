"""What collections hold in memory, and how long it takes to save and to load them: one large one of each type, and many small ones."""
import os
import time

from .generated import KINDS, expect, fill_many, fill_one
from .measures import Group, save
from .process import Server, resident_bytes

LARGE = ("hash", "set", "sorted set", "list", "stream")
SMALL = ("hash", "set", "sorted set", "list")
SMALL_ELEMENTS = 5


def collections(settings, results):
    count = settings.elements
    for name in LARGE:
        data_set(settings, results, f"large {name}", KINDS[name], lambda servers, kind: fill_one(servers, kind, "large", count), [KINDS[name].count, "large"])
    for name in SMALL:
        data_set(settings, results, f"small {name}", KINDS[name], lambda servers, kind: fill_many(servers, kind, count, SMALL_ELEMENTS), ["DBSIZE"])


def data_set(settings, results, measure, kind, fill, counting):
    """One data set, in servers that have held nothing before. Figures of memory are per element of a large collection, and per small collection."""
    count = settings.elements
    with Group(settings) as group:
        for server in group.servers:
            results.declare(measure, "rss_bytes_each", server, server.unknown({kind.add}))
        able = [server for server in group.servers if not server.unknown({kind.add})]
        before = {server: (resident_bytes(server.pid), server.number("memory", "used_memory")) for server in able}
        fill(able, kind)
        for server in able:
            resident, used = before[server]
            results.add(measure, server, rss_bytes_each=(resident_bytes(server.pid) - resident) / count,
                        used_bytes_each=(server.number("memory", "used_memory") - used) / count)
        for server in group.turns(settings.rounds):
            if server in able:
                results.add(measure, server, save_s=save(server))
                results.add(measure, server, load_s=load(server), restart_s=restart(settings, server))
                expect(server, measure, server.client(*counting), count)


def load(server):
    """Reads the file into the emptied server: what compiles and frees is not in the figure."""
    server.flush()
    begun = time.perf_counter()
    server.client("DEBUG", "RELOAD", "NOSAVE")
    return time.perf_counter() - begun


def restart(settings, server):
    """From exec of a new process on the same file to its first PONG, what it takes to start and to compile included."""
    started = Server(server.name, settings.servers[server.name], file=os.path.join(server.folder, "dump.rdb"))
    started.stop()
    return started.start_ms / 1e3
