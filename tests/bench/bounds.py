"""The detector's bounds: threads, locks, epochs and memory in numbers, beside the native run; ./dev bounds.

Writes docs/bounds.md. Each row must print what it prints natively, and find the races that it holds and no other.
"""

import argparse
import json
import pathlib
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]

# name, command, names of the words that a race must be found on
ROWS = (
    ("10,000 threads at once", "threads live 10000", ()),
    ("the same, three of them race", "threads live 10000 race", ("bare_first", "bare_middle", "bare_last")),
    ("100,000 threads one by one", "threads short 100000 1 race", ("bare_first", "bare_middle", "bare_last")),
    ("100,000 threads, 100 at a time", "threads short 100000 100 race", ("bare_first", "bare_middle", "bare_last")),
    ("the same, detached", "threads detached 100000 100 race", ("bare_first", "bare_middle", "bare_last")),
    ("5 million lock pairs, 2 threads", "locks 5000000 2 race", ("bare_word",)),
    ("5 million lock pairs, 8 threads", "locks 5000000 8 race", ("bare_word",)),
    ("140 million lock pairs, 2 threads: past the last clock", "locks 140000000 2 race", ("bare_word",)),
    ("300 MB, 4 threads, each its part", "memory 300 4 own", ()),
    ("300 MB, 4 threads read it all", "memory 300 4 read", ()),
    ("300 MB, 4 threads write it all under a lock", "memory 300 4 lock", ()),
    ("200 MB in blocks, 4 threads", "memory 200 4 blocks", ()),
)
HEAD = ("| | native s | Seance s | CPU | native MiB | Seance MiB | beyond 3.3 times and 32 MiB | found |\n"
        "|---|---:|---:|---:|---:|---:|---:|---|\n")


def build_programs(build):
    folder = build / "bounds"
    folder.mkdir(exist_ok=True)
    for source in [HERE / "measure.c", *sorted((HERE / "bounds").glob("*.c"))]:
        subprocess.run(["cc", "-O2", "-g", "-pthread", "-o", folder / source.stem, source], check=True)
    return folder


def run(folder, words, environment, seconds):
    """(wall, cpu, MiB, status, output)"""
    command = [folder / "measure", folder / "figures", str(seconds), *environment, folder / words[0], *words[1:]]
    output = subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout
    wall, cpu, kib, status = (folder / "figures").read_text().split()
    return float(wall), float(cpu), int(kib) / 1024, int(status), output


def races(path):
    """Names of the words, one for each race, in order."""
    if not path.exists():
        return []
    findings = [json.loads(line) for line in path.read_text().splitlines()]
    return sorted((f.get("location") or {}).get("name", "?") for f in findings if f["kind"] != "summary")


def row(build, folder, name, words, wanted, seconds):
    """(line of the table, right)"""
    found = folder / "found.json"
    found.unlink(missing_ok=True)
    native = run(folder, words, [], seconds)
    mine = run(folder, words, [f"LD_PRELOAD={build / 'libseance.so'}",
                               f"SEANCE_OPTIONS=text=none:exitcode=0:json={found}"], seconds)
    seen = races(found)
    right = native[3:] == mine[3:] and sorted(set(seen)) == sorted(wanted)
    beyond = max(0, mine[2] - 3.3 * native[2] - 32)
    verdict = f"{len(seen)} of {len(wanted)}" if right else f"WRONG: status {mine[3]}, {seen}"
    return (f"| {name} | {native[0]:.1f} | {mine[0]:.1f} | {mine[1] / max(native[1], 0.01):.1f}x | {native[2]:.0f} | {mine[2]:.0f} "
            f"| {beyond:.0f} | {verdict} |\n"), right


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", type=pathlib.Path, default=ROOT / "build")
    parser.add_argument("--only", help="rows whose command holds this text; then nothing is written")
    parser.add_argument("--seconds", type=int, default=600, help="patience with a run")
    args = parser.parse_args()
    build, good, lines = args.build.resolve(), True, []
    folder = build_programs(build)
    for name, command, wanted in ROWS:
        if args.only and args.only not in command:
            continue
        line, right = row(build, folder, name, command.split(), wanted, args.seconds)
        print(line, end="", flush=True)
        good &= right
        lines.append(line)
    if not args.only:
        (ROOT / "docs" / "bounds.md").write_text(
            "# Bounds\n\nMade by `./dev bounds`. Wall seconds, CPU time and peak memory of programs that have many of something, "
            "beside the native\nrun; the last column: races found of those that are there, and nothing else.\n\n" + HEAD + "".join(lines))
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
