"""The command line of bench/soak, and its course."""
import collections
import random
import re
import time

from sidebyside import machine
from sidebyside.resp import Client

from . import course
from .faults import NOTHING_LOST, Faults
from .fleet import Fleet
from .node import OUTAGE
from .writers import Gate, Noise, Pipelining, Waiting, Writer

OPTIONS = "--port {port} --dir {dir} --bind 127.0.0.1 --save '3600 1000000000' --repl-diskless-sync-delay 0 --repl-backlog-size 4mb --repl-ping-replica-period 1 --enable-debug-command local"
NUMBERS = re.compile(r"\b[0-9a-f]{40}\b|\d+")


class Soak:
    def __init__(self, arguments, folder):
        self.seed = arguments.seed
        self.dice = random.Random(self.seed)
        self.gate = Gate()
        self.fleet = Fleet(arguments.command, folder)
        self.writers = [Writer(self.gate, self.seed, i) for i in range(arguments.writers)]
        self.threads = [*self.writers, Noise(self.gate, self.seed), Waiting(self.gate, self.seed), Pipelining(self.gate, self.seed)]
        self.faults = Faults(self.fleet, self.dice, self.change, has_files=bool(arguments.appendonly))
        self.done = collections.Counter()
        self.checks = self.unpromised = 0
        self.begun = time.monotonic()
        self.quiet_every_s = arguments.quiet
        self.what = "start"

    def run(self, minutes):
        for thread in self.threads:
            thread.start()
        self.gate.open(self.fleet.primary.port)
        end = self.begun + minutes * 60
        while (now := time.monotonic()) < end:
            next_quiet = min(end, now + self.quiet_every_s)
            while time.monotonic() < next_quiet:
                time.sleep(self.dice.uniform(0.2, 3))
                self.fault()
            self.quiet()

    def fault(self):
        act = self.faults.draw()
        self.what = act.__name__
        try:
            act()
        except TimeoutError:
            raise
        except OUTAGE:
            self.what += " (not possible)"  # its server is loading, or has no primary at the moment
        self.done[self.what] += 1
        self.fleet.check_alive()
        if self.gate.broken:
            raise self.gate.broken

    def change(self, act, afterwards=None, while_writing=False, is_silent=False):
        """Changes the primary. `act` returns which promises bind the one there is then, or None when nothing came of it."""
        self.fleet.thaw()
        if not while_writing:
            time.sleep(self.dice.uniform(0, 0.3))
        required = act()
        if required is None:
            return
        try:
            self.gate.close(self.threads, hang_up=is_silent)
            self.check(required)
            if afterwards:
                afterwards()
            self.promise()
        except OUTAGE as error:
            raise RuntimeError(f"{self.fleet.primary} is to be the primary: {error}") from error
        self.gate.open(self.fleet.primary.port)

    def check(self, required):
        why = required if required == NOTHING_LOST else "acknowledged"
        client = Client(self.fleet.primary.port, timeout=60)
        models = []
        for writer in self.writers:
            model, gone = writer.check(client, required if callable(required) else lambda *_: True, why)
            models.append(model)
            self.unpromised += gone
            self.checks += 1
        client.close()
        return models

    def promise(self):
        """All that the new primary has was written before the gate opens again, and some replicas may have all of it already."""
        begun = time.monotonic()
        client = Client(self.fleet.primary.port, timeout=60)
        client("SET", "promise", self.seed)
        count = client("WAIT", 3, self.dice.choice((50, 500)))
        client.close()
        for writer in self.writers:
            writer.promise(count, begun)

    def quiet(self):
        """Everything stands still and is compared; then it is as if the fleet had just been started with these data."""
        self.what = "quiet point"
        self.gate.close(self.threads)
        self.fleet.thaw()
        self.fleet.heal()
        self.check(NOTHING_LOST)
        took = self.fleet.wait_until_equal()
        for writer, model in zip(self.writers, self.check(NOTHING_LOST)):
            writer.base = model
            writer.promise(len(self.fleet.replicas), time.monotonic())
        fds, rss = self.fleet.measure()
        syncs = sum((node.syncs() for node in self.fleet.nodes), collections.Counter())
        keys = sum(int(value.split(",")[0][5:]) for value in self.fleet.primary.info("keyspace").values())
        print(f"{(time.monotonic() - self.begun) / 60:5.1f} min  {self.done.total()} faults  {sum(writer.sent for writer in self.writers):,} transactions  "
              f"{sum(writer.promised for writer in self.writers):,} promises  {syncs['sync_full']} full  {syncs['sync_partial_ok']} partial syncs  "
              f"equal after {took:.1f} s  {keys:,} keys  at most {rss >> 20} MB  {fds} descriptors", flush=True)
        self.gate.open(self.fleet.primary.port)

    def verdict(self):
        return "passed"

    def report(self, failed):
        print("\nfaults: " + ", ".join(f"{name} {count}" for name, count in sorted(self.done.items())))
        print(f"checks of a writer's data after a change: {self.checks:,}; transactions that were accepted, not promised, and are gone: {self.unpromised:,}")
        for node in self.fleet.nodes:
            try:
                syncs = node.syncs()
            except OUTAGE:
                syncs = node.counted
            print(f"{node}: {node.starts} starts, {syncs['sync_full']} full and {syncs['sync_partial_ok']} partial syncs given, {syncs['sync_partial_err']} partial "
                  f"ones refused; at most {node.rss_max >> 20} MB and {node.fds_max} descriptors at rest")
        if failed:
            for node in self.fleet.nodes:
                print(f"--- {node}, the end of its log:", *[f"{level} {text}" for level, text in node.log_lines()][-15:], sep="\n  ")
        lines = collections.Counter((level, NUMBERS.sub("N", text)) for node in self.fleet.nodes for level, text in node.log_lines() if level in "#?" and text)
        print("warnings in the logs, numbers left out:")
        for (level, text), count in lines.most_common(40):
            print(f"  {count:6} {level} {text[:180]}")


def main():
    parser = course.parser("soak", "Writes to a fleet of four Redoubles with a cut, a restart or a failover every few seconds. What WAIT promised must be there, no "
                           "transaction may be half there, and all copies must become equal.", minutes=60)
    parser.add_argument("--writers", type=int, default=5)
    parser.add_argument("--quiet", type=float, default=40, help="seconds between two points at which everything is compared")
    parser.add_argument("--appendonly", metavar="POLICIES", help="append-only files, with these values of appendfsync in turn: always,everysec")
    arguments = parser.parse_args()
    arguments.command = course.commands(arguments, OPTIONS)
    if arguments.appendonly:
        policies = arguments.appendonly.split(",")
        arguments.command = [f"{arguments.command[i % len(arguments.command)]} --appendonly yes --appendfsync {policies[i % len(policies)]}"
                             " --auto-aof-rewrite-percentage 20 --auto-aof-rewrite-min-size 256kb" for i in range(4)]
    if not (version := machine.redouble_version()):
        return 1
    for name, value in machine.facts(version).items():
        print(f"{name}: {value}")
    print(f"seed: {arguments.seed}\n", flush=True)
    return course.play("soak", arguments, Soak)
