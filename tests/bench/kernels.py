"""The rows of the micro kernels, and how these are compiled."""

import pathlib
import subprocess

from measure import Row
from tools import COMPILERS

HERE = pathlib.Path(__file__).resolve().parent
GROUP = "kernels"

# name: (title, rounds for some 0.2 s a thread)
KERNELS = {
    "sum": ("sum, one at a time", 1800),
    "vector": ("sum, 16 bytes at a time", 12000),
    "stencil": ("stencil of three points, a barrier a round", 24000),
    "list": ("list, followed", 150),
    "hash": ("hash table, one a thread", 80000),
    "array": ("array, updated in place", 2000),
    "bytes": ("hash, byte by byte", 180),
    "recursion": ("recursion: eight queens", 3500),
    "sort": ("heap sort", 240),
    "matrix": ("matrix product", 180),
    "mutex-own": ("mutex, uncontended", 16000),
    "mutex-shared": ("mutex, contended", 8000),
    "table": ("hash table under a mutex", 10000),
    "read-shared": ("table that all read, a lock now and then", 2500),
    "queue": ("producers and consumers", 240),
}


def compile_c(out, sources, compiler="gcc", words=()):
    subprocess.run([compiler, "-O2", "-g", "-pthread", "-o", out, *sources, *words], check=True)


def compile_kernels(bench):
    """Returns the builds with ThreadSanitizer, by compiler."""
    sources = sorted((HERE / "kernels").glob("*.c"))
    compile_c(bench.out / "kernels", sources)
    builds = {}
    for tool, compiler in COMPILERS.items():
        if tool in bench.tools.names:
            builds[compiler] = bench.out / f"kernels-{compiler}"
            compile_c(builds[compiler], sources, compiler, ["-fsanitize=thread"])
    return builds


def rows(bench, threads=2, names=None):
    builds = compile_kernels(bench)
    return [Row(name, title, [bench.out / "kernels", name, str(max(1, int(rounds * bench.scale))), str(threads)], GROUP,
                programs=builds)
            for name, (title, rounds) in KERNELS.items() if names is None or name in names]
