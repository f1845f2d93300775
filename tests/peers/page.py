"""docs/peers.md from the records of the runs."""

import collections

import model

GROUPS = {
    "main": "Unmodified programs",
    "annotations": "Programs that tell the detector about themselves, by macros of Valgrind or functions of ThreadSanitizer",
    "suppressions": "Programs with a suppressions file",
    "options": "Programs that are judged with another option of the suite's own tool",
}
SUITES = {"valgrind": "Valgrind's helgrind/tests and drd/tests", "tsan": "ThreadSanitizer's tests",
          "libstdc++": "libstdc++'s tests of threads", "libc++": "libc++'s tests of threads"}
COUNTED = ("right", "false alarm", "missed", "crash", "hang", "changed")


def write(path, suites, table):
    """1 if Seance has a crash, a hang or a changed result."""
    lines = intro()
    for suite, tests in suites.items():
        names = [name for of, name in table if of == suite and table[of, name]]
        lines += ["", f"## {SUITES[suite]}", ""] + [line for group in GROUPS
                                                   for line in counts(group, of_group(tests, group), suite, names, table)]
        lines += corrections(tests)
        for name in names:
            lines += disagreements(tests, table[suite, name], name)
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    ends = [record["end"] for (_, name), records in table.items() if name == "Seance" for record in records.values()]
    print(f"{path}: {len(ends)} tests under Seance, {len(ends) - ends.count('same')} of them not as natively")
    return 1 if set(ends) & {"crash", "hang", "changed"} else 0


def write_compiled(path, suites, table):
    """The same of code that is instrumented when it is compiled: 1 if Seance has a crash, a hang or a changed result."""
    lines = compiled_intro()
    for suite, tests in suites.items():
        names = [name for of, name in table if of == suite and table[of, name]]
        lines += [f"## {SUITES[suite]}", ""] + [line for group in GROUPS for line in counts(group, of_group(tests, group), suite, names, table)]
        for name in names:
            lines += disagreements(tests, table[suite, name], name)
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    ends = [record["end"] for (_, name), records in table.items() if name.startswith("Seance") for record in records.values()]
    print(f"{path}: {len(ends)} runs with our runtime")
    return 1 if set(ends) & {"crash", "hang", "changed"} else 0


def compiled_intro():
    return ["# ThreadSanitizer's tests with our runtime", "",
            "Written by `./dev peers --compiled`: each test of ThreadSanitizer's suite is compiled with `-fsanitize=thread` by gcc and by",
            "clang, and linked once with Seance (`-lseance`, no `-fsanitize=thread` at the link) and once with the compiler's own runtime.",
            "What must be found, and what counts as right, is as in [peers.md](peers.md), with the corrections there.", ""]


def intro():
    return ["# The suites of Helgrind, DRD and ThreadSanitizer", "",
            "Written by `./dev peers`, which fetches the suites out of Debian's source packages and runs them as they are: under",
            "Helgrind, DRD and Seance built by gcc with `-g` alone, under ThreadSanitizer of gcc and of clang built with each.",
            "The thread tests of libstdc++ and libc++, built as their suites do, are meant to have no fault: whatever is said of",
            "one is a false alarm.", "",
            "What must be found is what the suites themselves expect (`.stderr.exp`, `RUN` and `CHECK` lines); the corrections stand",
            "below, each with its reason. A test is *right* when all that it expects is reported, and nothing else that the suite",
            "has a name for; a crash, a hang, or a status or output other than natively counts as such, whatever was reported.",
            "A test is run up to three times while something that it expects is missing. Findings of confidence `likely` count like",
            "`certain` ones."]


def of_group(tests, group):
    return [test for test in tests if test.group == group]


def kind_of(test):
    """The column of the table that a test counts in."""
    if "race" in test.expects:
        return "race"
    return "other" if test.expects else "clean"


def counts(group, tests, suite, names, table):
    if not tests:
        return []
    of = collections.Counter(map(kind_of, tests))
    lines = [f"### {GROUPS[group]}", "",
             f"{of['race']} with a race, {of['other']} with another fault, {of['clean']} with none.", "",
             "| tool | races found | missed | other faults found | no fault: right | false alarms | crash, hang | changed |"
             " not built | wrong in all |", "|---|---|---|---|---|---|---|---|---|---|"]
    for name in names:
        ran = [test for test in tests if test.name in table[suite, name]]
        found = collections.Counter((kind_of(test), model.judge(test, table[suite, name][test.name])) for test in ran)
        partly = f" ({len(ran)} of {len(tests)} run)" if len(ran) < len(tests) else ""
        lines.append(f"| {name}{partly} | " + " | ".join(map(str, row(found))) + " |")
    return [*lines, ""]


def row(found):
    every = collections.Counter()
    for (_, verdict), number in found.items():
        every[verdict] += number
    wrong = sum(every[verdict] for verdict in COUNTED if verdict != "right")
    return (found["race", "right"], found["race", "missed"], found["other", "right"], found["clean", "right"],
            every["false alarm"], every["crash"] + every["hang"], every["changed"], every["not built"], wrong)


def corrections(tests):
    changed = [test for test in tests if test.reason]
    return ["### Corrections", "", "| test | expected here | reason |", "|---|---|---|",
            *(f"| {test.name} | {named(test.expects)} | {test.reason} |" for test in changed), ""] if changed else []


def disagreements(tests, records, name):
    lines = [f"### Where {name} is wrong", "", "| test | group | expected | it says | verdict | why |", "|---|---|---|---|---|---|"]
    wrong = [(test, records[test.name]) for test in tests if test.name in records and test.group in GROUPS
             and model.judge(test, records[test.name]) not in ("right", "not built")]
    lines += [f"| {test.name} | {test.group} | {named(test.expects)} | {named(record['kinds'])} | {model.judge(test, record)} |"
              f" {test.why.get(name, '')} |" for test, record in wrong]
    return [*lines, ""] if wrong else [f"### {name} is never wrong", ""]


def named(kinds):
    return ", ".join(sorted(kinds)) or "nothing"
