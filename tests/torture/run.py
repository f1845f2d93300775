#!/usr/bin/env python3
"""Runs one program natively and under Seance: status, stdout and stderr must be the same."""

import argparse
import os
import pathlib
import subprocess
import sys

TIMEOUT = 60


def run(program, env):
    """(status, stdout, stderr); a status below 0 is a signal, 'timeout' is what it says."""
    try:
        # One name for both runs, so that what a program makes of argv[0] is the same.
        result = subprocess.run([program], capture_output=True, timeout=TIMEOUT, env=env, stdin=subprocess.DEVNULL)
    except subprocess.TimeoutExpired as late:
        return "timeout", late.stdout or b"", late.stderr or b""
    return result.returncode, result.stdout, result.stderr


def differences(native, seance):
    """Lines that say what differs between two results of run()."""
    for what, before, after in zip(("status", "stdout", "stderr"), native, seance):
        if before == after:
            continue
        if what == "status":
            yield f"status {before} natively, {after} under Seance"
            continue
        for number, (old, new) in enumerate(zip(before.splitlines() + [b"(end)"], after.splitlines() + [b"(end)"]), 1):
            if old != new:
                yield f"{what} line {number}: {old.decode(errors='replace')!r} natively, {new.decode(errors='replace')!r}"
                break


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--library", required=True, type=pathlib.Path)
    parser.add_argument("--modules", default="default", choices=["default", "all"])
    parser.add_argument("programs", nargs="+", type=pathlib.Path)
    args = parser.parse_args()
    options = "exitcode=0:text=none" + (":modules=all" if args.modules == "all" else "")
    plain = {k: v for k, v in os.environ.items() if not k.startswith("SEANCE_")}
    checked = dict(plain, LD_PRELOAD=str(args.library.resolve()), SEANCE_OPTIONS=options)
    wrong = 0
    for program in args.programs:
        native = run(program, plain)
        if native[0] == "timeout" or native != run(program, plain):
            print(f"wrong {program}: not the same on two native runs: status {native[0]}, {native[2][-200:]!r}")
            wrong += 1
            continue
        found = list(differences(native, run(program, checked)))
        for line in found:
            print(f"   {line}")
        print(f"{'wrong' if found else 'right'} {program.name} modules={args.modules}")
        wrong += bool(found)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
