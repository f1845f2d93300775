#!/usr/bin/env python3
"""Runs the programs of this machine and a list of real jobs natively and under Seance, and compares.

Results are appended to build/survey/LIBRARY/*.jsonl, where LIBRARY is a digest of the library under test: an
interrupted survey goes on where it was. The page docs/survey.md is made from them.
"""

import argparse
import concurrent.futures
import functools
import hashlib
import json
import os
import pathlib
import queue
import sys

import jobs
import page
import programs
import sandbox

ROOT = pathlib.Path(__file__).resolve().parents[2]
WIDTH = {"programs": 2, "jobs": 1}  # at the same time


def program_tasks(only):
    """{name of the record: function of a place that makes it}"""
    return {" ".join([path, *arguments]): functools.partial(programs.judge, path=path, arguments=arguments)
            for path, arguments in programs.tasks()[0] if not only or os.path.basename(path) in only}


def job_tasks(only):
    jobs.prepare()
    return {name: functools.partial(jobs.judge, name=name) for name in jobs.names() if not only or name in only}


def run_all(tasks, results, width):
    """Runs what has no record yet and adds its record."""
    places = queue.Queue()
    for number in range(width):
        places.put(sandbox.Place(sandbox.WORK / f"place{number}"))
    done = {record["name"] for record in sandbox.read_lines(results)} if results.exists() else set()
    waiting = [name for name in tasks if name not in done]

    def run(name):
        place = places.get()
        try:
            return {"name": name, **tasks[name](place)}
        finally:
            places.put(place)

    with concurrent.futures.ThreadPoolExecutor(width) as pool, results.open("a") as out:
        futures = [pool.submit(run, name) for name in waiting]
        for number, future in enumerate(concurrent.futures.as_completed(futures), 1):
            print(json.dumps(future.result()), file=out, flush=True)
            show_progress(f"{number}/{len(waiting)}", future.result())


def show_progress(number, record):
    """Says what is out of the ordinary, and now and then that it is alive."""
    findings, said = len(record.get("findings", [])), record.get("said", [])
    if record["verdict"] != "identical" or findings or said or number.split("/")[0].endswith("00"):
        print(f"{number} {record['name']}: {record['verdict']}, {findings} findings {said}", flush=True)


def digest(library):
    return hashlib.sha256(library.read_bytes()).hexdigest()[:12]


def survey(args):
    """In the namespace: everything that runs programs."""
    results = sandbox.WORK / digest(sandbox.BUILD / "libseance.so")
    for part, tasks in (("programs", program_tasks), ("jobs", job_tasks)):
        if args.part in (None, part):
            run_all(tasks(args.only), results / f"{part}.jsonl", WIDTH[part])
    return 0


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--build", default=ROOT / "build", type=lambda path: pathlib.Path(path).resolve())
    parser.add_argument("--part", choices=WIDTH, help="only this part")
    parser.add_argument("--page", action="store_true", help="only write the page")
    parser.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("only", nargs="*", help="only these programs and jobs")
    args = parser.parse_args()
    if args.inside:
        return survey(args)
    work = args.build / "survey"
    results = work / digest(args.build / "libseance.so")
    results.mkdir(parents=True, exist_ok=True)
    inside = [sys.executable, sandbox.TREE / "tests/survey/survey.py", "--inside", *sys.argv[1:]]
    if not args.page and sandbox.enter(ROOT, args.build, work, inside):
        return 1
    return page.write(ROOT / "docs" / "survey.md", results, programs.tasks()[1])


if __name__ == "__main__":
    sys.exit(main())
