"""Report files: where they may go, what they look like when things go wrong."""

import json
import os
import shutil
import signal
import stat
import subprocess
import time

from harness import HERE, Skip, check, expect_line, expect_one_line, expect_status


def case_json_unwritable(seat):
    result = seat.preload("json=/nonexistent/folder/f.json", seat.compile(), "quiet")
    expect_status(result, 0)
    expect_line(result.stderr, "/nonexistent/folder/f.json")
    check(result.stdout == "done\n", "the program's output changed")


def case_text_unwritable(seat):
    result = seat.preload("text=/nonexistent/folder/f.txt", seat.compile(), "quiet")
    expect_status(result, 0)
    expect_line(result.stderr, "/nonexistent/folder/f.txt")


def case_run_json_unwritable(seat):
    mark = seat.folder / "started"
    result = seat.seance("run", "--json=/nonexistent/folder/f.json", "--", seat.compile(), f"mark={mark}")
    expect_status(result, 2)
    expect_line(result.stderr, "/nonexistent/folder/f.json")
    check(not mark.exists(), "the program was started")


def case_suppressions_missing(seat):
    result = seat.preload("suppressions=/nonexistent/rules", seat.compile(), "quiet")
    expect_status(result, 0)
    expect_one_line(result.stderr, "/nonexistent/rules")


def case_run_bad_files(seat):
    """Each names the file, and the program is not started."""
    link, mark = seat.folder / "link", seat.folder / "started"
    link.symlink_to(seat.folder / "target")
    program = seat.compile()
    for flag in (f"--json={seat.folder}", f"--json={link}", "--text=/nonexistent/f.txt", f"--json={seat.folder}/x/",
                 "--suppressions=/nonexistent/rules", f"--suppressions={seat.folder}"):
        result = seat.seance("run", flag, "--", program, f"mark={mark}")
        expect_status(result, 2)
        expect_one_line(result.stderr, flag.split("=")[0], flag.split("=")[1].rstrip("/"))
        check(not mark.exists(), f"{flag}: the program was started")


def case_suppressions_found_after_chdir(seat):
    (seat.folder / "rules").write_text("race:touch_first\n")
    result = seat.preload("suppressions=rules", seat.compile(source=HERE / "lives.c"), "chdir", cwd=seat.folder)
    expect_status(result, 0)
    check(result.stderr == "", f"not suppressed: {result.stderr[:400]!r}")


def case_symbolic_link_refused(seat):
    target, link = seat.folder / "target", seat.folder / "link"
    target.write_text("precious\n")
    link.symlink_to(target)
    for key in ("json", "text"):
        result = seat.preload(f"{key}={link}", seat.compile(), "quiet")
        expect_status(result, 0)
        expect_line(result.stderr, str(link))
    check(target.read_text() == "precious\n", "the file behind the link was changed")


def case_dangling_link_refused(seat):
    target, link = seat.folder / "target", seat.folder / "link"
    link.symlink_to(target)
    expect_status(seat.preload(f"json={link}", seat.compile(), "quiet"), 0)
    check(not target.exists(), "a file was made through the link")


def case_mode_0600(seat):
    paths = {key: seat.folder / f"report.{key}" for key in ("json", "text")}
    options = ":".join(f"{key}={path}" for key, path in paths.items())
    old = os.umask(0)
    try:
        expect_status(seat.preload(options, seat.compile()), 66)
    finally:
        os.umask(old)
    for key, path in paths.items():
        check(path.exists(), f"no {key} file")
        mode = stat.S_IMODE(path.stat().st_mode)
        check(mode == 0o600, f"{key} has mode {mode:o}")


def case_sarif_and_html_not_yet(seat):
    """This version only says that it does not write them. When it does, this case fails: then check here that
    SARIF has one result and HTML names request_count, and add both to case_mode_0600."""
    sarif, html = seat.folder / "f.sarif", seat.folder / "f.html"
    program = seat.compile()
    for result in (seat.preload(f"sarif={sarif}:html={html}", program, "quiet"),
                   seat.seance("run", f"--sarif={sarif}", f"--html={html}", "--", program, "quiet")):
        expect_status(result, 0)
        expect_one_line(result.stderr, "sarif", "html", "not write them yet")
    check(not sarif.exists() and not html.exists(), "a file was made")


def case_summary_line(seat):
    expect_status(seat.preload(f"json={seat.json}:text=none", seat.compile(), "quiet"), 0)
    last = json.loads(seat.json.read_text().splitlines()[-1])
    check(last.get("kind") == "summary" and last.get("v") == 1, f"the last line: {last}")


def case_full_disk_text(seat):
    result = seat.preload(f"text=/dev/full:json={seat.json}", seat.compile())
    check(result.stdout == "done\n", f"the program did not run to its end: {result.stdout!r}")
    expect_status(result, 66)
    check(len(seat.races()) == 1, "the finding is not in the other file")
    expect_one_line(result.stderr, "/dev/full")


def case_full_disk_json(seat):
    if os.geteuid() != 0:
        raise Skip("mounting a small file system needs root")
    disk = seat.folder / "disk"
    disk.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4k", "tmpfs", disk],
                      capture_output=True).returncode != 0:
        raise Skip("no file system can be mounted here")
    try:
        (disk / "filler").write_bytes(b"x" * 4096)
        result = seat.preload(f"json={disk}/f.json:text=none", seat.compile())
        check(result.stdout == "done\n", f"the program did not run to its end: {result.stdout!r}")
        expect_status(result, 66)
        expect_one_line(result.stderr, "f.json")
        check((disk / "f.json").read_bytes() == b"", "a part of a line was left")
    finally:
        subprocess.run(["umount", disk], check=True)


def case_full_disk_cuts_no_line(seat):
    """Room for a part of the finding, and without the symboliser, when the host writes itself."""
    if os.geteuid() != 0:
        raise Skip("mounting a small file system needs root")
    disk, alone = seat.folder / "disk", seat.folder / "alone"
    disk.mkdir()
    alone.mkdir()
    shutil.copy(seat.library, alone)
    program = seat.compile()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=8k", "tmpfs", disk],
                      capture_output=True).returncode != 0:
        raise Skip("no file system can be mounted here")
    try:
        for library in (seat.library, alone / "libseance.so"):
            (disk / "filler").write_bytes(b"x" * 4096)
            result = seat.preload(f"json={disk}/f.json:text=none", program, library=library)
            expect_status(result, 66)
            check("f.json" in result.stderr or seat.races(disk / "f.json"), "lost without a word")
            text = (disk / "f.json").read_text()
            check(text == "" or text.endswith("\n"), f"a part of a line was left: {text[-80:]!r}")
            seat.findings(disk / "f.json")
    finally:
        subprocess.run(["umount", disk], check=True)


def case_file_size_limit(seat):
    """A write over the limit raises SIGXFSZ, which must not end the program."""
    program = seat.compile()
    for blocks in (0, 1, 8):
        result = seat.preload_shell(f"ulimit -f {blocks}", f"json={seat.json}:text=none", program)
        check(result.stdout == "done\n", f"the program did not run to its end: {result.stdout!r}")
        expect_status(result, 66)
        text = seat.json.read_text()
        check(text == "" or text.endswith("\n"), f"a part of a line was left: {text[-80:]!r}")
        check(seat.races() or "findings.json" in result.stderr, "lost without a word")


def case_file_size_limit_of_text(seat):
    """stderr is a file that has reached the limit: nothing can be said, and the program runs on."""
    log = seat.folder / "log"
    result = seat.preload_shell(f"ulimit -f 0; exec 2>{log}", "jsom=x:verbosity=1", seat.compile())
    check(result.stdout == "done\n", f"the program did not run to its end: {result.stdout!r}")
    expect_status(result, 66)


def case_stderr_without_reader(seat):
    """A pipe that nobody reads raises SIGPIPE for its writer, which is us."""
    ends = os.pipe()
    os.close(ends[0])
    try:
        result = seat.preload("jsom=x:verbosity=1", seat.compile(), stdout=subprocess.PIPE, stderr=ends[1])
    finally:
        os.close(ends[1])
    check(result.stdout == "done\n", f"the program did not run to its end: {result.stdout!r}")
    expect_status(result, 66)


def case_closed_stderr(seat):
    """With descriptor 2 closed the program's own next file gets that number; it must stay its own."""
    log = seat.folder / "log"
    result = seat.preload_shell("exec 2>&-", f"json={seat.json}", seat.compile(), f"log={log}")
    expect_status(result, 66)
    check(log.read_text() == "mine\n", f"something was written into the program's file: {log.read_text()!r}")
    check(len(seat.races()) == 1, "no finding in the file")


def case_closed_stdout(seat):
    log = seat.folder / "log"
    result = seat.preload_shell("exec 1>&-", f"json={seat.json}", seat.compile(), f"log={log}")
    expect_status(result, 66)
    check(log.read_text() == "mine\ndone\n", f"the program's file holds {log.read_text()!r}")
    expect_line(result.stderr, "data race")


def case_closed_stdin(seat):
    result = seat.preload_shell("exec 0<&-", f"json={seat.json}", seat.compile())
    expect_status(result, 66)
    check(len(seat.races()) == 1, "no finding in the file")


def case_closed_all(seat):
    result = seat.preload_shell("exec 0<&- 1>&- 2>&-", f"json={seat.json}", seat.compile())
    expect_status(result, 66)
    check(len(seat.races()) == 1, "no finding in the file")


def case_program_closes_descriptors(seat):
    result = seat.preload(f"json={seat.json}", seat.compile(), "closefrom")
    expect_status(result, 66)
    check(len(seat.races()) == 1, "no finding in the file")


def case_sigkill_leaves_whole_lines(seat):
    program = seat.compile()
    env = seat.environment(f"json={seat.json}:text=none", seat.library)
    check(seat.library.exists(), "build/libseance.so is not there")
    process = subprocess.Popen([program, "wait"], env=env, stdout=subprocess.DEVNULL)
    try:
        for _ in range(300):
            time.sleep(0.1)
            if seat.json.exists() and seat.json.read_text().endswith("\n"):
                break
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()
    check(seat.json.exists(), "nothing was written before the signal")
    check(len(seat.races()) == 1, "the finding was not written as it happened")
