"""What the command lines of the long runs have in common: their arguments, and a run from the first server to the last line."""
import argparse
import os
import random
import shutil
import sys
import tempfile

from sidebyside import machine

from .node import OUTAGE
from .writers import Lost


def parser(name, description, minutes):
    found = argparse.ArgumentParser(prog=f"bench/{name}", description=description)
    found.add_argument("--minutes", type=float, default=minutes)
    found.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1 << 31), help="of all choices; when they fall is the machine's")
    found.add_argument("--server", action="append", dest="command", metavar="COMMAND",
                       help="the servers, in turn, instead of this Redouble; COMMAND holds {port} and {dir}; 'redis' is the installed redis-server")
    found.add_argument("--keep", action="store_true", help="keep the folder with logs and files even if all went well")
    return found


def commands(arguments, options):
    """The servers' commands in full."""
    known = {"redis": f"redis-server {options}", "redouble": f"{machine.in_command(machine.ROOT / 'redouble')} server {options}"}
    return [known.get(command, command) for command in arguments.command or ["redouble"]]


def play(name, arguments, begin):
    """Runs what `begin(arguments, folder)` gives, which has a gate, a fleet and a report; returns the exit status."""
    folder = tempfile.mkdtemp(prefix=f"{name}-")
    course, failed = begin(arguments, folder), True
    try:
        course.run(arguments.minutes)
        failed = False
    except (Lost, TimeoutError, RuntimeError, *OUTAGE) as error:
        print(f"\nFAILED in '{course.what}' (seed {arguments.seed}): {type(error).__name__}: {error}", file=sys.stderr)
    finally:
        course.gate.end()
        try:
            course.report(failed)
        finally:
            course.fleet.close()
    if failed or arguments.keep:
        print(f"logs and files: {os.path.join(folder, 'node*')}")
    else:
        shutil.rmtree(folder, ignore_errors=True)
    print("FAILED" if failed else course.verdict())
    return 1 if failed else 0
