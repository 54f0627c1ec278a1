"""Writers whose data tell how far the files of a server got: what was acknowledged first must be there first."""
import random
import time

from sidebyside.resp import ServerError, command

from .writers import Journal, Lost, Writer, Writing

BUCKET = 2000  # steps whose elements share a list; a multiple of the five kinds of steps
KINDS = 5


class DurableWriter(Writer):
    """Asks what is on the disk: WAITAOF of the primary's own file, or of the replica's."""

    def __init__(self, gate, seed, index):
        super().__init__(gate, seed, index)
        self.on_disk = {"primary": 0, "replica": 0}

    @property
    def settled(self):
        return self.base.number

    number_of = staticmethod(lambda model: model.number)

    def number(self, client):
        client("SELECT", self.database)
        return self._number(client)

    def _wait(self, client, dice, begun):
        whose, counts = dice.choice((("primary", (1, 0)), ("replica", (0, 1))))
        try:
            reached = client("WAITAOF", *counts, dice.choice((20, 100, 1500)))
        except ServerError as error:
            if not str(error).startswith(("ERR WAITAOF cannot be used when numlocal is set but appendonly is disabled", "ERR unknown command")):
                raise
            return
        if reached[whose == "replica"] > 0:
            self.on_disk[whose] = self.sent
            self.promised += 1

    def settle(self, model):
        self.base = model
        self.on_disk = dict.fromkeys(self.on_disk, 0)
        return super().settle(model)


class Sequence(Writing):
    """
    Pipelines of numbered steps over four databases, whose data follow from the number of the last one: plain commands and transactions, one of which is in two
    databases. A step that is there without the one before it, or half of one, is found.

        step 5k      database 0   INCR count                          5k + 3   database 3   HINCRBY hash field:(step mod 7) 1
        step 5k + 1  database 1   RPUSH list:(step / 2000) step       5k + 4   database 0   SET last step; once in 2000 with UNLINK of a list in database 1
        step 5k + 2  databases 2, 3   MULTI, INCR count, RPUSH list:(step / 2000) step, SELECT 3, INCR count, EXEC
    """

    def __init__(self, gate, seed, index):
        super().__init__(gate)
        self.seed, self.index, self.prefix = seed, index, f"sequence{index}:"
        self.sent = self.accepted = self.settled = 0
        self.journal = Journal()
        self.on_disk = {"primary": 0, "replica": 0}

    number_of = staticmethod(int)

    def number(self, client):
        """The number of the last step that left something."""
        counts = self._counts(client)
        number = max(5 * counts["count"], 5 * counts["count 2"] - 3, 5 * counts["hash"] - 2, counts["last"], 5 * counts["count 3"] - 3)
        client("SELECT", 1)
        return max([number, *(int(step) for bucket in (number // BUCKET, number // BUCKET + 1)
                              for step in client("LRANGE", f"{self.prefix}list:{bucket}", -1, -1))])

    def session(self, client, goes_on):
        self.sent = self.find(client, self.accepted, "the same primary")
        dice = random.Random(f"{self.seed}/{self.index}/{self.sent}/sequence")
        while goes_on():
            steps = range(self.sent + 1, self.sent + 1 + dice.choice((1, 1, 3, 10, 50)))
            words = [self._step(step) for step in steps]
            self.sent, begun = steps[-1], time.monotonic()
            self.journal.sent += [(step, begun) for step in steps]
            client.socket.sendall(b"".join(command(*one) for group in words for one in group))
            for step, group in zip(steps, words):
                self._read(client, step, len(group))
            time.sleep(dice.random() * 0.01)

    def _read(self, client, step, count):
        for _ in range(count):
            try:
                client.read()
            except ServerError as error:
                raise RuntimeError(f"sequence {self.index}: step {step} was refused: {error}") from error  # those behind it were not
        self.accepted = step
        self.journal.acknowledged.append((step, time.monotonic()))

    def _step(self, step):
        kind, bucket = step % KINDS, step // BUCKET
        if kind == 0:
            return self._in(0, ("INCR", "count"))
        if kind == 1:
            return self._in(1, ("RPUSH", f"list:{bucket}", step))
        if kind == 2:
            old = [("UNLINK", f"list:{bucket - 2}")] if step % BUCKET == kind else []
            return self._in(2, ("MULTI",), ("INCR", "count"), ("RPUSH", f"list:{bucket}", step), *old, ("SELECT", 3), ("INCR", "count"), ("EXEC",))
        if kind == 3:
            return self._in(3, ("HINCRBY", "hash", f"field:{step % 7}", 1))
        if step % BUCKET == kind:
            return self._in(0, ("MULTI",), ("SET", "last", step), ("SELECT", 1), ("UNLINK", f"list:{bucket - 2}"), ("EXEC",))
        return self._in(0, ("SET", "last", step))

    def _in(self, database, *commands):
        return [("SELECT", database), *((name, *words) if name in ("MULTI", "SELECT", "EXEC") else (name, self.prefix + words[0], *words[1:])
                                        for name, *words in commands)]

    def find(self, client, kept, why):
        """The number of the last step in the data of a server that no one writes to; they must be those behind that step."""
        counts, number = self._counts(client), self.number(client)
        if not kept <= number <= self.sent:
            raise Lost(f"sequence {self.index}: has {number}, must have {kept}, has sent {self.sent} ({why})")
        wanted = {"count": _passed(number, 0), "count 2": _passed(number, 2), "count 3": _passed(number, 2), "hash": _passed(number, 3),
                  "last": max(number - (number - 4) % KINDS, 0)}
        if counts != wanted:
            raise Lost(f"sequence {self.index}: these are not the data behind a step: {counts}, while step {number} is there, which needs {wanted}")
        for database, kind, gone_at in ((1, 1, 4), (2, 2, 2)):
            client("SELECT", database)
            for bucket in range(max(0, number // BUCKET - 2), number // BUCKET + 2):
                is_gone = number >= (bucket + 2) * BUCKET + gone_at
                steps = [] if is_gone else list(range(bucket * BUCKET + kind, min(number + 1, (bucket + 1) * BUCKET), KINDS))
                if (found := [int(step) for step in client("LRANGE", f"{self.prefix}list:{bucket}", 0, -1)]) != steps:
                    raise Lost(f"sequence {self.index} at {number}, list {bucket} in database {database}: {str(found)[-300:]} instead of {str(steps)[-300:]}")
        return number

    def settle(self, number):
        gone, self.journal = self.accepted - number, Journal()
        self.sent = self.accepted = self.settled = number
        return gone

    def _counts(self, client):
        found = {}
        for name, database, words in (("count", 0, ("GET", "count")), ("last", 0, ("GET", "last")), ("count 2", 2, ("GET", "count")),
                                      ("count 3", 3, ("GET", "count")), ("hash", 3, ("HVALS", "hash"))):
            client("SELECT", database)
            value = client(words[0], self.prefix + words[1])
            found[name] = sum(map(int, value)) if isinstance(value, list) else int(value or 0)
        return found


def _passed(number, kind):
    """How many steps of a kind there are up to this one, counted from 1."""
    return (number - kind) // KINDS + (kind > 0)
