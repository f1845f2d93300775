"""The rows of the programs: Debian's own, on inputs of a second or more of CPU time."""

import pathlib
import shutil

import inputs
from kernels import compile_c
from measure import Row

HERE = pathlib.Path(__file__).resolve().parent
GROUP = "programs"
VIDEO = (640, 352)


def compressors(bench, builds):
    def input_of(megabytes):
        size = int(megabytes * 1e6 * bench.scale)
        return inputs.write_once(bench.out / f"text-{size}", lambda out: inputs.text(out, size))

    commands = [
        ("pigz", "pigz -p2", ["pigz", "-p", "2", "-n", "-c", input_of(36)], "pigz,libz*"),
        ("pbzip2", "pbzip2 -p2", ["pbzip2", "-p2", "-q", "-b2", "-c", input_of(16)], "pbzip2,libbz2*"),
        ("xz", "xz -T2 -0", ["xz", "-T2", "-0", "--block-size=512KiB", "-c", input_of(16)], "xz,liblzma*"),
        ("zstd", "zstd -T2 -9", ["zstd", "-q", "-T2", "-9", "-c", input_of(36)], None),
    ]
    return [Row(name, title, command, GROUP, modules, builds(name, GROUP)) for name, title, command, modules in commands]


def x264(bench, builds):
    width, height = VIDEO
    frames = max(4, int(100 * bench.scale))
    clip = inputs.write_once(bench.out / f"video-{frames}.yuv", lambda out: inputs.video(out, width, height, frames))
    command = ["x264", "--quiet", "--threads", "2", "--demuxer", "raw", "--input-res",
               f"{width}x{height}", "--fps", "25", "--muxer", "raw", "-o", "-", clip]
    return Row("x264", "x264 --threads 2", command, GROUP, "x264,libx264*", builds("x264", GROUP))


def sqlite(bench, builds):
    program = bench.out / "sqlite"
    compile_c(program, [HERE / "sqlite.c"], words=["-lsqlite3"])
    command = [program, str(max(1, int(60 * bench.scale))), "2"]
    return Row("sqlite", "SQLite, two threads", command, GROUP, "sqlite,libsqlite3*", builds("sqlite", GROUP))


def rows(bench, builds):
    """`builds(name, group)`: a program's builds with ThreadSanitizer, by compiler."""
    every = [*compressors(bench, builds), x264(bench, builds), sqlite(bench, builds)]
    return [row for row in every if shutil.which(str(row.command[0]))]
