"""Programs that Seance cannot run, or that start in an unusual way."""

import os
import struct

from harness import HERE, Skip, check, expect_line, expect_one_line, expect_status


def refused(seat, program, status, *words):
    result = seat.seance("run", "--", program)
    expect_status(result, status)
    expect_one_line(result.stderr, os.path.basename(program), *words)
    check(result.stdout == "", f"output {result.stdout!r}")


def elf_file(path, bits, machine):
    """A header and nothing else: enough to tell what the file is for."""
    ident = b"\x7fELF" + bytes([1 if bits == 32 else 2, 1, 1]) + bytes(9)
    if bits == 32:
        rest = struct.pack("<HHIIIIIHHHHHH", 2, machine, 1, 0x8048054, 52, 0, 0, 52, 32, 1, 0, 0, 0)
        rest += struct.pack("<IIIIIIII", 1, 0, 0x8048000, 0x8048000, 84, 84, 5, 4096)
    else:
        rest = struct.pack("<HHIQQQIHHHHHH", 2, machine, 1, 0x400078, 64, 0, 0, 64, 56, 1, 0, 0, 0)
        rest += struct.pack("<IIQQQQQQ", 1, 5, 0, 0x400000, 0x400000, 120, 120, 4096)
    path.write_bytes(ident + rest)
    path.chmod(0o755)
    return path


def case_program_missing(seat):
    refused(seat, seat.folder / "absent", 127)


def case_program_missing_in_path(seat):
    refused(seat, "no-such-program-anywhere", 127)


def case_program_not_executable(seat):
    program = seat.compile()
    program.chmod(0o644)
    refused(seat, program, 126)


def case_program_is_folder(seat):
    refused(seat, seat.folder, 126)
    refused(seat, ".", 126)


def case_program_name_empty(seat):
    result = seat.seance("run", "--", "")
    expect_status(result, 127)
    expect_one_line(result.stderr, "empty")


def case_program_path_with_blanks(seat):
    program = seat.compile(name="a name: with blanks")
    for words in (["--", program], [program]):
        expect_status(seat.seance("run", f"--json={seat.folder}/%e %p.json", *words), 66)
    check(len(list(seat.folder.glob("a name: with blanks *.json"))) == 2, "no file of that name")


def case_run_without_dashes(seat):
    """The first word that is no option is the program; what follows is its own."""
    result = seat.seance("run", "--text=none", seat.compile(), "status=5", "--exitcode=9")
    expect_status(result, 5)


def case_program_static(seat):
    refused(seat, seat.compile("-static"), 2, "static")


def case_program_static_pie(seat):
    refused(seat, seat.compile("-static-pie"), 2, "static")


def case_program_setuid(seat):
    if os.geteuid() != 0:
        raise Skip("a setuid program of another user needs root")
    program = seat.compile()
    os.chown(program, 65534, 65534)
    program.chmod(0o4755)
    refused(seat, program, 2, "setuid")


def case_program_32_bit(seat):
    refused(seat, elf_file(seat.folder / "small", 32, 3), 2, "32")


def case_program_foreign(seat):
    refused(seat, elf_file(seat.folder / "foreign", 64, 183), 2)


def case_program_damaged(seat):
    program = seat.folder / "damaged"
    program.write_bytes(b"\x7fELF\x02\x01\x01")
    program.chmod(0o755)
    result = seat.seance("run", "--", program)
    check(result.returncode in (2, 126), f"status {result.returncode}")
    check(len(result.stderr.splitlines()) == 1, f"not one line: {result.stderr!r}")


def case_script(seat):
    script = seat.folder / "script"
    script.write_text(f'#!/bin/sh\necho "script $1"\nexec {seat.compile()} quiet\n')
    script.chmod(0o755)
    result = seat.seance("run", "--", script, "word")
    expect_status(result, 0)
    check(result.stdout == "script word\ndone\n", f"output {result.stdout!r}")


def case_script_finds_race(seat):
    script = seat.folder / "script"
    script.write_text(f"#!/bin/sh\nexec {seat.compile()}\n")
    script.chmod(0o755)
    expect_status(seat.seance("run", f"--json={seat.folder}/%p.json", "--", script), 66)


def case_name_from_path(seat):
    seat.compile()
    env = seat.environment()
    env["PATH"] = f"{seat.folder}:{env['PATH']}"
    result = seat.run([seat.command, "run", "--", "racy"], env)
    expect_status(result, 66)
    check(result.stdout == "done\n", f"output {result.stdout!r}")


def case_run_matches_preload(seat):
    """Both ways to run find the same thing."""
    program = seat.compile()
    second = seat.folder / "second.json"
    expect_status(seat.preload(f"json={seat.json}:text=none", program), 66)
    expect_status(seat.seance("run", f"--json={second}", "--text=none", "--", program), 66)
    names = [[race["id"] for race in seat.races(path)] for path in (seat.json, second)]
    check(len(names[0]) == 1 and names[0] == names[1], f"fingerprints {names}")


def case_preload_set_already(seat):
    env = seat.environment(library="libm.so.6")
    expect_status(seat.run([seat.command, "run", "--", seat.compile()], env), 66)


def case_other_preload(seat):
    """Another preloaded library with an allocator of its own, before and after Seance."""
    other = seat.compile("-shared", "-fPIC", source=HERE / "allocator.c", name="liballocator.so")
    program = seat.compile()
    for libraries in (f"{other}:{seat.library}", f"{seat.library}:{other}"):
        result = seat.preload(None, program, library=libraries)
        expect_status(result, 66)
        expect_line(result.stderr, "data race")
