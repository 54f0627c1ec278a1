"""What the files of a server must hold when it is killed, as seen from outside."""
import math
import time

from sidebyside.resp import ServerError

HELD_BACK_S = 2  # what is lost at most, unless it is `always`
LIVE = math.inf


def attempt(node, *words):
    """Whether it was done; Redis does one save or rewrite at a time, and refuses others."""
    try:
        node(*words)
        return True
    except ServerError:
        return False


class Files:
    """
    `append_only` and `rdb`: by which moment all that was acknowledged is in them; LIVE while each write goes there, None when they are of another time than what the
    server has. SIGKILL leaves the page cache alone, so a write that was done is kept whatever the policy, and so is all of `always`; the others may hold writes back
    while something else is done to the file, an fsync or its end. What a power loss does is not tested here but in the CrashTests of the engine, where files lose
    what was not synced.
    """

    def __init__(self, policy):
        self.started(False, policy)

    def __str__(self):
        return f"append-only files {'live' if self.is_live else self.append_only}, {'may hold back' if self.holds_back else 'always'}, RDB {self.rdb}"

    @property
    def is_live(self):
        return self.append_only == LIVE

    def has_policy(self, policy):
        self.holds_back |= policy != "always"

    def save(self, node):
        begun = time.monotonic()
        if attempt(node, "SAVE"):
            self.rdb = begun

    def background_save(self, node):
        begun = time.monotonic()
        self.look(node)
        if self._saving is None and attempt(node, "BGSAVE"):
            self._saving = begun

    def turn_off(self, node):
        if self.is_live:
            self.append_only = time.monotonic()  # nothing is held back that was acknowledged by now
        self._rewriting = None
        node("CONFIG", "SET", "appendonly", "no")

    def turn_on(self, node):
        """The files count from the first base on; until then those of before are left alone."""
        if not self.is_live and not self._rewriting:
            node("CONFIG", "SET", "appendonly", "yes")
            self._rewriting = True

    def look(self, node):
        """Notes what has come to an end since."""
        info = node.info("persistence")
        if self._saving is not None and info["rdb_bgsave_in_progress"] == "0":
            if info["rdb_last_bgsave_status"] == "ok":
                self.rdb = max(self._saving, self.rdb or 0)
            self._saving = None
        if self._rewriting and info["aof_enabled"] == "1" and is_settled(info):
            self.append_only, self._rewriting = LIVE, None

    def required(self, writer, from_rdb, killed_at):
        """The number that must be there after a start from one of the two."""
        if from_rdb:
            return writer.journal.acknowledged_by(self.rdb)
        if not self.is_live:
            return writer.journal.acknowledged_by(self.append_only)
        if self.holds_back:
            return max(writer.journal.acknowledged_by(killed_at - HELD_BACK_S), writer.on_disk["primary"])
        return writer.accepted

    def started(self, from_rdb, policy):
        """What was loaded, and nothing else, is what the files have."""
        self._saving = self._rewriting = None
        self.holds_back = policy != "always"
        self.append_only, self.rdb = (None, time.monotonic()) if from_rdb else (LIVE, None)


def is_settled(persistence):
    """Whether a base is there and the file goes on behind it, from the fields of INFO."""
    return persistence["aof_rewrite_in_progress"] == persistence["aof_rewrite_scheduled"] == "0" and persistence["aof_last_bgrewrite_status"] == "ok"
