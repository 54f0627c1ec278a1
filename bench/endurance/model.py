"""What a writer does, and what the data must be after it: both follow from the seed, the writer's number and the number of the transaction."""
import collections
import copy
import random

CAPACITY = 200  # elements of each collection


def operations(seed, writer, number):
    """The commands of one transaction, without the counter that numbers it."""
    dice = random.Random(f"{seed}/{writer}/{number}")
    return [_operation(dice, number) for _ in range(dice.choice((1, 1, 1, 2, 3, 6)))]


def _operation(dice, number):
    value = dice.choice(("", "x", str(number), "value:%d " % number * dice.randrange(1, 12)))
    some, field, score = dice.randrange(CAPACITY), f"field:{dice.randrange(CAPACITY)}", dice.randrange(-1000, 1000)
    return dice.choice((
        ("SET", "string", value), ("APPEND", "string", value[:20]), ("SETRANGE", "range", some, value), ("INCRBY", "counter", score),
        ("SETBIT", "bits", some * 8, number & 1), ("MSET", "string", value, "other", value),
        ("RPUSH", "list", value), ("LPUSH", "list", value, number), ("LPOP", "list"), ("LTRIM", "list", -CAPACITY, -1), ("LMOVE", "list", "list", "LEFT", "RIGHT"),
        ("SADD", "set", field, number % 300), ("SREM", "set", field),
        ("HSET", "hash", field, value), ("HDEL", "hash", field), ("HINCRBY", "numbers", field, score),
        ("ZADD", "sorted", score, field), ("ZINCRBY", "sorted", score, field), ("ZREM", "sorted", field), ("ZREMRANGEBYRANK", "sorted", 0, 0),
        ("XADD", "stream", "MAXLEN", CAPACITY, f"{number}-*", "f", value), ("XTRIM", "stream", "MAXLEN", CAPACITY // 2),
        ("DEL", dice.choice(("string", "list", "set", "hash", "sorted", "range"))),
    ))


class Model:
    """The data of one writer."""

    def __init__(self):
        self.number = 0
        self.strings = collections.defaultdict(bytes)
        self.list = []
        self.set = set()
        self.hashes = {"hash": {}, "numbers": {}}
        self.sorted = {}
        self.stream = []

    def copy(self):
        return copy.deepcopy(self)

    def advance(self, seed, writer, number):
        """Does what transactions up to this one do."""
        for next_number in range(self.number + 1, number + 1):
            for words in operations(seed, writer, next_number):
                getattr(self, "_" + words[0].lower())(*words[1:])
        self.number = max(self.number, number)

    def difference(self, ask, prefix):
        """Where a server's data differ from these; empty when nowhere."""
        strings = {key: ask("GET", prefix + key) or b"" for key in ("string", "other", "range", "counter", "bits")}
        pairs = ask("ZRANGE", prefix + "sorted", 0, -1, "WITHSCORES")
        found = {
            "strings": (strings, {key: self.strings[key] for key in strings}),
            "list": (ask("LRANGE", prefix + "list", 0, -1), self.list),
            "set": (set(ask("SMEMBERS", prefix + "set")), self.set),
            "sorted": ({member: int(float(score)) for member, score in zip(pairs[::2], pairs[1::2])}, self.sorted),
            "stream": ([fields[1] for _, fields in ask("XRANGE", prefix + "stream", "-", "+")], self.stream),
        }
        for name, fields in self.hashes.items():
            pairs = ask("HGETALL", prefix + name)
            found[name] = (dict(zip(pairs[::2], pairs[1::2])), fields)
        return "; ".join(f"{name} is {str(actual)[:300]} instead of {str(wanted)[:300]}" for name, (actual, wanted) in found.items() if actual != wanted)

    def _set(self, key, value):
        self.strings[key] = _bytes(value)

    def _append(self, key, value):
        self.strings[key] += _bytes(value)

    def _setrange(self, key, start, value):
        if value:
            old = self.strings[key].ljust(start, b"\0")
            self.strings[key] = old[:start] + _bytes(value) + old[start + len(value):]

    def _incrby(self, key, by):
        self.strings[key] = _bytes(int(self.strings[key] or 0) + by)

    def _setbit(self, key, bit, value):
        old = bytearray(self.strings[key].ljust(bit // 8 + 1, b"\0"))
        old[bit // 8] = old[bit // 8] & 0x7F | value << 7
        self.strings[key] = bytes(old)

    def _mset(self, *words):
        for key, value in zip(words[::2], words[1::2]):
            self._set(key, value)

    def _rpush(self, _, *values):
        self.list += map(_bytes, values)

    def _lpush(self, _, *values):
        for value in values:
            self.list.insert(0, _bytes(value))

    def _lpop(self, _):
        self.list = self.list[1:]

    def _ltrim(self, _, start, __):
        self.list = self.list[start:]

    def _lmove(self, *_):
        self.list = self.list[1:] + self.list[:1]

    def _sadd(self, _, *members):
        self.set |= set(map(_bytes, members))

    def _srem(self, _, member):
        self.set.discard(_bytes(member))

    def _hset(self, key, field, value):
        self.hashes[key][_bytes(field)] = _bytes(value)

    def _hdel(self, key, field):
        self.hashes[key].pop(_bytes(field), None)

    def _hincrby(self, key, field, by):
        self._hset(key, field, int(self.hashes[key].get(_bytes(field), 0)) + by)

    def _zadd(self, _, score, member):
        self.sorted[_bytes(member)] = score

    def _zincrby(self, _, by, member):
        self.sorted[_bytes(member)] = self.sorted.get(_bytes(member), 0) + by

    def _zrem(self, _, member):
        self.sorted.pop(_bytes(member), None)

    def _zremrangebyrank(self, *_):
        if self.sorted:
            del self.sorted[min(self.sorted, key=lambda member: (self.sorted[member], member))]

    def _xadd(self, _, __, most, ___, ____, value):
        self.stream = (self.stream + [_bytes(value)])[-most:]

    def _xtrim(self, _, __, most):
        self.stream = self.stream[-most:]

    def _del(self, key):
        if key in ("string", "range"):
            self.strings[key] = b""
        elif key == "list":
            self.list = []
        elif key == "set":
            self.set = set()
        elif key == "sorted":
            self.sorted = {}
        else:
            self.hashes[key] = {}


def _bytes(value):
    return str(value).encode()
