#!/usr/bin/env python3
"""Measures Seance beside Helgrind, DRD and the bare program, and writes docs/benchmarks.md.

Runs alternate (native, Helgrind, DRD, Seance, native, ...), each figure is the median over the
rounds, and every output must be the native one, byte for byte.
"""

import argparse
import hashlib
import math
import os
import pathlib
import random
import shutil
import statistics
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
HERE = pathlib.Path(__file__).resolve().parent
PAGE = ROOT / "docs" / "benchmarks.md"
TIMEOUT = 300
MEASURES = ("wall", "cpu", "memory")
TITLES = {"wall": "Wall time", "cpu": "CPU time", "memory": "Peak memory"}


class Row:
    """One program with its arguments; `library`: the system library that does its work, checked as well."""

    def __init__(self, title, command, library=None):
        self.title, self.command, self.library = title, command, library
        self.runs = {}  # tool: list of {wall, cpu, memory}


def compile_helpers(out):
    out.mkdir(parents=True, exist_ok=True)
    for name in ("kernels", "measure"):
        subprocess.run(["cc", "-O2", "-g", "-pthread", "-o", out / name, HERE / f"{name}.c"], check=True)


def write_input(path, size):
    """Text of repeating words with binary stretches between; the same bytes every time."""
    chance = random.Random(3)
    words = [bytes(chance.choices(b"etaoinshrdlu", k=chance.randint(2, 9))) for _ in range(800)]
    with path.open("wb") as out:
        while out.tell() < size:
            out.write(b" ".join(chance.choices(words, k=6000)))
            out.write(chance.randbytes(8000))


def make_rows(out, scale):
    large, small = out / "large", out / "small"
    write_input(large, int(12e6 * scale))
    write_input(small, int(6e6 * scale))

    def kernel(title, name, rounds):
        return Row(title, [out / "kernels", name, str(max(1, int(rounds * scale)))])

    return [
        kernel("array, updated in place", "array", 600),
        kernel("list, followed", "list", 60),
        kernel("heap sort", "sort", 150),
        kernel("hash, byte by byte", "bytes", 60),
        kernel("hash table under a mutex", "table", 900),
        Row("pigz -p2", ["pigz", "-p", "2", "-n", "-c", large], library="libz*"),
        Row("pbzip2 -p2", ["pbzip2", "-p2", "-q", "-b2", "-c", small], library="libbz2*"),
        Row("xz -T2 -0", ["xz", "-T2", "-0", "--block-size=512KiB", "-c", small], library="liblzma*"),
    ]


def tool_command(tool, row, library):
    """The command and what it adds to the environment."""
    if tool == "Seance":
        modules = f":modules={pathlib.Path(row.command[0]).name},{row.library}" if row.library else ""
        options = f"text=none{modules}"
        return ["env", f"LD_PRELOAD={library}", f"SEANCE_OPTIONS={options}", *row.command]
    if tool == "native":
        return row.command
    return ["valgrind", "-q", f"--tool={tool.lower()}", "--log-file=/dev/null", *row.command]


def run_once(command, out):
    """Returns ({wall, cpu, memory}, hash of the output)."""
    figures = out / "figures"
    result = subprocess.run([out / "measure", figures, *command], stdout=subprocess.PIPE,
                            stderr=subprocess.PIPE, timeout=TIMEOUT)
    if result.returncode:
        raise RuntimeError(f"measure ended with {result.returncode}")
    wall, cpu, kib, status = figures.read_text().split()
    if status != "0":
        raise RuntimeError(f"status {status}: {result.stderr[-300:].decode(errors='replace')}")
    return ({"wall": float(wall), "cpu": float(cpu), "memory": float(kib) / 1024},
            hashlib.sha256(result.stdout).hexdigest())


def measure_row(row, tools, rounds, out, library):
    wanted, failed = None, {}
    for _ in range(rounds):
        for tool in tools:
            if tool in failed:
                continue
            try:
                figures, digest = run_once(tool_command(tool, row, library), out)
            except (RuntimeError, subprocess.TimeoutExpired) as error:
                failed[tool] = str(error).splitlines()[0]
                continue
            wanted = wanted or digest
            if digest != wanted:
                failed[tool] = "other output than natively"
            row.runs.setdefault(tool, []).append(figures)
    for tool, why in failed.items():
        row.runs.pop(tool, None)
        print(f"  {row.title}, {tool}: {why}", flush=True)
    return not failed


def ratio(row, tool, measure):
    """The tool's median over the native median, or None where the tool failed."""
    if tool not in row.runs or "native" not in row.runs:
        return None
    median = {name: statistics.median(run[measure] for run in row.runs[name]) for name in (tool, "native")}
    return median[tool] / median["native"]


def table(rows, tools, measure):
    unit = "MiB" if measure == "memory" else "s"
    others = [tool for tool in tools if tool != "native"]
    lines = [f"## {TITLES[measure]}", "",
             f"| program | native, {unit} | " + " | ".join(others) + " |",
             "|---|" + "---:|" * (len(others) + 1)]
    show = lambda value: "failed" if value is None else f"{value:.2f}x"
    for row in rows:
        native = statistics.median(run[measure] for run in row.runs["native"])
        lines.append(f"| {row.title} | {native:.2f} | "
                     + " | ".join(show(ratio(row, tool, measure)) for tool in others) + " |")
    means = []
    for tool in others:
        values = [ratio(row, tool, measure) for row in rows]
        complete = all(values)
        means.append(math.exp(statistics.fmean(map(math.log, values))) if complete else None)
    lines.append("| **geometric mean** | | " + " | ".join("–" if m is None else f"**{m:.2f}x**" for m in means) + " |")
    return "\n".join(lines) + "\n"


def versions(tools):
    words = [["pigz", "--version"], ["xz", "--version"]]
    if "Helgrind" in tools:
        words.append(["valgrind", "--version"])
    texts = [subprocess.run(w, capture_output=True, text=True) for w in words]
    return ", ".join((t.stdout or t.stderr).splitlines()[0] for t in texts)


def page(rows, tools, rounds, command):
    commands = "\n".join(f"- {row.title}: `{' '.join(pathlib.Path(w).name if isinstance(w, pathlib.Path) else w for w in row.command)}`"
                         for row in rows)
    head = f"""<!-- Generated by tests/bench/bench.py; run `./dev bench` to make it anew. -->

# Benchmarks

What the same programs cost under each detector, as multiples of the bare run (1.00x is native). Medians
of {rounds} runs each, taken in turns, so that a slow minute of the machine hits all alike. Every output was
compared with the native one.

The machine: AMD64 Linux with {os.cpu_count()} CPUs that other work may share; ratios tell more than seconds.
Programs and tools: {versions(tools)}.

{commands}

Helgrind and DRD check everything that is run, libraries included. By default Seance leaves system libraries out;
here the library that does the work is among its modules (`modules=pigz,libz*`, `pbzip2,libbz2*`, `xz,liblzma*`), so
that the same work is checked. No run here reports a race, so no symbols are read.

Command: `{command}`

"""
    return head + "\n".join(table(rows, tools, measure) for measure in MEASURES)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--build", default=ROOT / "build", type=pathlib.Path)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--scale", type=float, default=1.0, help="multiplies the work of each row")
    parser.add_argument("--out", default=PAGE, type=pathlib.Path, help="where the page goes")
    args = parser.parse_args()
    library, out = args.build.resolve() / "libseance.so", args.build.resolve() / "bench"
    tools = ["native"]
    if shutil.which("valgrind"):
        tools += ["Helgrind", "DRD"]
    if not library.exists():
        sys.exit("bench: build/libseance.so is not there; run ./dev build")
    tools.append("Seance")
    compile_helpers(out)
    rows = [row for row in make_rows(out, args.scale) if shutil.which(str(row.command[0]))]
    good = True
    for row in rows:
        print(f"{row.title} ...", flush=True)
        good &= measure_row(row, tools, args.rounds, out, library)
        print("   " + ", ".join(f"{tool} {ratio(row, tool, 'wall'):.2f}x" for tool in tools if tool in row.runs))
    command = "tests/bench/bench.py" + (f" --rounds {args.rounds}" if args.rounds != 3 else "") \
        + (f" --scale {args.scale}" if args.scale != 1.0 else "")
    args.out.parent.mkdir(exist_ok=True)
    args.out.write_text(page(rows, tools, args.rounds, command))
    print(f"written: {args.out.name}")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
