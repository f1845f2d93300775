#!/usr/bin/env python3
"""Builds race programs with -fsanitize=thread, links them with -lseance, and holds their reports against their heads.

    run.py --build build --compiler gcc [--case NAME]... [--flag=-O1]... [FOLDER]...

Expectations stand in each program's first lines, see ../race/run.py; the programs are those of this folder, and of other
folders where they are named. What a program says natively is what it says built without the sanitizer.

    // flags: -D...                for the compiler
    // with: FILE.c                a shared object, built without the sanitizer, that it is linked with
"""
import argparse
import concurrent.futures
import os
import pathlib
import re
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "race"))
sys.dont_write_bytecode = True
import run as race  # noqa: E402

CXX = {"gcc": "g++", "clang": "clang++"}


class Case(race.Case):
    def __init__(self, source):
        super().__init__(source)
        self.source, self.flags, self.libraries = source, [], []
        for word, rest in re.findall(r"// (flags|with): (.*)", source.read_text()):
            if word == "flags":
                self.flags += rest.split()
            elif word == "with":
                self.libraries.append(source.parent / rest)


def compile_one(case, args, folder, sanitize):
    """Compiles and links the way docs/seance.1.md says; the program's path."""
    compiler = CXX[args.compiler] if case.source.suffix == ".cpp" else args.compiler
    stem = folder / (case.name + ("" if sanitize else "-plain"))
    command = [compiler, "-O2", "-g", "-pthread", *args.flag, *case.flags, f"-I{HERE.parent}/race",
               f"-I{HERE.parents[1]}/include"]
    libraries = []
    for source in case.libraries:
        library = folder / f"lib{source.stem}.so"
        subprocess.run([args.compiler, "-O2", "-g", "-shared", "-fPIC", "-o", library, source], check=True)
        libraries.append(library)
    subprocess.run([*command, *(["-fsanitize=thread"] if sanitize else []), "-c", case.source, "-o", f"{stem}.o"],
                   check=True)
    link = [f"-L{args.build}", "-lseance"] if sanitize else []
    subprocess.run([compiler, "-pthread", *args.flag, f"{stem}.o", "-o", stem, *libraries, *link, "-ldl", "-Wl,--as-needed", "-latomic",
                    f"-Wl,-rpath,{args.build}"], check=True)
    return stem


def run_seance(case, program, folder):
    options = [f"json={folder}/%p.json", f"text={folder}/%p.txt"] + case.options
    return race.run_program([program], dict(os.environ, SEANCE_OPTIONS=":".join(options)))


def run_case(case, args):
    unknown = {rule["kind"] for rule in case.expected} - race.KNOWN_KINDS
    if unknown:
        return case, "waiting", [f"report/kinds.def has no {', '.join(sorted(unknown))} yet"]
    with tempfile.TemporaryDirectory(prefix="compiled-") as name:
        folder = pathlib.Path(name)
        native = race.run_native(case, compile_one(case, args, folder, False))
        if native.returncode != 0:
            return case, "broken", [f"ends with {native.returncode} natively"]
        program = compile_one(case, args, folder, True)
        verdict, lines = race.judge(case, native, run_seance(case, program, folder), folder)
    if case.later:
        verdict, lines = race.judge_later(case, verdict, lines)
    return case, verdict, lines


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--build", default="build", type=lambda p: pathlib.Path(p).resolve())
    parser.add_argument("--compiler", default="gcc", choices=CXX)
    parser.add_argument("--case", action="append")
    parser.add_argument("--flag", action="append", default=[])
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("folders", nargs="*", type=pathlib.Path)
    args = parser.parse_args()
    sources = sorted(s for folder in args.folders or [HERE] for s in folder.glob("*.c*") if "-lib" not in s.stem)
    cases = [Case(s) for s in sources if not args.case or s.stem in args.case]
    bad = 0
    with concurrent.futures.ThreadPoolExecutor(args.jobs) as pool:
        for case, verdict, lines in pool.map(lambda c: run_case(c, args), cases):
            bad += verdict not in ("right", "waiting", "later")
            print(f"{verdict:12}{case.name}", *lines, sep="\n    ", flush=True)
    print(f"{len(cases)} programs, {bad} not as expected")
    return 1 if bad or not cases else 0


if __name__ == "__main__":
    sys.exit(main())
