#!/usr/bin/env python3
"""Builds the lock-free programs with each compiler, runs them, and says which tool is right about which build.

Every source is two programs: race-free as it is, and with RACY the race that its head names:

    // seeded: FUNCTION,FUNCTION     two functions, one in each access's stack; more lines: either will do
    // flags: ...                    more flags for the compiler
    // libs: ...                     more libraries; without them the program is left out
    // only: COMPILER                where another cannot build it
    // stripped: right               nothing likely may be said of it without debug information either

Each is built by every compiler of its language at -O0, -O2, -O3, and run with its debug information and stripped. Race-free, any
finding of severity error or warning is a false alarm, `certain` or `likely`. Racy, one finding must be the seeded race; other
findings are false alarms too. A stripped program's frames are named by the symbols of its unstripped self, which only
this script sees.

    run.py --quick                   one build of each, as a test
    run.py --peers --table FILE      all builds and tools; the table goes to FILE

What a peer says of a build is kept in build/lockfree/answers/ and asked for once.
"""

import argparse
import bisect
import collections
import concurrent.futures
import hashlib
import itertools
import json
import os
import pathlib
import re
import shlex
import shutil
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
LEVELS = ["-O0", "-O2", "-O3"]
TIMEOUT = 120
ERRORS = {"data-race", "mixed-atomic", "heap-use-after-free"}
COMPILERS = {".c": ["gcc", "clang"], ".cpp": ["g++", "clang++"], ".rs": ["rustc"]}
LANGUAGES = {".c": "C", ".cpp": "C++", ".rs": "Rust"}

Build = collections.namedtuple("Build", "compiler level stripped")
Job = collections.namedtuple("Job", "program racy build tool")


class Program:
    """One source and what its head says."""

    def __init__(self, source):
        self.source, self.name, self.language = source, source.stem, source.suffix
        self.seeded, self.flags, self.libs, self.only, self.stripped = [], [], [], None, ""
        for line in source.read_text().splitlines():
            match = re.match(r"// (seeded|flags|libs|only|stripped): (.*)", line)
            if not match:
                continue
            word, rest = match.groups()
            if word == "seeded":
                self.seeded.append(rest.strip().split(","))
            elif word == "stripped":
                self.stripped = rest.strip()
            elif word == "only":
                self.only = rest.split()
            else:
                getattr(self, word).extend(shlex.split(rest))
        if not self.seeded:
            sys.exit(f"{source}: no `seeded:` line")

    def compilers(self):
        return [c for c in COMPILERS[self.language] if shutil.which(c) and (not self.only or c in self.only)]


def run(command, env=None, cwd=None):
    try:
        return subprocess.run(command, env=env, cwd=cwd, capture_output=True, timeout=TIMEOUT)
    except subprocess.TimeoutExpired as slow:
        return subprocess.CompletedProcess(command, "timeout", slow.stdout or b"", slow.stderr or b"")


# ---- building ------------------------------------------------------------------------------------------

def compile_command(program, compiler, level, racy, thread_sanitizer, output):
    if program.language == ".rs":
        return ["rustc", "--edition", "2021", "-g", "-C", f"opt-level={level[2:]}", *(["--cfg", "racy"] if racy else []),
                *program.flags, "-o", output, program.source]
    standard = ["-std=c++20"] if program.language == ".cpp" else ["-std=gnu11"]
    return [compiler, level, "-g", "-pthread", *standard, *(["-DRACY"] if racy else []),
            *(["-fsanitize=thread"] if thread_sanitizer else []), *program.flags, "-o", output, program.source,
            *program.libs]


def build_one(folder, program, compiler, level, racy, thread_sanitizer=False):
    """The program, built where it is older than its source; None and why where it cannot be built."""
    # Folders apart: rustc names its temporary files after the source alone.
    kind = compiler + level + ("-tsan" if thread_sanitizer else "") + ("-racy" if racy else "")
    output = folder / kind / program.name
    output.parent.mkdir(parents=True, exist_ok=True)
    newest = max(p.stat().st_mtime for p in [program.source, *HERE.glob("*.h"), *HERE.glob("unseen.rs"), HERE.parent / "race.h"])
    if not output.exists() or output.stat().st_mtime < newest:
        done = run(compile_command(program, compiler, level, racy, thread_sanitizer, output))
        if done.returncode:
            return None, done.stderr.decode(errors="replace")
        if not thread_sanitizer:
            run(["strip", "-o", f"{output}.stripped", output])
    return output, ""


def can_build(folder, program, compiler):
    """False where a library is missing."""
    if not program.libs:
        return True
    with tempfile.TemporaryDirectory() as name:
        probe = pathlib.Path(name) / "probe.c"
        probe.write_text("int main(void) { return 0; }\n")
        done = run([compiler, "-o", probe.with_suffix(""), probe, *program.libs])
    return done.returncode == 0


# ---- reports -------------------------------------------------------------------------------------------

class Symbols:
    """Functions of an unstripped program by address."""

    def __init__(self, path):
        lines = run(["nm", "-C", "--defined-only", "-n", path]).stdout.decode(errors="replace").splitlines()
        rows = [line.split(" ", 2) for line in lines]
        self.rows = [(int(a, 16), name) for a, kind, name in (r for r in rows if len(r) == 3) if kind in "tTwW"]
        self.addresses = [a for a, _ in self.rows]

    def name(self, offset):
        at = bisect.bisect_right(self.addresses, offset) - 1
        return self.rows[at][1] if at >= 0 else ""


def stacks_of(finding, symbols, program):
    """The functions' names of each access's stack."""
    stacks = []
    for stack in finding.get("stacks", []):
        if stack.get("role") not in ("access", "previous"):
            continue
        names = []
        for frame in stack.get("frames", []):
            name = frame.get("function") or ""
            if symbols and os.path.basename(frame.get("module") or "") == program:
                name = symbols.name(int(frame["offset"], 16))
            names.append(name)
        stacks.append(names)
    return stacks


def is_seeded(program, stacks):
    def holds(stack, wanted):  # a stack that the history has lost may be any
        return not stack or any(re.search(rf"\b{re.escape(wanted)}\b", name) for name in stack)

    return len(stacks) > 1 and any(stacks[:2]) and any(
        all(holds(s, n) for s, n in zip(chosen, names))
        for names in program.seeded for chosen in itertools.permutations(stacks[:2], 2))


def read_findings(folder):
    findings = []
    for path in folder.glob("*.json"):
        for line in path.read_text().splitlines():
            finding = json.loads(line)
            if finding["kind"] != "summary" and finding["severity"] != "note":
                findings.append(finding)
    return findings


Answer = collections.namedtuple("Answer", "found certain likely why")  # the seeded race: "", "certain" or "likely"; false alarms


def short(finding, stacks):
    return "{} ({}): {}".format(finding["kind"], finding["confidence"],
                                " / ".join(" < ".join(re.sub(r"<.*>", "", n) for n in s[:3]) for s in stacks))


def judge(program, racy, findings, symbols, binary):
    found, certain, likely, why = "", 0, 0, []
    for finding in findings:
        stacks = stacks_of(finding, symbols, binary)
        if racy and finding["kind"] in ERRORS and is_seeded(program, stacks):
            found = "certain" if "certain" in (found, finding["confidence"]) else "likely"
            continue
        certain += finding["confidence"] == "certain"
        likely += finding["confidence"] == "likely"
        why.append(short(finding, stacks))
    return Answer(found, certain, likely, why)


def run_seance(job, path, library):
    unstripped = pathlib.Path(str(path).removesuffix(".stripped"))
    with tempfile.TemporaryDirectory(prefix="lockfree-") as name:
        folder = pathlib.Path(name)
        env = dict(os.environ, LD_PRELOAD=str(library), SEANCE_OPTIONS=f"json={folder}/%p.json:text=none")
        done = run([path], env)
        findings = read_findings(folder)
    # A racy program that has lost an update says so by 1.
    sane = done.returncode in ((0, 1, 66) if job.racy else (0, 66))
    answer = judge(job.program, job.racy, findings, Symbols(unstripped) if job.build.stripped else None, path.name)
    if not sane:
        answer.why.append(f"ends with {done.returncode}")
    return answer, sane


def peer_command(tool, path):
    """The run-time libraries of gcc 12 and clang 14 do not start where a system randomises more than 28 bits."""
    if tool == "tsan":
        return ["setarch", "-R", path]
    return ["valgrind", f"--tool={tool}", "--fair-sched=try", "--error-exitcode=66", "-q", path]


def run_peer(job, path):
    done = run(peer_command(job.tool, path), dict(os.environ, TSAN_OPTIONS="exitcode=66"))
    loud = done.returncode == 66
    found = "certain" if loud and job.racy else ""
    sane = done.returncode in (0, 66)
    return Answer(found, int(loud and not job.racy), 0, [] if sane else [f"ends with {done.returncode}"]), sane


def ask_peer(args, job, path):
    """run_peer(), or what it said of the same file before."""
    kept = args.folder / "answers" / f"{job.tool}-{hashlib.sha256(path.read_bytes()).hexdigest()[:16]}-{job.racy:d}.json"
    if not kept.exists():
        kept.parent.mkdir(exist_ok=True)
        kept.write_text(json.dumps(run_peer(job, path)))
    answer, sane = json.loads(kept.read_text())
    return Answer(*answer), sane


# ---- the runs ------------------------------------------------------------------------------------------

def verdict(job, answer, sane):
    if not sane:
        return "broken"
    if answer.certain or (answer.likely and not job.build.stripped):
        return "false alarm"
    if job.racy and not answer.found:
        return "missed"
    return "likely alarm" if answer.likely else "right"


def wanted_jobs(args, programs):
    for program in programs:
        for compiler in program.compilers()[: 1 if args.quick else None]:
            if args.compiler and compiler not in args.compiler:
                continue
            if not can_build(args.folder, program, compiler):
                continue
            for level in ["-O2"] if args.quick else args.level:
                for racy in (False, True):
                    for tool in tools_for(args, program):
                        for stripped in (False, True) if tool == "seance" else (False,):
                            yield Job(program, racy, Build(compiler, level, stripped), tool)


def tools_for(args, program):
    return [tool for tool in args.tool if tool != "tsan" or program.language != ".rs"]


def run_job(args, job):
    path, why = build_one(args.folder, job.program, job.build.compiler, job.build.level, job.racy, job.tool == "tsan")
    if not path:
        return job, Answer("", 0, 0, ["not built: " + why[:600]]), "broken"
    if job.build.stripped:
        path = pathlib.Path(f"{path}.stripped")
    worst = None
    for _ in range(args.repeat if job.tool == "seance" else 1):
        answer, sane = run_seance(job, path, args.library) if job.tool == "seance" else ask_peer(args, job, path)
        said = verdict(job, answer, sane)
        if not worst or ORDER.index(said) < ORDER.index(worst[1]):
            worst = answer, said
    return job, *worst


ORDER = ["broken", "false alarm", "missed", "likely alarm", "right"]
NAMES = {"seance": "Seance", "tsan": "ThreadSanitizer", "helgrind": "Helgrind", "drd": "DRD"}


def title(job):
    return "{} {}{}{}{}".format(job.tool, job.build.compiler, job.build.level, " stripped " if job.build.stripped else " ",
                                 job.program.name + (" racy" if job.racy else ""))


# ---- the table -----------------------------------------------------------------------------------------

def count(results):
    """The columns of one row."""
    free = [(a, v) for j, a, v in results if not j.racy]
    racy = [(a, v) for j, a, v in results if j.racy]
    return [len(free), sum(not a.certain and not a.likely and v != "broken" for a, v in free),
            sum(a.certain > 0 for a, _ in free), sum(a.likely > 0 and not a.certain for a, _ in free), len(racy),
            sum(a.found == "certain" for a, _ in racy), sum(a.found == "likely" for a, _ in racy),
            sum(not a.found and v != "broken" for a, v in racy), sum(v == "broken" for _, v in free + racy)]


HEADER = ["race-free", "right", "false certain", "false likely", "racy", "found certain", "found likely", "missed", "broken"]


def table(results):
    rows = collections.OrderedDict()
    for result in results:
        job = result[0]
        rows.setdefault((job.tool, job.build.compiler, job.build.level, job.build.stripped), []).append(result)
    lines = ["| tool | build | " + " | ".join(HEADER) + " |", "|---|---|" + "---:|" * len(HEADER)]
    order = {t: i for i, t in enumerate(NAMES)}
    for (tool, compiler, level, stripped), group in sorted(rows.items(), key=lambda r: (order[r[0][0]], r[0])):
        name = f"{compiler} {level}" + (", stripped" if stripped else "")
        lines.append(f"| {NAMES[tool]} | {name} | " + " | ".join(map(str, count(group))) + " |")
    for tool in NAMES:
        for stripped in (False, True):
            group = [r for r in results if r[0].tool == tool and r[0].build.stripped == stripped]
            if group:
                name = "all, stripped" if stripped else "all"
                lines.append(f"| **{NAMES[tool]}** | **{name}** | " + " | ".join(f"**{n}**" for n in count(group)) + " |")
    return lines


def wrong_answers(results):
    """Each program that a tool has wrong, with the builds."""
    wrong = collections.OrderedDict()
    for job, _, said in results:
        if said not in ("right",):
            key = (NAMES[job.tool], job.program.name + (" (racy)" if job.racy else ""), said)
            wrong.setdefault(key, []).append(f"{job.build.compiler} {job.build.level}" + (" stripped" if job.build.stripped else ""))
    lines = ["| tool | program | what | builds |", "|---|---|---|---|"]
    for (tool, name, said), builds in wrong.items():
        lines.append(f"| {tool} | {name} | {said} | {', '.join(builds)} |")
    return lines


def write_table(path, programs, results):
    counts = collections.Counter(LANGUAGES[p.language] for p in programs)
    text = ["# Atomics without recompiling", "",
            "Written by `./dev atomics`. " + f"{len(programs)} lock-free programs ("
            + ", ".join(f"{n} in {language}" for language, n in sorted(counts.items()))
            + ") in `tests/race/lockfree/`, each race-free and with a seeded race, built by each compiler of its language.",
            "Seance runs each build as it is and stripped of all debug information; Helgrind and DRD run the same files; "
            "ThreadSanitizer runs a build of its own (not of Rust, whose library would have to be built again).", "",
            "A finding counts as the seeded race only if its two stacks name the functions that the program's head does; "
            "any other one is a false alarm. For the peers a racy program that they complain about counts as found.", "",
            *table(results), "", "## What is wrong", "",
            "`likely alarm`: a finding that Seance itself calls likely, in a program without debug information.", "",
            *wrong_answers(results), ""]
    path.write_text("\n".join(text))


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--build", default="build", type=pathlib.Path, help="the build folder")
    parser.add_argument("--quick", action="store_true", help="one build of each")
    parser.add_argument("--peers", action="store_true", help="ThreadSanitizer, Helgrind and DRD too")
    parser.add_argument("--tool", choices=NAMES, action="append", help="only these tools")
    parser.add_argument("--table", type=pathlib.Path, help="write the table here")
    parser.add_argument("--filter", default="", help="regular expression over the names")
    parser.add_argument("--compiler", action="append")
    parser.add_argument("--level", action="append", choices=LEVELS)
    parser.add_argument("--repeat", type=int, default=1, help="the worst of so many runs under Seance")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    args = parser.parse_args()
    args.level = args.level or LEVELS
    args.tool = args.tool or (list(NAMES) if args.peers else ["seance"])
    args.library = args.build.resolve() / "libseance.so"
    args.folder = args.build.resolve() / "lockfree"
    return args


def main():
    args = arguments()
    sources = sorted(p for s in COMPILERS for p in HERE.glob("*" + s) if p.name != "unseen.rs")
    programs = [Program(s) for s in sources if re.search(args.filter, s.stem)]
    results, totals, failed = [], collections.Counter(), 0
    with concurrent.futures.ThreadPoolExecutor(args.jobs) as pool:
        for future in [pool.submit(run_job, args, job) for job in prepared(args, programs, pool)]:
            job, answer, said = future.result()
            results.append((job, answer, said))
            if job.tool == "seance":
                totals[said] += 1
                failed += said in ("broken", "false alarm") or \
                    (said != "right" and (not job.build.stripped or job.program.stripped == "right"))
                if said != "right":
                    print(f"{said:12} {title(job)}", *dict.fromkeys(answer.why), sep="\n    ", flush=True)
    if args.table:
        write_table(args.table, programs, results)
    print(", ".join(f"{totals[word]} {word}" for word in reversed(ORDER)))
    return 1 if not results or failed else 0


def prepared(args, programs, pool):
    """The jobs, when all that they run is built: two jobs of one program must not build it at once."""
    jobs = list(wanted_jobs(args, programs))
    builds = dict.fromkeys((j.program, j.build.compiler, j.build.level, j.racy, j.tool == "tsan") for j in jobs)
    list(pool.map(lambda build: build_one(args.folder, *build), builds))
    return jobs


if __name__ == "__main__":
    sys.exit(main())
