"""Samples, medians, ratios and how they are printed."""
import statistics
import sys


class Results:
    """
    Samples by (measure, quantity, server), in the order they were first seen. Each is told on stderr as it comes, so that a run that is cut off has shown something.
    """

    def __init__(self):
        self.samples = {}
        self.missing = {}
        self.summaries = {}
        self.notes = {}

    def declare(self, measure, quantity, server, unknown):
        """A row that is printed even if a server has no figure for it: it lacks the commands `unknown`."""
        self.samples.setdefault((measure, quantity), {})
        if unknown:
            self.missing[measure, quantity, server.name] = unknown

    def note(self, measure, text):
        """How it was measured, where that is a matter of settings; printed below the table."""
        self.notes[measure] = text

    def summarise(self, name, keys):
        """A geometric mean and a worst ratio of these rows."""
        self.summaries[name] = keys

    def add(self, measure, server, **quantities):
        for quantity, value in quantities.items():
            self.samples.setdefault((measure, quantity), {}).setdefault(server.name, []).append(value)
        told = ", ".join(f"{quantity} {number(value)}" for quantity, value in quantities.items())
        if told:
            print(f"  {server.name}: {measure}: {told}", file=sys.stderr, flush=True)

    def median(self, key, name):
        return statistics.median(self.samples[key][name])

    def spread_pct(self, key, name):
        """Half of the range, in percent of the median."""
        values, median = self.samples[key][name], self.median(key, name)
        return (max(values) - min(values)) / 2 / median * 100 if median else 0.0

    def ratio(self, key, name, base):
        measured = self.samples[key]
        if name not in measured or base not in measured or not self.median(key, base):
            return None
        return self.median(key, name) / self.median(key, base)

    def as_json(self):
        rows = []
        for key, servers in self.samples.items():
            for name, values in servers.items():
                rows.append({"measure": key[0], "quantity": key[1], "server": name, "median": self.median(key, name), "spread_pct": self.spread_pct(key, name),
                             "samples": values})
        rows += [{"measure": measure, "quantity": quantity, "server": name, "missing": unknown} for (measure, quantity, name), unknown in self.missing.items()]
        return rows


# The most that Redouble / redis-server may be.
GOALS = {
    ("SET, pipeline 1", "cpu_us"): 0.95, ("GET, pipeline 1", "cpu_us"): 0.95,
    ("SET, pipeline 16", "cpu_us"): 0.45, ("GET, pipeline 16", "cpu_us"): 0.45,
    ("SET, pipeline 64", "cpu_us"): 0.25, ("GET, pipeline 64", "cpu_us"): 0.25,
    ("SET, pipeline 16, one replica", "cpu_us"): 0.50, ("SET, pipeline 16, one replica", "replica_cpu_us"): 0.35,
    ("memory", "rss_bytes_per_key"): 0.70,
    ("BGSAVE", "seconds"): 0.5,
    ("SET, pipeline 16, everysec", "cpu_us"): 0.5, ("BGREWRITEAOF", "seconds"): 0.5,
    ("start from an RDB", "seconds"): 0.5, ("start from an append-only file", "seconds"): 0.5,
    ("start from a file of commands", "seconds"): 0.5,
    ("full sync", "seconds"): 0.4, ("full sync", "primary_cpu_s"): 0.35,
    ("SET, pipeline 16, 3 replicas", "cpu_us"): 0.5,
    **{(f"full sync, large {name}", "seconds"): 0.5 for name in ("hash", "set", "sorted set", "list", "stream")},
    ("SET + WAIT 1", "p50_ms"): 1.05,
    ("FAILOVER TO under load", "blocked_ms"): 0.5,
    **{(name, "cpu_us"): 0.75 for name in ("INCR", "LPUSH", "RPUSH", "LRANGE of 100", "LPOP", "SADD", "SPOP", "HSET", "ZADD", "ZPOPMIN", "XADD", "MSET of 10")},
    ("types", "geometric mean"): 0.5, ("types", "worst"): 0.75,
    **{(name, "cpu_us"): 0.6 for name in ("ZRANK, 1M members", "ZRANGE of 100 amid 1M", "LINDEX amid 1M", "SINTER of two 100k", "SUNIONSTORE of two 100k",
                                          "SORT of 100k")},
    **{(f"large {name}", "rss_bytes_each"): most for name, most in (("hash", 0.8), ("set", 0.8), ("sorted set", 0.8), ("list", 1.02), ("stream", 0.95))},
    **{(f"small {name}", "rss_bytes_each"): 0.75 for name in ("hash", "set", "sorted set", "list")},
    **{(f"{size} {name}", quantity): 0.5 for size in ("large", "small") for name in ("hash", "set", "sorted set", "list", "stream")
       for quantity in ("save_s", "load_s")},
}


def number(value):
    """Four significant figures, without an exponent."""
    if value == 0:
        return "0"
    if abs(value) >= 1000:
        return f"{value:,.0f}"
    return f"{value:.4g}"


def goal(measure, quantity):
    return f"{GOALS[measure, quantity]:.2f}" if (measure, quantity) in GOALS else ""


def summary(quantity, name, keys, results, server, base):
    """Over the rows that have a ratio; says how many have none."""
    ratios = {key: results.ratio(key, server, base) for key in keys}
    found = {key: ratio for key, ratio in ratios.items() if ratio}
    if not found:
        return "–"
    if quantity == "worst":
        worst = max(found, key=found.get)
        return f"{found[worst]:.2f} ({worst[0]})"
    return f"{statistics.geometric_mean(found.values()):.2f}" + (f" ({len(found)} of {len(keys)})" if len(found) < len(keys) else "")


def markdown(results, names):
    """One table: a row for each measure and quantity, a column with spread for each server, then the ratios to the first."""
    base, others = names[0], names[1:]
    header = ["measure", "quantity", *names, *(f"{name} / {base}" for name in others), "at most"]
    lines = ["| " + " | ".join(header) + " |", "|" + "---|" * 2 + "---:|" * (len(header) - 2)]
    for key, servers in results.samples.items():
        cells = [*key]
        for name in names:
            missing = "missing: " + ", ".join(results.missing[*key, name]) if (*key, name) in results.missing else "–"
            cells.append(f"{number(results.median(key, name))} ±{results.spread_pct(key, name):.0f} %" if name in servers else missing)
        for name in others:
            ratio = results.ratio(key, name, base)
            cells.append("–" if ratio is None else f"{ratio:.2f}")
        cells.append(goal(*key))
        lines.append("| " + " | ".join(cells) + " |")
    for name, keys in results.summaries.items():
        for quantity in ("geometric mean", "worst"):
            ratios = [summary(quantity, name, keys, results, other, base) for other in others]
            lines.append("| " + " | ".join([name, quantity, *("" for _ in names), *ratios, goal(name, quantity)]) + " |")
    lines += [f"\n{measure}: {text}." for measure, text in results.notes.items()]
    return "\n".join(lines)
