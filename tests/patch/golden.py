#!/usr/bin/env python3
"""Holds what the rewriter emits for the shapes of golden.S against tests/patch/golden/.

usage: golden.py PROGRAM [--write]     --write makes the golden files anew; read the difference before committing it
"""

import difflib
import pathlib
import subprocess
import sys

FOLDER = pathlib.Path(__file__).resolve().parent / "golden"
RUNS = [("gs", "all"), ("xor", "none")]


def main():
    program, write = sys.argv[1], "--write" in sys.argv[2:]
    print(f"1..{len(RUNS)}")
    for number, (form, passes) in enumerate(RUNS, 1):
        name = f"{form}-{passes}.txt"
        done = subprocess.run([program, form, passes], capture_output=True, text=True, timeout=60)
        if write:
            (FOLDER / name).write_text(done.stdout)
        wanted = (FOLDER / name).read_text() if (FOLDER / name).exists() else ""
        good = done.returncode == 0 and done.stdout == wanted
        print(f"{'ok' if good else 'not ok'} {number} - {name}")
        for line in difflib.unified_diff(wanted.splitlines(), done.stdout.splitlines(), name, "emitted", lineterm=""):
            print(f"# {line}")
        for line in done.stderr.splitlines():
            print(f"# {line}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
