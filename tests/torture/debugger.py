#!/usr/bin/env python3
"""gdb on a program that runs under Seance with debugger=1: what it tells must be what it tells of a native run."""

import os
import pathlib
import re
import shutil
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
# Breakpoints behind a prologue, which gdb writes before the code is looked at; debugger=1 comes by itself.
EARLY = """
set pagination off
set confirm off
set print thread-events off
break main
break t_middle
run
bt
continue
bt
info args
finish
continue
bt 1
delete
continue
"""
# Behind a watched store the pc is in a copy, which gdb has no name for: values are compared, not places.
TOLD = re.compile(r"hit |^Run till exit|^Value returned|^#\d|^n = |^by = |^Old value|^New value|^\d+ \d+$|exited")


def told(program, commands, wrapper):
    command = ["gdb", "-q", "-nx", "-batch"]
    if wrapper:
        command += ["-ex", f"set exec-wrapper env {wrapper}"]
    command += [word for line in commands.split("\n") if line for word in ("-ex", line)] + [program]
    env = dict(os.environ, DEBUGINFOD_URLS="")
    out = subprocess.run(command, capture_output=True, text=True, timeout=100, env=env, stdin=subprocess.DEVNULL)
    return [re.sub(r"process \d+", "process", line) for line in out.stdout.splitlines() if TOLD.search(line)], out.stderr


def same(library, program, commands, options):
    """None: gdb does not work here."""
    native, words = told(program, commands, "")
    if not any("exited normally" in line for line in native):
        print(f"gdb does not work here: {words.strip()}")
        return None
    checked, words = told(program, commands, f"LD_PRELOAD={library} SEANCE_OPTIONS=text=none{options}")
    if native == checked:
        print(f"{program}: right: {len(native)} lines")
        return True
    print(f"{program}: wrong: natively", *native, "under Seance", *checked, words, sep="\n   ")
    return False


def main():
    library, programs = pathlib.Path(sys.argv[1]).resolve(), sys.argv[2:]
    if not shutil.which("gdb"):
        print("no gdb")
        return SKIPPED
    results = [same(library, programs[0], COMMANDS, ":debugger=1")]
    results += [same(library, program, EARLY, "") for program in programs]
    return SKIPPED if None in results else 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main())
