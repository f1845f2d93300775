#!/usr/bin/env python3
"""Compiles with -fsanitize=thread and links without it, in one call of a compiler.

usage: compile.py COMPILER ARGUMENT...     as for the compiler itself
"""

import pathlib
import subprocess
import sys

INSTRUMENT = "-fsanitize=thread"
SOURCES = (".c", ".cc", ".cpp")


def is_source(word):
    return not word.startswith("-") and word.endswith(SOURCES)


def for_linking(word):
    return word.startswith(("-l", "-L", "-Wl,")) or word.endswith((".o", ".so", ".a")) or word == "-shared"


def compiled(compiler, words, source, number):
    """The object of one source, beside what is linked."""
    output = pathlib.Path(words[words.index("-o") + 1])
    made = f"{output}.{number}.o"
    kept = [word for at, word in enumerate(words)
            if not (is_source(word) or for_linking(word) or word == "-o" or (at and words[at - 1] == "-o"))]
    subprocess.run([compiler, INSTRUMENT, *kept, "-c", source, "-o", made], check=True)
    return made


def main():
    compiler, *words = sys.argv[1:]
    if "-c" in words:
        return subprocess.run([compiler, INSTRUMENT, *words], check=False).returncode
    try:
        linked = [compiled(compiler, words, word, at) if is_source(word) else word for at, word in enumerate(words)]
    except subprocess.CalledProcessError as error:
        return error.returncode
    return subprocess.run([compiler, *linked], check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
