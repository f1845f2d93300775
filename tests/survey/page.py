"""docs/survey.md from the records of a survey."""

import collections
import statistics

import sandbox

SLOWEST = 12
RIGHT = ("identical", "varies", "waits")
MEANING = {
    "identical": "status, stdout and stderr are the native ones",
    "varies": "two native runs differ, in numbers only, and so does the run under Seance",
    "varies, look": "two native runs differ, in more than numbers",
    "waits": "does not end natively within its limit, so there is nothing to compare",
    "sometimes": "differed once, the second run was right",
    "differs": "differs from native runs that agree",
}


def write(path, folder, skipped):
    """1 if something differs."""
    programs, jobs = (records(folder / f"{part}.jsonl") for part in ("programs", "jobs"))
    wrong = [record for record in programs + jobs if record["verdict"] not in (*RIGHT, "skipped")]
    parts = [intro(), counts(programs, skipped), start_up(programs), differences(wrong), findings(programs + jobs),
             job_table(jobs)]
    path.write_text("\n".join(line for part in parts for line in part), encoding="utf-8")
    print(f"{path}: {len(programs)} runs of programs, {len(jobs)} jobs, {len(wrong)} to look at")
    return 1 if wrong else 0


def records(path):
    return sandbox.read_lines(path) if path.exists() else []


def intro():
    return ["# Survey: the same programs natively and under Seance", "",
            "Written by `./dev survey`. Every dynamically linked program of /usr/bin and /usr/sbin runs with `--version`,",
            "with `--help` and, where [commands.txt](../tests/survey/commands.txt) has a line for it, with a small job, in a",
            "home of its own, with no network, terminal or display. Status, stdout and stderr must be the native ones,",
            "byte for byte.", ""]


def counts(programs, skipped):
    """How many of what."""
    by_verdict = collections.Counter(record["verdict"] for record in programs)
    paths = collections.defaultdict(set)
    for record in programs:
        paths[record["path"]].add(record["verdict"])
    same = sum(1 for verdicts in paths.values() if verdicts <= {"identical"})
    silent = [record for record in programs if not record.get("loaded", True)]
    lines = ["## Programs", "", f"{len(paths)} programs, {len(programs)} runs; {same} programs identical in every run.", "",
             "| verdict | runs | meaning |", "|---|---|---|"]
    lines += [f"| {verdict} | {by_verdict[verdict]} | {MEANING[verdict]} |" for verdict in MEANING if by_verdict[verdict]]
    lines += ["", f"Not run: {len(skipped)}" + "".join(f"; {path} ({reason})" for path, reason in sorted(skipped.items())),
              "", "Without a summary of Seance: " + "; ".join([
                  named("setgid, so that the loader preloads nothing", [r for r in silent if r["setgid"]]),
                  named("ended by a signal, natively as well", [r for r in silent if ended_by_signal(r)]),
                  named("other", [r for r in silent if not r["setgid"] and not ended_by_signal(r)])]) + ".", ""]
    return lines


def ended_by_signal(record):
    return record["status"] < 0 or record["status"] > 128


def named(reason, chosen):
    return f"{reason}: " + (", ".join(sorted({record["path"] for record in chosen})) or "none")


def start_up(programs):
    """What Seance adds to programs that do next to nothing."""
    added = sorted(((record["seance"] - record["native"]) * 1e3, record["name"]) for record in programs if "seance" in record)
    if not added:
        return []
    times = [time for time, _ in added]
    lines = ["## What starting costs", "",
             f"CPU time that Seance adds to a run: median {statistics.median(times):.0f} ms, nine tenths below"
             f" {times[len(times) * 9 // 10]:.0f} ms, most {times[-1]:.0f} ms. The slowest:", "", "| run | added |", "|---|---|"]
    return lines + [f"| `{name}` | {time:.0f} ms |" for time, name in reversed(added[-SLOWEST:])] + [""]


def differences(wrong):
    lines = ["## Differences", ""]
    lines += [f"- `{record['name']}`: {record['verdict']}" for record in wrong] or ["None."]
    return [*lines, ""]


def findings(records_):
    """Each place once."""
    seen = collections.OrderedDict()
    for record in records_:
        for finding in record.get("findings", []):
            seen.setdefault((record["name"], finding.get("id")), []).append(finding)
    lines = ["## Findings", ""]
    lines += [f"- `{name}`: {found[0]['kind']}, {found[0].get('confidence')}, {places(found[0])}"
              for (name, _), found in seen.items()] or ["None."]
    return [*lines, ""]


def places(finding):
    """The innermost frame of each stack."""
    tops = [stack["frames"][0] for stack in finding.get("stacks", []) if stack.get("frames")]
    return " against ".join(f"{top.get('function') or top.get('offset')} ({str(top.get('module')).rsplit('/', 1)[-1]})"
                            for top in tops[:2])


def job_table(jobs):
    lines = ["## Jobs", "", "Seconds of wall time and of CPU time, one run each; their results must be the native ones.", "",
             "| job | native | Seance | ratio | all modules | ratio | result |", "|---|---|---|---|---|---|---|"]
    for record in sorted(jobs, key=lambda record: record["name"]):
        runs = record.get("runs", {})
        cells = [f"{runs['native']['wall']:.1f} / {runs['native']['cpu']:.1f}"] if "native" in runs else [""]
        for way in ("default", "all"):
            run = runs.get(way)
            cells += [f"{run['wall']:.1f} / {run['cpu']:.1f}", f"{run['wall'] / runs['native']['wall']:.1f}"] if run else ["", ""]
        result = record.get("reason") or ", ".join(f"{way}: {run['verdict']}" for way, run in runs.items()
                                                   if run.get("verdict", "identical") != "identical") or "identical"
        lines.append(f"| {record['name']} | {' | '.join(cells)} | {result} |")
    return [*lines, ""]
