"""Real jobs: each script of jobs/ does work whose result it prints, natively, under Seance with the system's
libraries left out, and with everything checked (modules=all).

A script finds its input in $INPUT (files made by prepare()), puts $SEANCE before each program that is
to be checked, and exits with 77 where something it needs is not installed ("# needs:" names programs).
"""

import pathlib
import random
import shutil

import sandbox

FOLDER = pathlib.Path(__file__).resolve().parent / "jobs"
LIMIT = 600  # seconds
WAYS = {"default": "", "all": ":modules=all"}
INPUT_SIZE = 6 << 20


def names():
    return sorted(path.stem for path in FOLDER.glob("*.sh"))


def prepare():
    """The input: words and binary stretches in turns, the same bytes every time."""
    folder = sandbox.WORK / "input"
    folder.mkdir(parents=True, exist_ok=True)
    chance = random.Random(19)
    words = [bytes(chance.choices(b"etaoinshrdlu", k=chance.randint(2, 9))) for _ in range(800)]
    with open(folder / "mixed", "wb") as out:
        while out.tell() < INPUT_SIZE:
            out.write(b" ".join(chance.choices(words, k=6000)) + b"\n" + chance.randbytes(8000))
    with open(folder / "text", "wb") as out:
        for _ in range(INPUT_SIZE // 64):
            out.write(b" ".join(chance.choices(words, k=8)) + b"\n")


def missing(script):
    """What the script needs and is not there."""
    needs = [line.split(":", 1)[1] for line in script.read_text().splitlines() if line.startswith("# needs:")]
    return [name for name in " ".join(needs).split() if not shutil.which(name)]


def judge(place, name):
    script = FOLDER / f"{name}.sh"
    record = {"job": name, "runs": {}}
    lacking = missing(script)
    if lacking:
        return {**record, "verdict": "skipped", "reason": "not installed: " + " ".join(lacking)}

    def run(prefix):
        return place.run(["sh", "-eu", str(script)], LIMIT, INPUT=str(sandbox.WORK / "input"), SEANCE=" ".join(prefix))

    native = run(sandbox.NATIVE)
    note(record, "native", native)
    verdicts = []
    for way, options in WAYS.items():
        outcome = run(place.seance(options))
        note(record, way, outcome)
        verdicts.append(verdict(native, outcome, lambda: run(sandbox.NATIVE)))
        record["runs"][way]["verdict"] = verdicts[-1]
    wrong = [word for word in verdicts if word != "identical"]
    return {**record, "verdict": wrong[0] if wrong else "identical"}


def verdict(native, outcome, native_again):
    if native.status:
        return "fails natively"
    if (native.status, native.out) == (outcome.status, outcome.out):
        return "identical" if outcome.summaries else "not loaded"
    second = native_again()
    return "differs" if (second.status, second.out) == (native.status, native.out) else "varies"


def note(record, way, outcome):
    record["runs"][way] = {"status": outcome.status, "wall": outcome.wall, "cpu": outcome.cpu, "late": outcome.late,
                           "said": outcome.said(), "out": outcome.out[-3000:].decode(errors="replace"),
                           "err": outcome.err[-3000:].decode(errors="replace"), "processes": len(outcome.summaries)}
    record.setdefault("findings", []).extend({**finding, "way": way} for finding in outcome.findings)
