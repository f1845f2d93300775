#!/usr/bin/env python3
"""What `seance` says and returns where something is wrong: command.py SEANCE LIBRARY."""
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

SEANCE, LIBRARY = sys.argv[1], pathlib.Path(sys.argv[2])
problems = []


def seance(*args, **env):
    return subprocess.run([SEANCE, *map(str, args)], env={**os.environ, **env}, capture_output=True, text=True,
                          timeout=60)


def refused(status, word, *args, **env):
    """One line on stderr that contains word, and nothing else."""
    result = seance(*args, **env)
    ok = result.returncode == status and result.stderr.count("\n") == 1 and word in result.stderr and not result.stdout
    if not ok:
        problems.append(f"seance {args}: {result}")


def answered(word, *args):
    result = seance(*args)
    if result.returncode != 0 or word not in result.stdout or result.stderr:
        problems.append(f"seance {args}: {result}")


def compile_program(folder, name, *flags):
    source, out = folder / "p.c", folder / name
    source.write_text("int main(void) { return 0; }\n")
    done = subprocess.run(["cc", "-o", out, source, *flags], capture_output=True)
    return out if done.returncode == 0 else None


def test_programs(folder):
    static = compile_program(folder, "static", "-static")
    if static:
        refused(2, "static", "run", "--", static)
    plain = compile_program(folder, "plain")
    setuid = folder / "setuid"
    shutil.copy(plain, setuid)
    setuid.chmod(0o4755)
    refused(2, "setuid", "run", "--", setuid)
    foreign = folder / "foreign"
    head = bytearray(plain.read_bytes())
    head[18] = 183  # e_machine: AArch64
    foreign.write_bytes(head)
    foreign.chmod(0o755)
    refused(2, "architecture", "run", "--", foreign)
    head[4] = 1  # ELFCLASS32
    foreign.write_bytes(head)
    refused(2, "32-bit", "run", "--", foreign)
    script = folder / "script"
    script.write_text(f"#!{static}\n")
    script.chmod(0o755)
    if static:
        refused(2, "static", "run", "--", script)
    script.chmod(0o644)
    refused(126, "not an executable", "run", "--", script)
    refused(126, "not", "run", "--", folder)


def main():
    answered("usage: seance", "--help")
    answered("--json", "run", "--help")
    answered("symbolize", "symbolize", "--help")
    answered("seance ", "--version")
    refused(2, "no command")
    refused(2, "unknown command", "frobnicate")
    refused(2, "not in this version", "attach", "1")
    refused(2, "no program", "run")
    refused(2, "halt_on_error", "run", "--halt_on_eror=1", "--", "true")
    refused(2, "exitcode", "run", "--exitcode=many", "--", "true")
    refused(2, "verbosity", "run", "--", "true", SEANCE_OPTIONS="verbossity=1")
    refused(127, "not found", "run", "--", "no-such-program-here")
    refused(127, "No such file", "run", "--", "/no/such/program")
    refused(2, "no file", "symbolize")
    refused(1, "No such file", "symbolize", "/no/such/file")
    with tempfile.TemporaryDirectory(prefix="command-") as folder:
        test_programs(pathlib.Path(folder))
    if LIBRARY.exists():
        result = seance("run", "--text=none", "--", "sh", "-c", "echo $SEANCE_OPTIONS; exit 7", SEANCE_OPTIONS="verbosity=0")
        if result.returncode != 7 or result.stdout != "verbosity=0:text=none\n":
            problems.append(f"run: {result}")
    print(*problems or ["ok"], sep="\n")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
