"""A small blocking RESP2 client."""
import socket


class ServerError(Exception):
    """An error reply."""


class Client:
    def __init__(self, port, timeout=600):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=timeout)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.reader = self.socket.makefile("rb", 1 << 16)

    def close(self):
        self.reader.close()
        self.socket.close()

    def __call__(self, *words):
        self.send(*words)
        return self.read()

    def send(self, *words):
        self.socket.sendall(command(*words))

    def read(self):
        line = self.reader.readline()
        if not line.endswith(b"\r\n"):
            raise EOFError("the server closed the connection")
        kind, rest = line[:1], line[1:-2]
        if kind == b"+":
            return rest.decode()
        if kind == b"-":
            raise ServerError(rest.decode())
        if kind == b":":
            return int(rest)
        if kind == b"$":
            return None if rest == b"-1" else self.reader.read(int(rest) + 2)[:-2]
        if kind == b"*":
            return None if rest == b"-1" else [self.read() for _ in range(int(rest))]
        raise EOFError(f"not a RESP2 reply: {line!r}")

    def info(self, section):
        """The fields of INFO as text."""
        lines = self("INFO", section).decode().splitlines()
        return dict(line.split(":", 1) for line in lines if ":" in line)


def command(*words):
    """One command in wire form."""
    return b"*%d\r\n" % len(words) + b"".join(map(bulk, words))


def bulk(word):
    """One word in wire form."""
    data = word if isinstance(word, bytes) else str(word).encode()
    return b"$%d\r\n%s\r\n" % (len(data), data)
