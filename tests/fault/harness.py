"""What the fault tests share: building small programs, running them, and saying what is wrong."""

import json
import os
import pathlib
import subprocess

HERE = pathlib.Path(__file__).resolve().parent
TIMEOUT = 60


class Skip(Exception):
    """The case cannot run here; the text says why."""


class Wrong(Exception):
    """Seance did something else than it promises."""


def check(condition, text):
    if not condition:
        raise Wrong(text)


class Seat:
    """A place to run one case: a build folder, a temporary folder, and ways to start programs."""

    def __init__(self, build, folder):
        self.build, self.folder = pathlib.Path(build).resolve(), pathlib.Path(folder)
        self.library, self.command = self.build / "libseance.so", self.build / "seance"
        self.json = self.folder / "findings.json"

    def compile(self, *flags, source=HERE / "racy.c", name="racy"):
        """A program as its user builds it; -O2 -g unless the flags say otherwise."""
        out = self.folder / name
        subprocess.run(["cc", "-O2", "-g", "-pthread", *flags, "-o", out, source], check=True)
        return out

    def environment(self, options=None, library=None):
        env = {k: v for k, v in os.environ.items() if not k.startswith(("SEANCE_", "LD_PRELOAD"))}
        if library:
            env["LD_PRELOAD"] = str(library)
        if options is not None:
            env["SEANCE_OPTIONS"] = options
        return env

    def run(self, command, env=None, **more):
        more.setdefault("capture_output", "stdout" not in more and "stderr" not in more)
        return subprocess.run([str(word) for word in command], env=env or self.environment(),
                              timeout=TIMEOUT, text=True, **more)

    def preload(self, options, *command, library=None, **more):
        """LD_PRELOAD=libseance.so SEANCE_OPTIONS=options command."""
        check(self.library.exists(), "build/libseance.so is not there")
        return self.run(command, self.environment(options, library or self.library), **more)

    def preload_shell(self, before, options, *command):
        """The same, started by a shell that runs `before` first (ulimit, exec with redirections)."""
        check(self.library.exists(), "build/libseance.so is not there")
        script = f'{before}; LD_PRELOAD="$SEANCE_LIBRARY" exec "$@"'
        env = self.environment(options)
        env["SEANCE_LIBRARY"] = str(self.library)
        return self.run(["sh", "-c", script, "sh", *command], env)

    def seance(self, *words, **more):
        check(self.command.exists(), "build/seance is not there")
        return self.run([self.command, *words], **more)

    def lines(self, path=None):
        """All lines of a JSON Lines file; fails where one is not whole."""
        found = []
        for line in (path or self.json).read_text().splitlines():
            try:
                found.append(json.loads(line))
            except ValueError:
                raise Wrong(f"a torn line: {line[:120]!r}") from None
        return found

    def findings(self, path=None):
        return [f for f in self.lines(path) if f.get("kind") != "summary"]

    def races(self, path=None):
        return [f for f in self.findings(path) if f.get("kind") == "data-race"]


def expect_status(result, status):
    check(result.returncode == status,
          f"status {result.returncode}, expected {status}; stderr: {(result.stderr or '')[:600]}")


def expect_line(text, *words):
    """One line of the text holds all the words."""
    check(any(all(word in line for word in words) for line in text.splitlines()),
          f"no line with {words} in: {text[:600]!r}")


def expect_one_line(text, *words):
    check(len(text.splitlines()) == 1, f"not one line: {text[:600]!r}")
    expect_line(text, *words)
