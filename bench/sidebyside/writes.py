"""
What a steady writer sends: endless commands that change a large collection at random places, and leave about as many elements as there were. The collections are
those of `fill`, whose elements have numbers for names, so that a writer in a process of its own knows them.
"""
import itertools
import random

from .generated import exchange, expect
from .resp import bulk, command

NAME = b"$16\r\nelem:%011d\r\n"
PENDING_SHARE = 5  # one in so many entries of a stream is pending, and each of these consumers has some
CONSUMERS = 4


class Target:
    """A kind of large collection: what adds an element, in wire form with its number once or twice, what counts them, and the writes."""

    def __init__(self, add, element, count, writes):
        self.add, self.element, self.count, self.writes = add, element, count, writes


def _hash(key, elements, draw):
    while True:
        yield "HSET", key, b"elem:%011d" % draw(elements), b"%016d" % draw(elements)


def _set(key, elements, draw):
    while True:
        name = b"elem:%011d" % draw(elements)
        yield "SREM", key, name
        yield "SADD", key, name


def _sorted_set(key, elements, draw):
    while True:
        yield "ZADD", key, draw(elements), b"elem:%011d" % draw(elements)


def _list(key, elements, draw):
    for i in itertools.count():
        yield "LSET", key, draw(elements - 10), b"elem:%011d" % i
        yield "RPUSH", key, b"elem:%011d" % i
        yield "LPOP", key
        yield "LSET", key, draw(elements - 10), b"elem:%011d" % i
        yield "LPUSH", key, b"elem:%011d" % i
        yield "RPOP", key


def _stream(key, elements, draw):
    pending = elements // PENDING_SHARE
    while True:
        yield "XADD", key, "*", "field", b"%016d" % draw(elements)
        yield "XDEL", key, b"%d-1" % (1 + pending + draw(elements - pending))
        yield "XACK", key, "group", b"%d-1" % (1 + draw(pending))
        yield "XCLAIM", key, "group", b"consumer:%d" % draw(CONSUMERS), 0, b"%d-1" % (1 + draw(pending)), "JUSTID"
        yield "XREADGROUP", "GROUP", "group", "consumer:0", "COUNT", 1, "STREAMS", key, ">"


def _sets(_, keys, draw):
    while True:
        yield "SET", b"key:%012d" % draw(keys), b"y" * 100


def _sets_and_gets(_, keys, draw):
    while True:
        name = b"key:%012d" % draw(keys)
        yield "SET", name, b"y" * 100
        yield "GET", name


def _bits(key, *_):
    for i in itertools.count():
        yield "SETBIT", key, i * 2654435761 % (1 << 32), 1


TARGETS = {
    "hash": Target("HSET", NAME + NAME, "HLEN", _hash),
    "set": Target("SADD", NAME, "SCARD", _set),
    "sorted set": Target("ZADD", b"$11\r\n%011d\r\n" + NAME, "ZCARD", _sorted_set),
    "list": Target("RPUSH", NAME, "LLEN", _list),
    "stream": Target("XADD", b"$13\r\n%011d-1\r\n" + bulk("field") + NAME, "XLEN", _stream),
}


STRINGS = {"SET": _sets, "SET and GET": _sets_and_gets, "SETBIT": _bits}


def writes(kind, key, elements):
    """Endless commands, the same ones in every run."""
    return (STRINGS.get(kind) or TARGETS[kind].writes)(key, elements, random.Random(1).randrange)


def fill(servers, kind, key, elements, first=0):
    """A collection of so many elements of 16 bytes, or so many more; a stream with a group of pending entries."""
    target = TARGETS[kind]
    per_command = 1 if kind == "stream" else 100
    commands = 1000 // per_command
    once = b"*%d\r\n" % (2 + target.element.count(b"$") * per_command) + bulk(target.add) + bulk(key) + target.element * per_command
    numbers = target.element.count(b"%")
    for at in range(1 + first, 1 + first + elements, 1000):
        each = range(at, at + 1000)
        values = tuple(each) if numbers == 1 else tuple(itertools.chain.from_iterable(zip(each, each)))
        exchange(servers, once * commands % values, commands * (2 if kind == "stream" else 1))
    for server in servers:
        expect(server, f"elements of {key}", server.client(target.count, key), first + elements)
    if kind == "stream" and first == 0:
        _pend(servers, key, elements // PENDING_SHARE)


def _pend(servers, key, count):
    for server in servers:
        server.client("XGROUP", "CREATE", key, "group", b"%d-1" % count)
    for at in range(1, 1 + count, 1000):
        ids = [b"%d-1" % i for i in range(at, at + 1000)]
        words = command("XCLAIM", key, "group", b"consumer:%d" % (at // 1000 % CONSUMERS), 0, *ids, "FORCE", "JUSTID")
        exchange(servers, words, 1 + 2 * len(ids))
    for server in servers:
        expect(server, f"pending entries of {key}", server.client("XPENDING", key, "group")[0], count)
