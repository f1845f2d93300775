"""Runs one command where it can do no harm, and tells what came of it.

The survey as a whole lives in a mount namespace whose file systems are read-only (enter()). Each command
has namespaces of its own for processes and the network besides, so that whatever it leaves running dies
with it, and a home and a /tmp of its own that start out empty.
"""

import dataclasses
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import threading
import time

NATIVE = ["env"]
MOUNT = pathlib.Path("/mnt")  # the tree, the build and the survey's own folder lie here, so no path depends on where they are
TREE, BUILD, WORK = (MOUNT / name for name in ("tree", "build", "work"))
OUTPUT_BLOCKS = 65536  # ulimit -f: half a KiB each
OWN_LINE = re.compile(rb"^Seance: .*\n?", re.M)
ISOLATE = ["unshare", "--pid", "--net", "--ipc", "--fork", "--mount-proc", "--kill-child"]
# The first process of a namespace is immune to most signals, and a child of it takes itself for a daemon:
# the program is a grandchild.
FIRST = f"""ulimit -c 0; ulimit -f {OUTPUT_BLOCKS}; ip link set lo up 2>/dev/null
mount --bind ../tmp /tmp && ("$@"; exit $?)"""


@dataclasses.dataclass
class Outcome:
    status: int
    out: bytes
    err: bytes
    wall: float
    cpu: float
    late: bool  # killed at its time limit
    summaries: list = dataclasses.field(default_factory=list)
    findings: list = dataclasses.field(default_factory=list)

    def said(self):
        """What Seance itself wrote to stderr."""
        return [line.decode(errors="replace").strip() for line in OWN_LINE.findall(self.err)]

    def seen(self):
        """What must be equal."""
        return self.status, self.out, OWN_LINE.sub(b"", self.err)


def enter(tree, build, work, command):
    """Runs command in a mount namespace where only work can be written; its status."""
    binds = [f"mkdir {to} && mount --bind {source} {to}" for source, to in ((tree, TREE), (build, BUILD), (work, WORK))]
    script = " && ".join([f"mount -t tmpfs tmpfs {MOUNT}", *binds, f"cd {WORK}", "mount -o remount,ro,bind /",
                          'exec "$@"'])
    return subprocess.run(["unshare", "--mount", "sh", "-c", script, "sh", *command], check=False).returncode


class Place:
    """A slot of its own for one command at a time; natively and under Seance the paths are the same."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.home, self.reports, self.tmp = (self.folder / name for name in ("home", "reports", "tmp"))

    def clean(self):
        shutil.rmtree(self.folder, ignore_errors=True)
        for folder in (self.home, self.reports, self.tmp):
            folder.mkdir(parents=True)
            folder.chmod(0o1777)  # some servers give root up

    def environment(self, more):
        return {"PATH": "/usr/local/bin:/usr/bin:/usr/sbin:/bin:/sbin", "HOME": str(self.home), "TERM": "dumb",
                "LC_ALL": "C.UTF-8", "TZ": "UTC", "USER": "root", "LOGNAME": "root", **more}

    def run(self, command, limit, **more):
        """more: what the environment has besides."""
        self.clean()
        with open(self.folder / "out", "wb") as out, open(self.folder / "err", "wb") as err, \
                open(os.devnull, "rb") as null:
            process = subprocess.Popen([*ISOLATE, "sh", "-c", FIRST, "sh", *command], stdin=null, stdout=out, stderr=err,
                                       cwd=self.home, env=self.environment(more), start_new_session=True)
        status, wall, cpu, late = wait_for(process, limit)
        outcome = Outcome(status, (self.folder / "out").read_bytes(), (self.folder / "err").read_bytes(),
                          wall, cpu, late)
        self.read_reports(outcome)
        return outcome

    def read_reports(self, outcome):
        for path in sorted(self.reports.iterdir()):
            for record in read_lines(path):
                (outcome.summaries if record.get("kind") == "summary" else outcome.findings).append(record)

    def seance(self, options=""):
        """What stands before a command that is to run under Seance; natively that is NATIVE."""
        reports = self.reports / "%e.%p.json"
        return ["env", f"LD_PRELOAD={BUILD}/libseance.so", f"SEANCE_OPTIONS=json={reports}:text=none:exitcode=0{options}"]


def read_lines(path):
    """The records of a JSON Lines file, whose last line may be cut short."""
    lines = path.read_text(errors="replace").split("\n")[:-1]
    return [json.loads(line) for line in lines if line]


def wait_for(process, limit):
    """status, wall seconds, CPU seconds of it and what it waited for, whether it was killed."""
    late = threading.Event()

    def end():
        late.set()
        process.send_signal(signal.SIGKILL)

    timer = threading.Timer(limit, end)
    timer.start()
    start = time.monotonic()
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.monotonic() - start
    timer.cancel()
    process.returncode = os.waitstatus_to_exitcode(status)
    return process.returncode, wall, usage.ru_utime + usage.ru_stime, late.is_set()
