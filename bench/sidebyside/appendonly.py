"""
With an append-only file: what a SET costs under each fsync policy, BGREWRITEAOF of a large data set with a steady writer beside it, the start from the files (an
RDB as well), and a replica that is killed, misses 64 MB and is started again: from when it has loaded its files to when its link is up.
"""
import contextlib
import functools
import os
import time

from .fragmentation import pipelined
from .load import fill, requests, summary
from .loading import Asking
from .measures import Group, probed, save, save_under_overwrites, saves
from .process import LOAD_CORE, Server, wait_until
from .resp import ServerError, command

ON = " --appendonly yes --appendfsync everysec --auto-aof-rewrite-percentage 0"
GAP_BYTES, VALUE_BYTES, BACKLOG = 64 << 20, 1024, "256mb"
BEHIND_KEYS = 300_000
ALWAYS_SHARE = 10  # of the requests of a pipeline depth: an fsync takes its time


def appendonly(settings, results):
    for measure in (policies, rewrites, behind, starts):
        measure(settings, results)


def with_file(measure):
    @functools.wraps(measure)
    def measured(settings, results):
        plain = settings.servers
        settings.servers = {name: command + ON for name, command in plain.items()}
        try:
            measure(settings, results)
        finally:
            settings.servers = plain

    return measured


@with_file
def policies(settings, results):
    with Group(settings) as group:
        for server in group.servers:
            requests(server, settings.requests[16], "set", 16)
        for server in group.turns(settings.rounds):
            for policy in ("everysec", "always"):
                server.client("CONFIG", "SET", "appendfsync", policy)
                for pipeline in (1, 16):
                    count = settings.requests[pipeline] // (1 if policy == "everysec" else ALWAYS_SHARE)
                    if policy == "always":
                        requests(server, count // 4, "set", pipeline)
                    sample = requests(server, count, "set", pipeline)
                    results.add(f"SET, pipeline {pipeline}, {policy}", server, cpu_us=sample["cpu_us"], rate=sample["rate"])


@with_file
def rewrites(settings, results):
    with Group(settings) as group:
        for server in group.servers:
            fill(server, settings.keys)
            rewritten(server)
        for server in group.turns(settings.rounds):
            idle = probed(server, ("SET", "", settings.keys), lambda: time.sleep(settings.idle_s))
            results.add("idle, everysec", server, p999_ms=idle["p999_ms"], max_ms=idle["max_ms"])
            saves(settings, results, server, "BGREWRITEAOF", ("SET", "", settings.keys), rewritten)
        for server in group.turns(max(1, settings.rounds // 2)):
            save_under_overwrites(settings, results, server, "BGREWRITEAOF", rewritten)


def rewritten(server):
    begun = time.perf_counter()
    server.client("BGREWRITEAOF")

    def ended():
        info = server.client.info("persistence")
        return info["aof_rewrite_in_progress"] == info["aof_rewrite_scheduled"] == "0"

    wait_until(ended)
    if server.client.info("persistence")["aof_last_bgrewrite_status"] != "ok":
        raise RuntimeError(f"{server.name}: BGREWRITEAOF failed")
    return time.perf_counter() - begun


def starts(settings, results):
    """From exec to the first answer that is not -LOADING; and how long a client waits for its answers meanwhile."""
    for name, words in settings.servers.items():
        for measure, extra in (("start from an RDB", ""), ("start from an append-only file", ON)):
            server = Server(name, words + extra)
            try:
                fill(server, settings.keys)
                (rewritten if extra else save)(server)
                for _ in range(settings.rounds):
                    time.sleep(2)  # what is written each second is on the disk
                    server.restart()
                    if server.client("DBSIZE") != settings.keys:
                        raise RuntimeError(f"{name}: not all keys are there")
                    results.add(measure, server, seconds=server.start_ms / 1e3)
                    asked(settings, results, server, f"asked during a {measure}")
            finally:
                server.stop()
    start_from_commands(settings, results)


@with_file
def start_from_commands(settings, results):
    """The same from a file that was never rewritten: a SET for each key, and a transaction of three commands for each ten."""
    for name, words in settings.servers.items():
        server = Server(name, words)
        try:
            fill(server, settings.keys)
            pipelined(server, transactions(settings.keys // 10))
            keys = server.client("DBSIZE")
            for _ in range(settings.rounds):
                time.sleep(2)
                server.restart()
                if server.client("DBSIZE") != keys or server.client("GET", "transactions") != b"%d" % (settings.keys // 10):
                    raise RuntimeError(f"{name}: not all commands are there")
                results.add("start from a file of commands", server, seconds=server.start_ms / 1e3)
        finally:
            server.stop()


def transactions(count):
    for number in range(count):
        yield command(b"MULTI")
        yield command(b"HSET", b"hash:%d" % (number % 10_000), b"field:%d" % number, b"value")
        yield command(b"RPUSH", b"list:%d" % (number % 10_000), b"%d" % number)
        yield command(b"INCR", b"transactions")
        yield command(b"EXEC")


def asked(settings, results, server, measure):
    """As many starts as last as long as the idle figures are looked at."""
    took, starting = [], 0
    while starting < settings.idle_s:
        time.sleep(1)
        server.kill()
        client = Asking(server.port)
        try:
            server.restart(client.wait)
        finally:
            client.stop()
        took, starting = took + client.took, starting + server.start_ms / 1e3
    sample = summary(took)
    results.add(measure, server, **{name: sample[name] for name in ("p50_ms", "p99_ms", "p999_ms", "max_ms", "samples")})


@with_file
def behind(settings, results):
    value = os.urandom(VALUE_BYTES // 2).hex().encode()
    with Group(settings) as group:
        for server in group.servers:
            server.client("CONFIG", "SET", "repl-backlog-size", BACKLOG)
            fill(server, BEHIND_KEYS, VALUE_BYTES)
        for server in group.turns(settings.rounds):
            replica = Server(f"{server.name}-replica", settings.servers[server.name], LOAD_CORE, extra=("--replicaof", "127.0.0.1", str(server.port)))
            try:
                wait_until(lambda: is_up(replica))
                wait_until(lambda: replica.client.info("persistence")["aof_rewrite_in_progress"] == "0")
                time.sleep(2.5)
                full = server.number("stats", "sync_full")
                replica.kill()
                pipelined(server, (command(b"SET", b"key:%012d" % key, value) for key in range(GAP_BYTES // VALUE_BYTES)))
                replica.restart()
                seconds = wait_until(lambda: is_up(replica))
                caught_up = seconds + wait_until(lambda: replica.number("replication", "slave_repl_offset") >= server.number("replication", "master_repl_offset"))
                results.add("killed replica, 64 MB behind", server, link_up_s=seconds, in_step_s=caught_up, load_s=replica.start_ms / 1e3,
                            full_syncs=server.number("stats", "sync_full") - full)
            finally:
                replica.stop()


def is_up(replica):
    with contextlib.suppress(ServerError):
        return replica.client.info("replication").get("master_link_status") == "up"
    return False
