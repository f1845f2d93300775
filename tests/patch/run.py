#!/usr/bin/env python3
"""Runs the shapes natively and under Seance and compares their digests, one by one.

usage: run.py LIBRARY PROGRAM [SEED]
"""

import os
import random
import subprocess
import sys

ROUNDS = "2000"


def digests(program, seed, preload=None):
    env = dict(os.environ, SEANCE_OPTIONS="text=none")
    if preload:
        env["LD_PRELOAD"] = os.path.abspath(preload)
    done = subprocess.run([program, str(seed), ROUNDS], env=env, capture_output=True, text=True, timeout=100)
    return done.returncode, dict(line.split() for line in done.stdout.splitlines())


def main():
    library, program = sys.argv[1:3]
    seed = int(sys.argv[3]) if len(sys.argv) > 3 else random.randrange(1, 1 << 32)
    print(f"# seed {seed}")
    native_status, native = digests(program, seed)
    status, ours = digests(program, seed, library)
    names = list(native)
    print(f"1..{len(names) + 1}")
    print(f"{'ok' if status == native_status == 0 else 'not ok'} 1 - status {status}, natively {native_status}")
    for number, name in enumerate(names, 2):
        same = ours.get(name) == native[name]
        print(f"{'ok' if same else 'not ok'} {number} - {name}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
