#!/usr/bin/env python3
"""Programs as Debian ships them, natively and under Seance: the same bytes and status must come out.

Every finding is printed; a certain one that known.txt does not list fails the test, and so does a
share of instrumented accesses below SHARE_MIN percent.
"""

import argparse
import json
import os
import pathlib
import random
import shutil
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
SHARE_MIN = 99.5
SKIPPED = 77  # how a test tells meson that it did not run
TIMEOUT = 400

# name: (how to pack INPUT to stdout, how to unpack PACKED to stdout)
PACKERS = {
    "pigz": ("pigz -p 2 -n -c INPUT", "pigz -p 2 -d -c PACKED"),
    "pbzip2": ("pbzip2 -p2 -1 -c INPUT", "pbzip2 -p2 -d -c PACKED"),
    "plzip": ("plzip -n 2 -1 -B 256KiB -c INPUT", "plzip -n 2 -d -c PACKED"),
    "xz": ("xz -T2 -1 --block-size=512KiB -c INPUT", "xz -T2 -d -c PACKED"),
    "zstd": ("zstd -q -T2 -5 -c INPUT", "zstd -q -d -c PACKED"),
}
SUFFIX = {"pigz": ".gz", "pbzip2": ".bz2", "plzip": ".lz", "xz": ".xz", "zstd": ".zst"}
SQL = """
PRAGMA threads=2;
CREATE TABLE request(id INTEGER PRIMARY KEY, path TEXT, hits INTEGER);
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 30000)
INSERT INTO request SELECT i, 'path/' || (i * 7919 % 10007), i * 31 % 1009 FROM n;
CREATE INDEX by_path ON request(path, hits);
SELECT path, sum(hits), count(*) FROM request GROUP BY path ORDER BY 2 DESC, 1 LIMIT 200;
SELECT count(DISTINCT hits), avg(hits), max(path) FROM request;
"""


def write_input(path, size):
    """Half text of repeating words, half binary, in turns; the same bytes every time."""
    chance = random.Random(71)
    words = [bytes(chance.choices(b"etaoinshrdlu", k=chance.randint(2, 9))) for _ in range(500)]
    with path.open("wb") as out:
        while out.tell() < size:
            out.write(b" ".join(chance.choices(words, k=4000)))
            out.write(chance.randbytes(12000))
            out.write(bytes(chance.choices((0, 1, 255), k=6000)))


class Run:
    """One program under one setting; collects what is wrong."""

    def __init__(self, name, modules, args, folder):
        self.name, self.modules, self.args, self.folder = name, modules, args, folder
        self.problems, self.findings, self.summaries = [], [], []

    def native(self, command, **more):
        return subprocess.run(command, capture_output=True, timeout=TIMEOUT, **more)

    def seance(self, command, step, **more):
        report = self.folder / f"{step}.json"
        options = f"json={report}:text=none" + (":modules=all" if self.modules == "all" else "")
        env = dict(os.environ, LD_PRELOAD=str(self.args.build / "libseance.so"), SEANCE_OPTIONS=options)
        result = self.native(command, env=env, **more)
        if not report.exists():
            self.problems.append(f"{step}: no findings file; stderr: {result.stderr[:300]!r}")
            return result
        for line in report.read_text().splitlines():
            found = json.loads(line)
            (self.summaries if found.get("kind") == "summary" else self.findings).append(found)
        return result

    def compare(self, step, command, **more):
        """Runs it both ways; returns the native output."""
        start = time.monotonic()
        native = self.native(command, **more)
        middle = time.monotonic()
        result = self.seance(command, step, **more)
        took = time.monotonic() - middle
        print(f"{self.name} {step} modules={self.modules}: {middle - start:.2f} s natively, {took:.2f} s under Seance")
        if native.returncode:
            self.problems.append(f"{step}: ends with {native.returncode} natively")
        status_wanted = 66 if any(f.get("severity") == "error" and f.get("confidence") == "certain"
                                  for f in self.findings) else 0
        if result.returncode not in (0, status_wanted):
            self.problems.append(f"{step}: status {result.returncode}; stderr: {result.stderr[-300:]!r}")
        if result.stdout != native.stdout:
            self.problems.append(f"{step}: {len(result.stdout)} bytes that differ from the native {len(native.stdout)}")
        if result.stderr != native.stderr:
            self.problems.append(f"{step}: stderr differs: {result.stderr[-300:]!r}")
        return native.stdout


def run_packer(run):
    pack, unpack = (line.split() for line in PACKERS[run.name])
    plain, packed = run.folder / "input", run.folder / ("packed" + SUFFIX[run.name])
    write_input(plain, run.args.size)
    packed.write_bytes(run.compare("pack", [str(plain) if w == "INPUT" else w for w in pack]))
    out = run.compare("unpack", [str(packed) if w == "PACKED" else w for w in unpack])
    if out != plain.read_bytes():
        run.problems.append("unpack: not the input")


def run_sqlite(run):
    run.compare("memory", ["sqlite3", ":memory:"], input=SQL.encode())
    natural = run.folder / "file.db"
    run.compare("file", ["sh", "-c", f"rm -f {natural}; exec sqlite3 {natural}"], input=SQL.encode())


def known_findings(name):
    lines = [line.split() for line in (HERE / "known.txt").read_text().splitlines()]
    return {words[1] for words in lines if len(words) == 2 and words[0] == name}


def show_finding(finding):
    stacks = [" < ".join("{} {}+{}".format(f.get("function"), os.path.basename(f.get("module") or "?"),
                                           f.get("offset")) for f in s.get("frames", [])[:5])
              for s in finding.get("stacks", [])]
    return " ".join([finding["kind"], finding.get("confidence", ""), finding.get("id", ""),
                     *("\n      " + stack for stack in stacks)])


def judge_findings(run):
    known = known_findings(run.name)
    for finding in run.findings:
        print("   finding:", show_finding(finding))
        if finding.get("confidence") == "certain" and finding["id"] not in known:
            run.problems.append(f"a certain finding that known.txt does not list: {finding['id']}")


def judge_share(run):
    """Of the accesses in the code that ran, how many are checked."""
    for summary in run.summaries:
        total, done = summary.get("accesses"), summary.get("instrumented")
        if not total:
            run.problems.append(f"the summary counts no accesses: {json.dumps(summary)[:300]}")
            continue
        share = 100.0 * done / total
        print(f"   {done} of {total} accesses instrumented: {share:.3f}%; left out: {summary.get('skipped_reasons')}")
        if share < SHARE_MIN:
            run.problems.append(f"{share:.3f}% of the accesses are instrumented, {SHARE_MIN}% wanted")


def run_one(name, modules, args):
    program = PACKERS[name][0].split()[0] if name in PACKERS else name
    if not shutil.which(program):
        print(f"skipped {name}: not installed")
        return SKIPPED
    with tempfile.TemporaryDirectory(prefix="programs-") as folder:
        run = Run(name, modules, args, pathlib.Path(folder))
        (run_packer if name in PACKERS else run_sqlite)(run)
    judge_findings(run)
    judge_share(run)
    for problem in dict.fromkeys(run.problems):
        print(f"   wrong: {problem}")
    print(f"{'wrong' if run.problems else 'right'} {name} modules={modules}")
    return 1 if run.problems else 0


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--build", default="build", type=lambda p: pathlib.Path(p).resolve())
    parser.add_argument("--program", action="append", choices=[*PACKERS, "sqlite3"])
    parser.add_argument("--modules", action="append", choices=["default", "all"])
    parser.add_argument("--size", type=int, default=4 << 20, help="bytes of input")
    args = parser.parse_args()
    results = [run_one(name, modules, args) for name in args.program or [*PACKERS, "sqlite3"]
               for modules in args.modules or ["default", "all"]]
    if 1 in results:
        return 1
    return 0 if 0 in results else SKIPPED


if __name__ == "__main__":
    sys.exit(main())
