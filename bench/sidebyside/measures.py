"""
The measures. Each takes (settings, results) and runs its rounds with the servers taking turns, so that a drift of the machine meets all alike.
Every server is on core 0, the load, the prober and the replicas are on core 1.
"""
import re
import resource
import socket
import subprocess
import threading
import time

from . import machine
from .load import Prober, Subscribers, bystanders, fill, overwrites, requests, summary
from .process import LOAD_CORE, SERVER_CORE, Server, cpu_seconds, proportional_bytes, resident_bytes, wait_until


class Group:
    """All servers under comparison, running at once; within a round they take turns, and the next round turns the order round."""

    def __init__(self, settings):
        self.servers = []
        try:
            for name, command in settings.servers.items():
                self.servers.append(Server(name, command))
        except BaseException:
            self.__exit__()
            raise
        for server in self.servers:
            server.settle()

    def turns(self, rounds):
        for round_number in range(rounds):
            yield from self.servers if round_number % 2 == 0 else reversed(self.servers)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for server in self.servers:
            server.stop()


def start(settings, results):
    """From exec to the first PONG, and what an empty server holds."""
    for _ in range(settings.rounds):
        for name, command in settings.servers.items():
            server = Server(name, command)
            server.settle()
            results.add("start", server, first_pong_ms=server.start_ms, resident_mb=resident_bytes(server.pid) / 1e6)
            server.stop()


def connections(settings, results):
    """What an idle connection holds: as many as asked for, nothing sent but one PING each."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    count = min(settings.connections, hard - 200)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    with Group(settings) as group:
        for server in group.servers:
            before = resident_bytes(server.pid)
            sockets = []
            for _ in range(count):
                sockets.append(socket.create_connection(("127.0.0.1", server.port), timeout=60))
                sockets[-1].sendall(b"PING\r\n")
            for connection in sockets:
                connection.recv(64)
            results.add(f"{count:,} idle connections", server, bytes_each=(resident_bytes(server.pid) - before) / count)
            for connection in sockets:
                connection.close()
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def load(settings, results):
    """SET and GET by 50 clients over a million keys, 64-byte values."""
    with Group(settings) as group:
        for server in group.servers:
            requests(server, settings.requests[16], "set", 16)
            requests(server, settings.requests[16], "get", 16)
        for server in group.turns(settings.rounds):
            for pipeline in (1, 16, 64):
                for test in ("set", "get"):
                    sample = requests(server, settings.requests[pipeline], test, pipeline)
                    results.add(f"{test.upper()}, pipeline {pipeline}", server, cpu_us=sample["cpu_us"], rate=sample["rate"])


def stream(settings, results):
    """The same SETs with one replica attached, and what WAIT adds."""
    with Group(settings) as group:
        for server in group.turns(settings.rounds):
            replica = attach(settings, server)
            try:
                requests(server, settings.requests[16] // 4, "set", 16)
                for pipeline in (1, 16):
                    replicated(settings, results, server, replica, pipeline)
                waited(results, server)
            finally:
                replica.stop()


def replicated(settings, results, server, replica, pipeline):
    count, before = settings.requests[pipeline], cpu_seconds(replica.pid)
    sample = requests(server, count, "set", pipeline)
    offset = server.number("replication", "master_repl_offset")
    behind = max(0, offset - replica.number("replication", "slave_repl_offset"))
    caught_up = wait_until(lambda: replica.number("replication", "slave_repl_offset") >= offset)
    results.add(f"SET, pipeline {pipeline}, one replica", server, cpu_us=sample["cpu_us"], replica_cpu_us=(cpu_seconds(replica.pid) - before) * 1e6 / count,
                rate=sample["rate"], bytes_behind_at_end=behind, catch_up_s=caught_up)


def waited(results, server, count=2000):
    took = []
    for i in range(count):
        begun = time.perf_counter()
        server.client.send("SET", "waited", i)
        server.client.send("WAIT", 1, 1000)
        server.client.read()
        acknowledged = server.client.read()
        took.append((time.perf_counter() - begun) * 1e3)
        if acknowledged != 1:
            raise RuntimeError(f"{server.name}: WAIT 1 1000 returned {acknowledged}")
    took.sort()
    results.add("SET + WAIT 1", server, p50_ms=took[count // 2], p99_ms=took[count * 99 // 100])


def attach(settings, server):
    """A replica of the same kind on the load's core, its link up, and like its primary done with what it does after its start."""
    replica = Server(f"{server.name}-replica", settings.servers[server.name], LOAD_CORE)
    replica.settle()
    follow(replica, server)
    return replica


def big(settings, results):
    """With a large data set: memory per key, BGSAVE, BGSAVE under overwrites, full sync."""
    with Group(settings) as group:
        for server in group.servers:
            before = resident_bytes(server.pid)
            used = server.number("memory", "used_memory")
            fill(server, settings.keys)
            results.add("memory", server, rss_bytes_per_key=(resident_bytes(server.pid) - before) / settings.keys,
                        used_bytes_per_key=(server.number("memory", "used_memory") - used) / settings.keys)
        for server in group.turns(settings.rounds):
            idle = probed(server, ("SET", "", settings.keys), lambda: time.sleep(settings.idle_s))
            results.add("idle", server, p999_ms=idle["p999_ms"], max_ms=idle["max_ms"])
            with bystanders():
                busy = probed(server, ("SET", "", settings.keys), lambda: time.sleep(settings.idle_s))
            results.add("idle, the cores kept busy by others", server, p999_ms=busy["p999_ms"], max_ms=busy["max_ms"])
            saves(settings, results, server, "BGSAVE", ("SET", "", settings.keys), save)
        for server in group.turns(settings.rounds):
            full_sync(settings, results, server, "full sync", ("SET", "", settings.keys))
        for server in group.turns(max(1, settings.rounds // 2)):
            save_under_overwrites(settings, results, server, "BGSAVE", save)


def follow(replica, server):
    """Makes one a replica of the other; returns the seconds until its link is up."""
    replica.client("REPLICAOF", "127.0.0.1", server.port)
    return wait_until(lambda: replica.client.info("replication").get("master_link_status") == "up")


def longest_turn(server):
    """The longest turn of the server's loop since CONFIG RESETSTAT, by its own clock, which a machine that is taken away also moves; nothing from Redis before 7.2."""
    longest = server.client.info("debug").get("eventloop_duration_max")
    return {} if longest is None else {"longest_turn_ms": int(longest) / 1e3}


def session(settings, results):
    """Redouble's session in memory, without sockets, in batches of 16: the ceiling behind io-threads."""
    project = machine.ROOT / "bench" / "Redouble.Session.Bench"
    command = ["taskset", "-c", str(SERVER_CORE), "dotnet", "run", "--configuration", "Release", "--project", str(project)]
    subprocess.run(["dotnet", "build", "--configuration", "Release", "--nologo", "--verbosity", "quiet", str(project)], check=True, stdout=subprocess.DEVNULL)
    output = subprocess.run([*command, "--no-build"], check=True, capture_output=True, text=True).stdout
    for name, rate in re.findall(r"^(set|get) ([\d.]+) million per second", output, re.MULTILINE):
        results.add("session in memory", Named("redouble"), **{f"{name}_millions_per_second": float(rate)})


class Named:
    """A server that is no process of its own."""

    def __init__(self, name):
        self.name = name


def probed(server, writes, action):
    """Latencies of a steady writer while the action runs; `writes` are the kind, key and elements of what it writes to."""
    return summary(latencies(server, writes, action))


def latencies(server, writes, action):
    """As `probed`, but the milliseconds of every write."""
    prober = Prober(server, *writes)
    try:
        action()
    finally:
        sample = prober.stop()
    return sample


def saves(settings, results, server, measure, writes, act):
    """One after the other; `act` returns the seconds that it took."""
    def once():
        machine.settle()
        seconds = []
        sample = latencies(server, writes, lambda: seconds.append(act(server)))
        results.add(measure, server, seconds=seconds[0])
        return seconds[0], sample

    repeated(settings, results, server, measure, once)


def repeated(settings, results, server, measure, once):
    """
    As many, one after the other, as take as long together as the idle figure was looked at: the worst of a longer time is worse by itself. `once` returns the
    seconds that it took, and the milliseconds of each write meanwhile.
    """
    sample, took = [], 0
    server.client("CONFIG", "RESETSTAT")
    while took < settings.idle_s:
        seconds, writer = once()
        sample, took = sample + writer, took + seconds
    stall = summary(sample)
    results.add(measure, server, writer_p999_ms=stall["p999_ms"], writer_max_ms=stall["max_ms"], **longest_turn(server))


def save(server, watch=lambda: None):
    def ended():
        watch()
        return server.client.info("persistence").get("rdb_bgsave_in_progress") == "0"

    begun = time.perf_counter()
    server.client("BGSAVE")
    wait_until(ended)
    if server.client.info("persistence").get("rdb_last_bgsave_status") != "ok":
        raise RuntimeError(f"{server.name}: BGSAVE failed")
    return time.perf_counter() - begun


def full_sync(settings, results, server, measure, writes):
    """One after the other, each to a new replica."""
    repeated(settings, results, server, measure, lambda: one_full_sync(settings, results, server, measure, writes))


def one_full_sync(settings, results, server, measure, writes):
    """The seconds it took, and the milliseconds of each write meanwhile."""
    replica, seconds = Server(f"{server.name}-replica", settings.servers[server.name], LOAD_CORE), []
    try:
        machine.settle()
        primary_before, replica_before = cpu_seconds(server.pid), cpu_seconds(replica.pid)
        sample = latencies(server, writes, lambda: seconds.append(follow(replica, server)))
        results.add(measure, server, seconds=seconds[0], primary_cpu_s=cpu_seconds(server.pid) - primary_before,
                    replica_cpu_s=cpu_seconds(replica.pid) - replica_before)
        wait_until(lambda: server.client("DBSIZE") == replica.client("DBSIZE"))
    finally:
        replica.stop()
    return seconds[0], sample


def save_under_overwrites(settings, results, server, measure, act):
    storm = overwrites(server, settings.keys)
    try:
        time.sleep(2)
        rate_before = rate_over(server, lambda: time.sleep(settings.idle_s))
        base, peak, done = proportional_bytes(server.pid), [0], threading.Event()

        def watch():
            while not done.wait(0.05):
                peak[0] = max(peak[0], proportional_bytes(server.pid))

        watcher = threading.Thread(target=watch)
        watcher.start()
        seconds = []
        rate = rate_over(server, lambda: seconds.append(act(server)))
        done.set()
        watcher.join()
    finally:
        storm.kill()
        storm.wait()
    results.add(f"{measure} under overwrites", server, seconds=seconds[0], extra_memory_pct=max(0, peak[0] - base) * 100 / base, writes_kept_pct=rate * 100 / rate_before,
                rate_before=rate_before, rate_during=rate)


def rate_over(server, action):
    """Commands per second that the server executed while the action ran."""
    before, begun = server.number("stats", "total_commands_processed"), time.perf_counter()
    action()
    return (server.number("stats", "total_commands_processed") - before) / (time.perf_counter() - begun)


def publish(settings, results):
    """PUBLISH of 64 bytes by 50 clients to 1 and to 10 subscribers; the CPU per request is that of all deliveries."""
    channel, message = "news", "m" * 64
    delivered = len(f"*3\r\n$7\r\nmessage\r\n$4\r\n{channel}\r\n$64\r\n{message}\r\n")
    with Group(settings) as group:
        for server in group.servers:
            requests(server, settings.requests[16] // 4, ["PUBLISH", channel, message], 16)
        for server in group.turns(settings.rounds):
            for count in (1, 10):
                for pipeline in (1, 16):
                    listeners, sent = Subscribers(server, channel, count), settings.requests[pipeline] // 4
                    try:
                        sample = requests(server, sent, ["PUBLISH", channel, message], pipeline)
                        wait_until(lambda: listeners.received >= sent * count * delivered, limit_s=30)
                    finally:
                        listeners.stop()
                    results.add(f"PUBLISH to {count}, pipeline {pipeline}", server, cpu_us=sample["cpu_us"], rate=sample["rate"])
