#!/usr/bin/env python3
"""Tests of run.py itself: a judge that lets everything pass would be worse than none."""

import copy
import json
import pathlib
import subprocess
import sys
import tempfile

import run

SOURCE = """// A program.
// expect: data-race var=request_count in=handle,handle natural=true arm64=single
"""
FRAME = {"function": "handle", "file": "a.c", "line": 4}
RACE = {
    "v": 1, "kind": "data-race", "severity": "error", "confidence": "certain", "id": "dr-5f0c2a9e41b7d3c8",
    "stacks": [{"role": "access", "frames": [FRAME]}, {"role": "previous", "frames": [FRAME]}],
    "location": {"type": "global", "name": "request_count"},
    "alignment": {"natural": True, "amd64": "single-copy atomic", "arm64": "single-copy atomic"},
}
SUMMARY = {"v": 1, "kind": "summary"}


def changed(**fields):
    finding = copy.deepcopy(RACE)
    finding.update(fields)
    return finding


def verdict(source, lines, status, stderr=b""):
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        (folder / "a.c").write_text(source)
        if lines is not None:
            (folder / "1.json").write_text("".join(
                (line if isinstance(line, str) else json.dumps(line)) + "\n" for line in lines))
        native = subprocess.CompletedProcess([], 0, b"", b"")
        result = subprocess.CompletedProcess([], status, b"", stderr)
        return run.judge(run.Case(folder / "a.c"), native, result, folder)[0]


CLEAN = "// expect: none\n"
TABLE = [
    ("the expected finding", SOURCE, [RACE, SUMMARY], 66, "right"),
    ("nothing on a clean program", CLEAN, [SUMMARY], 0, "right"),
    ("a note on a clean program", CLEAN, [changed(severity="note"), SUMMARY], 0, "right"),
    ("an allowed finding", "// expect: none\n// allow: data-race in=handle,handle\n// exit: 66\n",
     [RACE, SUMMARY], 66, "right"),
    ("no finding", SOURCE, [SUMMARY], 0, "missed"),
    ("another variable", SOURCE, [changed(location={"type": "global", "name": "other"}), SUMMARY], 66, "missed"),
    ("another kind", SOURCE, [changed(kind="mixed-atomic"), SUMMARY], 66, "missed"),
    ("one stack only", SOURCE, [changed(stacks=RACE["stacks"][:1]), SUMMARY], 66, "missed"),
    ("a stack without lines", SOURCE,
     [changed(stacks=[RACE["stacks"][0], {"role": "previous", "frames": [{"function": "handle"}]}]), SUMMARY],
     66, "missed"),
    ("other alignment words", SOURCE, [changed(alignment={"natural": True, "arm64": "bytes"}), SUMMARY], 66, "missed"),
    ("a finding too many", SOURCE, [RACE, changed(kind="mixed-atomic"), SUMMARY], 66, "false alarm"),
    ("a finding on a clean program", CLEAN, [RACE, SUMMARY], 66, "false alarm"),
    ("a likely one on a clean program", CLEAN, [changed(confidence="likely"), SUMMARY], 0, "false alarm"),
    ("the wrong status", SOURCE, [RACE, SUMMARY], 0, "broken"),
    ("no file at all", CLEAN, None, 0, "broken"),
    ("no summary", SOURCE, [RACE], 66, "broken"),
    ("a torn line", CLEAN, ['{"v":1,', SUMMARY], 0, "broken"),
    ("a bad fingerprint", SOURCE, [changed(id="x"), SUMMARY], 66, "broken"),
]


def main():
    wrong = 0
    for title, source, lines, status, wanted in TABLE:
        got = verdict(source, lines, status)
        if got != wanted:
            print(f"{title}: {got}, expected {wanted}")
            wrong += 1
    if verdict(CLEAN, [SUMMARY], 0, b"noise\n") != "broken":
        print("noise on stderr: not noticed")
        wrong += 1
    listed = (run.HERE / "meson.build").read_text()
    for source in sorted([*run.HERE.glob("*.c"), *run.HERE.glob("*.cpp")]):
        if f"'{source.name}'" not in listed:
            print(f"{source.name} is not in meson.build")
            wrong += 1
        if "// expect: " not in source.read_text():
            print(f"{source.name} expects nothing")
            wrong += 1
    print(f"{len(TABLE) + 1} judgements, {wrong} wrong")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
