"""What is done to the fleet, one thing after the other. Each is drawn from the seed; what it leaves behind is for the links to mend."""
import signal
import time

from sidebyside.process import wait_until

from .files import attempt, is_settled
from .node import OUTAGE

NOTHING_LOST = "nothing may be lost"


def persist(act, limit_s=30):
    """Does what a server that loads its data refuses, as soon as it takes it."""
    def done():
        try:
            act()
            return True
        except OUTAGE:
            return False

    wait_until(done, limit_s)


class Faults:
    """`change(act, ...)` closes the gate around what changes the primary, and checks what must have been kept before it opens again."""

    def __init__(self, fleet, dice, change, has_files=False):
        self.fleet, self.dice, self.change, self.has_files = fleet, dice, change, has_files

    def draw(self):
        kinds = {
            self.cut_at_a_byte: 5, self.kill_a_link: 3, self.refuse: 2, self.swallow: 1, self.freeze: 2, self.restart_replica: 3, self.kill_replica: 2,
            self.turn: 3, self.configure: 2, self.restart_primary: 1, self.failover: 3, self.kill_primary: 2, self.depose: 1,
        }
        if self.has_files:
            kinds |= {self.rewrite: 2, self.crash_primary: 3}
        return self.dice.choices(list(kinds), list(kinds.values()))[0]

    def cut_at_a_byte(self):
        self.dice.choice(self.fleet.nodes).proxy.cut_after(self.dice.randrange(1, 200_000))

    def kill_a_link(self):
        node = self.dice.choice(self.fleet.nodes)
        node("CLIENT", "KILL", "TYPE", "master" if node is not self.fleet.primary and self.dice.random() < 0.5 else "replica")

    def refuse(self):
        proxy = self.dice.choice(self.fleet.nodes).proxy
        proxy.refuses = True
        proxy.cut()
        self._pause(0.2, 4)
        proxy.heal()

    def swallow(self):
        proxy = self.dice.choice(self.fleet.nodes).proxy
        proxy.swallows = True
        self._pause(0.2, 2)
        proxy.refuses = True
        proxy.cut()  # what was swallowed is missing: nothing may follow it
        proxy.heal()

    def freeze(self):
        node = self.dice.choice(self.fleet.nodes)
        node.signal(signal.SIGSTOP)
        self._pause(0.1, 3)
        node.signal(signal.SIGCONT)

    def restart_replica(self):
        self._restart(self.dice.choice(self.fleet.replicas), signal.SIGTERM)

    def kill_replica(self):
        self._restart(self.dice.choice(self.fleet.replicas), signal.SIGKILL)

    def turn(self):
        node = self.dice.choice(self.fleet.replicas)
        below = self.fleet.below(node)
        node.stopped_at = time.monotonic()  # whom it turns to may have less than it acknowledged
        node.follow(self.dice.choice([other for other in self.fleet.nodes if other is not node and other not in below]))

    def configure(self):
        node = self.dice.choice(self.fleet.nodes)
        name, value = self.dice.choice((
            ("repl-backlog-size", self.dice.choice(("256kb", "4mb", "16mb"))), ("repl-diskless-sync", self.dice.choice(("yes", "no"))),
            ("repl-diskless-load", self.dice.choice(("disabled", "on-empty-db", "swapdb"))), ("repl-timeout", self.dice.choice((3, 60))),
            ("repl-ping-replica-period", self.dice.choice((1, 2))),
        ))
        node("CONFIG", "SET", name, value)

    def restart_primary(self):
        primary = self.fleet.primary

        def act():
            primary.end(signal.SIGTERM)
            primary.start()
            return NOTHING_LOST

        self.change(act)

    def rewrite(self):
        attempt(self.dice.choice(self.fleet.nodes), "BGREWRITEAOF")

    def crash_primary(self):
        """It is killed, and back with what its files have; bench/kills looks closely at those who may lack something."""
        primary = self.fleet.primary
        info = primary.info("persistence")
        if info["aof_enabled"] != "1" or not is_settled(info) or primary("CONFIG", "GET", "appendfsync")[1] != b"always":
            raise EOFError("its files promise less")

        def act():
            primary.end(signal.SIGKILL)
            primary.start()
            return NOTHING_LOST

        self.change(act)

    def failover(self):
        """FAILOVER, to a certain one or to any; it may give up, which changes nothing."""
        old = self.fleet.primary
        direct = [node for node in self.fleet.replicas if self.fleet.parent(node) is old]
        to = ("TO", "127.0.0.1", self.dice.choice(direct).port) if direct and self.dice.random() < 0.6 else ()

        def act():
            try:
                old("FAILOVER", *to, "TIMEOUT", 3000)
            except OUTAGE:
                return None  # no replica is there
            new = []

            def over():
                info = old.info()
                if info["master_failover_state"] != "no-failover":
                    return False
                if info["role"] == "master":
                    return True
                parent = self.fleet.parent(old)
                if parent.info()["role"] == "master":
                    new.append(parent)
                return bool(new)

            wait_until(over, 20)
            if new:
                self.fleet.primary = new[0]
            return NOTHING_LOST

        self.change(act, while_writing=True)

    def kill_primary(self):
        old = self.fleet.primary

        def act():
            history = self._history(old)
            old.end(signal.SIGKILL)
            return self._promote(old, history)

        def afterwards():
            old.start(self.fleet.primary if self.dice.random() < 0.5 else None)
            persist(lambda: old.follow(self.fleet.primary))

        self.change(act, afterwards)

    def depose(self):
        """The primary does not answer, is taken for dead, and comes back with writes that nobody else has."""
        old = self.fleet.primary

        def act():
            history = self._history(old)
            old.signal(signal.SIGSTOP)
            old.proxy.refuses = True
            old.proxy.cut()
            return self._promote(old, history)

        def afterwards():
            old.signal(signal.SIGCONT)
            old.proxy.heal()
            persist(lambda: old.follow(self.fleet.primary))

        self.change(act, afterwards, is_silent=True)

    def _history(self, primary):
        """Its name, if anyone has it: or there would be nobody to promote."""
        history = primary.info()["master_replid"]
        if not self.fleet.holders(history):
            raise EOFError("nobody is in sync")
        return history

    def _promote(self, old, history):
        """
        Makes a replica the primary: the one that has most, or any that has something. Returns what must have been kept: a write that more replicas acknowledged
        than are restarted since, or have got further than the new primary. Then one at least of those who did has got no further, and the new primary has it.
        """
        places = self.fleet.last_holders(history)
        if not places:
            raise RuntimeError("no replica has this history")
        most = max(places, key=places.get)
        heir = most if self.dice.random() < 0.7 else self.dice.choice(list(places))
        persist(lambda: heir("REPLICAOF", "NO", "ONE"))
        self.fleet.primary = heir
        for node in self.fleet.replicas:
            if node is not old:
                persist(lambda node=node: node.follow(heir))
        others = len(self.fleet.nodes) - 1

        def required(_, count, sent):
            safe = [node for node, place in places.items() if place <= places[heir] and node.stopped_at < sent]
            return heir.stopped_at < sent and count > others - len(safe)

        return required

    def _restart(self, node, number):
        parent = self.fleet.parent(node) or self.fleet.primary
        node.end(number)
        self._pause(0, 1)
        node.start(parent)

    def _pause(self, least, most):
        time.sleep(self.dice.uniform(least, most))
