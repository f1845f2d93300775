"""Reads the tests of Helgrind and DRD: helgrind/tests/*.vgtest, drd/tests/*.vgtest and the .stderr.exp files beside them.

A program that both suites run with the same arguments is one test. What it must report is what either suite's
expected output says; where one says that there is a race and the other, which runs it too, has none, they contradict each
other and overrides.json has to say who is right.
"""

import collections
import re

from model import Test

TOOLS = ("helgrind", "drd")
OTHER_PLATFORM = re.compile(r"freebsd|solaris|darwin|ppc|powerpc|mips|s390|arm|32bit|linuxthreads")
SAID = {
    "race": re.compile(r"Possible data race|Conflicting (load|store)"),
    "lock-order": re.compile(r"lock order .* violated"),
    "misuse": re.compile(
        r"^(Thread #x(: (?!lock order)| unlocked|'s call to)|Mutex (not locked|reinit|still|already)|The object at|Probably a race"
        r"|Destroying locked|Barrier reinit|Inconsistent assoc|The impossible|Semaphore reinit|Invalid sem|Recursive writer"
        r"|Reader-writer lock not|Attempt to use|Destruction of|Not a barrier|Attempt to lock for"
        r"|pthread_detach\(\): invalid|condition variable has not been init|wrong type of synchronization)", re.M),
}
BUILDS = {  # more than the rest of Makefile.am says for every program
    "omp_matinv": "-fopenmp", "omp_prime": "-fopenmp", "omp_printf": "-fopenmp",
    "boost_thread": "-lboost_thread -lboost_system", "shared_timed_mutex": "-std=c++14",
    "tsan_unittest": "-fpermissive -DTHREAD_WRAPPERS='\"tsan_thread_wrappers_pthread.h\"'",
}
# What the suites' configure script would find out; the tests include it.
CONFIG = "".join(f"#define HAVE_{name} 1\n" for name in (
    "ASM_UNISTD_H", "BUILTIN_ATOMIC", "PTHREAD_CONDATTR_SETCLOCK", "PTHREAD_MUTEX_ERRORCHECK_NP", "PTHREAD_MUTEX_RECURSIVE_NP",
    "PTHREAD_MUTEX_TIMEDLOCK", "PTHREAD_RECURSIVE_MUTEX_INITIALIZER_NP", "PTHREAD_RWLOCK_TIMEDRDLOCK",
    "PTHREAD_RWLOCK_TIMEDWRLOCK", "TLS"))
ANNOTATED = re.compile(r"^[^#\n]*\b(U_)?(ANNOTATE_|VALGRIND_HG_|DRD_)\w+ *\(", re.M)  # a call


class Program:
    """One source file with one set of arguments."""

    def __init__(self, source, arguments):
        self.source, self.arguments = source, arguments
        self.said = {}  # what each tool's suite expects

    def name(self):
        return " ".join([f"{self.source.parent.parent.name}/{self.source.stem}", *self.arguments])

    def expects(self):
        """None where the two suites contradict each other about a race."""
        both = frozenset().union(*self.said.values())
        if "race" in both and len(self.said) == 2 and not all("race" in said for said in self.said.values()):
            return None
        return both

    def test(self, tree):
        tests, name = self.source.parent, self.source.stem
        compiler = "{cxx}" if self.source.suffix == ".cpp" else "{cc}"
        folders = (tree, tree / "include", tree / "coregrind", tree / "VEX/pub", tree / "drd", tests)
        include = " ".join(f"-I{folder}" for folder in folders)
        macros = "-DVGA_amd64=1 -DVGO_linux=1 -DVGP_amd64_linux=1 -DVGPV_amd64_linux_vanilla=1 -D_REENTRANT"
        build = [f"{compiler} -O0 -w {include} {macros} {self.source} -o {{out}}/{name} {BUILDS.get(name, '')} -pthread -lm -ldl"]
        if name == "dlopen_main":
            build.append(f"{{cc}} -O0 -w -shared -fPIC {tests}/dlopen_lib.c -o {{out}}/dlopen_lib.so")
        group = "annotations" if ANNOTATED.search(self.source.read_text(errors="replace")) else "main"
        return Test("valgrind", self.name(), group, self.expects(), build, [f"{{out}}/{name}", *self.arguments])


def read(tree):
    """All tests whose program's source is there."""
    (tree / "config.h").write_text(CONFIG)
    programs = collections.OrderedDict()
    for tool in TOOLS:
        for path in sorted((tree / tool / "tests").glob("*.vgtest")):
            source, arguments = program_of(path, tree)
            if source:
                program = programs.setdefault((source, *arguments), Program(source, arguments))
                program.said[tool] = program.said.get(tool, frozenset()) | expected(path)
    return [program.test(tree) for program in programs.values()]


def program_of(vgtest, tree):
    """(source or None, arguments)"""
    lines = dict(re.findall(r"^(prog|args): *(\S.*?) *$", vgtest.read_text(), re.M))
    program = vgtest.parent / lines.get("prog", "none").split()[0]
    folders = [program.resolve().parent, *(tree / tool / "tests" for tool in TOOLS)]
    found = (folder / f"{program.name}{suffix}" for folder in folders for suffix in (".c", ".cpp"))
    return next((source for source in found if source.exists()), None), lines.get("args", "").split()


def expected(vgtest):
    """The kinds in the expected output, of which there may be one for each version of libc."""
    files = [path for path in vgtest.parent.glob(f"{vgtest.stem}.stderr.exp*") if not OTHER_PLATFORM.search(path.name)]
    text = "".join(path.read_text(errors="replace") for path in files)
    return frozenset(kind for kind, pattern in SAID.items() if pattern.search(text))
