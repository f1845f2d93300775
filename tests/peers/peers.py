#!/usr/bin/env python3
"""Runs the suites of Helgrind, DRD and ThreadSanitizer, and those of two C++ libraries, under these and under Seance, and compares.

The suites come from Debian's source packages. Results are appended to build/peers/results/, those of Seance to a folder named by a
digest of the library: an interrupted run goes on where it was. The page docs/peers.md is made from them. With --compiled
ThreadSanitizer's suite is compiled with -fsanitize=thread and linked with Seance, for docs/compiled.md.
"""

import argparse
import concurrent.futures
import json
import os
import pathlib
import resource
import sys

import lit
import model
import page
import runs
import sources
import standard
import tools
import valgrind

ROOT = pathlib.Path(__file__).resolve().parents[2]
SUITES = {"valgrind": lambda found: valgrind.read(found.tree("valgrind")),
          "tsan": lambda found: lit.read(found.tree("llvm-toolchain-14")),
          "libstdc++": lambda found: standard.read_libstdcxx(found.tree("libstdcxx")),
          "libc++": lambda found: standard.read_libcxx(found.tree("libcxx"), found.libcxx())}


class Results:
    """The records of one tool for one suite, by the test's name."""

    def __init__(self, work, tool, suite):
        folder = work / "results" / (tool.digest if isinstance(tool, tools.Seance) else "peers")
        self.path = folder / f"{suite}.{tool.name.replace(' ', '-')}.jsonl"
        self.texts = self.path.with_suffix("")
        self.texts.mkdir(parents=True, exist_ok=True)
        lines = self.path.read_text().split("\n")[:-1] if self.path.exists() else []
        self.records = {record["name"]: record for record in map(json.loads, lines)}

    def add(self, test, record, text):
        self.records[test.name] = {"name": test.name, **record}
        (self.texts / test.name.replace("/", ".")).write_text(text)
        with self.path.open("a") as out:
            print(json.dumps(self.records[test.name]), file=out)


def run(tests, tool, results, bench, args):
    """Runs what has no record yet."""
    waiting = [test for test in tests if args.again or test.name not in results.records]
    with concurrent.futures.ThreadPoolExecutor(args.width) as pool:
        futures = {pool.submit(bench.record, test, tool): test for test in waiting}
        for future in concurrent.futures.as_completed(futures):
            test, (record, text) = futures[future], future.result()
            results.add(test, record, text)
            verdict = model.judge(test, record)
            if verdict != "right":
                print(f"{tool.name}: {test.suite} {test.name}: {verdict}, {record['end']}, {record['kinds']}", flush=True)


def select(args):
    """{suite: tests}"""
    found = sources.Sources(args.work)
    chosen = {name: model.correct(read(found)) for name, read in SUITES.items()
              if (args.suite or ("tsan" if args.compiled else name)) == name}
    return {name: [test for test in tests if test.group in page.GROUPS
                   and (not args.only or any(word in test.name for word in args.only))]
            for name, tests in chosen.items()}


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--build", default=ROOT / "build", type=lambda path: pathlib.Path(path).resolve())
    parser.add_argument("--suite", choices=SUITES, help="only this suite")
    parser.add_argument("--tool", choices=sorted({*tools.NAMES, *tools.COMPILED}), action="append", help="only these tools")
    parser.add_argument("--compiled", action="store_true", help="our runtime beside the compilers' own")
    parser.add_argument("--page", action="store_true", help="only write the page")
    parser.add_argument("--again", action="store_true", help="run what has a record too")
    parser.add_argument("--width", type=int, default=os.cpu_count(), help="runs at the same time")
    parser.add_argument("only", nargs="*", help="only tests with these words in their names")
    args = parser.parse_args()
    args.work = args.build / "peers"
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    suites = select(args)
    bench, table = runs.Bench(args.work), {}
    for tool in (tools.compiled if args.compiled else tools.every)(args.build, args.work):
        for suite, tests in suites.items():
            results = Results(args.work, tool, suite)
            wanted = (not args.tool or tool.name in args.tool) and (suite, tool.name) not in tools.UNABLE
            if not args.page and wanted:
                run(tests, tool, results, bench, args)
            table[suite, tool.name] = results.records
    if args.compiled and not args.only:
        return page.write_compiled(ROOT / "docs" / "compiled.md", suites, table)
    if args.only or args.suite:
        return 0
    return page.write(ROOT / "docs" / "peers.md", suites, table)


if __name__ == "__main__":
    sys.exit(main())
