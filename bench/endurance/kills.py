"""The command line of bench/kills, and its course: a primary and a replica with files, killed at random moments, and what they have when they are back."""
import collections
import random
import re
import signal
import time

from sidebyside.resp import Client

from . import course
from .durable import DurableWriter, Sequence
from .files import HELD_BACK_S, Files, attempt, is_settled
from .fleet import Fleet
from .node import OUTAGE
from .writers import Gate, Lost, Noise

OPTIONS = ("--port {port} --dir {dir} --bind 127.0.0.1 --save '' --repl-diskless-sync-delay 0 --repl-backlog-size 64mb --repl-ping-replica-period 10 "
           "--enable-debug-command local --auto-aof-rewrite-min-size 64kb")
POLICIES = ("always", "always", "everysec", "no")
TELLS_EVERY_S = 30


class Kills:
    def __init__(self, arguments, folder):
        self.seed, self.may_sync_fully = arguments.seed, arguments.may_sync_fully
        self.dice = random.Random(self.seed)
        self.gate = Gate()
        self.fleet = Fleet([f"{command} --appendonly yes" for command in arguments.command], folder, parents=(0,))
        self.primary, self.replica = self.fleet.nodes
        self.writers = [*(DurableWriter(self.gate, self.seed, i) for i in range(3)), *(Sequence(self.gate, self.seed, i) for i in range(2))]
        self.threads = [*self.writers, Noise(self.gate, self.seed)]
        self.files = Files("everysec")
        self.done = collections.Counter()
        self.lost_s = 0.0  # the most that was lost from a file written to
        self.begun = time.monotonic()
        self.what = "start"

    def run(self, minutes):
        for thread in self.threads:
            thread.start()
        end, tells_at = self.begun + minutes * 60, self.begun + TELLS_EVERY_S
        self.fleet.wait_until_equal()
        while (now := time.monotonic()) < end:
            self.round()
            if now > tells_at:
                tells_at += TELLS_EVERY_S
                print(f"{(now - self.begun) / 60:5.1f} min  {self.summary()}", flush=True)

    def round(self):
        """Some time of writes and of whatever has to do with files; then a kill, and what is there afterwards."""
        self.gate.open(self.primary.port)
        end = time.monotonic() + self.dice.choice((0.1, 0.5, 1.5, 4)) * self.dice.random()
        while time.monotonic() < end:
            time.sleep(self.dice.uniform(0, 0.2))
            act = self.dice.choice((
                self.rewrite, self.rewrite, self.save, self.background_save, self.turn_off, self.turn_on, self.turn_on, self.configure, self.configure,
                self.turn_replica, self.cut,
            ))
            self.what = act.__name__
            act()
            self.files.look(self.primary)
            self.done[self.what] += 1
            self.fleet.check_alive()
        time.sleep(self.dice.choice((0, 0.03)) * self.dice.random())  # some of them have just begun
        kill = self.dice.choices((self.kill_primary, self.kill_replica, self.kill_both), (5, 3, 2))[0]
        self.what = kill.__name__
        kill()
        self.done[self.what] += 1
        if self.gate.broken:
            raise self.gate.broken

    # What has to do with files. Where one is in progress already, the server refuses another.

    def rewrite(self):
        attempt(self.dice.choice(self.fleet.nodes), "BGREWRITEAOF")

    def save(self):
        self.files.save(self.primary)

    def background_save(self):
        self.files.background_save(self.primary)

    def turn_off(self):
        self.files.turn_off(self.primary)

    def turn_on(self):
        self.files.turn_on(self.primary)

    def turn_replica(self):
        self.replica("CONFIG", "SET", "appendonly", self.dice.choice(("no", "yes", "yes")))

    def configure(self):
        node = self.dice.choice(self.fleet.nodes)
        name, values = self.dice.choice((
            ("aof-use-rdb-preamble", ("yes", "no")), ("auto-aof-rewrite-percentage", (0, 5, 50)), ("no-appendfsync-on-rewrite", ("yes", "no")),
            ("aof-timestamp-enabled", ("yes", "no")), ("appendfsync", POLICIES),
        ))
        value = self.dice.choice(values)
        if name == "appendfsync" and node is self.primary:
            self.files.has_policy(value)
        node("CONFIG", "SET", name, value)

    def cut(self):
        self.primary.proxy.cut_after(self.dice.randrange(1, 50_000))

    # Kills.

    def kill_replica(self):
        was_linked = self.is_linked() and self.is_replica_settled()
        durable, before = self.durable_there(), self.primary.syncs()
        self.kill(self.replica)
        self.restart_replica(durable)
        self.stand_still()
        if was_linked and (given := self.primary.syncs()["sync_full"] - before["sync_full"]):
            self.synced_fully(f"the replica was killed and got {given} full syncs")

    def kill_primary(self):
        was_linked = self.is_linked()
        self.kill(self.primary)
        may_be_ahead = self.restart_primary()
        self.stand_still()
        if was_linked and not may_be_ahead:
            # Not always a partial sync: files begin with the last rewrite, so a replica that was behind that, since the connection was reset with bytes under
            # way, asks for bytes that nobody has any more.
            kind = "full" if self.primary.syncs()["sync_full"] > self.full_before else "partial"
            self.done[f"{kind} sync behind a killed primary"] += 1
            if kind == "full":
                print(f"full sync behind a killed primary: {self.why_full()}", flush=True)
            if self.done["full sync behind a killed primary"] > 2 + self.done["partial sync behind a killed primary"] // 4:
                self.synced_fully("killed primaries give full syncs more often than now and then")

    def why_full(self):
        """What the primary has said of it since its last start."""
        said = []
        for _, text in self.primary.log_lines():
            said = [] if "is starting" in text else [*said, text]
        return "; ".join(text for text in said if re.search("artial resync|will need a full|greater than the master|Full resync", text))

    def kill_both(self):
        durable = self.durable_there()
        for node in self.dice.sample(self.fleet.nodes, 2):
            self.kill(node)
            time.sleep(self.dice.choice((0, 0.2)) * self.dice.random())
        if self.dice.random() < 0.5:
            self.restart_replica(durable)
            self.restart_primary()
        else:
            self.restart_primary(lambda: self.restart_replica(durable))
        self.stand_still()

    def kill(self, node):
        node.end(signal.SIGKILL)

    def is_linked(self):
        return self.replica.info()["master_link_status"] == "up"

    def is_replica_settled(self):
        """Whether its files have what it has."""
        info = self.replica.info("persistence")
        return info["aof_enabled"] == "1" and is_settled(info)

    def durable_there(self):
        """What the replica must have when it comes back without its primary; nothing, where its files may be those from before a full sync."""
        return {writer: writer.on_disk["replica"] for writer in self.writers} if self.is_replica_settled() else None

    def restart_replica(self, durable):
        """Looks at it before it is linked; what it has is the beginning of what was sent, too."""
        self.replica.options = ["--appendfsync", self.dice.choice(POLICIES), *self.options()]
        self.primary.proxy.refuses = True
        self.primary.proxy.cut()
        self.start(self.replica, self.primary)
        if durable:
            client, places = Client(self.replica.port, timeout=60), {}
            for writer in self.writers:
                if writer.number(client) >= writer.settled:  # else it is the end of what was in its file before the last check that is missing
                    places[writer] = writer.number_of(writer.find(client, durable[writer], "on the replica's disk"))
            client.close()
            self.check_order(places)
            self.done["look at the replica"] += 1
        self.primary.proxy.heal()

    def restart_primary(self, meanwhile=lambda: None):
        """Starts it on one of its kinds of files, and checks what is there; returns whether the replica may have more."""
        self.gate.close(self.threads)
        killed_at = self.primary.stopped_at
        from_rdb = self.files.append_only is None or self.files.rdb is not None and self.dice.random() < 0.3
        policy = self.dice.choice(POLICIES)
        self.primary.options = ["--appendonly", "no" if from_rdb else "yes", "--appendfsync", policy, *self.options()]
        self.done["start from RDB" if from_rdb else "start from append-only files"] += 1
        may_be_ahead = from_rdb or not self.files.is_live or self.files.holds_back
        self.full_before = self.primary.counted["sync_full"]
        self.start(self.primary)
        meanwhile()
        client, found = Client(self.primary.port, timeout=60), {}
        for writer in self.writers:
            required = max(self.files.required(writer, from_rdb, killed_at), writer.settled)
            found[writer] = writer.find(client, required, f"killed, started from {'RDB' if from_rdb else 'append-only files'}; {self.files}")
        client.close()
        places = {writer: writer.number_of(state) for writer, state in found.items()}
        self.check_order(places)
        if not from_rdb and self.files.is_live:
            self.lost_s = max([self.lost_s, *(killed_at - writer.journal.first_acknowledged(place) for writer, place in places.items())])
        for writer, state in found.items():
            writer.settle(state)
        self.files.started(from_rdb, policy)
        if from_rdb and self.dice.random() < 0.7:
            self.files.turn_on(self.primary)
        return may_be_ahead

    def options(self):
        return ["--aof-use-rdb-preamble", self.dice.choice(("yes", "no")), "--auto-aof-rewrite-percentage", self.dice.choice(("0", "5", "50")),
                "--aof-timestamp-enabled", self.dice.choice(("yes", "no"))]

    def start(self, node, parent=None):
        while self.dice.random() < 0.15:
            node.launch(parent)
            time.sleep(self.dice.uniform(0, 0.3))
            node.kill()
            self.done["kill at the start"] += 1
        node.start(parent)

    def check_order(self, places):
        """What is there is the beginning of what was sent, over all connections: nothing that was sent when something was acknowledged that is missing."""
        kept, kept_at = max(((writer, writer.journal.last_sent(place)) for writer, place in places.items()), key=lambda one: one[1], default=(None, 0))
        lost, lost_at = min(((writer, writer.journal.first_acknowledged(place)) for writer, place in places.items()), key=lambda one: one[1], default=(None, 0))
        if kept_at > lost_at:
            raise Lost(f"{lost} lost what was acknowledged {kept_at - lost_at:.3f} s before {kept} sent what is there; places {places}")

    def stand_still(self):
        """All that the primary has is in the replica, and everything that was accepted since the last check is there."""
        self.gate.close(self.threads)
        self.fleet.wait_until_equal()
        for node in self.fleet.nodes:
            client = Client(node.port, timeout=60)
            for writer in self.writers:
                writer.find(client, writer.accepted, f"at rest, {node}")
            client.close()

    def synced_fully(self, what):
        self.done["full sync where a partial one was due"] += 1
        if not self.may_sync_fully:
            raise Lost(what)

    def summary(self):
        kills = sum(count for name, count in self.done.items() if name.startswith("kill"))
        return f"{kills} kills  {sum(writer.sent for writer in self.writers):,} numbers  {self.lost_s:.2f} s lost at most"

    def verdict(self):
        return f"passed: {self.summary()}"

    def report(self, failed):
        print("\ndone: " + ", ".join(f"{name} {count}" for name, count in sorted(self.done.items())))
        print(f"writers were without a server {sum(thread.outages for thread in self.threads)} times; promises of WAITAOF: "
              f"{sum(getattr(writer, 'promised', 0) for writer in self.writers)}")
        for node in self.fleet.nodes:
            try:
                syncs = node.syncs()
            except OUTAGE:
                syncs = node.counted
            print(f"{node}: {node.starts} starts, {syncs['sync_full']} full and {syncs['sync_partial_ok']} partial syncs given")
            if failed:
                print(f"--- {node}, the end of its log:", *[f"{level} {text}" for level, text in node.log_lines()][-40:], sep="\n  ")


def main():
    parser = course.parser("kills", "Kills a primary and a replica with append-only files at random moments of writes, rewrites and saves. What was "
                           f"acknowledged must be there, but for the last {HELD_BACK_S} seconds unless appendfsync is always; what is there must be the "
                           "beginning of what was sent; both go on by partial resync, and are equal.", minutes=10)
    parser.add_argument("--may-sync-fully", action="store_true", help="count full syncs where a partial one is due, as Redis gives them, and go on")
    arguments = parser.parse_args()
    arguments.command = course.commands(arguments, OPTIONS)
    print(f"seed: {arguments.seed}", flush=True)
    return course.play("kills", arguments, Kills)
