#!/usr/bin/env python3
"""Measures Seance beside ThreadSanitizer, Helgrind, DRD and the bare program, and writes docs/benchmarks.md with plots.

The tools take turns (native, rewriting only, Seance, ...), each figure is the median over the rounds of the tool's run
over the native run beside it, and every output must be the native one, byte for byte.
"""

import argparse
import fnmatch
import pathlib
import shlex
import sys

import kernels
import measure
import programs
import report
import servers
import sources
import stacks
import startup
import threads
from tools import NATIVE, VALGRIND, Tools

ROOT = pathlib.Path(__file__).resolve().parents[2]
HERE = pathlib.Path(__file__).resolve().parent
PAGE = ROOT / "docs" / "benchmarks.md"
THREADS_PAGE = ROOT / "docs" / "bench-threads.md"


class Bench:
    """What all rows need to know."""

    def __init__(self, args):
        self.build = args.build.resolve()
        self.out = self.build / "bench"
        self.rounds, self.scale = (1, args.scale) if args.quick else (args.rounds, args.scale)
        self.patience_valgrind, self.patience_others = args.patience, 4 * args.patience
        self.out.mkdir(parents=True, exist_ok=True)
        self.tools = Tools(self.build)
        if args.tools:
            wanted = args.tools.lower().split(",")
            self.tools.names = [name for name in self.tools.names if name == NATIVE or name.lower() in wanted]
        kernels.compile_c(self.out / "measure", [HERE / "measure.c"])

    def patience(self, tool):
        return self.patience_valgrind if tool in VALGRIND else self.patience_others


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--build", default=ROOT / "build", type=pathlib.Path)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--quick", action="store_true", help="one round")
    parser.add_argument("--scale", type=float, default=1.0, help="multiplies the work of each row")
    parser.add_argument("--only", default="*", help="comma list of globs of rows and groups")
    parser.add_argument("--tools", help="comma list of tools beside native")
    parser.add_argument("--sources", default="*",
                        help="comma list of globs of the programs to build with ThreadSanitizer from Debian's sources")
    parser.add_argument("--patience", type=int, default=15,
                        help="seconds for a run under Valgrind; the others have four times as long")
    parser.add_argument("--threads", nargs="?", const="", metavar="COUNTS",
                        help="the kernels over numbers of threads instead, by default 1,2,4,8,16 as far as there are CPUs")
    parser.add_argument("--out", type=pathlib.Path, help="where the page goes, its plots beside it")
    return parser.parse_args()


def matches(name, group, only):
    return any(fnmatch.fnmatch(word, glob) for word in (name, group) for glob in only.split(","))


def all_rows(bench, made, only, built):
    """Builds with ThreadSanitizer are made for the rows only that were asked for."""

    def builds(name, group):
        return made.builds(name) if matches(name, group, only) and matches(name, group, built) else {}

    rows = kernels.rows(bench) + programs.rows(bench, builds) + servers.rows(bench, builds) + startup.rows(bench, builds)
    return [row for row in rows if matches(row.name, row.group, only)]


def show(row, bench):
    cells = [f"{tool} {report.cell(row, tool, row.shown)}" for tool in bench.tools.names if tool != NATIVE]
    print(f"{row.title}: " + ", ".join(cells), flush=True)


def measure_rows(rows, bench):
    """({group: rows with figures}, whether nothing went wrong)"""
    groups, good = {}, True
    for row in rows:
        good &= measure.measure_row(row, bench)
        if NATIVE in row.runs:
            groups.setdefault(row.group, []).append(row)
            show(row, bench)
    return groups, good


def bench_all(bench, args, command):
    made = sources.Sources(bench)
    groups, good = measure_rows(all_rows(bench, made, args.only, args.sources), bench)
    more = [report.stacks_part(*stacks.count(bench))] if matches("stacks", "stacks", args.only) else []
    report.write_page(args.out, bench, groups, [report.sources_part(made.used()), *more], command)
    return good


def bench_threads(bench, args, command):
    counts = threads.counts_of(args.threads)
    rows, good = threads.measure_kernels(bench, counts, lambda name: matches(name, kernels.GROUP, args.only))
    threads.write_page(args.out, bench, rows, counts, command)
    return good


def main():
    args = arguments()
    if not (args.build / "libseance.so").exists():
        sys.exit("bench: build/libseance.so is not there; run ./dev build")
    args.out = args.out or (PAGE if args.threads is None else THREADS_PAGE)
    args.out.parent.mkdir(exist_ok=True)
    work = bench_all if args.threads is None else bench_threads
    good = work(Bench(args), args, shlex.join(["./dev", "bench", *sys.argv[1:]]))
    print(f"written: {args.out.name}")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
