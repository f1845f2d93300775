#!/usr/bin/env python3
"""gdb on a program that runs under Seance with debugger=1: what it tells must be what it tells of a native run."""

import os
import pathlib
import re
import subprocess
import sys

SKIPPED = 77
COMMANDS = """
set pagination off
set confirm off
set print thread-events off
break t_inner
run
bt
info args
continue
continue
bt 2
delete
watch total
continue
continue
delete
continue
"""
# Behind a watched store the pc is in a copy, which gdb has no name for: values are compared, not places.
TOLD = re.compile(r"hit |^#\d|^n = |^by = |^Old value|^New value|^\d+ \d+$|exited")


def told(program, wrapper):
    command = ["gdb", "-q", "-nx", "-batch"]
    if wrapper:
        command += ["-ex", f"set exec-wrapper env {wrapper}"]
    command += [word for line in COMMANDS.split("\n") if line for word in ("-ex", line)] + [program]
    env = dict(os.environ, DEBUGINFOD_URLS="")
    out = subprocess.run(command, capture_output=True, text=True, timeout=100, env=env, stdin=subprocess.DEVNULL)
    return [re.sub(r"process \d+", "process", line) for line in out.stdout.splitlines() if TOLD.search(line)], out.stderr


def main():
    library, program = pathlib.Path(sys.argv[1]).resolve(), sys.argv[2]
    try:
        native, words = told(program, "")
    except FileNotFoundError:
        native, words = [], "no gdb"
    if not any("exited normally" in line for line in native):
        print(f"gdb does not work here: {words.strip()}")
        return SKIPPED
    checked, words = told(program, f"LD_PRELOAD={library} SEANCE_OPTIONS=text=none:debugger=1")
    if native == checked:
        print(f"right: {len(native)} lines")
        return 0
    print("wrong: natively", *native, "under Seance", *checked, words, sep="\n   ")
    return 1


if __name__ == "__main__":
    sys.exit(main())
