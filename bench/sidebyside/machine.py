"""What a figure depends on besides the program: versions, machine, settings."""
import json
import os
import pathlib
import platform
import shlex
import shutil
import subprocess
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent


def in_command(path):
    """A path as a word of a command line in which {port} and {dir} are filled in before it is cut into words."""
    return shlex.quote(str(path)).replace("{", "{{").replace("}", "}}")


def first_line(*words):
    try:
        done = subprocess.run(words, capture_output=True, text=True, cwd=ROOT, check=False)
        return (done.stdout.strip().splitlines() or [""])[0]
    except FileNotFoundError:
        return "not found"


def field(path, name):
    try:
        with open(path) as file:
            return next((line.split(":", 1)[1].strip() for line in file if line.startswith(name)), "unknown")
    except FileNotFoundError:
        return "unknown"


def text(path):
    try:
        return pathlib.Path(path).read_text().strip()
    except OSError:
        return "unknown"


def runtime_settings():
    """The collector and tiering settings of the build that is measured."""
    try:
        generation = (ROOT / "build" / "current").read_text().split()[0]
        config = json.loads((ROOT / "build" / generation / "redouble.runtimeconfig.json").read_text())
        wanted = ("System.GC.", "System.Runtime.Tiered")
        return {name: value for name, value in config["runtimeOptions"]["configProperties"].items() if name.startswith(wanted)}
    except (OSError, KeyError, IndexError):
        return {}


def settle():
    """
    Waits until nothing is left to do for memory that has just been given up, by a process that has ended or with a file. In a virtual machine whose kernel
    tells its host of free pages the host takes them some two seconds later, and no core gets on meanwhile: in a loop that does nothing, on the other core,
    gaps of 30 to 40 ms after 10 GB.
    """
    time.sleep(4)


def facts(redouble_version):
    dirty = subprocess.run(["git", "status", "--porcelain", "-uno"], capture_output=True, text=True, cwd=ROOT, check=False).stdout.strip()
    return {
        "redouble": redouble_version,
        "commit": first_line("git", "rev-parse", "--short", "HEAD") + (" with changes" if dirty else ""),
        "redis-server": first_line("redis-server", "--version"),
        "load": first_line("redis-benchmark", "--version"),
        "dotnet": first_line("dotnet", "--version"),
        "settings": runtime_settings(),
        "dotnet environment": {name: value for name, value in os.environ.items() if name.startswith("DOTNET_")},
        "kernel": platform.release(),
        "cpu": field("/proc/cpuinfo", "model name"),
        "cores": os.cpu_count(),
        "governor": text("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor"),
        "memory": field("/proc/meminfo", "MemTotal"),
        "transparent huge pages": text("/sys/kernel/mm/transparent_hugepage/enabled"),
        "load average before": " ".join(text("/proc/loadavg").split()[:3]),
    }


def redouble_version():
    """Builds when needed. Empty when that fails; the launcher has said why."""
    done = subprocess.run([str(ROOT / "redouble"), "--version"], stdout=subprocess.PIPE, text=True, check=False)
    return done.stdout.strip() if done.returncode == 0 else ""


def missing():
    """What this machine lacks, each with its remedy."""
    found = [f"{tool} is not installed (Debian package {package})" for tool, package in
             (("redis-server", "redis-server"), ("redis-benchmark", "redis-tools"), ("taskset", "util-linux")) if not shutil.which(tool)]
    if os.cpu_count() < 2:
        found.append("two cores are needed: one for the server, one for the load")
    return found
