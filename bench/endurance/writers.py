"""Threads that write to the primary, whoever that is, and remember what they were promised."""
import bisect
import math
import random
import re
import socket
import threading
import time

from sidebyside.resp import Client, ServerError, command

from .model import Model, operations

OUTAGE = (OSError, EOFError, ServerError)

# What a client is told while its server loads, changes its role, or has no disk; anything else is an error of the server, or of this program.
TOLD = re.compile("LOADING |READONLY |MASTERDOWN |NOREPLICAS |MISCONF |UNBLOCKED |EXECABORT |ERR WAIT cannot be used with replica instances")


class Lost(Exception):
    """A promise was broken."""


class Gate:
    """Where the primary is. While closed, all who write stand still, and what they stand on is known."""

    def __init__(self):
        self.changed = threading.Condition()
        self.primary = None  # its port
        self.standing = set()
        self.ended = False
        self.broken = None

    def open(self, primary):
        with self.changed:
            self.primary = primary
            self.standing.clear()
            self.changed.notify_all()

    def close(self, threads, hang_up=False):
        """Returns when all of them stand; `hang_up` when the server will not answer them."""
        with self.changed:
            self.primary = None
            for _ in range(300):
                if self.changed.wait_for(lambda: self.broken or self.standing >= set(threads), 0.2):
                    break
                for thread in set(threads) - self.standing if hang_up else ():
                    thread.hang_up()
            else:
                raise TimeoutError(f"{len(set(threads) - self.standing)} writers do not come to a stand")
        if self.broken:
            raise self.broken

    def end(self):
        with self.changed:
            self.ended = True
            self.changed.notify_all()

    def pass_through(self, thread):
        """The port to write to; None at the end."""
        with self.changed:
            while self.primary is None and not self.ended:
                self.standing.add(thread)
                self.changed.notify_all()
                self.changed.wait()
            return None if self.ended else self.primary

    def broke(self, error):
        with self.changed:
            self.broken = self.broken or error
            self.changed.notify_all()


class Writing(threading.Thread):
    """Connects to the primary of the moment, again and again."""

    def __init__(self, gate):
        super().__init__(daemon=True)
        self.gate = gate
        self.client = None
        self.outages = 0

    def hang_up(self):
        try:
            self.client.socket.shutdown(socket.SHUT_RDWR)
        except (OSError, AttributeError):  # it has none at the moment
            pass

    def run(self):
        while (port := self.gate.pass_through(self)) is not None:
            try:
                self.client = Client(port, timeout=30)
                self.session(self.client, lambda port=port: self.gate.primary == port)
            except OUTAGE as error:
                if isinstance(error, ServerError) and not TOLD.match(str(error)):
                    self.gate.broke(Lost(f"a client ({type(self).__name__}) was answered: {error}"))
                    return
                self.outages += 1
                time.sleep(0.02)
            except Exception as error:  # of this program, or a promise
                self.gate.broke(error)
                return
            finally:
                if self.client:
                    self.client.close()
                self.client = None


class Journal:
    """When each number was sent and when it was acknowledged, of one connection after the other, since the last check."""

    def __init__(self):
        self.sent, self.acknowledged = [], []  # (number, when), both in the order of numbers and of time

    def acknowledged_by(self, when):
        """The last number that was acknowledged by then; 0 if none was."""
        at = bisect.bisect_right(self.acknowledged, when, key=lambda entry: entry[1])
        return self.acknowledged[at - 1][0] if at else 0

    def last_sent(self, number):
        """When the last of those up to this number was sent."""
        at = bisect.bisect_right(self.sent, number, key=lambda entry: entry[0])
        return self.sent[at - 1][1] if at else -math.inf

    def first_acknowledged(self, number):
        """When the first of those behind this number was acknowledged."""
        at = bisect.bisect_right(self.acknowledged, number, key=lambda entry: entry[0])
        return self.acknowledged[at][1] if at < len(self.acknowledged) else math.inf


class Writer(Writing):
    """
    Transactions that are numbered in the data themselves, on keys of its own, most of them followed by WAIT. After a change of primary the number there tells how
    far it got, and the model what else must be there.
    """

    def __init__(self, gate, seed, index):
        super().__init__(gate)
        self.seed, self.index = seed, index
        self.database, self.prefix = index % 3, f"writer{index}:"
        self.base = Model()  # what every server had at the last quiet point
        self.sent = self.accepted = 0
        self.journal = Journal()
        self.promises = []  # (number, replicas that acknowledged it, when it was sent), in the order of numbers
        self.promised = 0

    def session(self, client, goes_on):
        if client("ROLE")[0] != b"master":
            raise EOFError("no primary any more")
        client("SELECT", self.database)
        self.sent = self._number(client)
        if self.sent < self.accepted:
            raise Lost(f"writer {self.index}: {self.accepted} were accepted and the same primary has {self.sent}")
        dice = random.Random(f"{self.seed}/{self.index}/{self.sent}/session")
        while goes_on():
            begun = time.monotonic()
            self.sent += 1
            self.journal.sent.append((self.sent, begun))
            self._execute(client, self.sent)
            self.accepted = self.sent
            self.journal.acknowledged.append((self.sent, time.monotonic()))
            if dice.random() < 0.8:
                self._wait(client, dice, begun)
            time.sleep(dice.random() * 0.01)

    def _wait(self, client, dice, begun):
        count = client("WAIT", dice.choice((1, 2, 3)), dice.choice((20, 100, 500)))
        if count:
            self.promises.append((self.sent, count, begun))
            self.promised += 1

    def check(self, client, required, why):
        """Compares a server that no one writes to; `required` tells from a promise whether it must have been kept."""
        kept = max((promise[0] for promise in self.promises if required(*promise)), default=0)
        if why == "nothing may be lost":
            kept = max(kept, self.accepted)
        model = self.find(client, kept, why)
        return model, max(0, self.settle(model))

    def find(self, client, kept, why):
        """How far the data are of a server that no one writes to; they must be those behind one of the transactions, and `kept` at least."""
        client("SELECT", self.database)
        number = self._number(client)
        if not kept <= number <= self.sent:
            raise Lost(f"writer {self.index}: has {number}, must have {kept}, has sent {self.sent} ({why}); promises {self.promises[-5:]}")
        model = self.base.copy()
        model.advance(self.seed, self.index, number)
        if difference := model.difference(client, self.prefix):
            raise Lost(f"writer {self.index} at {number}: {difference}")
        return model

    def settle(self, model):
        """Goes on from there; returns how many of what was accepted are gone."""
        gone, self.sent, self.accepted, self.promises = self.accepted - model.number, model.number, model.number, []
        self.journal = Journal()
        return gone

    def promise(self, count, when):
        """All that is there now was acknowledged by so many."""
        if count:
            self.promises.append((self.accepted, count, when))

    def _number(self, client):
        return int(client("GET", self.prefix + "number") or 0)

    # One at a time: the number of a transaction behind one that was refused would be another's.
    def _execute(self, client, number):
        words = [self._prefixed(words) for words in operations(self.seed, self.index, number)]
        client.socket.sendall(b"".join(command(*one) for one in (("MULTI",), ("INCR", self.prefix + "number"), *words, ("EXEC",))))
        replies, refusal = [], None
        for _ in range(len(words) + 3):
            try:
                replies.append(client.read())
            except ServerError as error:
                refusal = refusal or error
        if refusal:
            raise refusal
        if replies[-1][0] != number:
            raise Lost(f"writer {self.index}: transaction {number} was executed as {replies[-1]}")

    def _prefixed(self, words):
        if words[0] == "MSET":
            return (words[0], *(self.prefix + word if i % 2 == 0 else word for i, word in enumerate(words[1:])))
        if words[0] == "LMOVE":
            return (words[0], self.prefix + words[1], self.prefix + words[2], *words[3:])
        return (words[0], self.prefix + words[1], *words[2:])


class Noise(Writing):
    """Whatever else writes do: random effects, expiries, large values, blocking pops, groups, messages. Nothing of it is promised; copies must be equal."""

    def __init__(self, gate, seed):
        super().__init__(gate)
        self.dice = random.Random(f"{seed}/noise")

    def session(self, client, goes_on):
        client("SELECT", 4)  # it also flushes, and must not where promises are
        while goes_on():
            batch = [words for _ in range(self.dice.randrange(1, 20)) for words in self._draw()]
            client.socket.sendall(b"".join(command(*words) for words in batch))
            for words in batch:
                try:
                    client.read()
                except ServerError as error:
                    if not str(error).startswith(("BUSYGROUP", "ERR no such key", "NOGROUP", "ERR hash value is not a float")):
                        raise
            time.sleep(self.dice.random() * 0.01)

    def _draw(self):
        dice = self.dice
        key, member = f":{dice.randrange(200)}", f"member:{dice.randrange(400)}"
        value = "x" * dice.choice((1, 5, 20, 44, 45, 100, 1000, 20_000))
        return dice.choice((
            [("SELECT", dice.randrange(4, 8))],
            [("SET", "s" + key, value, "PX", dice.randrange(1, 300))],
            [("SET", "s" + key, value), ("GETEX", "s" + key, "EX", 5)],
            [("INCRBYFLOAT", "f" + key, "0.1"), ("HINCRBYFLOAT", "h" + key, member, "0.25")],
            [("SADD", "t" + key, member, dice.randrange(1000)), ("SPOP", "t" + key)],
            [("SPOP", "t" + key, 5), ("SUNIONSTORE", "t:all", "t" + key, "t:1"), ("PEXPIRE", "t:all", 200)],
            [("XADD", "x" + key, "MAXLEN", "~", 100, "*", "field", value[:100]), ("XGROUP", "CREATE", "x" + key, "group", 0),
             ("XREADGROUP", "GROUP", "group", member, "COUNT", 3, "STREAMS", "x" + key, ">"), ("XAUTOCLAIM", "x" + key, "group", "heir", 0, 0)],
            [("RPUSH", "l" + key, value[:50], member), ("LTRIM", "l" + key, -100, -1), ("BLPOP", "l" + key, 1)],
            [("RPUSH", "wanted" + key, member)],
            [("ZADD", "z" + key, dice.random(), member), ("ZPOPMIN", "z" + key), ("ZUNIONSTORE", "z:all", 2, "z" + key, "z:1")],
            [("GEOADD", "g" + key, dice.randrange(170), dice.randrange(80), member)],
            [("PFADD", "p" + key, member, value[:10]), ("PFMERGE", "p:all", "p" + key), ("PFCOUNT", "p:all")],
            [("MULTI",), ("SET", "s" + key, value), ("PEXPIRE", "s" + key, 50), ("INCR", "n" + key), ("PUBLISH", "channel", member), ("EXEC",)],
            [("PUBLISH", "channel", value[:100])],
            [("COPY", "z" + key, "zz" + key, "REPLACE"), ("RENAME", "zz" + key, "z:copy")],
            [("SETBIT", "b" + key, dice.randrange(100_000), 1), ("BITOP", "NOT", "b:not", "b" + key)],
            [("UNLINK", *(kind + key for kind in "sfhtxlzgpnb"))],
            [("SET", "large", "y" * 300_000), ("APPEND", "large", value)] if dice.random() < 0.1 else [("SETRANGE", "large", dice.randrange(1000), value)],
            [("FLUSHDB",)] if dice.random() < 0.02 else [("HSET", "h" + key, member, value[:200], dice.randrange(100), 1)],
        ))


class Waiting(Writing):
    """A client that blocks for elements."""

    def __init__(self, gate, seed):
        super().__init__(gate)
        self.dice = random.Random(f"{seed}/waiting")

    def session(self, client, goes_on):
        client("SELECT", self.dice.randrange(4, 8))
        while goes_on():
            keys = [f"wanted:{self.dice.randrange(200)}" for _ in range(30)]
            if self.dice.random() < 0.5:
                client("BLPOP", *keys, 0.3)
            else:
                client("BLMOVE", keys[0], "l:taken", "LEFT", "RIGHT", 0.1)
                client("LTRIM", "l:taken", -50, -1)


class Pipelining(Writing):
    """Bursts of short requests, more of them than a turn of the loop executes: each must be executed once, and answered."""

    def __init__(self, gate, seed):
        super().__init__(gate)
        self.dice = random.Random(f"{seed}/pipelining")

    def session(self, client, goes_on):
        client("SELECT", 3)  # nobody else writes there
        number = int(client("GET", "n") or 0)
        while goes_on():
            count = self.dice.choice((10, 500, 3000, 10_000))
            requests = self.dice.choice((b"INCR n\r\n", command("INCR", "n"))) * count
            for at in range(0, len(requests), 1400):
                client.socket.sendall(requests[at:at + 1400])
            for number in range(number + 1, number + 1 + count):
                if (reply := client.read()) != number:
                    raise Lost(f"a pipelined INCR was answered {reply}, and should have been {number}")
            time.sleep(self.dice.random() * 0.2)
