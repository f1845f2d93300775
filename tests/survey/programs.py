"""Every dynamically linked program of the machine: what it says natively and under Seance."""

import os
import pathlib
import re

import sandbox

HERE = pathlib.Path(__file__).resolve().parent
FOLDERS = ("/usr/bin", "/usr/sbin")
ARGUMENTS = ("--version", "--help")
NATIVE_LIMIT, LIMIT = 5, 100  # seconds
NATIVE_RUNS = 20  # of a program whose output is not always the same
INTERPRETER = 3  # PT_INTERP


def is_dynamic(path):
    """An ELF file for AMD64 that asks for a loader."""
    try:
        with open(path, "rb") as file:
            head = file.read(64)
            if head[:5] != b"\x7fELF\x02" or head[18:20] != b"\x3e\x00":
                return False
            file.seek(int.from_bytes(head[32:40], "little"))
            size, count = (int.from_bytes(head[at:at + 2], "little") for at in (54, 56))
            table = file.read(size * count)
    except OSError:
        return False
    return any(int.from_bytes(table[at:at + 4], "little") == INTERPRETER for at in range(0, len(table), size))


def table(name):
    """NAME REST of each line of a table file."""
    lines = ((HERE / name).read_text().splitlines())
    return dict(line.split(None, 1) for line in lines if line.strip() and not line.startswith("#"))


def find():
    """One path for each program, however many names it has."""
    real = {}
    for folder in FOLDERS:
        for name in sorted(os.listdir(folder)):
            path = os.path.join(folder, name)
            if is_dynamic(path):
                real.setdefault(os.path.realpath(path), path)
    return sorted(real.values())


def tasks():
    """(path, arguments) of all that is to run, and {path: reason} of what is not."""
    skip, own = table("skip.txt"), table("commands.txt")
    todo, skipped = [], {}
    for path in find():
        name = os.path.basename(path)
        if name in skip:
            skipped[path] = skip[name]
            continue
        todo += [(path, [argument]) for argument in ARGUMENTS]
        if name in own:
            todo.append((path, ["sh", own[name]]))
    return todo, skipped


def command_of(path, arguments):
    """A line of commands.txt is for the shell; it names the program by $0."""
    return ["sh", "-c", arguments[1], path] if arguments[0] == "sh" else [path, *arguments]


def masked(seen):
    """Numbers and addresses blotted out: what may differ between two native runs."""
    status, out, err = seen
    return status, re.sub(rb"[0-9a-fA-F]*[0-9][0-9a-fA-F]*|\s+", b"#", out + b"\0" + err)


def judge(place, path, arguments):
    """One record: what was compared, and the verdict."""
    command = command_of(path, arguments)
    record = {"path": path, "arguments": arguments, "setgid": bool(os.stat(path).st_mode & 0o6000)}
    native = place.run([*sandbox.NATIVE, *command], NATIVE_LIMIT)
    if native.late:
        return {**record, "verdict": "waits"}

    def again():
        return place.run([*place.seance(), *command], LIMIT)

    def native_again():
        return place.run([*sandbox.NATIVE, *command], NATIVE_LIMIT).seen()

    outcome = again()
    record.update(status=native.status, native=native.cpu, seance=outcome.cpu, said=outcome.said(), late=outcome.late,
                  findings=outcome.findings, loaded=len(outcome.summaries), summary=outcome.summaries[:1])
    record["verdict"] = compare(native.seen(), outcome.seen(), native_again, lambda: again().seen())
    if record["verdict"] not in ("identical", "varies"):
        record["shown"] = [show(native.seen(), outcome.seen()), show(outcome.seen(), native.seen())]
    return record


def compare(native, seance, native_again, seance_again):
    if native == seance:
        return "identical"
    natives = [native] + [native_again() for _ in range(NATIVE_RUNS - 1)]
    if any(other != native for other in natives):
        return "varies" if masked(seance) in map(masked, natives) else "varies, look"
    return "sometimes" if seance_again() == native else "differs"


def show(seen, other):
    """The surroundings of the first difference in each stream."""
    shown = {"status": seen[0]}
    for name, mine, theirs in zip(("out", "err"), seen[1:], other[1:]):
        start = max(0, len(os.path.commonprefix([mine, theirs])) - 100)
        shown[name] = mine[start:start + 400].decode(errors="replace") if mine != theirs else "same"
    return shown
