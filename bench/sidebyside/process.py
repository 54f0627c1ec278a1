"""Servers as child processes, and what /proc says about them."""
import os
import shlex
import shutil
import socket
import subprocess
import tempfile
import time

from .resp import Client, ServerError

TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")
SERVER_CORE, LOAD_CORE = 0, 1


def tree(pid):
    """The process and all its descendants: a forked snapshot child counts as its server."""
    found = [pid]
    try:
        for task in os.listdir(f"/proc/{pid}/task"):
            with open(f"/proc/{pid}/task/{task}/children") as file:
                for child in file.read().split():
                    found += tree(int(child))
    except (FileNotFoundError, ProcessLookupError):
        pass
    return found


def cpu_seconds(pid):
    """
    User + system time of the tree, children that have ended included. That of the living is read from their CPU clocks, to the nanosecond:
    /proc counts in hundredths of a second, a twentieth of what some measures take.
    """
    seconds = 0.0
    for process in tree(pid):
        try:
            seconds += time.clock_gettime(~process << 3 | 2)  # Linux' id of another process' CPU clock
            with open(f"/proc/{process}/stat") as file:
                fields = file.read().rsplit(")", 1)[1].split()
            seconds += sum(int(field) for field in fields[13:15]) / TICKS_PER_SECOND
        except OSError:  # it has ended
            pass
    return seconds


def _memory(pid, file_name, field):
    total = 0
    for process in tree(pid):
        try:
            with open(f"/proc/{process}/{file_name}") as file:
                total += sum(int(line.split()[1]) * 1024 for line in file if line.startswith(field))
        except (FileNotFoundError, ProcessLookupError):
            pass
    return total


def resident_bytes(pid):
    return _memory(pid, "status", "VmRSS:")


def proportional_bytes(pid):
    """Resident memory in which pages shared with a forked child count once."""
    return _memory(pid, "smaps_rollup", "Pss:")


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Server:
    """One server on a free loopback port in a fresh folder, pinned to a core. `command` holds {port} and {dir}; `file` is put into the folder."""

    def __init__(self, name, command, core=SERVER_CORE, extra=(), file=None):
        self.name = name
        self.known = {}
        self.port = free_port()
        self.folder = tempfile.mkdtemp(prefix=f"bench-{name}-")
        if file:
            os.link(file, os.path.join(self.folder, os.path.basename(file)))
        self.words = ["taskset", "-c", str(core), *shlex.split(command.format(port=self.port, dir=shlex.quote(str(self.folder)))), *extra]
        self.log_path = os.path.join(self.folder, "server.log")
        self._start()

    def _start(self, limit_s=30, meanwhile=lambda: None):
        begun = time.perf_counter()
        with open(self.log_path, "ab") as log:
            self.process = subprocess.Popen(self.words, cwd=self.folder, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        try:
            meanwhile()
            self.client = self._first_pong(begun + limit_s)
        except BaseException:
            self.stop()
            raise
        self.start_ms = (time.perf_counter() - begun) * 1e3

    def kill(self):
        self.process.kill()
        self.process.wait()

    def restart(self, meanwhile=lambda: None):
        """Kills it if it still runs, and starts it again on its files; `meanwhile` is before it is asked whether it is there."""
        self.kill()
        self._start(limit_s=120, meanwhile=meanwhile)

    @property
    def pid(self):
        return self.process.pid

    def _first_pong(self, deadline):
        while True:
            try:
                client = Client(self.port)
                if client("PING") == "PONG":
                    return client
                client.close()
            except (OSError, EOFError, ServerError):
                pass
            if self.process.poll() is not None or time.perf_counter() > deadline:
                with open(self.log_path, errors="replace") as log:
                    raise RuntimeError(f"{self.name} does not answer; its log ends with:\n{log.read()[-2000:]}")
            time.sleep(0.002)

    def number(self, section, field):
        """One INFO field as a number, 0 when the server has none of that name."""
        return int(self.client.info(section).get(field, 0))

    def drops(self):
        """How often a client was dropped for its output buffer limit: the log's account, since Redis before 7.4 has no field for it."""
        with open(self.log_path, errors="replace") as log:
            return log.read().count("for overcoming of output buffer limits")

    def unknown(self, commands):
        """Those of the commands that the server does not have. All are commands that need a word more: nothing is executed."""
        for name in commands - self.known.keys():
            try:
                self.client(name)
                raise RuntimeError(f"{name} executes without arguments")
            except ServerError as error:
                self.known[name] = not str(error).startswith("ERR unknown command")
        return sorted(name for name in commands if not self.known[name])

    def flush(self):
        """Empties the server, and waits until what it frees afterwards is freed."""
        self.client("FLUSHALL")
        self.wait_until_freed()

    def wait_until_freed(self):
        """Waits until what is freed afterwards is freed: the memory in use moves no more."""
        before = None
        while before != (before := self.number("memory", "used_memory") >> 16):
            time.sleep(0.2)

    def settle(self):
        """Waits until what the server does after its start is done: two seconds without work of its own."""
        deadline, used, since = time.monotonic() + 30, cpu_seconds(self.pid), time.monotonic()
        while time.monotonic() < min(since + 2, deadline):
            time.sleep(0.1)
            now = cpu_seconds(self.pid)
            if now - used > 0.01:
                used, since = now, time.monotonic()

    def stop(self):
        self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)


def wait_until(condition, limit_s=300, step_s=0.01):
    """Seconds until the condition held."""
    begun = time.perf_counter()
    while not condition():
        if time.perf_counter() - begun > limit_s:
            raise TimeoutError("a server did not get there in time")
        time.sleep(step_s)
    return time.perf_counter() - begun
