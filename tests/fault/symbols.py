"""Programs without debug information, and runs without the symboliser."""

import shutil
import subprocess

from harness import check, expect_status


def access_frames(finding):
    return [stack["frames"][0] for stack in finding["stacks"]
            if stack["role"] in ("access", "previous") and stack["frames"]]


def expect_module_frames(finding):
    for frame in access_frames(finding):
        check(frame["module"].endswith("racy"), f"module {frame.get('module')!r}")
        check(int(frame["offset"], 16) > 0, f"offset {frame.get('offset')!r}")


def one_race(seat, *command, library=None):
    result = seat.preload(f"json={seat.json}:text=none", *command, library=library)
    races = seat.races()
    check(len(races) == 1, f"{len(races)} races; stderr: {result.stderr[:400]}")
    expect_status(result, 66 if races[0]["confidence"] == "certain" else 0)
    return races[0]


def case_no_debug_information(seat):
    race = one_race(seat, seat.compile("-g0"))
    expect_module_frames(race)
    names = [frame.get("function") for frame in access_frames(race)]
    check(names == ["handle", "handle"], f"functions {names}")
    check("request_count" in (race["location"].get("name") or ""), "the symbol of the variable is not named")


def case_stripped(seat):
    race = one_race(seat, seat.compile("-s"))
    expect_module_frames(race)
    check(len(access_frames(race)) == 2, "not two stacks")


def case_separate_debug_file(seat):
    program = seat.compile()
    for command in (["objcopy", "--only-keep-debug", program, f"{program}.debug"],
                    ["strip", program],
                    ["objcopy", f"--add-gnu-debuglink={program}.debug", program]):
        subprocess.run(command, check=True)
    race = one_race(seat, program)
    lines = [(frame.get("function"), frame.get("line", 0) > 0) for frame in access_frames(race)]
    check(lines == [("handle", True), ("handle", True)], f"frames {lines}")


def case_symboliser_missing(seat):
    alone = seat.folder / "alone"
    alone.mkdir()
    shutil.copy(seat.library, alone)
    program = seat.compile()
    race = one_race(seat, program, library=alone / "libseance.so")
    expect_module_frames(race)
    result = seat.seance("symbolize", seat.json)
    expect_status(result, 0)
    text = result.stdout + seat.json.read_text()
    check("handle" in text and "racy.c" in text, f"not symbolised: {result.stdout[:400]!r}")


def case_symboliser_damaged(seat):
    """A `seance` beside the library that is no program at all."""
    alone = seat.folder / "alone"
    alone.mkdir()
    shutil.copy(seat.library, alone)
    (alone / "seance").write_bytes(b"\x7fELF but not really")
    (alone / "seance").chmod(0o755)
    expect_module_frames(one_race(seat, seat.compile(), library=alone / "libseance.so"))


def case_program_removed(seat):
    """The program's file is gone before the finding is made, as when a deployment replaces it."""
    check(seat.library.exists(), "build/libseance.so is not there")
    program, mark = seat.compile(), seat.folder / "mark"
    result = seat.preload(f"json={seat.json}:text=none", program, f"remove={program}", f"mark={mark}")
    check(result.stdout == "done\n", f"output {result.stdout!r}")
    check(mark.exists() and not program.exists(), "the program did not remove itself")
    check(len(seat.races()) == 1, "no finding")
