#!/usr/bin/env python3
"""Where debug information may lie, and sources: a flag that is atomic by its line of source alone, of one program in several files.

Without its debug information the program is only taken for a race ("likely"), which shows that it was the
information that was found.
"""

import argparse
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
SOURCE = HERE / "lockfree" / "publish_builtin.c"


def call(*words, **more):
    subprocess.run([str(word) for word in words], check=True, **more)


def outcome(program, library, cwd):
    """[(kind, confidence)] of a run, and how many pieces of code were known to be atomic before it began"""
    report = cwd / f"{program.name}.json"
    report.unlink(missing_ok=True)
    environment = dict(os.environ, LD_PRELOAD=str(library), SEANCE_OPTIONS=f"json={report}:text=none:verbosity=2", HOME=str(cwd))
    said = subprocess.run([program], env=environment, cwd=cwd, check=False, stderr=subprocess.PIPE, text=True).stderr
    known = re.search(rf"{program.name}: (\d+) pieces of code", said)
    lines = map(json.loads, report.read_text().splitlines()) if report.exists() else []
    return [(line["kind"], line["confidence"]) for line in lines if line["kind"] != "summary"], int(known[1]) if known else 0


def make(folder):
    """{what: program}; all of one build."""
    build = folder / "source" / "build"
    build.mkdir(parents=True)
    shutil.copy(SOURCE, build.parent / "main.c")
    include = [f"-I{SOURCE.parent}", f"-I{HERE}"]
    call("gcc", "-O2", "-g", "-pthread", "-std=gnu11", *include, "-o", "whole", "../main.c", cwd=build)
    call("objcopy", "--only-keep-debug", "whole", "apart.debug", cwd=build)
    call("strip", "-o", "stripped", "whole", cwd=build)
    call("objcopy", "--add-gnu-debuglink=apart.debug", "stripped", "beside", cwd=build)
    (build / ".debug").mkdir()
    other = build / "other"
    (other / ".debug").mkdir(parents=True)
    shutil.copy(build / "beside", other / "below")
    shutil.copy(build / "apart.debug", other / ".debug")
    return {"sources by a relative path": build / "whole", "a file beside": build / "beside",
            "a file in .debug": other / "below", "none": build / "stripped"}


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--build", type=pathlib.Path, required=True)
    library = parser.parse_args().build.resolve() / "libseance.so"
    bad = 0
    with tempfile.TemporaryDirectory(prefix="apart-") as name:
        folder = pathlib.Path(name)
        for what, program in make(folder).items():
            found, known = outcome(program, library, folder)
            right = found == [("data-race", "likely")] and not known if what == "none" else not found and known == 2
            print(f"{'right' if right else 'WRONG'}: {what}: {found}, {known} pieces")
            bad += not right
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
