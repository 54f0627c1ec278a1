"""The servers, who follows whom, and what they must have in common."""
import itertools
import signal
import time

from sidebyside.process import wait_until

from .node import OUTAGE, Node
from .writers import Lost

RSS_MAX, FDS_MAX = 600 << 20, 150  # of data of some MB, with four links and a dozen clients
QUIET_S = 90
PING_S = 1  # as the servers are started with


class Fleet:
    """One primary; two replicas and one below one of them, to begin with, or others: `parents` has whom the others follow."""

    def __init__(self, commands, folder, parents=(0, 0, 1)):
        self.nodes = [Node(f"node{i}", command, folder) for i, command in zip(range(1 + len(parents)), itertools.cycle(commands))]
        self.primary = self.nodes[0]
        for node in self.nodes:
            node.start()
        for node, parent in zip(self.nodes[1:], parents):
            node.follow(self.nodes[parent])

    def close(self):
        for node in self.nodes:
            node.kill()
            node.proxy.close()

    @property
    def replicas(self):
        return [node for node in self.nodes if node is not self.primary]

    def parent(self, node):
        """Whom a replica follows: by its own port or its proxy's, as it was told."""
        port = int(node.info().get("master_port", 0))
        return next((other for other in self.nodes if port in (other.port, other.address)), None)

    def below(self, node):
        """All that get their data by way of this one."""
        found = [node]
        for one in found:
            found += [other for other in self.replicas if other not in found and other.is_alive and self.parent(other) is one]
        return found[1:]

    def holders(self, replid):
        """Offsets of the replicas that are copies of this history."""
        return {node: place for node in self.replicas if (place := self._place(node, replid)) is not None}

    def last_holders(self, replid):
        """The same of a history whose primary is gone, when they have taken all that they got."""
        places = self.holders(replid)
        for _ in range(100):
            time.sleep(0.1)
            if places == (places := self.holders(replid)):
                return places
        raise TimeoutError("the replicas of a dead primary do not come to rest")

    @staticmethod
    def _place(node, replid):
        try:
            info = node.info()
            is_copy = info["role"] == "slave" and info["master_replid"] == replid and info["master_sync_in_progress"] == "0"
            return int(info["slave_repl_offset"]) if is_copy and node("PING") == "PONG" else None
        except OUTAGE:
            return None

    def heal(self):
        for node in self.nodes:
            node.proxy.heal()

    def wait_until_equal(self):
        """Waits until all are linked, at one offset, and one data set. Offsets are read one after the other, so they rest meanwhile: nobody pings."""
        state = {}

        def equal():
            state.clear()
            try:
                for node in self.nodes:
                    info = node.info()
                    link, offset = info.get("master_link_status", info["role"]), info.get("slave_repl_offset", info["master_repl_offset"])
                    state[node.name] = (link, offset, node("DEBUG", "DIGEST"))
                places = list(state.values())
                return all(link in ("up", "master") for link, *_ in places) and len({place[1:] for place in places}) == 1
            except OUTAGE as error:
                state["error"] = str(error)
                return False

        self._ping_every(3600)
        try:
            took = wait_until(equal, QUIET_S, 0.1)
            self._verify()
            return took
        except TimeoutError:
            raise Lost(f"the copies do not become equal: {state}") from None
        finally:
            self._ping_every(PING_S)

    def _verify(self):
        """What a digest does not tell: pending entries of streams, times of expiry. Of the primary and those that follow it directly."""
        result = {}

        def verified():
            if not result:
                self.primary("REDOUBLE", "VERIFY")
            result.update(self.primary.info())
            if result["redouble_verify_in_progress"] == "1":
                return False
            if result["redouble_verify_last_result"] == "different":
                raise Lost(f"equal digests, and differing copies: {self.primary('REDOUBLE', 'VERIFY', 'STATUS')}")
            if result["redouble_verify_last_result"] == "equal":
                return True
            result.clear()
            return False

        try:
            wait_until(verified, QUIET_S, 0.05)
        except TimeoutError:
            raise Lost(f"the copies cannot be verified: {self.primary('REDOUBLE', 'VERIFY', 'STATUS')}") from None

    def _ping_every(self, seconds):
        for node in self.nodes:
            try:
                node("CONFIG", "SET", "repl-ping-replica-period", str(seconds))
            except OUTAGE:
                pass  # it is down, or loads: it pings as it was started

    def measure(self):
        """(most descriptors, most resident bytes) of any."""
        measured = [node.measure() for node in self.nodes]
        fds, rss = (max(values) for values in zip(*measured))
        if fds > FDS_MAX or rss > RSS_MAX:
            raise Lost(f"a server has {fds} open descriptors or {rss >> 20} MB: {measured}")
        return fds, rss

    def check_alive(self):
        for node in self.nodes:
            if not node.is_alive:
                raise Lost(f"{node.name} ended by itself with status {node.process.returncode}")

    def thaw(self):
        for node in self.nodes:
            if node.is_alive:
                node.signal(signal.SIGCONT)
