"""What a test is, what it expects, and what a tool's answer is worth."""

import dataclasses
import json
import pathlib

KINDS = ("race", "lock-order", "misuse", "thread-leak", "signal")
# The kinds a tool of the suite's makers reports; what a tool says beyond these about a test is not judged.
SUITE_KINDS = {"valgrind": {"race", "lock-order", "misuse"}, "tsan": set(KINDS), "libstdc++": set(KINDS), "libc++": set(KINDS)}
VERDICTS = ("right", "false alarm", "missed", "crash", "hang", "changed", "not built")


@dataclasses.dataclass
class Test:
    """One way to run one program of a suite.

    group     "main", or why the test says less about a detector: it drives annotations, options, suppressions ...
    build     shell commands; {cc}, {cxx}, {out} and {link} are filled in
    command   words; {out} is filled in
    options   ThreadSanitizer's, which only it is given
    expects   kinds that must be reported; None where the suite's own files contradict each other
    allows    kinds that may be reported too
    retries   how often its suite lets it fail: it measures times
    varies    what it prints, whether it crashes or how long it takes depends on its fault, or on the schedule
    reason    why the expectation or the group is not the one of the suite's own files
    why       by tool, why its answer is wrong
    """

    suite: str
    name: str
    group: str
    expects: frozenset
    build: list
    command: list
    options: str = ""
    environment: dict = dataclasses.field(default_factory=dict)
    allows: frozenset = frozenset()
    retries: int = 0
    varies: bool = False
    reason: str = ""
    why: dict = dataclasses.field(default_factory=dict)


def correct(tests):
    """The tests with the corrections of overrides.json; an entry without a test is a mistake."""
    path = pathlib.Path(__file__).with_name("overrides.json")
    overrides = json.loads(path.read_text(encoding="utf-8"))
    by_name = {(test.suite, test.name): test for test in tests}
    for suite in {test.suite for test in tests}:
        for name, change in overrides[suite].items():
            test = by_name[suite, name]
            test.reason, test.why = change.get("reason", ""), change.get("why", {})
            test.group, test.varies = change.get("group", test.group), change.get("varies", False)
            for field in ("expects", "allows"):
                if field in change:
                    setattr(test, field, frozenset(change[field]))
    undecided = [test.name for test in tests if test.expects is None]
    if undecided:
        raise SystemExit(f"overrides.json: the suites contradict each other about {undecided}")
    return tests


def judge(test, record):
    """One of VERDICTS for what a tool made of a test."""
    if record["end"] != "same" and not (test.varies and record["end"] in ("changed", "crash", "hang")):
        return record["end"]
    said = set(record["kinds"]) & SUITE_KINDS[test.suite]
    allowed = test.expects | test.allows | ({"race"} if "misuse" in test.expects else set())
    if said - allowed:
        return "false alarm"
    return "right" if test.expects <= said else "missed"
