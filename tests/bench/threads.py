"""The kernels over numbers of threads: whether the cost grows with them."""

import os
import statistics

import kernels
import measure
import plot
import report
from tools import NATIVE, SEANCE, VALGRIND

COUNTS = (1, 2, 4, 8, 16)
# Those whose threads have nothing in common, of which the slowdown must not grow.
PARTITIONED = ("sum", "vector", "list", "hash", "array", "bytes", "recursion", "sort", "matrix", "mutex-own")


def counts_of(text):
    """The numbers that were asked for; by default those that the machine has CPUs for."""
    if text:
        return tuple(int(word) for word in text.split(","))
    return tuple(count for count in COUNTS if count <= (os.cpu_count() or 1))


def measure_kernels(bench, counts, wanted):
    """{kernel: {count: row}}; `wanted(name)` says which. Valgrind, which runs one thread at a time, is left out."""
    bench.tools.names = [name for name in bench.tools.names if name not in VALGRIND]
    rows, good = {}, True
    for count in counts:
        for row in kernels.rows(bench, count):
            if not wanted(row.name):
                continue
            good &= measure.measure_row(row, bench)
            if NATIVE in row.runs:
                rows.setdefault(row.name, {})[count] = row
                print(f"{count} threads, {row.title}: {report.cell(row, SEANCE, 'wall')}", flush=True)
    return rows, good


def table(rows, counts, tool):
    lines = [f"### {tool}", "", report.line_of(["", *map(str, counts)]), "|---|" + "---:|" * len(counts)]
    for by_count in rows.values():
        title = next(iter(by_count.values())).title
        lines.append(report.line_of([title, *(report.cell(by_count[count], tool, "wall") if count in by_count else "–"
                                              for count in counts)]))
    return "\n".join(lines) + "\n"


def native_table(rows, counts):
    lines = ["### native, seconds", "", report.line_of(["", *map(str, counts)]), "|---|" + "---:|" * len(counts)]
    for by_count in rows.values():
        cells = [f"{by_count[count].figure(NATIVE, 'wall'):.2f}" if count in by_count else "–" for count in counts]
        lines.append(report.line_of([next(iter(by_count.values())).title, *cells]))
    return "\n".join(lines) + "\n"


def growth(rows, counts):
    """A line on the partitioned kernels: the slowdown at the largest number of threads over that at two."""
    most = max(counts)
    quotients = [by_count[most].ratio(SEANCE, "wall") / by_count[2].ratio(SEANCE, "wall")
                 for name, by_count in rows.items() if name in PARTITIONED and {2, most} <= set(by_count)
                 and all(by_count[count].ratio(SEANCE, "wall") for count in (2, most))]
    if not quotients or most == 2:
        return ""
    return (f"Seance's slowdown at {most} threads over that at 2, on the {len(quotients)} kernels whose threads share nothing: "
            f"median {statistics.median(quotients):.2f}, at most {max(quotients):.2f}.\n")


def write_page(path, bench, rows, counts, command):
    tools = [tool for tool in bench.tools.names if tool != NATIVE]
    lines = [(next(iter(by_count.values())).title,
              {tool: {count: row.ratio(tool, "wall") for count, row in by_count.items() if row.ratio(tool, "wall")}
               for tool in tools}) for by_count in rows.values()]
    caption = "Wall time over numbers of threads, times native at the same number"
    picture = plot.panels(caption, tools, list(counts), lines)
    intro = ("Each thread does the same work whatever their number. Figures are wall time over the native wall time at that\n"
             "number of threads.\n")
    path.write_text(report.joined(
        report.head(bench, command), "## Numbers of threads\n", intro,
        report.picture_part(path.parent, path.stem, caption, picture), growth(rows, counts), native_table(rows, counts),
        *(table(rows, counts, tool) for tool in tools)))
