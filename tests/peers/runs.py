"""Builds a test, runs it under a tool and natively, and records what came of it.

The record of a run says how it ended beside the native runs ("same", or a verdict of model.py) and which kinds were
reported. A detector sees what happens in a run, so a test that it says too little about is run again, some times.
"""

import dataclasses
import hashlib
import json
import os
import pathlib
import pickle
import re
import shutil
import signal
import subprocess
import tempfile
import threading
import time

from tools import FALLBACK, FLAVOURS, Native

HERE = pathlib.Path(__file__).resolve().parent
LIMIT = 120      # seconds for one run, and SLOWER times the longest native one
SLOWER = 20
LATE_LIMIT = 20  # for one of a program that does not end natively within the limit
BUILD_LIMIT = 300
ATTEMPTS = 3     # where something that is expected was not reported, or a run differs from the native ones
NATIVE_RUNS = 2
KEPT = 1 << 20   # bytes of output that are compared
INHERITED = ("PATH", "HOME", "USER", "LANG")


@dataclasses.dataclass
class Outcome:
    status: int
    out: bytes
    err: bytes
    late: bool
    seconds: float


class Bench:
    """Where the builds and the runs of a suite lie."""

    def __init__(self, work):
        self.work = work
        self.locks = {}  # of the folders that are built in
        self.stand_ins = work / "stand-ins"
        self.make_stand_ins()

    def make_stand_ins(self):
        """What takes the place of ThreadSanitizer's run-time library in a build without it."""
        self.stand_ins.mkdir(parents=True, exist_ok=True)
        source = HERE / "standins"
        for words in (["-c", source / "barrier.c", "-o", self.stand_ins / "barrier.o"],
                      ["-shared", "-fPIC", source / "annotations.c", "-o", self.stand_ins / "libannotations.so"]):
            subprocess.run(["gcc", "-O1", *words], check=True)

    def folder(self, test, flavour):
        """Tests that are built in the same way share it."""
        digest = hashlib.sha256("\n".join(test.build).encode()).hexdigest()[:6]
        name = re.sub(r"\W+", "_", test.name.split()[0])
        return self.work / "bin" / test.suite / flavour / f"{name}-{digest}"

    def link(self, flavour):
        """What a program is linked with besides."""
        made, linked = self.stand_ins, self.work / "linked"
        if flavour.startswith("linked"):
            return f"{made}/barrier.o -L{linked} -lseance -Wl,-rpath,{linked}"
        return f"{made}/barrier.o -L{made} -lannotations -Wl,-rpath,{made}" if flavour.startswith("plain") else ""

    def built(self, test, flavour):
        """Whether the test's program is there, built now unless it was, or failed to be, before."""
        folder = self.folder(test, flavour)
        with self.locks.setdefault(folder, threading.Lock()):
            return self.build(test, folder, flavour)

    def build(self, test, folder, flavour):
        stamp = folder / ".built"
        if not stamp.exists():
            good = any(self.compile(test, folder, compilers) for compilers in (flavour, FALLBACK.get(flavour)) if compilers)
            stamp.write_text(json.dumps(good))
        return json.loads(stamp.read_text())

    def compile(self, test, folder, flavour):
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        with (folder / ".log").open("w") as stream:
            return all(shell(self.fill(command, folder, flavour), folder, stream) for command in test.build)

    def fill(self, command, folder, flavour):
        for key, value in {**FLAVOURS[flavour], "out": str(folder), "link": self.link(flavour)}.items():
            command = command.replace(f"{{{key}}}", value)
        return command

    def run(self, test, tool, limit=LIMIT):
        """(outcome, kinds, text of the reports)"""
        folder = self.folder(test, tool.flavour)
        words = [word.replace("{out}", str(folder)) for word in test.command]
        with tempfile.TemporaryDirectory(prefix="peers-") as reports:
            reports = pathlib.Path(reports)
            placed = dataclasses.replace(test, options=test.options.replace("{out}", str(folder)))
            command, more = tool.command(words, placed, reports)
            environment = {key: value.replace("{out}", str(folder)) for key, value in test.environment.items()}
            outcome = execute(command, folder, {**environment, **more}, limit)
            outcome.err = tool.own.sub(b"", outcome.err)
            return outcome, *tool.kinds(reports)

    def natives(self, test):
        """The native runs, which are made once for a build."""
        name = hashlib.sha256("\n".join(test.command).encode()).hexdigest()[:6]
        path = self.folder(test, Native.flavour) / f".native-{name}"
        if not path.exists():
            path.write_bytes(pickle.dumps([self.run(test, Native())[0] for _ in range(NATIVE_RUNS)]))
        return pickle.loads(path.read_bytes())

    def record(self, test, tool):
        """What is kept of a test under a tool."""
        if not self.built(test, tool.flavour) or not self.built(test, Native.flavour):
            return {"end": "not built", "kinds": []}, ""
        natives, kinds, text, seconds = self.natives(test), set(), "", 0
        limit = LIMIT + SLOWER * max(native.seconds for native in natives)
        limit = LATE_LIMIT if all(native.late for native in natives) else limit
        for attempt in range(1, ATTEMPTS + 1):
            outcome, found, said = self.run(test, tool, limit)
            end, kinds, text, seconds = ending(outcome, natives), kinds | found, text + said, seconds + outcome.seconds
            failed = end in ("crash", "hang") and attempt > test.retries
            if failed or (end == "same" and test.expects <= kinds):
                break
        return {"end": end, "kinds": sorted(kinds), "runs": attempt, "seconds": round(seconds, 2), "status": outcome.status}, \
            text + shown(outcome)


def ending(outcome, natives):
    """How a run ended beside native ones: "same", "hang", "crash" or "changed".  Output counts where two native runs agree."""
    if outcome.late:
        return "same" if all(native.late for native in natives) else "hang"
    if all(outcome.status != native.status for native in natives):
        return "crash" if outcome.status < 0 or outcome.status > 128 else "changed"
    first, *rest = [(native.out, native.err) for native in natives]
    same = any((outcome.out, outcome.err) == pair for pair in (first, *rest))
    return "same" if same or any(pair != first for pair in rest) else "changed"


def shell(command, folder, log):
    print(command, file=log, flush=True)
    return subprocess.run(["bash", "-c", command], cwd=folder, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                          timeout=BUILD_LIMIT).returncode == 0


def execute(command, folder, more, limit):
    """Runs a command in a group of its own, which ends with it."""
    environment = {key: os.environ[key] for key in INHERITED if key in os.environ}
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        start = time.monotonic()
        process = subprocess.Popen(["nice", *command], cwd=folder, env={**environment, **more}, stdin=subprocess.DEVNULL,
                                   stdout=out, stderr=err, start_new_session=True)
        try:
            process.wait(limit)
            late = False
        except subprocess.TimeoutExpired:
            late = True
        end_group(process)
        seconds = time.monotonic() - start
        return Outcome(process.returncode, read(out), read(err), late, seconds)


def end_group(process):
    """Ends what is left of the process's own group, such as children of a test that was cut short."""
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
    process.wait()


def read(stream):
    stream.seek(0)
    return stream.read(KEPT)


def shown(outcome):
    return f"--- status {outcome.status}\n--- out\n{outcome.out.decode(errors='replace')}\n--- err\n{outcome.err.decode(errors='replace')}"

