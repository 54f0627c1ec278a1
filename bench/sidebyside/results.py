"""Samples, medians, ratios and how they are printed."""
import statistics


class Results:
    """Samples by (measure, quantity, server), in the order they were first seen."""

    def __init__(self):
        self.samples = {}

    def add(self, measure, server, **quantities):
        for quantity, value in quantities.items():
            self.samples.setdefault((measure, quantity), {}).setdefault(server.name, []).append(value)

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
        return rows


# The most that Redouble / redis-server may be.
GOALS = {
    ("SET, pipeline 1", "cpu_us"): 0.95, ("GET, pipeline 1", "cpu_us"): 0.95,
    ("SET, pipeline 16", "cpu_us"): 0.45, ("GET, pipeline 16", "cpu_us"): 0.45,
    ("SET, pipeline 64", "cpu_us"): 0.25, ("GET, pipeline 64", "cpu_us"): 0.25,
    ("SET, pipeline 16, one replica", "cpu_us"): 0.50, ("SET, pipeline 16, one replica", "replica_cpu_us"): 0.35,
    ("memory", "rss_bytes_per_key"): 0.70,
    ("BGSAVE", "seconds"): 0.5,
    ("full sync", "seconds"): 0.4,
    ("SET + WAIT 1", "p50_ms"): 1.05,
}


def number(value):
    """Four significant figures, without an exponent."""
    if value == 0:
        return "0"
    if abs(value) >= 1000:
        return f"{value:,.0f}"
    return f"{value:.4g}"


def markdown(results, names):
    """One table: a row for each measure and quantity, a column with spread for each server, then the ratios to the first."""
    base, others = names[0], names[1:]
    header = ["measure", "quantity", *names, *(f"{name} / {base}" for name in others), "at most"]
    lines = ["| " + " | ".join(header) + " |", "|" + "---|" * 2 + "---:|" * (len(header) - 2)]
    for key, servers in results.samples.items():
        cells = [*key]
        for name in names:
            cells.append(f"{number(results.median(key, name))} ±{results.spread_pct(key, name):.0f} %" if name in servers else "–")
        for name in others:
            ratio = results.ratio(key, name, base)
            cells.append("–" if ratio is None else f"{ratio:.2f}")
        cells.append(f"{GOALS[key]:.2f}" if key in GOALS else "")
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)
