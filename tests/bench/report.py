"""Makes the page and its plots out of measured rows."""

import math
import os
import pathlib
import platform
import re
import statistics
import subprocess

import plot
from tools import COMPILERS, NATIVE, REWRITE, SEANCE, VALGRIND

TITLES = {"wall": "Wall time", "cpu": "CPU time", "memory": "Peak memory"}
UNITS = {"wall": "s", "cpu": "s", "memory": "MiB"}
GROUP_TITLES = {"kernels": "Micro kernels", "programs": "Programs"}


def cell(row, tool, measure):
    value = row.ratio(tool, measure)
    if value is not None:
        return f"{value:.2f}x"
    least = row.least(tool, measure)
    if least:
        return f"> {least:.1f}x"
    return "failed" if tool in row.failed and row.failed[tool] != "not built" else "–"


def geometric_mean(values):
    return math.exp(statistics.fmean(map(math.log, values)))


def mean_cell(rows, tool, measure):
    """Over the rows that the tool has a figure of; of the bound where it has only that, and then a bound itself."""
    exact = [row.ratio(tool, measure) for row in rows]
    bounds = [value or row.least(tool, measure) for value, row in zip(exact, rows)]
    if not all(bounds):
        return "–"
    return f"**{'' if all(exact) else '> '}{geometric_mean(bounds):.2f}x**"


def line_of(cells):
    return "| " + " | ".join(cells) + " |"


def ratio_table(rows, tools, measure):
    others = [tool for tool in tools if tool != NATIVE]
    lines = [f"### {TITLES[measure]}", "", line_of(["", f"native, {UNITS[measure]}", *others]),
             "|---|" + "---:|" * (len(others) + 1)]
    for row in rows:
        lines.append(line_of([row.title, f"{row.figure(NATIVE, measure):.2f}",
                              *(cell(row, tool, measure) for tool in others)]))
    lines.append(line_of(["**geometric mean**", "", *(mean_cell(rows, tool, measure) for tool in others)]))
    return "\n".join(lines) + "\n"


def rate_table(rows):
    """What the detector did behind the inline compare, a second of CPU time natively."""
    kinds = ("tier 2", "tier 3", "inflations", "sync operations")
    lines = ["### What Seance had to look at twice", "",
             "Millions a second of native CPU time; all other accesses ended in the inlined compare.", "",
             line_of(["", *kinds]), "|---|" + "---:|" * len(kinds)]
    for row in rows:
        if row.counts and row.figure(NATIVE, "cpu"):
            rates = [row.counts.get(kind, 0) / row.figure(NATIVE, "cpu") / 1e6 for kind in kinds]
            lines.append(line_of([row.title, *(f"{rate:.3f}" for rate in rates)]))
    return "\n".join(lines) + "\n"


def command_table(rows):
    lines = [line_of(["", "command", "`modules` for Seance"]), "|---|---|---|"]
    for row in rows:
        words = [word.name if isinstance(word, pathlib.Path) else word for word in row.command]
        lines.append(line_of([row.title, f"`{' '.join(words)}`", f"`{row.modules}`" if row.modules else ""]))
    return "\n".join(lines) + "\n"


def failures(rows):
    texts = [f"- {row.title}, {tool}: {why}" for row in rows for tool, why in row.failed.items() if why != "not built"]
    return "\n".join(["Without a figure:", "", *texts]) + "\n" if texts else ""


def bar_rows(rows, tools, measure):
    result = []
    for row in rows:
        cells = {}
        for tool in tools:
            value, least = row.ratio(tool, measure), row.least(tool, measure)
            if value or least:
                cells[tool] = value or (least,)
        result.append((row.title, cells))
    return result


def write_plot(path, svg):
    if svg:
        path.write_text(svg)
    return svg is not None


def group_part(group, rows, tools, folder):
    title, others = GROUP_TITLES[group], [tool for tool in tools if tool != NATIVE]
    parts = [f"## {title}\n"]
    picture = folder / f"bench-{group}.svg"
    if write_plot(picture, plot.bars(f"{title}: CPU time, times native", others, bar_rows(rows, others, "cpu"))):
        parts.append(f"![{title}: CPU time]({picture.name})\n")
    parts += [ratio_table(rows, tools, measure) for measure in rows[0].compared]
    parts += [rate_table(rows), command_table(rows), failures(rows)]
    return "\n".join(part for part in parts if part)


def first_line(words):
    done = subprocess.run(words, capture_output=True, text=True)
    return next(iter((done.stdout or done.stderr).splitlines()), "").strip()


def machine():
    text = pathlib.Path("/proc/cpuinfo").read_text()
    model = re.search(r"model name\s*: (.*)", text)
    return (f"{model[1].strip() if model else platform.machine()}, {os.cpu_count()} CPUs, Linux {platform.release()}, "
            f"{first_line(['ldd', '--version'])}")


def versions(tools):
    words = [["gcc", "--version"]]
    words += [[COMPILERS[tool], "--version"] for tool in tools if tool in COMPILERS and COMPILERS[tool] != "gcc"]
    words += [["valgrind", "--version"]] if any(tool in VALGRIND for tool in tools) else []
    return ", ".join(first_line(word) for word in words)


def head(bench, command):
    rewrite = "" if REWRITE not in bench.tools.names else (
        "`rewriting only` is Seance with `checks=off`: the code is copied and patched, nothing is checked.\n")
    return f"""<!-- Generated by tests/bench/bench.py; run `./dev bench` to make it anew. -->

# Benchmarks

What the same work costs under each detector, as multiples of the bare run (1.00x is native). The tools take turns; a
figure is the median, over {bench.rounds} rounds, of the tool's run over the native run of the same round. Helgrind and DRD, and who
takes more than a few seconds, run once; `> N x` stands where a run was ended after {bench.patience_valgrind} s (Valgrind) or {bench.patience_others} s.
Every output was compared with the native one.

- Machine: {machine()}.
- Tools: {versions(bench.tools.names)}.
- Command: `{command}`.

ThreadSanitizer's programs are built with `-O2 -fsanitize=thread`, the others' with `-O2` or by Debian. By default Seance
leaves system libraries out; here the library that does a program's work is among its modules. Helgrind and DRD check all
that is run. No tool prints its findings (`text=none`, `report_bugs=0`, `--log-file=/dev/null`), so that nobody's reading of debug
information is measured. {rewrite}
"""


def write_page(path, bench, groups, more, command):
    """groups: {group: rows}; more: finished parts."""
    parts = [head(bench, command)]
    parts += [group_part(group, rows, bench.tools.names, path.parent) for group, rows in groups.items() if rows]
    path.write_text("\n".join([*parts, *more]))
