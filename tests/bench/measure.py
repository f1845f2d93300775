"""Runs rows: every tool in turns, native first, each output held against the native one."""

import hashlib
import statistics
import subprocess

from tools import NATIVE, REWRITE, SEANCE, VALGRIND, statistics_of

NOT_BUILT = "not built"
TOO_LONG = "124"  # how measure.c says that it ended a run
LONG = 8.0  # seconds; who takes longer is run once


class Failure(Exception):
    """Why a tool has no figure in a row."""


class TooLong(Exception):
    """The run was ended; `used` is what it had used until then."""

    def __init__(self, used):
        super().__init__("too long")
        self.used = used


class Row:
    """One program with its arguments.

    name        for --only            group       the table it is in
    modules     what Seance checks beside the program
    programs    the builds of the program with ThreadSanitizer, by compiler
    """

    compared, shown = ("wall", "cpu", "memory"), "cpu"

    def __init__(self, name, title, command, group, modules=None, programs=None):
        self.name, self.title, self.command, self.group = name, title, command, group
        self.modules, self.programs = modules, programs or {}
        self.runs = {}      # tool: {round: {measure: figure}}
        self.failed = {}    # tool: why
        self.too_long = {}  # tool: {measure: figure} when it was ended
        self.counts, self.rewritten = {}, set()  # of the last run under Seance

    def run(self, tool, bench):
        """({measure: figure}, what must be the same as natively, stderr)"""
        command = bench.tools.command(tool, self.command, self.modules, self.programs)
        if not command:
            raise Failure(NOT_BUILT)
        return run_once(command, bench, bench.patience(tool))

    def ratios(self, tool, measure):
        """Of each pair of runs, the tool's figure over the native one."""
        native, mine = self.runs.get(NATIVE, {}), self.runs.get(tool, {})
        return [mine[r][measure] / native[r][measure] for r in mine if r in native and native[r][measure]]

    def ratio(self, tool, measure):
        ratios = self.ratios(tool, measure)
        return statistics.median(ratios) if ratios else None

    def least(self, tool, measure):
        """A bound from below where the tool was ended for taking too long."""
        if measure not in self.too_long.get(tool, {}):
            return None
        return self.too_long[tool][measure] / max(run[measure] for run in self.runs[NATIVE].values())

    def figure(self, tool, measure):
        runs = self.runs.get(tool)
        return statistics.median(run[measure] for run in runs.values()) if runs else None


def digest_of(path):
    digest = hashlib.sha256()
    with open(path, "rb") as stream:
        while block := stream.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


def run_once(command, bench, patience):
    """({wall, cpu, memory}, digest of the output, stderr); raises TooLong with what was used until then."""
    figures, stdout, stderr = (bench.out / name for name in ("figures", "stdout", "stderr"))
    with stdout.open("wb") as out, stderr.open("wb") as err:
        subprocess.run([bench.out / "measure", figures, str(patience), *command], stdin=subprocess.DEVNULL, stdout=out,
                       stderr=err, cwd=bench.out, check=True)
    text = stderr.read_text(errors="replace")
    wall, cpu, kib, status = figures.read_text().split()
    used = {"wall": float(wall), "cpu": float(cpu), "memory": float(kib) / 1024}
    if status == TOO_LONG:
        raise TooLong(used)
    if status != "0":
        raise Failure(f"status {status}: {text[-200:].strip()}")
    return used, digest_of(stdout), text


def run_tool(row, tool, number, bench, wanted):
    """One run; returns what its output must be like from now on."""
    try:
        figures, output, stderr = row.run(tool, bench)
    except TooLong as ended:
        row.too_long[tool] = ended.used
        return wanted
    except Failure as failure:
        row.failed[tool] = str(failure)
        return wanted
    if wanted is not None and output != wanted:
        row.failed[tool] = "other output than natively"
        return wanted
    row.runs.setdefault(tool, {})[number] = figures
    if tool == SEANCE:
        row.counts, row.rewritten = statistics_of(stderr)
    return output if wanted is None else wanted


def once_only(row, tool):
    return tool in VALGRIND or any(run.get("wall", 0) > LONG for run in row.runs.get(tool, {}).values())


def measure_row(row, bench):
    """True where every tool that is there ran through, or was given up after its patience."""
    wanted = None
    for number in range(bench.rounds):
        for tool in bench.tools.names:
            if tool in row.failed or tool in row.too_long or (number and once_only(row, tool)):
                continue
            wanted = run_tool(row, tool, number, bench, wanted)
        if NATIVE not in row.runs:
            break
    for tool, why in row.failed.items():
        row.runs.pop(tool, None)
        if why == NOT_BUILT:
            continue
        print(f"   {tool}: {why}", flush=True)
    return not {NATIVE, REWRITE, SEANCE} & set(row.failed)
