#!/usr/bin/env python3
"""Runs the race programs and holds each report against the expectation inside the program.

A program's head says what Seance must report, one finding a line:

    // expect: KIND [var=TEXT] [field=TEXT] [location=TYPE] [in=F[,G]] [natural=true|false]
    //         [crosses_line=true|false] [amd64=WORD|WORD] [arm64=WORD|WORD]      (on one line)
    // expect: none
    // allow: KIND ...      may be reported too
    // exit: STATUS         where it is not 66 for errors and 0 for the rest
    // options: KEY=VALUE   more options for this program
    // later: REASON        what is expected is right, and cannot be found yet

`in` names functions that must occur in different stacks of the finding, with file and line. Any
finding that no line covers is a false alarm (severity note excepted); a line without a finding is a
miss. A program with a `later:` line that reports nothing is counted apart; once it is right the line must go.
Each program also runs natively first, must end with 0 and must say the same under Seance.
"""

import argparse
import concurrent.futures
import itertools
import json
import os
import pathlib
import re
import shlex
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
KNOWN_KINDS = set(re.findall(r'KIND\(\w+, "([a-z-]+)"', (HERE.parents[1] / "report" / "kinds.def").read_text()))
QUIET_KINDS = {"thread-leak", "blocked-thread", "false-sharing"}  # no error, so no exit status
CONTEXT_ROLES = {"allocated", "created"}
TIMEOUT = 100
SKIPPED = 77  # how a test tells meson that it did not run


class Case:
    """One program and what its head expects."""

    def __init__(self, source):
        self.name = source.stem
        self.expected, self.allowed, self.options, self.exit, self.later = [], [], [], None, None
        for line in source.read_text().splitlines():
            match = re.match(r"// (expect|allow|exit|options|later): (.*)", line)
            if not match:
                continue
            word, rest = match.groups()
            if word == "exit":
                self.exit = int(rest)
            elif word == "later":
                self.later = rest
            elif word == "options":
                self.options += rest.split()
            elif rest.strip() != "none":
                kind, *pairs = shlex.split(rest)
                rule = dict(pair.split("=", 1) for pair in pairs)
                rule["kind"] = kind
                (self.expected if word == "expect" else self.allowed).append(rule)
            else:
                self.exit = self.exit or 0
        if self.exit is None:
            self.exit = 66 if any(r["kind"] not in QUIET_KINDS for r in self.expected) else 0


def located(frame):
    return bool(frame.get("file")) and frame.get("line", 0) > 0


def functions_match(names, finding):
    """Whether each name occurs, with file and line, in a stack of its own."""
    stacks = finding.get("stacks", [])
    if finding["kind"] != "thread-leak":
        stacks = [s for s in stacks if s.get("role") not in CONTEXT_ROLES]
    else:
        stacks = stacks + [t.get("created", {}) for t in finding.get("threads", [])]

    def holds(stack, name):
        frames = stack.get("frames", [])
        return any(re.search(rf"\b{re.escape(name)}\b", f.get("function") or "") and located(f)
                   for f in frames)

    return any(all(holds(s, n) for s, n in zip(chosen, names))
               for chosen in itertools.permutations(stacks, len(names)))


def word_match(wanted, text):
    return any(word.lower() in str(text).lower() for word in wanted.split("|"))


def matches(rule, finding):
    if rule["kind"] != finding.get("kind"):
        return False
    location, alignment = finding.get("location") or {}, finding.get("alignment") or {}
    checks = {
        "var": lambda v: v in (location.get("name") or ""),
        "field": lambda v: v in (location.get("field") or ""),
        "location": lambda v: v == location.get("type"),
        "in": lambda v: functions_match(v.split(","), finding),
        "natural": lambda v: v == str(alignment.get("natural")).lower(),
        "crosses_line": lambda v: v == str(alignment.get("crosses_line")).lower(),
        "amd64": lambda v: word_match(v, alignment.get("amd64")),
        "arm64": lambda v: word_match(v, alignment.get("arm64")),
        "confidence": lambda v: v == finding.get("confidence"),
    }
    return all(checks[key](value) for key, value in rule.items() if key != "kind")


def show_rule(rule):
    return rule["kind"] + "".join(f" {k}={v}" for k, v in rule.items() if k != "kind")


def show_finding(finding):
    location = finding.get("location") or {}
    stacks = ["{}: {}".format(s.get("role"), " < ".join(
        f"{f.get('function')} {os.path.basename(f.get('file') or '?')}:{f.get('line')}"
        for f in s.get("frames", [])[:4])) for s in finding.get("stacks", [])]
    alignment = finding.get("alignment") or {}
    return "{} ({}, {}) at {} {} {} | {} | {}".format(
        finding.get("kind"), finding.get("severity"), finding.get("confidence"),
        location.get("type"), location.get("name"), location.get("field"), "; ".join(stacks),
        {k: alignment.get(k) for k in ("natural", "crosses_line", "amd64", "arm64")})


def shape_problems(finding):
    """What a reader of the documented JSON Lines would stumble over."""
    problems = []
    if finding.get("v") != 1:
        problems.append("v is not 1")
    if not re.fullmatch(r"[a-z]+-[0-9a-f]{16}", str(finding.get("id"))):
        problems.append(f"id {finding.get('id')!r} is no fingerprint")
    if finding.get("severity") not in ("error", "warning", "note"):
        problems.append(f"severity {finding.get('severity')!r}")
    if finding.get("confidence") not in ("certain", "likely"):
        problems.append(f"confidence {finding.get('confidence')!r}")
    if not finding.get("stacks"):
        problems.append("no stacks")
    return problems


def read_findings(folder):
    """All findings of all processes, and what is wrong with the files."""
    findings, problems = [], []
    files = sorted(folder.glob("*.json"))
    if not files:
        problems.append("no findings file was written")
    for path in files:
        last = None
        for line in path.read_text().splitlines():
            try:
                last = json.loads(line)
            except ValueError:
                problems.append(f"not JSON: {line[:80]}")
                continue
            if last.get("kind") != "summary":
                findings.append(last)
                problems += shape_problems(last)
        if not last or last.get("kind") != "summary":
            problems.append("the last line is no summary")
    return findings, problems


def run_program(command, env, **more):
    try:
        return subprocess.run(command, env=env, capture_output=True, timeout=TIMEOUT, **more)
    except subprocess.TimeoutExpired as slow:
        return subprocess.CompletedProcess(command, "timeout", slow.stdout or b"", slow.stderr or b"")


def run_native(case, program):
    env = {k: v for k, v in os.environ.items() if not k.startswith(("SEANCE_", "LD_PRELOAD"))}
    return run_program([program], env)


def run_seance(case, program, build, folder):
    options = [f"json={folder}/%p.json", f"text={folder}/%p.txt"] + case.options
    env = dict(os.environ, LD_PRELOAD=str(build / "libseance.so"), SEANCE_OPTIONS=":".join(options))
    return run_program([program], env)


def judge_later(case, verdict, lines):
    """What becomes of the verdict where the finding is not to be had yet: silence, and nothing else, is as expected."""
    if verdict == "missed" and not any(line.startswith(("seen instead:", "broken: standard")) for line in lines):
        return "later", [f"later: {case.later}"]
    if verdict == "right":
        return "broken", ["broken: it is right now, take its `later:` line out"]
    return verdict, lines


def judge(case, native, result, folder):
    """Returns (verdict, lines that say why)."""
    findings, broken = read_findings(folder)
    alarms = [f for f in findings if f.get("severity") != "note"
              and not any(matches(rule, f) for rule in case.expected + case.allowed)]
    missed = [r for r in case.expected if not any(matches(r, f) for f in findings)]
    if result.returncode != case.exit:
        broken.append(f"exit status {result.returncode}, expected {case.exit}")
    if result.stdout != native.stdout:
        broken.append(f"standard output differs: {result.stdout[:200]!r}")
    if result.stderr != native.stderr:
        broken.append(f"standard error: {result.stderr[:400].decode(errors='replace')}")
    lines = [f"missed: {show_rule(r)}" for r in missed]
    lines += [("seen instead: " if missed else "false alarm: ") + show_finding(f) for f in alarms]
    lines += [f"broken: {text}" for text in dict.fromkeys(broken)]
    if missed:
        return "missed", lines
    if alarms:
        return "false alarm", lines
    return ("broken" if broken else "right"), lines


def run_case(case, build, repeat):
    program = build / "tests" / "race" / case.name
    if not program.exists():
        return case, ["broken"], ["broken: not built"]
    unknown = {rule["kind"] for rule in case.expected} - KNOWN_KINDS
    if unknown:
        return case, ["waiting"], [f"waiting: report/kinds.def has no {', '.join(sorted(unknown))} yet"]
    native = run_native(case, program)
    if native.returncode != 0:
        return case, ["broken"], [f"broken: ends with {native.returncode} natively"]
    verdicts, lines = [], []
    for _ in range(repeat):
        with tempfile.TemporaryDirectory(prefix="race-") as name:
            folder = pathlib.Path(name)
            verdict, why = judge(case, native, run_seance(case, program, build, folder), folder)
        if case.later:
            verdict, why = judge_later(case, verdict, why)
        verdicts.append(verdict)
        lines += [line for line in why if line not in lines]
    return case, verdicts, lines


def run_valgrind(case, build, tool):
    """The same programs under Helgrind or DRD, racy or not being all that is compared."""
    program = build / "tests" / "race" / case.name
    result = run_program(["valgrind", f"--tool={tool}", "--error-exitcode=66", "-q", program],
                         dict(os.environ))
    loud = result.returncode == 66
    if loud == bool(case.expected):
        return case, ["right"], []
    return case, ["missed" if case.expected else "false alarm"], [f"status {result.returncode}"]


BURNER = "import os, sys\nwhile os.getppid() == int(sys.argv[1]): pass"  # ends with whoever started it


class Load:
    """Keeps every CPU busy while the cases run, if asked to."""

    def __init__(self, wanted):
        self.count = (os.cpu_count() or 1) if wanted else 0

    def __enter__(self):
        self.burners = [subprocess.Popen([sys.executable, "-c", BURNER, str(os.getpid())])
                        for _ in range(self.count)]

    def __exit__(self, *_):
        for burner in self.burners:
            burner.kill()
            burner.wait()


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--build", default="build", type=pathlib.Path, help="the build folder")
    parser.add_argument("--case", action="append", help="run this program only")
    parser.add_argument("--filter", default="", help="regular expression over the names")
    parser.add_argument("--repeat", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--load", action="store_true", help="burn the CPUs meanwhile")
    parser.add_argument("--tool", default="seance", choices=["seance", "helgrind", "drd"])
    return parser.parse_args()


def main():
    args = arguments()
    build = args.build.resolve()
    sources = sorted([*HERE.glob("*.c"), *HERE.glob("*.cpp")])
    names = {source.stem for source in sources}
    unknown = [name for name in args.case or [] if name not in names]
    if unknown:
        sys.exit(f"no such race program: {', '.join(unknown)}")
    cases = [Case(s) for s in sources
             if (not args.case or s.stem in args.case) and re.search(args.filter, s.stem)]
    totals = {"right": 0, "false alarm": 0, "missed": 0, "broken": 0, "waiting": 0, "later": 0}
    with Load(args.load), concurrent.futures.ThreadPoolExecutor(args.jobs) as pool:
        if args.tool == "seance":
            work = [pool.submit(run_case, case, build, args.repeat) for case in cases]
        else:
            work = [pool.submit(run_valgrind, case, build, args.tool) for case in cases]
        for future in work:
            case, verdicts, lines = future.result()
            for verdict in verdicts:
                totals[verdict] += 1
            worst = next((v for v in ("broken", "missed", "false alarm", "waiting", "later") if v in verdicts), "right")
            share = f" {verdicts.count('right')}/{len(verdicts)}" if len(verdicts) > 1 else ""
            print(f"{worst:12}{case.name}{share}", *lines, sep="\n    ", flush=True)
    print("{right} right, {false alarm} false alarms, {missed} missed, {broken} broken, "
          "{waiting} waiting for their kind, {later} for later".format(**totals))
    if totals["right"] + totals["waiting"] + totals["later"] < sum(totals.values()) or not cases:
        return 1
    return 0 if totals["right"] else SKIPPED


if __name__ == "__main__":
    sys.exit(main())
