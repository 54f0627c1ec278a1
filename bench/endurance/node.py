"""A server of the fleet: its process through all its starts, its proxy, and what it counts."""
import collections
import ctypes
import os
import re
import shlex
import signal
import subprocess
import time

from sidebyside.process import free_port, resident_bytes, wait_until
from sidebyside.resp import Client, ServerError

from .proxy import Proxy

PR_SET_PDEATHSIG = 1
COUNTED = ("sync_full", "sync_partial_ok", "sync_partial_err")
OUTAGE = (OSError, EOFError, ServerError)
LOG_LINE = re.compile(r"^\d+:\w \d+ \w+ \d+ [\d:.]+ (?P<level>[.*#-]) (?P<text>.*)")


def _die_with_parent():
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


class Node:
    """`replicas` follow it by `address`, its proxy's port; clients use `port`."""

    def __init__(self, name, command, folder):
        self.name = name
        self.command = command
        self.folder = os.path.join(folder, name)
        os.mkdir(self.folder)
        self.port = free_port()
        self.proxy = Proxy(self.port)
        self.address = self.proxy.port
        self.process = None
        self.client = None
        self.options = []  # of the next start, behind those of the command
        self.stopped_at = time.monotonic()  # when it was last ended: what it acknowledged before may be gone
        self.counted = collections.Counter()
        self.starts = 0
        self.fds_max = self.rss_max = 0

    def __str__(self):
        return self.name

    @property
    def log_path(self):
        return os.path.join(self.folder, "server.log")

    @property
    def is_alive(self):
        return self.process is not None and self.process.poll() is None

    def start(self, parent=None):
        """Starts the process, as a replica where there is a parent, and waits until it has loaded its file."""
        self.launch(parent)

        def answers():
            if not self.is_alive:
                raise RuntimeError(f"{self.name} ended with status {self.process.returncode} at its start")
            try:
                return self("PING") == "PONG"
            except OUTAGE:
                return False

        wait_until(answers, 60)

    def launch(self, parent=None):
        """Starts the process, and waits for nothing."""
        words = shlex.split(self.command.format(port=self.port, dir=shlex.quote(str(self.folder)))) + self.options
        if parent:
            words += ["--replicaof", "127.0.0.1", str(parent.address)]
        with open(self.log_path, "ab") as log:
            self.process = subprocess.Popen(words, cwd=self.folder, stdin=subprocess.DEVNULL, stdout=log, stderr=log, preexec_fn=_die_with_parent)
        self.starts += 1

    def end(self, number):
        """Ends the process by a signal, which it may take its time to heed."""
        self._count()
        self.stopped_at = time.monotonic()
        self.process.send_signal(number)
        status = self.process.wait(60)
        if number == signal.SIGTERM and status != 0:
            raise RuntimeError(f"{self.name} ended with status {status} when told to")
        self._drop()

    def kill(self):
        """Whatever state it is in."""
        if self.is_alive:
            self.process.kill()
            self.process.wait()
        self._drop()

    def signal(self, number):
        self.process.send_signal(number)

    def __call__(self, *words):
        """One command on a connection that is kept, and made again when it was lost."""
        if self.client is None:
            self.client = Client(self.port, timeout=20)
        try:
            return self.client(*words)
        except (OSError, EOFError):
            self._drop()
            raise

    def info(self, section="replication"):
        lines = self("INFO", section).decode().splitlines()
        return dict(line.split(":", 1) for line in lines if ":" in line)

    def follow(self, parent):
        self("REPLICAOF", "127.0.0.1", parent.address)

    def syncs(self):
        """Syncs that it has given: those of the processes before this one included."""
        return self.counted + collections.Counter(self._now())

    def measure(self):
        self.fds_max = max(self.fds_max, fds := len(os.listdir(f"/proc/{self.process.pid}/fd")))
        self.rss_max = max(self.rss_max, rss := resident_bytes(self.process.pid))
        return fds, rss

    def log_lines(self):
        """(level, text) of each line of its log; lines that are none of its own have the level '?'."""
        with open(self.log_path, errors="replace") as log:
            for line in log:
                found = LOG_LINE.match(line)
                yield (found["level"], found["text"]) if found else ("?", line.rstrip())

    def _count(self):
        try:
            self.counted += collections.Counter(self._now())
        except OUTAGE:
            pass

    def _now(self):
        stats = self.info("stats")
        return {name: int(stats[name]) for name in COUNTED}

    def _drop(self):
        if self.client:
            self.client.close()
        self.client = None
