"""The detectors: what a program is built with for each, how it runs a program, and which kinds it reported."""

import hashlib
import json
import pathlib
import re
import shutil

NAMES = ("Seance", "Helgrind", "DRD", "TSan gcc", "TSan clang")
COMPILED = ("Seance gcc", "TSan gcc", "Seance clang", "TSan clang")  # the same instrumentation in pairs
COMPILE = f"python3 {pathlib.Path(__file__).resolve().with_name('compile.py')}"
# flavour: compilers and what they are given besides
FLAVOURS = {
    "plain": {"cc": "gcc -g", "cxx": "g++ -g", "clangxx": "clang++ -g"},
    "gcc": {"cc": "gcc -g -fsanitize=thread", "cxx": "g++ -g -fsanitize=thread"},
    "plain clang": {"cc": "clang -g", "cxx": "clang++ -g", "clangxx": "clang++ -g"},
    "clang": {"cc": "clang -g -fsanitize=thread", "cxx": "clang++ -g -fsanitize=thread", "clangxx": "clang++ -g -fsanitize=thread"},
    "linked-gcc": {"cc": f"{COMPILE} gcc -g", "cxx": f"{COMPILE} g++ -g"},
    "linked-clang": {"cc": f"{COMPILE} clang -g", "cxx": f"{COMPILE} clang++ -g", "clangxx": f"{COMPILE} clang++ -g"},
}
UNABLE = {("libc++", "TSan gcc"), ("libc++", "Seance gcc")}  # tests that only clang compiles
FALLBACK = {"plain": "plain clang"}  # some tests are written for clang alone


class Native:
    name, flavour = "native", "plain"
    own = re.compile(rb"(?!)")  # lines on stderr that are the tool's, not the program's

    def command(self, words, test, reports):
        """The whole command and what is added to its environment; reports is an empty folder."""
        return words, {}

    def kinds(self, reports):
        """The kinds it reported, and the reports' text for whoever looks into a disagreement."""
        return set(), ""


class Seance(Native):
    name, own = "Seance", re.compile(rb"^Seance: .*\n", re.M)
    KINDS = {"data-race": "race", "mixed-atomic": "race", "heap-use-after-free": "race", "lock-order-inversion": "lock-order",
             "mutex-misuse": "misuse", "thread-leak": "thread-leak"}

    def __init__(self, build, work):
        self.digest = hashlib.sha256((build / "libseance.so").read_bytes()).hexdigest()[:12]
        self.library = self.copy(build, work / "library" / self.digest) / "libseance.so"

    @staticmethod
    def copy(build, folder):
        """A copy, so that nothing changes while a build goes on."""
        folder.mkdir(parents=True, exist_ok=True)
        for name in ("libseance.so", "seance"):
            if not (folder / name).exists():
                shutil.copy2(build / name, folder)
        return folder

    def command(self, words, test, reports):
        options = f"text={reports}/%p.text:json={reports}/%p.json:exitcode=0"
        rules = re.search(r"suppressions=([^:]+)", test.options)
        if rules:
            options += f":suppressions={rules[1]}"
        elif "report_destroy_locked=0" in test.options:
            (reports / "rules").write_text("mutex:*\n")
            options += f":suppressions={reports}/rules"
        if "detect_deadlocks=0" in test.options:
            options += ":deadlocks=0"
        return words, {"LD_PRELOAD": str(self.library), "SEANCE_OPTIONS": options}

    def kinds(self, reports):
        lines = [line for path in sorted(reports.glob("*.json")) for line in path.read_text().splitlines()]
        found = [json.loads(line)["kind"] for line in lines]
        return {self.KINDS[kind] for kind in found if kind in self.KINDS}, texts(reports, "*.text")


class SeanceCompiled(Seance):
    """The program is compiled with -fsanitize=thread and linked with our library, which is found in work/linked."""

    def __init__(self, compiler, build, work):
        super().__init__(build, work)
        self.name, self.flavour = f"Seance {compiler}", f"linked-{compiler}"
        linked = work / "linked"
        linked.mkdir(exist_ok=True)
        for name in ("libseance.so", "seance"):
            shutil.copy2(self.library.with_name(name), linked / f"{name}.new")
            (linked / f"{name}.new").rename(linked / name)

    def command(self, words, test, reports):
        words, more = super().command(words, test, reports)
        return words, {key: value for key, value in more.items() if key != "LD_PRELOAD"}


class Valgrind(Native):
    # Kinds of its XML output that say something else than that a lock or the like was used wrongly.
    NOT_MISUSE = {"Race": "race", "ConflictingAccess": "race", "LockOrder": "lock-order", "HoldtimeErr": None,
                  "UnimpHgReq": None, "UnimpDrdReq": None, "UnimpHgClReq": None, "UnimpDrdClReq": None}

    own = re.compile(rb"^(==\d+==|###|get_Form_szB).*\n", re.M)

    def __init__(self, name, *options):
        self.name, self.options = name, options

    def command(self, words, test, reports):
        own = [f"--tool={self.name.lower()}", "-q", "--fair-sched=try", "--xml=yes", f"--xml-file={reports}/%p.xml"]
        return ["valgrind", *own, *self.options, *words], {}

    def kinds(self, reports):
        text = texts(reports, "*.xml")
        found = re.findall(r"<error>.*?<kind>(\w+)</kind>", text, re.S)
        return {self.NOT_MISUSE.get(kind, "misuse") for kind in found} - {None}, text


class ThreadSanitizer(Native):
    own = re.compile(rb"^LLVMSymbolizer: .*\n", re.M)
    KINDS = {"data race": "race", "heap-use-after-free": "race", "lock-order-inversion": "lock-order", "thread leak": "thread-leak",
             "signal": "signal"}

    def __init__(self, compiler):
        self.name, self.flavour = f"TSan {compiler}", compiler

    def command(self, words, test, reports):
        """The run-time libraries of gcc 12 and clang 14 do not start where a system randomises more than 28 bits."""
        options = f"exitcode=0:atexit_sleep_ms=0:log_path={reports}/text:{test.options}"
        return ["setarch", "-R", *words], {"TSAN_OPTIONS": options, "OMP_TOOL": "disabled"}

    def kinds(self, reports):
        text = texts(reports, "*")
        found = re.findall(r"(?:WARNING|ERROR): ThreadSanitizer: ([A-Za-z-]+(?: (?:race|leak))?)", text)
        return {self.KINDS.get(kind, "signal" if kind.startswith("signal") else "misuse") for kind in found}, text


def texts(folder, pattern):
    return "".join(path.read_text(errors="replace") for path in sorted(folder.glob(pattern)))


def every(build, work):
    """All of them; Seance first, since its answers are what is worked on."""
    return [Seance(build, work), Valgrind("Helgrind"), Valgrind("DRD", "--check-stack-var=yes"), ThreadSanitizer("gcc"),
            ThreadSanitizer("clang")]


def compiled(build, work):
    """Each compiler's instrumentation with our runtime and with its own."""
    return [tool for compiler in ("gcc", "clang") for tool in (SeanceCompiled(compiler, build, work), ThreadSanitizer(compiler))]
