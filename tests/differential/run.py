#!/usr/bin/env python3
"""Random instruction sequences, run natively and under Seance: the states at their ends must be the same.

Each batch fills the slots of a host program with new sequences, runs it twice and compares a digest a slot. What differs is
shrunk to the fewest steps that still differ and printed with its disassembly and the first differing words.
"""

import argparse
import ctypes
import os
import pathlib
import random
import struct
import subprocess
import sys
import tempfile
import time

SKIPPED = 77
ADDR_NO_RANDOMIZE = 0x0040000
SHOWN = 3  # differing sequences that are shrunk


def fixed_addresses():
    """In the child: libraries and heap where they always are."""
    ctypes.CDLL(None).personality(ADDR_NO_RANDOMIZE)


def can_fix_addresses():
    maps = [subprocess.run(["cat", "/proc/self/maps"], preexec_fn=fixed_addresses, capture_output=True).stdout[:20]
            for _ in range(2)]
    return maps[0] == maps[1] != b""


class Bench:
    """Where one host program is filled and run."""

    def __init__(self, args, host, folder):
        self.args, self.host = args, host
        self.program = folder / (host.name + "-filled")

    def generate(self, seed, *more):
        out = subprocess.run([self.args.generator.resolve(), self.host, self.program, str(seed), *more],
                             capture_output=True, text=True, check=True)
        return [line.split() for line in out.stdout.splitlines()]

    def run(self, seed, checked, *more):
        env = {k: v for k, v in os.environ.items() if not k.startswith("SEANCE_")}
        if checked:
            env.update(LD_PRELOAD=str(self.args.library.resolve()),
                       SEANCE_OPTIONS="text=none:exitcode=0" + self.args.options)
        done = subprocess.run([self.program, str(seed), str(self.args.rounds), *more], env=env, capture_output=True,
                              preexec_fn=fixed_addresses, timeout=300)
        return done.returncode, done.stdout, done.stderr.decode(errors="replace").strip()

    def differs(self, seed, slot, left_out, alone):
        """False where the sequence that is left does not even run natively."""
        self.generate(seed, "-s", str(slot), *(word for step in left_out for word in ("-x", step)))
        more = ["-s", str(slot)] if alone else []
        native, checked = self.run(seed, False, *more), self.run(seed, True, *more)
        if native[0] != 0:
            return False
        return checked[0] != 0 or native[1][8 * slot:8 * slot + 8] != checked[1][8 * slot:8 * slot + 8]

    def shrink(self, seed, slot):
        """Names of steps that can be left out, and whether the slot differs when it runs alone."""
        alone = self.differs(seed, slot, [], True)
        if not alone and not self.differs(seed, slot, [], False):
            return [], None
        left_out, again = [], True
        while again:
            again = False
            steps = self.generate(seed, "-s", str(slot), "-l", *(w for s in left_out for w in ("-x", s)))
            for name, *_ in sorted(steps, key=lambda step: (int(step[1]), -int(step[2]))):
                if name not in left_out and self.differs(seed, slot, left_out + [name], alone):
                    left_out.append(name)
                    again = True
        return left_out, alone

    def slot_range(self, slot):
        table = subprocess.run(["readelf", "-SW", self.program], capture_output=True, text=True, check=True).stdout
        sections = {}
        for line in table.splitlines():
            words = line.replace("[ ", "[").split()
            if len(words) > 5 and words[0][1:-1].isdigit() and words[2] not in ("NULL",):
                sections[words[1]] = [int(word, 16) for word in words[3:6]]
        _, offset, size = sections["slot_sizes"]
        sizes = struct.unpack(f"<{size // 2}H", self.program.read_bytes()[offset:offset + size])
        start = sections["slots"][0] + sum(sizes[:slot])
        return start, start + sizes[slot]

    def disassemble(self, slot):
        start, end = self.slot_range(slot)
        out = subprocess.run(["objdump", "-d", "--no-show-raw-insn", f"--start-address={start}", f"--stop-address={end}",
                              self.program], capture_output=True, text=True).stdout
        return [line for line in out.splitlines()[6:] if "nop" not in line.split("\t")[-1][:5]]

    def show(self, seed, slot):
        left_out, alone = self.shrink(seed, slot)
        print(f"slot {slot}: {self.args.generator} {self.host} OUT {seed} -s {slot}",
              " ".join(f"-x {step}" for step in left_out))
        if alone is None:
            print("   not again; it may depend on when signals came")
            return
        self.differs(seed, slot, left_out, alone)
        print("\n".join(self.disassemble(slot)))
        native, checked = self.run(seed, False, "-d", "-s", str(slot)), self.run(seed, True, "-d", "-s", str(slot))
        pairs = zip(native[1].decode().splitlines(), checked[1].decode().splitlines())
        for old, new in [(a, b) for a, b in pairs if a != b][:12]:
            print(f"   {old} natively, {new.split()[1]}")
        print(f"   {checked[2]}" if checked[2] else "", flush=True)


def batch(bench, seed):
    """Number of sequences compared, of differing ones."""
    timer = ["-t"] if seed % 4 == 3 or bench.args.timer else []
    bench.generate(seed)
    native, checked = bench.run(seed, False), bench.run(seed, True, *timer)
    if native[0] != 0:
        print(f"wrong: the generator made what does not run: {native[2]} ({bench.host.name}, seed {seed})")
        return 0, 1
    if checked[0] != 0:
        print(f"wrong: status {checked[0]}: {checked[2]} ({bench.host.name}, seed {seed}{' -t' if timer else ''})")
    count = len(native[1]) // 8
    wrong = [slot for slot in range(count) if native[1][8 * slot:8 * slot + 8] != checked[1][8 * slot:8 * slot + 8]]
    if checked[0] == 4:  # a fault: it ends at this slot
        wrong = [int(checked[2].split("slot ")[1].split()[0])]
    if wrong:
        print(f"wrong: {len(wrong)} of {count} sequences differ ({bench.host.name}, seed {seed}"
              f"{', with a timer' if timer else ''})")
    for slot in wrong[:SHOWN]:
        bench.show(seed, slot)
    return count, len(wrong) or int(checked[0] != 0)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--library", required=True, type=pathlib.Path)
    parser.add_argument("--generator", required=True, type=pathlib.Path)
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--rounds", type=int, default=3, help="runs of each sequence, with other registers and memory")
    parser.add_argument("--seed", type=int, help="one batch of each host, with this seed")
    parser.add_argument("--timer", action="store_true", help="interrupt every batch at 2 kHz, not each fourth")
    parser.add_argument("--options", default="", help="more of SEANCE_OPTIONS, beginning with a colon")
    parser.add_argument("hosts", nargs="+", type=pathlib.Path)
    args = parser.parse_args()
    if not can_fix_addresses():
        print("addresses cannot be fixed here (personality)")
        return SKIPPED
    seed = args.seed if args.seed is not None else random.SystemRandom().randrange(1, 1 << 40)
    print(f"seed {seed}", flush=True)
    count = wrong = 0
    end = time.monotonic() + args.seconds
    with tempfile.TemporaryDirectory(prefix="differential-") as folder:
        benches = [Bench(args, host, pathlib.Path(folder)) for host in args.hosts]
        for number in range(1 << 40):
            results = [batch(bench, seed + number) for bench in benches]
            count += sum(done for done, _ in results)
            wrong += sum(bad for _, bad in results)
            if args.seed is not None or time.monotonic() > end or wrong > 20:
                break
    print(f"{count} sequences, {args.rounds} rounds each, {wrong} differ")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
