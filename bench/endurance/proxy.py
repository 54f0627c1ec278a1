"""A TCP relay in front of a server, whose connections can be cut at a byte, refused, or made to swallow everything."""
import socket
import threading


class Proxy:
    def __init__(self, target):
        self.target = target
        self.lock = threading.Lock()
        self.open = set()
        self.cut_at = None  # counted in bytes from the server
        self.relayed = 0
        self.refuses = False
        self.swallows = False
        self.cuts = 0
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def cut_after(self, size):
        """Cuts the connection that carries the byte that comes so far behind the present one; once."""
        with self.lock:
            self.cut_at = self.relayed + size

    def cut(self):
        with self.lock:
            self.cuts += bool(self.open)
            for one in self.open:
                _shut(one)

    def heal(self):
        self.refuses = self.swallows = False
        with self.lock:
            self.cut_at = None

    def close(self):
        self.refuses = True
        _shut(self.listener)
        self.listener.close()
        self.cut()

    def _accept(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            try:
                if self.refuses:
                    raise ConnectionRefusedError
                server = socket.create_connection(("127.0.0.1", self.target), timeout=5)
                server.settimeout(None)
            except OSError:
                client.close()
                continue
            for one in (client, server):
                one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with self.lock:
                self.open |= {client, server}
            left = [2]  # the second of the two that ends closes both
            threading.Thread(target=self._relay, args=(server, client, left, True), daemon=True).start()
            threading.Thread(target=self._relay, args=(client, server, left, False), daemon=True).start()

    def _relay(self, source, sink, left, counts):
        try:
            while data := source.recv(1 << 16):
                if self.swallows:
                    continue
                is_cut = False
                if counts:
                    with self.lock:
                        if self.cut_at is not None and self.relayed + len(data) >= self.cut_at:
                            data = data[:max(0, self.cut_at - self.relayed)]
                            self.cut_at, is_cut = None, True
                            self.cuts += 1
                        self.relayed += len(data)
                sink.sendall(data)
                if is_cut:
                    break
        except OSError:
            pass
        _shut(source)
        _shut(sink)
        with self.lock:
            left[0] -= 1
            if left[0] == 0:
                for one in (source, sink):
                    self.open.discard(one)
                    one.close()


def _shut(one):
    try:
        one.shutdown(socket.SHUT_RDWR)
    except OSError:
        pass
