"""Made-up collections, the same bytes in every run: elements of 16 bytes that do not compress, written in pipelines to several servers at a time."""
from .resp import bulk

HEXADECIMAL = b"$16\r\n%016x\r\n"
SCORE = b"$8\r\n%d\r\n"
CHUNK_BYTES = 1 << 17


def scattered(i):
    """A number of 64 bits, another one for every i: an odd factor and a xor with the own upper half can both be undone."""
    mixed = i * 0x9E3779B97F4A7C15 & 0xFFFFFFFFFFFFFFFF
    return (mixed ^ mixed >> 32) * 0xD6E8FEB86659FD93 & 0xFFFFFFFFFFFFFFFF


def score(i):
    """Eight digits, in no order."""
    return 10_000_000 + scattered(i) % 90_000_000


class Kind:
    """A sort of collection: the command that adds to it, an element in wire form with the numbers that go into it, and the command that counts."""

    def __init__(self, add, element, numbers, count):
        self.add, self.element, self.numbers, self.count = add, element, numbers, count

    def command(self, key, elements):
        """The wire form of the command that adds so many elements; `key` is in wire form too."""
        words = 2 + self.element.count(b"$") * elements
        return b"*%d\r\n" % words + bulk(self.add) + key + self.element * elements


KINDS = {
    "hash": Kind("HSET", HEXADECIMAL + HEXADECIMAL, lambda i: (scattered(i), scattered(~i)), "HLEN"),
    "set": Kind("SADD", HEXADECIMAL, lambda i: (scattered(i),), "SCARD"),
    "sorted set": Kind("ZADD", SCORE + HEXADECIMAL, lambda i: (score(i), scattered(i)), "ZCARD"),
    "list": Kind("RPUSH", HEXADECIMAL, lambda i: (scattered(i),), "LLEN"),
    "stream": Kind("XADD", bulk("*") + bulk("field") + HEXADECIMAL, lambda i: (scattered(i),), "XLEN"),
    # Members that redis-benchmark can name (its __rand_int__ has twelve digits), and numbers to sort.
    "ranking": Kind("ZADD", SCORE + b"$16\r\nmem:%012d\r\n", lambda i: (score(i), i), "ZCARD"),
    "numbers": Kind("RPUSH", SCORE, lambda i: (score(i),), "LLEN"),
}


def fill_one(servers, kind, key, elements, first=0):
    """One collection of so many elements, of which `first` is the number of the first."""
    per_command = 1 if kind.add == "XADD" else 100
    numbers = ([number for i in range(at, at + per_command) for number in kind.numbers(i)] for at in range(first, first + elements, per_command))
    send(servers, kind, kind.command(bulk(key), per_command), numbers)
    for server in servers:
        expect(server, f"elements of {key}", server.client(kind.count, key), elements)


def fill_many(servers, kind, keys, elements):
    """Collections of so many elements each, under keys of 16 bytes."""
    numbers = ([key, *(number for i in range(key * elements, (key + 1) * elements) for number in kind.numbers(i))] for key in range(keys))
    send(servers, kind, kind.command(b"$16\r\nkey:%012d\r\n", elements), numbers)
    for server in servers:
        expect(server, "keys", server.client("DBSIZE"), keys)


def send(servers, kind, form, numbers_of_commands):
    """Pipelines of about 128 KB."""
    lines_per_reply = 2 if kind.add == "XADD" else 1
    per_pipeline, pipeline = CHUNK_BYTES // len(form) + 1, []
    for numbers in numbers_of_commands:
        pipeline.append(form % tuple(numbers))
        if len(pipeline) == per_pipeline:
            exchange(servers, b"".join(pipeline), len(pipeline) * lines_per_reply)
            pipeline.clear()
    exchange(servers, b"".join(pipeline), len(pipeline) * lines_per_reply)


def exchange(servers, data, lines):
    """Sends to all before it waits for the replies of the first."""
    for server in servers:
        server.client.socket.sendall(data)
    for server in servers:
        missing = lines
        while missing > 0:
            replies = server.client.socket.recv(1 << 18)
            if not replies:
                raise EOFError(f"{server.name} closed the connection")
            if replies.startswith(b"-") or b"\n-" in replies:
                raise RuntimeError(f"{server.name}: {replies[:200]!r}")
            missing -= replies.count(b"\n")


def expect(server, what, found, expected):
    if found != expected:
        raise RuntimeError(f"{server.name}: {what}: {found} and not {expected}")
