"""A steady client of a server that loads its files: PING, GET and INFO in turns, one a millisecond, from the first connection to the end of the load."""
import json
import os
import subprocess
import sys
import time

from .load import go_ahead_of_load
from .resp import Client, ServerError

WORDS = (("PING",), ("GET", "key:000000000001"), ("INFO",))


class Asking:
    """A process of its own, started before the server; `took` has the milliseconds of each reply, -LOADING being one."""

    def __init__(self, port):
        package = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
        self.process = subprocess.Popen([sys.executable, "-B", "-m", "sidebyside.loading", str(port)], cwd=package, stdout=subprocess.PIPE, text=True)
        self.process.stdout.readline()

    def wait(self):
        """Until the load has ended: nobody else takes time from the server."""
        self.took = json.loads(self.process.communicate(timeout=120)[0])

    def stop(self):
        self.process.kill()


def ask(port):
    """The process: waits for the server, asks until a GET is answered by a value."""
    go_ahead_of_load()
    print("ready", flush=True)
    took = []
    while True:
        try:
            client = Client(port)
            break
        except OSError:
            time.sleep(0.001)
    for i in range(10_000_000):
        words = WORDS[i % len(WORDS)]
        begun = time.perf_counter()
        try:
            client(*words)
            is_loaded = words[0] == "GET"
        except ServerError as error:
            if not str(error).startswith("LOADING"):
                raise
            is_loaded = False
        took.append((time.perf_counter() - begun) * 1e3)
        if is_loaded:
            break
        time.sleep(0.001)
    print(json.dumps(took))


if __name__ == "__main__":
    ask(int(sys.argv[1]))
