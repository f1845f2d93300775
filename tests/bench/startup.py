"""The rows of start-up: programs that do next to nothing."""

import os
import shutil
import struct

from measure import Row
from tools import COMPILERS

GROUP = "startup"
REPEAT = 5  # runs a round, for they are short


class Start(Row):
    """A figure is the mean over a few runs."""

    compared, shown = ("wall", "memory"), "wall"

    def __init__(self, name, title, command, modules, programs):
        super().__init__(name, title, command, GROUP, modules, programs)

    def run(self, tool, bench):
        runs = [super(Start, self).run(tool, bench) for _ in range(REPEAT)]
        figures = {key: sum(figures[key] for figures, _, _ in runs) / REPEAT for key in runs[0][0]}
        return figures, None, runs[-1][2]

    def text_megabytes(self):
        """Of the modules that were rewritten, what is executable."""
        return sum(executable_bytes(path) for path in self.rewritten) / 1e6


def executable_bytes(path):
    """The sizes of an ELF file's segments that may run (ELF-64, gABI chapter 5)."""
    with open(path, "rb") as stream:
        head = stream.read(64)
        start, = struct.unpack_from("<Q", head, 32)
        size, count = struct.unpack_from("<HH", head, 54)
        stream.seek(start)
        table = stream.read(size * count)
    total = 0
    for at in range(0, size * count, size):
        kind, flags = struct.unpack_from("<II", table, at)
        if kind == 1 and flags & 1:
            total += struct.unpack_from("<Q", table, at + 40)[0]
    return total


def rows(bench, builds):
    empty = {compiler: bench.out / f"tsan-{compiler}" for tool, compiler in COMPILERS.items() if tool in bench.tools.names}
    commands = [
        ("true", "true", [shutil.which("true")], None, empty),
        ("redis-version", "redis-server --version, all libraries", ["redis-server", "--version"], "all", builds("redis", GROUP)),
        ("gdb-version", "gdb --version, all libraries", ["gdb", "--version"], "all", {}),
    ]
    return [Start(*row) for row in commands if shutil.which(os.fspath(row[2][0]))]
