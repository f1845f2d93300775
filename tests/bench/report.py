"""Makes the page and its plots out of measured rows."""

import math
import os
import pathlib
import platform
import re
import statistics
import subprocess

import plot
from measure import NOT_BUILT
from tools import COMPILERS, NATIVE, REWRITE, SEANCE, VALGRIND

TITLES = {"wall": "Wall time", "cpu": "CPU time", "memory": "Peak memory"}
UNITS = {"wall": "s", "cpu": "s", "memory": "MiB"}
SERVER_TITLES = {"rate": "Requests a second, one at a time on each of 16 connections",
                 "piped": "Requests a second, 16 at a time on each of 16 connections",
                 "cpu": "CPU time of the server a request", "memory": "Peak memory"}
SERVER_UNITS = {"rate": "1/s", "piped": "1/s", "cpu": "us", "memory": "MiB"}
GROUP_TITLES = {"kernels": "Micro kernels", "programs": "Programs", "servers": "Servers", "startup": "Start-up"}


def cell(row, tool, measure):
    value = row.ratio(tool, measure)
    if value is not None:
        return f"{value:.2f}x"
    least = row.least(tool, measure)
    if least:
        return f"> {least:.1f}x"
    return "failed" if tool in row.failed and row.failed[tool] != NOT_BUILT else "–"


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


def quotient(values):
    return f"{geometric_mean(values):.1f}" if values else "–"


def against_seance(rows, tools):
    """Columns that say how many times slower than Seance each ThreadSanitizer is."""
    columns = []
    for tool in [tool for tool in tools if tool in COMPILERS and SEANCE in tools]:
        pairs = [(row.ratio(tool, "cpu"), row.ratio(SEANCE, "cpu")) for row in rows]
        cells = [quotient([mine / seance] if mine and seance else []) for mine, seance in pairs]
        mean = quotient([mine / seance for mine, seance in pairs if mine and seance])
        columns.append([f"{tool} / Seance", *cells, f"**{mean}**"])
    return columns


def number(value):
    return "–" if value is None else f"{value:.2f}" if value < 1000 else f"{value:.0f}"


def ratio_table(rows, tools, measure, title, unit):
    others = [tool for tool in tools if tool != NATIVE]
    more = against_seance(rows, tools) if measure == "cpu" else []
    heads = ["", f"native, {unit}", *others, *(column[0] for column in more)]
    lines = [f"### {title}", "", line_of(heads), "|---|" + "---:|" * (len(heads) - 1)]
    for at, row in enumerate(rows, 1):
        lines.append(line_of([row.title, number(row.figure(NATIVE, measure)),
                              *(cell(row, tool, measure) for tool in others), *(column[at] for column in more)]))
    lines.append(line_of(["**geometric mean**", "", *(mean_cell(rows, tool, measure) for tool in others),
                          *(column[-1] for column in more)]))
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
    texts = [f"- {row.title}, {tool}: {why}" for row in rows for tool, why in row.failed.items() if why != NOT_BUILT]
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


def picture_part(folder, name, title, svg):
    if not svg:
        return ""
    (folder / f"{name}.svg").write_text(svg)
    return f"![{title}]({name}.svg)\n"


def joined(*parts):
    return "\n".join(part for part in parts if part)


def group_part(group, rows, tools, folder):
    """Kernels and programs."""
    title, others = GROUP_TITLES[group], [tool for tool in tools if tool != NATIVE]
    caption = f"{title}: CPU time, times native"
    picture = plot.bars(caption, others, bar_rows(rows, others, "cpu"))
    return joined(f"## {title}\n", picture_part(folder, f"bench-{group}", caption, picture),
                  *(ratio_table(rows, tools, measure, TITLES[measure], UNITS[measure]) for measure in rows[0].compared),
                  rate_table(rows), command_table(rows), failures(rows))


def mappings_line(rows):
    texts = [f"{row.title} {row.figure(SEANCE, 'mappings'):.0f} (natively {row.figure(NATIVE, 'mappings'):.0f})"
             for row in rows if row.figure(SEANCE, "mappings")]
    return "Mappings of the process under Seance: " + ", ".join(texts) + ".\n" if texts else ""


def server_part(rows, tools, folder):
    others = [tool for tool in tools if tool != NATIVE]
    caption = "Servers: how many times fewer requests a second than natively"
    cells = [(row.title, {tool: 1 / row.ratio(tool, "rate") for tool in others if row.ratio(tool, "rate")})
             for row in rows]
    picture = plot.bars(caption, others, cells)
    intro = ("Shares of the native rate: more is better. The load comes from one thread of one process and every reply is checked; "
             "one request in ten sets\na value, but for nginx, which serves files.\n")
    return joined("## Servers\n", intro, picture_part(folder, "bench-servers", caption, picture),
                  *(ratio_table(rows, tools, measure, SERVER_TITLES[measure], SERVER_UNITS[measure])
                    for measure in rows[0].compared),
                  mappings_line(rows), command_table(rows), failures(rows))


def start_table(rows, tools):
    lines = [line_of(["", *(f"{tool}, ms" for tool in tools), "text rewritten, MB", "Seance, ms a MB"]),
             "|---|" + "---:|" * (len(tools) + 2)]
    for row in rows:
        cells = [row.figure(tool, "wall") for tool in tools]
        size = row.text_megabytes()
        more = (row.figure(SEANCE, "wall") - row.figure(NATIVE, "wall")) * 1e3 if row.figure(SEANCE, "wall") else None
        lines.append(line_of([row.title, *("–" if value is None else f"{value * 1e3:.1f}" for value in cells),
                              f"{size:.2f}", f"{more / size:.0f}" if more and size else "–"]))
    return "\n".join(lines) + "\n"


def start_part(rows, tools, folder):
    caption = "Start-up, milliseconds"
    cells = [(row.title, {tool: row.figure(tool, "wall") * 1e3 for tool in tools if row.figure(tool, "wall")})
             for row in rows]
    return joined("## Start-up\n", picture_part(folder, "bench-startup", caption, plot.bars(caption, tools, cells, " ms")),
                  start_table(rows, tools), ratio_table(rows, tools, "memory", TITLES["memory"], UNITS["memory"]),
                  command_table(rows), failures(rows))


def sources_part(versions):
    return f"## Sources\n\nBuilt with ThreadSanitizer from Debian's source packages: {versions}.\n" if versions else ""


def stacks_part(whole, total, programs):
    share = 100 * whole / total if total else 0.0
    return (f"## Stacks\n\nThe racy programs of `tests/race`: {total} data races in {programs} programs, {whole} of them "
            f"({share:.1f}%) with both stacks.\n")


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
    special = {"servers": server_part, "startup": start_part}
    parts = [head(bench, command)]
    for group, rows in groups.items():
        if group in special:
            parts.append(special[group](rows, bench.tools.names, path.parent))
        else:
            parts.append(group_part(group, rows, bench.tools.names, path.parent))
    path.write_text(joined(*parts, *more))
