#!/usr/bin/env python3
"""Bad input and faults: what Seance says, and that the program runs on.

A case is a function case_NAME(seat) in one of the modules below; it raises Wrong or Skip. Adding a
case is adding a function.
"""

import argparse
import pathlib
import sys
import tempfile

import limits
import lives
import options
import reports
import starts
import symbols
from harness import Seat, Skip, Wrong

MODULES = (options, reports, symbols, starts, limits, lives)
SKIPPED = 77  # how a test tells meson that it did not run


def all_cases():
    return {name[len("case_"):]: function for module in MODULES
            for name, function in vars(module).items() if name.startswith("case_")}


def run_case(name, function, build):
    with tempfile.TemporaryDirectory(prefix="fault-") as folder:
        try:
            function(Seat(build, pathlib.Path(folder)))
        except Skip as reason:
            print(f"skipped {name}: {reason}")
            return SKIPPED
        except Exception as wrong:  # a case that breaks is a failed case, the others go on
            label = "" if isinstance(wrong, Wrong) else f"{type(wrong).__name__}: "
            print(f"wrong   {name}: {label}{wrong}")
            return 1
    print(f"right   {name}")
    return 0


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--build", default="build")
    parser.add_argument("--case", action="append")
    parser.add_argument("--list", action="store_true")
    args = parser.parse_args()
    cases = all_cases()
    if args.list:
        print("\n".join(cases))
        return 0
    unknown = [name for name in args.case or [] if name not in cases]
    if unknown:
        sys.exit(f"no such case: {', '.join(unknown)}")
    results = [run_case(name, cases[name], args.build) for name in args.case or cases]
    if len(results) > 1:
        print(f"{results.count(0)} right, {results.count(1)} wrong, {results.count(SKIPPED)} skipped")
    if 1 in results:
        return 1
    return 0 if 0 in results else SKIPPED


if __name__ == "__main__":
    sys.exit(main())
