"""The tools that are compared: how each one runs a program."""

import os
import re
import shutil
import subprocess

NATIVE, REWRITE, SEANCE = "native", "rewriting only", "Seance"
COMPILERS = {"TSan gcc": "gcc", "TSan clang": "clang"}
VALGRIND = {"Helgrind": "helgrind", "DRD": "drd"}
EVERY = [NATIVE, REWRITE, SEANCE, *COMPILERS, *VALGRIND]
# Findings are not printed, so that nobody's time for symbols is measured; they are still found and kept apart.
TSAN_OPTIONS = "TSAN_OPTIONS=report_bugs=0 exitcode=0"


class Tools:
    """What is there of the tools, and what stands before a program's command for each."""

    def __init__(self, build):
        self.build = build
        self.names = [name for name in EVERY if self.present(name)]

    def present(self, name):
        if name in COMPILERS:
            return self.compiles_tsan(COMPILERS[name])
        if name in VALGRIND:
            return shutil.which("valgrind") is not None
        if name == REWRITE:
            text = subprocess.run([self.build / "seance", "run", "--help"], capture_output=True, text=True).stdout
            return "--checks=" in text
        return True

    def compiles_tsan(self, compiler):
        if not shutil.which(compiler):
            return False
        program = self.build / "bench" / f"tsan-{compiler}"
        done = subprocess.run([compiler, "-fsanitize=thread", "-x", "c", "-o", program, "-"],
                              input=b"int main(void) { return 0; }", capture_output=True)
        return done.returncode == 0 and subprocess.run(self.fixed_addresses() + [program]).returncode == 0

    @staticmethod
    def fixed_addresses():
        """The run-time libraries of gcc 12 and clang 14 do not start where a system randomises more than 28 bits."""
        return ["setarch", "-R"]

    def options(self, name, modules):
        words = ["text=none", "exitcode=0", "verbosity=1"] + (["checks=off"] if name == REWRITE else [])
        return ":".join(words + ([f"modules={modules}"] if modules else []))

    def command(self, name, words, modules=None, programs=None):
        """The whole command, NAME=VALUE words first, or None where the tool has no such program.

        `programs`: the builds of the program that TSan made, by compiler.
        """
        words = [os.fspath(word) for word in words]
        if name == NATIVE:
            return words
        if name in COMPILERS:
            program = (programs or {}).get(COMPILERS[name])
            return program and [TSAN_OPTIONS, *self.fixed_addresses(), os.fspath(program), *words[1:]]
        if name in VALGRIND:
            return ["valgrind", "-q", f"--tool={VALGRIND[name]}", "--log-file=/dev/null", *words]
        return [f"LD_PRELOAD={self.build / 'libseance.so'}", f"SEANCE_OPTIONS={self.options(name, modules)}", *words]


def statistics_of(stderr):
    """The counts of Seance's lines at verbosity 1, added up over processes, and the modules that were rewritten."""
    counts, modules = {}, set()
    for line in stderr.splitlines():
        if not line.startswith("Seance: "):
            continue
        rest = line[len("Seance: "):]
        module = re.match(r"(/\S+): \d+ functions", rest)
        if module:
            modules.add(module[1])
        for key, value in re.findall(r"([a-z][a-z 0-9]*): (\d+)(?= KiB|,|$)", "" if rest.startswith("/") else rest):
            counts[key] = counts.get(key, 0) + int(value)
    return counts, modules
