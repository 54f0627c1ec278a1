"""The command line of bench/run."""
import argparse
import json
import os
import sys
import time
import traceback

from . import machine
from .appendonly import appendonly, behind, policies, rewrites, starts
from .bitmap import bitmap
from .collections import collections
from .commands import queries, types
from .failover import failover
from .fleet import fleet, joins, syncs
from .fragmentation import fragmentation
from .hitrate import hitrate
from .isolation import isolation
from .measures import big, connections, load, publish, session, start, stream
from .overload import overload
from .partial import partial
from .results import Results, markdown
from .stalls import frees, stalls
from .storm import storm
from .writes import TARGETS

OPTIONS = "--port {port} --dir {dir} --bind 127.0.0.1 --save '' --repl-diskless-sync-delay 0 --enable-debug-command local"
MEASURES = {measure.__name__: measure for measure in
            (start, connections, load, types, queries, publish, stream, big, collections, fleet, joins, syncs, partial, failover, stalls, frees,
             bitmap, storm, isolation, hitrate, fragmentation, overload, appendonly, policies, rewrites, behind, starts,
             session)}
ON_REQUEST = ("fleet", "joins", "syncs", "partial", "failover", "stalls", "frees", "bitmap", "storm", "isolation", "hitrate",
              "fragmentation", "overload", "appendonly",  # they take as long again
              "policies", "rewrites", "behind", "starts")  # these are parts of `appendonly`
NOTES = """CPU figures are user + system time of the server's process tree. Medians of {rounds} rounds with the servers taking turns; ± is half of the range.
Servers on core 0; load, prober and replicas on core 1, over loopback. Not measured: real networks, more cores, values larger than 1 KB.
Large collections have {elements:,} elements of 16 bytes (hashes: fields and values of 16), small ones 5, and there are {elements:,} small ones.
Missing: what the server answers with "unknown command"."""


class Settings:
    """Sizes of a run. `requests` maps a pipeline depth to a number of requests, a few seconds of load each."""

    def __init__(self, arguments):
        quick = arguments.quick
        self.rounds = arguments.rounds or (3 if quick else 5)
        self.keys = arguments.keys or (300_000 if quick else 3_000_000)
        self.elements = 100_000 if quick else 1_000_000
        self.large_elements = 500_000 if quick else 5_000_000  # of `stalls`, and half of those of `frees`
        self.kinds = arguments.kinds.split(",") if arguments.kinds else list(TARGETS)
        self.share = 0.5 if quick else 1.0  # of the requests that `types` and `queries` send
        self.idle_s = 1 if quick else 4
        self.connections = 1000 if quick else 10_000
        self.requests = {1: 100_000, 16: 500_000, 64: 1_000_000} if quick else {1: 400_000, 16: 2_000_000, 64: 4_000_000}
        self.servers = dict(spec.split("=", 1) for spec in arguments.server) if arguments.server else {
            "redis": f"redis-server {OPTIONS}",
            "redouble": f"{machine.in_command(machine.ROOT / 'redouble')} server {OPTIONS}",
        }


def parse():
    parser = argparse.ArgumentParser(prog="bench/run", description="Measures Redouble beside the installed redis-server, in one run, and prints the ratios.")
    parser.add_argument("--quick", action="store_true", help="smaller data, fewer rounds: about four minutes, for a first look")
    parser.add_argument("--only", default=",".join(name for name in MEASURES if name not in ON_REQUEST),
                        help=f"some of: {','.join(MEASURES)} (all but {', '.join(ON_REQUEST)})")
    parser.add_argument("--rounds", type=int, help="rounds of each measure (5; quick 3)")
    parser.add_argument("--keys", type=int, help="keys of the large data set (3000000; quick 300000)")
    parser.add_argument("--kinds", help=f"types of collection for stalls and syncs: some of {','.join(TARGETS)}")
    parser.add_argument("--server", action="append", metavar="NAME=COMMAND",
                        help="measure these instead, the first being the base of the ratios; COMMAND holds {port} and {dir}")
    parser.add_argument("--output", help="folder of the JSON file (bench/results)")
    arguments = parser.parse_args()
    unknown = set(arguments.only.split(",")) - set(MEASURES)
    if unknown:
        parser.error(f"unknown measure {', '.join(sorted(unknown))}; there are {', '.join(MEASURES)}")
    if unknown := set(arguments.kinds.split(",") if arguments.kinds else ()) - set(TARGETS):
        parser.error(f"unknown kind {', '.join(sorted(unknown))}; there are {', '.join(TARGETS)}")
    return arguments


def main():
    arguments = parse()
    missing = machine.missing()
    if missing:
        print("bench/run: " + "; ".join(missing), file=sys.stderr)
        return 1
    settings, results = Settings(arguments), Results()
    version = "not measured" if arguments.server else machine.redouble_version()
    if not version:
        return 1
    facts = machine.facts(version)
    for name, value in facts.items():
        print(f"{name}: {value}")
    print(flush=True)
    failed = False
    for name in arguments.only.split(","):
        begun = time.time()
        try:
            MEASURES[name](settings, results)
        except Exception as error:  # one measure that fails must not lose the others
            failed = True
            traceback.print_exc()
            print(f"bench/run: {name} failed: {type(error).__name__}: {error}", file=sys.stderr)
        print(f"{name}: {time.time() - begun:.0f} s", file=sys.stderr, flush=True)
    print(markdown(results, list(settings.servers)))
    print("\n" + NOTES.format(rounds=settings.rounds, elements=settings.elements))
    print(f"\nwritten to {write(arguments, settings, facts, results)}")
    return 1 if failed else 0


def write(arguments, settings, facts, results):
    folder = arguments.output or str(machine.ROOT / "bench" / "results")
    os.makedirs(folder, exist_ok=True)
    path = os.path.join(folder, time.strftime("%Y%m%d-%H%M%S.json"))
    with open(path, "w") as file:
        json.dump({"facts": facts, "settings": vars(settings), "results": results.as_json()}, file, indent=1)
    return path
