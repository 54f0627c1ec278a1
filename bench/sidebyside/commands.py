"""
The server's CPU per request for commands on collections: `types`, the everyday ones, and `queries`, which search or combine large collections. Both run by 50
clients with a pipeline of 16, except for those that take milliseconds each. The words of `types` are those of redis-benchmark's own tests; a pop always finds
something to pop, as it does not in those.
"""
from .generated import KINDS, fill_one
from .load import requests
from .measures import Group

VALUE = "x" * 64
MANY = 400_000
MILLION = 1_000_000


class Case:
    """A command to measure. `needs` are the collections that it reads or takes from: (kind, key, elements, number of the first element)."""

    def __init__(self, name, words, count=MANY, needs=(), keyspace=100_000, one_at_a_time=False):
        self.name, self.words, self.count, self.needs, self.keyspace = name, words.split(), count, needs, keyspace
        self.clients, self.pipeline = (1, 1) if one_at_a_time else (50, 16)

    def commands(self):
        return {self.words[0], *(KINDS[kind].add for kind, *_ in self.needs)}

    def run(self, server, count):
        """The first reply is looked at: the load program counts errors as replies."""
        server.client(*(word.replace("__rand_int__", "0" * 12) for word in self.words))
        return requests(server, count, self.words, self.pipeline, keyspace=self.keyspace, clients=self.clients)


TYPES = (
    Case("INCR", "INCR counter:__rand_int__"),
    Case("LPUSH", f"LPUSH mylist {VALUE}"),
    Case("RPUSH", f"RPUSH mylist {VALUE}"),
    Case("LRANGE of 100", "LRANGE mylist 0 99", count=MANY // 4),
    Case("LPOP", "LPOP mylist"),
    Case("SADD", "SADD myset element:__rand_int__"),
    Case("SPOP", "SPOP popped:set", needs=[("set", "popped:set", MANY + 100, 0)]),
    Case("HSET", f"HSET myhash element:__rand_int__ {VALUE}"),
    Case("ZADD", "ZADD myzset __rand_int__ element:__rand_int__"),
    Case("ZPOPMIN", "ZPOPMIN popped:zset", needs=[("sorted set", "popped:zset", MANY + 100, 0)]),
    Case("XADD", f"XADD mystream * myfield {VALUE}"),
    Case("MSET of 10", "MSET" + f" key:__rand_int__ {VALUE}" * 10),
)

RANKING, LIST, NUMBERS = ("ranking", "ranking", MILLION, 0), ("list", "list", MILLION, 0), ("numbers", "numbers", 100_000, 0)
TWO_SETS = [("set", "one", 100_000, 0), ("set", "other", 100_000, 50_000)]
QUERIES = (
    Case("ZRANK, 1M members", "ZRANK ranking mem:__rand_int__", count=300_000, needs=[RANKING], keyspace=MILLION),
    Case("ZRANGE of 100 amid 1M", "ZRANGE ranking 500000 500099", count=50_000, needs=[RANKING]),
    Case("LINDEX amid 1M", "LINDEX list 500000", count=100_000, needs=[LIST]),
    Case("SINTER of two 100k", "SINTER one other", count=20, needs=TWO_SETS, one_at_a_time=True),
    Case("SUNIONSTORE of two 100k", "SUNIONSTORE union one other", count=12, needs=TWO_SETS, one_at_a_time=True),
    Case("SORT of 100k", "SORT numbers", count=12, needs=[NUMBERS], one_at_a_time=True),
)


def types(settings, results):
    """Each turn begins with an empty server, so that what the pushes of one round leave does not grow the next."""
    rounds(settings, results, TYPES, clean=True)
    results.summarise("types", [(case.name, "cpu_us") for case in TYPES])


def queries(settings, results):
    """The collections are made once; no query changes them."""
    rounds(settings, results, QUERIES, clean=False)


def rounds(settings, results, cases, clean):
    with Group(settings) as group:
        made = {server: set() for server in group.servers}
        for case in cases:
            for server in group.servers:
                results.declare(case.name, "cpu_us", server, server.unknown(case.commands()))
        # Until the runtime has compiled what is hot, twice: as instrumented code, then as optimized code. A quick run needs as much of it.
        for server in group.servers:
            turn(server, cases, made[server], lambda case: max(40, case.count), lambda *_: None, clean)
        for server in group.turns(settings.rounds):
            def add(case, sample, server=server):
                results.add(case.name, server, cpu_us=sample["cpu_us"])

            turn(server, cases, made[server], lambda case: scaled(settings, case), add, clean)


def scaled(settings, case):
    return max(10, int(case.count * settings.share))


def turn(server, cases, made, count_of, add, clean):
    if clean:
        server.flush()
        made.clear()
    for case in cases:
        if server.unknown(case.commands()):
            continue
        for kind, key, elements, first in case.needs:
            if key not in made:
                fill_one([server], KINDS[kind], key, elements, first)
                made.add(key)
        add(case, case.run(server, count_of(case)))
