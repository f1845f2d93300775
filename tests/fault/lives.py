"""Processes that end, fork, exec or let go of their descriptors in unusual ways (lives.c)."""

import os
import pathlib
import re
import signal
import subprocess
import time

from harness import HERE, Skip, check, expect_status


def live(seat, status, *way, options="", **more):
    """Runs one way of lives.c with a json file; returns the result."""
    program = seat.folder / "lives"
    if not program.exists():
        seat.compile(source=HERE / "lives.c", name="lives")
    result = seat.preload(f"json={seat.json}{options}", program, *way, **more)
    expect_status(result, status)
    return result


def functions(seat, path=None):
    """The functions that raced, as the file tells them; the file ends in one summary."""
    lines = seat.lines(path)
    check([line["kind"] for line in lines].count("summary") == 1 and lines[-1]["kind"] == "summary",
          f"lines {[line['kind'] for line in lines]}")
    found = [line["stacks"][0]["frames"][0].get("function") for line in lines[:-1]]
    check(lines[-1]["findings"] >= 1, f"summary {lines[-1]}")
    return found


def wait_for_summary(path):
    """The renderer outlives a program that was killed by a moment."""
    for _ in range(100):
        if path.exists() and '"kind":"summary"' in path.read_text():
            return
        time.sleep(0.1)


def case_ends_in_a_thread(seat):
    live(seat, 66, "thread", "0")
    check(functions(seat) == ["touch_second"], "no finding")
    live(seat, 3, "thread", "3")


def case_ends_by_pthread_exit(seat):
    live(seat, 66, "pthread_exit")
    check(functions(seat) == ["touch_first"], "no finding")


def case_ends_by_underscore_exit(seat):
    live(seat, 66, "_exit", "0")
    check(functions(seat) == ["touch_first"], "no finding")
    live(seat, 4, "_exit", "4")
    live(seat, 66, "quick_exit", "0")
    live(seat, 4, "quick_exit", "4")


def case_ends_by_abort(seat):
    """Written before the program goes on to abort(), so it is there when the program is gone."""
    result = live(seat, -signal.SIGABRT, "abort")
    check("SUMMARY: Seance: data race" in result.stderr, "the text came too late")
    check(len(seat.races()) == 1, "the finding came too late")


def case_ends_by_signal(seat):
    for number in (signal.SIGTERM, signal.SIGSEGV, signal.SIGKILL):
        result = live(seat, -number, "signal", str(int(number)))
        check("SUMMARY: Seance: data race" in result.stderr, "the text came too late")
        wait_for_summary(seat.json)
        check(functions(seat) == ["touch_first"], "no finding")


def case_becomes_itself(seat):
    """Both programs are one process: one file holds what both found."""
    live(seat, 66, "exec")
    check(functions(seat) == ["touch_first", "touch_second"], "not both findings")


def case_forked_child(seat):
    result = live(seat, 0, "child")
    child, status = re.search(r"child (\d+): (\d+)", result.stdout).groups()
    check(status == "66", f"the child's status {status}")
    check(functions(seat, pathlib.Path(f"{seat.json}.{child}")) == ["touch_first"], "the child's file")
    check(seat.races() == [], "the parent reports what its child found")


def case_forked_child_races_again(seat):
    """What the parent has reported is new in the child's own report."""
    result = live(seat, 66, "both")
    child = re.search(r"child (\d+)", result.stdout).group(1)
    for path in (seat.json, pathlib.Path(f"{seat.json}.{child}")):
        check(functions(seat, path) == ["touch_first"], f"{path}")


def case_has_no_other_child(seat):
    """wait() does not see the renderer."""
    check(live(seat, 66, "children").stdout == "done\n", "output")


def case_daemon(seat):
    """Double fork, a new session, the root folder, /dev/null, and no rights any more."""
    seat.folder.chmod(0o755)
    live(seat, 0, "daemon")
    for _ in range(100):
        found = [path for path in seat.folder.glob("findings.json.*") if "data-race" in path.read_text()]
        if found:
            break
        time.sleep(0.1)
    check(len(found) == 1, f"files {sorted(path.name for path in seat.folder.iterdir())}")
    wait_for_summary(found[0])
    check(functions(seat, found[0]) == ["touch_first"], "not the finding")


def case_drops_root(seat):
    if os.geteuid() != 0:
        raise Skip("giving up root needs root")
    seat.folder.chmod(0o755)
    live(seat, 66, "setuid")
    check(functions(seat) == ["touch_first"], "no finding")


def case_changes_root(seat):
    """Where neither /proc nor the symboliser is: one line, and modules with offsets."""
    if os.geteuid() != 0:
        raise Skip("chroot needs root")
    empty = seat.folder / "empty"
    empty.mkdir()
    result = live(seat, 66, "chroot", empty, options=":text=none")
    check(len(result.stderr.splitlines()) == 1, f"not one line: {result.stderr!r}")
    check(functions(seat) == [None] and int(seat.races()[0]["stacks"][0]["frames"][0]["offset"], 16) > 0,
          "no module and offset")


def case_changes_folder(seat):
    """Relative paths mean what they meant at the start."""
    program = seat.compile(source=HERE / "lives.c", name="lives")
    expect_status(seat.preload("json=here.json:text=here.txt", program, "chdir", cwd=seat.folder), 66)
    check(functions(seat, seat.folder / "here.json") == ["touch_first"], "no finding")
    check("data race" in (seat.folder / "here.txt").read_text(), "no text")


def case_closes_descriptors(seat):
    for way, names in (("closes_standard", ["touch_first"]), ("closes_all", ["touch_first"]),
                       ("closes_between", ["touch_first", "touch_second"]), ("closes_after", ["touch_first"])):
        result = live(seat, 66, way)
        check(functions(seat) == names, f"{way}: {functions(seat)}")
        check(way == "closes_all" or result.stderr.count("WARNING: Seance") == len(names), f"{way}: text")
        check(seat.lines()[-1]["findings"] == len(names), f"{way}: the summary counts {seat.lines()[-1]}")


def case_reuses_numbers(seat):
    """Files of the program that got our numbers stay its own."""
    mine = seat.folder / "mine"
    live(seat, 66, "reuses_numbers", mine, options=":verbosity=1")
    check(mine.read_bytes() == b"", f"written into the program's file: {mine.read_bytes()[:200]!r}")
    check(functions(seat) == ["touch_first"], "no finding")


def case_parallel_runs(seat):
    """100 at a time with one path: %p gives each its own file."""
    program = seat.compile()
    env = seat.environment(f"json={seat.folder}/p-%p.json:text=none", seat.library)
    runs = [subprocess.Popen([program], env=env, stdout=subprocess.DEVNULL) for _ in range(100)]
    check([run.wait() for run in runs] == [66] * 100, "not every run ended with 66")
    for run in runs:
        check(functions(seat, seat.folder / f"p-{run.pid}.json") == ["handle"], f"the file of {run.pid}")


def case_parallel_runs_one_file(seat):
    """Without %p the first has the file, the others get their process id at its end; nothing is torn or lost."""
    program = seat.compile()
    env = seat.environment(f"json={seat.json}:text=none", seat.library)
    runs = [subprocess.Popen([program], env=env, stdout=subprocess.DEVNULL) for _ in range(10)]
    check([run.wait() for run in runs] == [66] * 10, "not every run ended with 66")
    check(all(functions(seat, path) == ["handle"] for path in seat.folder.glob("findings.json*")), "torn")


PLUGIN = """
#include <pthread.h>
int made, shared;
static void *work(void *arg) { for (int i = 0; i < 1000; i++) ++*(volatile int *)arg; return 0; }
static void race(int *what)
{
    pthread_t t;
    pthread_create(&t, 0, work, what);
    for (int i = 0; i < 1000; i++) ++*(volatile int *)what;
    pthread_join(t, 0);
}
__attribute__((constructor)) static void make(void) { race(&made); }
void run(void) { race(&shared); }
"""
HOST = """
#include <dlfcn.h>
int main(int argc, char **argv)
{
    for (int i = 0; i < 20; i++) {
        void *plugin = dlopen(argv[1], RTLD_NOW);
        if (!plugin) return 1;
        ((void (*)(void))dlsym(plugin, "run"))();
        dlclose(plugin);
    }
    return 0;
}
"""


def case_checks_what_is_loaded_later(seat):
    """A module of dlopen() is checked from its constructor on, at every address it comes to."""
    (seat.folder / "plugin.c").write_text(PLUGIN)
    (seat.folder / "host.c").write_text(HOST)
    plugin = seat.compile("-shared", "-fPIC", source=seat.folder / "plugin.c", name="plugin.so")
    host = seat.compile(source=seat.folder / "host.c", name="host")
    expect_status(seat.preload(f"json={seat.json}", host, plugin), 66)
    names = {line["location"]["name"] for line in seat.races()}
    check(names == {"made", "shared"}, f"variables {names}")
