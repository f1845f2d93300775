"""Options and exit statuses, good and bad."""

import re

from harness import HERE, check, expect_line, expect_one_line, expect_status

COMMANDS = ["run", "report", "symbolize", "lint", "attach", "detach"]


def case_unknown_option(seat):
    result = seat.preload("jsom=x", seat.compile(), "quiet")
    expect_status(result, 0)
    expect_one_line(result.stderr, "jsom", "json")
    check(result.stdout == "done\n", f"the program's output changed: {result.stdout!r}")


def case_unknown_option_keeps_others(seat):
    result = seat.preload(f"jsom=x:json={seat.json}:text=none", seat.compile())
    expect_status(result, 66)
    check(len(seat.races()) == 1, "the option beside the unknown one was not taken")


def case_bad_value(seat):
    for option in ("exitcode=banana", "exitcode=256", "exit_on=sometimes", "halt_on_error=2"):
        result = seat.preload(option, seat.compile(), "quiet")
        expect_status(result, 0)
        expect_one_line(result.stderr, option.split("=")[0])


def case_missing_equals(seat):
    result = seat.preload("verbosity", seat.compile(), "quiet")
    expect_status(result, 0)
    expect_one_line(result.stderr, "verbosity")


def refused(seat, *flags):
    mark = seat.folder / "started"
    result = seat.seance("run", *flags, "--", seat.compile(), "quiet", f"mark={mark}")
    expect_status(result, 2)
    check(not mark.exists(), "the program was started")
    return result


def case_run_unknown_option(seat):
    expect_one_line(refused(seat, "--jsom=x").stderr, "jsom", "json")


def case_run_bad_value(seat):
    expect_one_line(refused(seat, "--exitcode=banana").stderr, "exitcode")


def case_run_without_program(seat):
    for words in (["run"], ["run", "--"], ["run", "--exitcode=1"]):
        result = seat.seance(*words)
        expect_status(result, 2)
        check(result.stderr and not result.stdout, "nothing on stderr, or something on stdout")


def case_no_arguments(seat):
    result = seat.seance()
    expect_status(result, 2)
    check(result.stderr and not result.stdout, "nothing on stderr, or something on stdout")


def case_unknown_command(seat):
    result = seat.seance("rum")
    expect_status(result, 2)
    expect_one_line(result.stderr, "rum", "run")


def case_help(seat):
    for words in [["--help"]] + [[command, "--help"] for command in COMMANDS]:
        result = seat.seance(*words)
        expect_status(result, 0)
        check(result.stdout and not result.stderr, f"{words}: stdout {result.stdout[:80]!r}")


def case_help_names_every_option(seat):
    rows = (HERE.parents[1] / "base" / "options.def").read_text()
    text = seat.seance("run", "--help").stdout
    missing = [key for key in re.findall(r"^OPTION_\w+\((\w+),", rows, re.M) if key not in text]
    check(not missing, f"seance run --help says nothing of {missing}")


def case_version(seat):
    result = seat.seance("--version")
    expect_status(result, 0)
    check(re.search(r"\d+\.\d+", result.stdout) and not result.stderr, f"{result.stdout!r}")


def case_exitcode_default(seat):
    result = seat.preload(None, seat.compile())
    expect_status(result, 66)
    expect_line(result.stderr, "WARNING: Seance: data race (pid=")
    expect_line(result.stderr, "SUMMARY: Seance: data race", "racy.c:", "in handle")
    check(result.stdout == "done\n", "the program's output changed")


def case_exitcode_zero(seat):
    expect_status(seat.preload("exitcode=0", seat.compile()), 0)


def case_exitcode_seven(seat):
    expect_status(seat.preload("exitcode=7", seat.compile()), 7)


def case_own_status_kept(seat):
    expect_status(seat.preload(None, seat.compile(), "status=3"), 3)


def case_run_exit_status(seat):
    program = seat.compile()
    expect_status(seat.seance("run", "--", program), 66)
    expect_status(seat.seance("run", "--exitcode=7", "--", program), 7)
    expect_status(seat.seance("run", "--", program, "status=3"), 3)
    expect_status(seat.seance("run", "--", program, "quiet"), 0)


def case_halt_on_error(seat):
    result = seat.preload("halt_on_error=1", seat.compile())
    expect_status(result, 66)
    check(result.stdout == "", "the program went on after the error")
    expect_line(result.stderr, "data race")


def case_silence(seat):
    result = seat.preload(None, seat.compile(), "quiet")
    expect_status(result, 0)
    check(result.stderr == "" and result.stdout == "done\n", f"not silent: {result.stderr!r}")


def case_path_pid_and_name(seat):
    expect_status(seat.preload(f"text=none:json={seat.folder}/%e-%p.json", seat.compile()), 66)
    files = [path.name for path in seat.folder.glob("*.json")]
    check(len(files) == 1 and re.fullmatch(r"racy-\d+\.json", files[0]), f"files: {files}")


def case_run_bad_numbers(seat):
    for flag in ("--exitcode=300", "--exitcode=-1", "--exitcode=", "--verbosity=9", "--max_reports=1e3"):
        expect_one_line(refused(seat, flag).stderr, flag[2:].split("=")[0])


def case_run_takes_environment(seat):
    """SEANCE_OPTIONS counts, the flags beside it win, and what is wrong in it is refused."""
    program, path = seat.compile(), seat.folder / "with blank.json"
    env = seat.environment(f'json="{path}":exitcode=3:text=none')
    expect_status(seat.run([seat.command, "run", "--exitcode=5", "--", program], env), 5)
    check(len(seat.races(path)) == 1, "the quoted path was not used")
    result = seat.run([seat.command, "run", "--", program], seat.environment('json="open'))
    expect_status(result, 2)
    expect_one_line(result.stderr, "json", "quote")


def case_verbosity_tells_modules(seat):
    """Functions, instructions, accesses; how they are entered; what was left out and why."""
    result = seat.preload("verbosity=1:text=none", seat.compile(), "quiet")
    expect_status(result, 0)
    expect_line(result.stderr, "racy:", "functions", "instructions", "accesses")
    expect_line(result.stderr, "racy:", "own jump", "entered otherwise", "instrumented")


def case_quoted_value(seat):
    path = seat.folder / "a blank: and a colon.json"
    expect_status(seat.preload(f'json="{path}":text=none', seat.compile()), 66)
    check(path.exists() and len(seat.races(path)) == 1, "the quoted path was not used")
