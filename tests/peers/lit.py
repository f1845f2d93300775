"""Reads ThreadSanitizer's own tests (compiler-rt/test/tsan): the RUN lines of LLVM's lit and the CHECK lines of FileCheck.

Each step with %run is a test: what was compiled before it, its arguments and options, and the kinds of report that the
CHECK lines of its prefixes ask for. Paths of %s and %t are filled in here, compilers when a test is built.
"""

import re
import shlex

import model
from model import Test

STEP = re.compile(r"\s*(?:&&|;)\s*")
REPORT = re.compile(r"ThreadSanitizer: (data race|heap-use-after-free|lock-order-inversion|thread leak|signal|[a-z -]*(?:mutex|lock))")
KINDS = {"data race": "race", "heap-use-after-free": "race", "lock-order-inversion": "lock-order",
         "thread leak": "thread-leak", "signal": "signal"}
BESIDES = frozenset(model.KINDS) - {"race"}  # FileCheck seeks what is expected, and lets pass what else is said
NOT_HERE = re.compile(r"REQUIRES:.*(disabled|darwin|sunrpc)|UNSUPPORTED:.*linux")
COMPILE = re.compile(r"%clang(xx)?_tsan")
# Instrumentation by halves, which a program that is not instrumented does not have.
HALVES = re.compile(r"-mllvm \S+|-fno-sanitize-thread\S+|-fsanitize-ignorelist=\S+")
GROUPS = (
    ("internals", re.compile(r"^(java_|fiber_|bench_)|^(interface_atomic_test|debug_\w+|debugging|on_initialize_finalize_hooks"
                             r"|default_options|flush_memory|force_background_thread|halt_on_error|global_race3)\.")),
    ("annotations", re.compile(r"^(custom_mutex\d|mutex_annotations|annotate_|benign_race|thread_end_with_ignore|ignored-inter)"
                               r"|^ignore_(race|sync|malloc|free)")),
    ("suppressions", re.compile(r"^(suppressions_|ignore_lib|race_top_suppression)")),
)
INTERFACE = re.compile(r"__tsan_(?!testonly_barrier)\w+|ANNOTATE_|Annotate(?!ThreadName)[A-Z]")
SUBSTITUTIONS = {"%darwin_min_target_with_tls_support": "", "%link_libcxx_tsan": "", "%stdcxx11": "-std=c++11",
                 "%ld_flags_rpath_so": "", "%ld_flags_rpath_exe": "-Wl,-rpath,{out} -L{out} -ldynamic",
                 "%dynamiclib": "{out}/libdynamic.so"}


class Source:
    """One file of the suite."""

    def __init__(self, path, root):
        self.path, self.root = path, root
        self.text = path.read_text(errors="replace")
        self.name = str(path.relative_to(root))

    def steps(self):
        lines = re.findall(r"RUN: ?(.*)$", self.text, re.M)
        for run in re.sub(r"\\\n", "", "\n".join(line.strip() for line in lines)).split("\n"):
            yield from STEP.split(run)

    def tests(self):
        build, found = [], []
        for step in self.steps():
            if "%run" in step:
                found.append(self.test(step, build, len(found)))
            elif COMPILE.search(step) or re.match(r"(mkdir|echo|cp)\b", step):
                build = [*self.kept(build, step), step]
        return found

    @staticmethod
    def kept(build, step):
        """The steps before one that makes a program of the same name again."""
        output = re.search(r"-o (%t\S*)", step)
        return [old for old in build if not output or not re.search(rf"-o {re.escape(output[1])}(\s|$)", old)]

    def test(self, step, build, number):
        program, arguments = re.search(r"%run\s+(\S+)\s*([^|]*)", step).groups()
        words = [program, *shlex.split(re.sub(r"[0-9]?>&?\s*\S+", "", arguments))]
        options = ":".join(re.findall(r"%env_tsan_opts=(\S+)", step)).replace("'", "")
        environment = {"LD_LIBRARY_PATH": self.place("%t-dir")} if "LD_LIBRARY_PATH=%t-dir" in step else {}
        expects = self.expects(step)
        return Test("tsan", self.name + (f" #{number + 1}" if number else ""), self.group(options, build), expects,
                    [self.compiling(command) for command in build], [self.place(word) for word in words],
                    self.place(options), environment, BESIDES if expects else frozenset())

    def expects(self, step):
        prefixes = [word for words in re.findall(r"check-prefix(?:es)?[= ](\S+)", step) for word in words.split(",")]
        asked = "|".join(map(re.escape, prefixes or ["CHECK"]))
        lines = re.findall(rf"(?<![\w-])(?:{asked})(?:-NEXT|-SAME|-DAG)?:(.*)", self.text) if "FileCheck" in step else []
        kinds = {KINDS.get(kind, "misuse") for line in lines for kind in REPORT.findall(line)}
        must_report = "%deflake" in step and "not %deflake" not in step
        return frozenset(kinds or ({"race"} if must_report else ()))

    def group(self, options, build):
        if any(HALVES.search(step) for step in build):
            return "internals"
        if "suppressions=" in options:
            return "suppressions"
        if re.search("suppress|ignore_|report_", options):
            return "options"
        name = self.path.name
        named = next((group for group, pattern in GROUPS if pattern.search(name)), None)
        return named or ("annotations" if INTERFACE.search(self.text) else "main")

    def place(self, text):
        return text.replace("%s", str(self.path)).replace("%p", str(self.path.parent)).replace("%t", "{out}/t")

    def compiling(self, step):
        """A step of the build, of which only the compiler is not known yet."""
        if not COMPILE.search(step):
            return self.place(step)
        step = HALVES.sub("", step.split(" | ")[0])
        for word, meaning in SUBSTITUTIONS.items():
            step = step.replace(word, meaning)
        include = f"-w -I{self.root.parent} -I{self.path.parent} -pthread"
        step = step.replace("%clangxx_tsan", f"{{cxx}} -std=c++11 {include}").replace("%clang_tsan", f"{{cc}} {include}")
        libraries = ("-lstdc++ " if self.path.suffix == ".cpp" else "") + "-ldl -lrt -lm"
        return self.place(step) + ("" if re.search(r"\s-c\s", step) else f" {{link}} {libraries}")


def read(tree):
    root = tree / "compiler-rt/test/tsan"
    paths = [path for pattern in ("*.c", "*.cpp", "Linux/*.c", "Linux/*.cpp", "libcxx/*.cpp") for path in root.glob(pattern)]
    sources = [Source(path, root) for path in sorted(paths)]
    return [test for source in sources if not NOT_HERE.search(source.text) for test in source.tests()]
