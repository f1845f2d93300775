"""Reads the tests of libstdc++ and of libc++ that make threads.

They are written to have no fault, so whatever is said about one of them is a false alarm, unless overrides.json has a reason.
A build is that of the suite: DejaGnu's dg- lines for libstdc++, at -O2, and lit's comments for libc++, without optimisation
and against libc++'s own headers and library.
"""

import re

from model import Test

THREADS = re.compile(r"std::(thread|jthread|async)\b|\b(thread|async|jthread) \w+[({]|pthread_create|make_test_thread|support::make")
NOBODY = frozenset()


def dg(text, word):
    return re.findall(rf'\{{ dg-{word} +["{{]?([^"}}]*)', text)


def libstdcxx_flags(text):
    """What the dg- lines ask for; None where it is no program to be run on this system."""
    do = dg(text, "do")
    if not do or not do[0].startswith("run") or "98_only" in do[0] or re.search(r"dg-(skip-if|xfail-run-if)|-static", text):
        return None
    flags = " ".join(dg(text, "options") + dg(text, "additional-options")).replace("-pthread", "")
    newer = "gnu++20" if re.search(r"c\+\+(2a|20)\b", do[0] + "".join(dg(text, "require-effective-target"))) else "gnu++17"
    standard = "" if "-std=" in flags else f"-std={newer}"
    return f"{standard} {flags} -pthread" + (" -latomic" if "libatomic" in "".join(dg(text, "add-options")) else "")


def read_libstdcxx(tree):
    root = tree / "libstdc++-v3/testsuite"
    tests = []
    for path in sorted(root.rglob("*.cc")):
        text = path.read_text(errors="replace")
        flags = libstdcxx_flags(text)
        if flags and (path.is_relative_to(root / "30_threads") or THREADS.search(text)):
            build = f"{{cxx}} -O2 -w -I{root}/util {path} -o {{out}}/t {flags} {{link}}"
            tests.append(Test("libstdc++", str(path.relative_to(root)), "main", NOBODY, [build], ["{out}/t"]))
    return tests


def libcxx_flags(text):
    """None where the test is not for C++20 on this system."""
    unsupported = " ".join(re.findall(r"// UNSUPPORTED: (.*)", text))
    if re.search(r"c\+\+20|c\+\+2a|clang-14|(^|, |\s)linux", unsupported) or re.search(r"// REQUIRES:.*(c\+\+1|apple|debug-mode)", text):
        return None
    return " ".join(re.findall(r"// ADDITIONAL_COMPILE_FLAGS: (.*)", text))


def read_libcxx(tree, llvm):
    root, tests = tree / "libcxx/test", []
    library = f"-nostdinc++ -isystem {llvm}/include/c++/v1 -L{llvm}/lib -Wl,-rpath,{llvm}/lib -Wl,-rpath,{llvm.parents[1]}/lib/x86_64-linux-gnu"
    for path in sorted(path for folder in ("std", "libcxx") for path in (root / folder).rglob("*.pass.cpp") if path.is_file()):
        text = path.read_text(errors="replace")
        flags = libcxx_flags(text)
        if flags is None or path.name.endswith(".compile.pass.cpp") or not THREADS.search(text):
            continue
        build = (f"{{clangxx}} -std=c++20 -w {library} -I{root}/support -I{path.parent} {flags} {path} -o {{out}}/t"
                 " -pthread -nostdlib++ -lc++ -lc++abi -latomic {link}")
        retries = re.search(r"// ALLOW_RETRIES: (\d+)", text)
        tests.append(Test("libc++", str(path.relative_to(root)), "main", NOBODY, [build], ["{out}/t"],
                          retries=int(retries[1]) if retries else 0))
    return tests
