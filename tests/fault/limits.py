"""Little memory, few descriptors, no /proc: the program runs on, and Seance says what it lacks."""

import os
import pathlib
import subprocess

from harness import Skip, check, expect_status

MEMORY = pathlib.Path(__file__).resolve().parents[1] / "bench" / "bounds" / "memory.c"
OVERCOMMIT = pathlib.Path("/proc/sys/vm/overcommit_memory")


def ran(result):
    check(result.stdout == "done\n", f"the program did not run to its end: {result.stdout!r} {result.stderr[:400]!r}")


def case_tight_address_space(seat):
    """ulimit -v 300 MB: no room for a shadow; one line says so, and the program runs without checks."""
    result = seat.preload_shell("ulimit -v 300000", None, seat.compile(), "quiet")
    expect_status(result, 0)
    ran(result)
    check(len(result.stderr.splitlines()) >= 1 and "eance" in result.stderr, "nothing was said about it")


def case_tight_address_space_steps(seat):
    """Whatever the limit, the program computes what it computes natively."""
    program = seat.compile()
    for kilobytes in (60000, 150000, 1000000, 5000000, 20000000, 100000000):
        native = seat.run(["sh", "-c", f"ulimit -v {kilobytes}; exec {program} quiet"])
        if native.returncode != 0:
            continue
        result = seat.preload_shell(f"ulimit -v {kilobytes}", None, program, "quiet")
        expect_status(result, 0)
        ran(result)


def case_memory_limit(seat):
    """memory_limit=16 under a program that needs far more: it is said once, and the program computes what it computes."""
    program = seat.compile(source=MEMORY, name="memory")
    for mode in ("own", "lock"):
        words = ("32", "2", mode)
        native = seat.run([program, *words])
        result = seat.preload("memory_limit=16:verbosity=0", program, *words)
        expect_status(result, 0)
        check(result.stdout == native.stdout, f"{mode}: other output than natively: {result.stdout!r}")
        lines = [line for line in result.stderr.splitlines() if "memory_limit of 16 MiB is reached" in line]
        check(1 <= len(lines) <= 2 and len(set(lines)) == len(lines), f"{mode}: what was said: {result.stderr!r}")
        check(lines == result.stderr.splitlines(), f"{mode}: something else was said: {result.stderr!r}")


def case_few_descriptors(seat):
    result = seat.preload_shell("ulimit -n 6", f"json={seat.json}:text=none", seat.compile())
    check(result.returncode in (0, 66), f"status {result.returncode}: {result.stderr[:400]}")
    ran(result)


def case_small_stacks(seat):
    result = seat.preload_shell("ulimit -s 256", f"json={seat.json}:text=none", seat.compile())
    expect_status(result, 66)
    ran(result)


def case_overcommit_never(seat):
    if os.geteuid() != 0:
        raise Skip("vm.overcommit_memory needs root")
    before = OVERCOMMIT.read_text()
    try:
        OVERCOMMIT.write_text("2\n")
    except OSError as error:
        raise Skip(f"{OVERCOMMIT} cannot be written here: {error.strerror}") from None
    try:
        if OVERCOMMIT.read_text().strip() != "2":
            raise Skip(f"{OVERCOMMIT} does not keep what is written")
        result = seat.preload(f"json={seat.json}:text=none", seat.compile())
    finally:
        OVERCOMMIT.write_text(before)
    expect_status(result, 66)
    ran(result)


def case_no_proc(seat):
    if os.geteuid() != 0:
        raise Skip("hiding /proc needs root")
    hide = ["unshare", "-m", "sh", "-c", 'mount -t tmpfs tmpfs /proc && exec "$@"', "sh"]
    if subprocess.run([*hide, "true"], capture_output=True).returncode != 0:
        raise Skip("/proc cannot be hidden here")
    check(seat.library.exists(), "build/libseance.so is not there")
    program = seat.compile()
    result = seat.run([*hide, "env", f"LD_PRELOAD={seat.library}",
                       f"SEANCE_OPTIONS=json={seat.json}:text=none", program])
    check(result.returncode in (0, 66), f"status {result.returncode}: {result.stderr[:400]}")
    ran(result)


def case_read_only_folder(seat):
    """A working folder where nothing can be made."""
    result = seat.preload(None, seat.compile(), cwd="/proc")
    expect_status(result, 66)
    ran(result)


def case_empty_environment(seat):
    check(seat.library.exists(), "build/libseance.so is not there")
    result = seat.run([seat.compile()], {"LD_PRELOAD": str(seat.library)})
    expect_status(result, 66)
    ran(result)


def case_long_environment(seat):
    env = seat.environment("text=none", seat.library)
    check(seat.library.exists(), "build/libseance.so is not there")
    env["SEANCE_OPTIONS"] = "text=none:" + "x" * 10000
    result = seat.run([seat.compile(), "quiet"], env)
    expect_status(result, 0)
    ran(result)
