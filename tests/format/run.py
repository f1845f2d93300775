#!/usr/bin/env python3
"""Plays findings through the host's side and the renderer: run.py HOST SEANCE GOLDENS [--update].

fixed.text and fixed.json hold what one hand-made finding looks like; process id, time and peak memory are masked.
"""
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import time

HOST, SEANCE, GOLDENS = sys.argv[1], pathlib.Path(sys.argv[2]), pathlib.Path(sys.argv[3])
LIBRARY = SEANCE.with_name("libseance.so")
problems = []


def expect(ok, what):
    if not ok:
        problems.append(what)


def mask(text):
    text = re.sub(r"pid=\d+", "pid=PID", text)
    text = re.sub(r'"pid":\d+', '"pid":0', text)
    text = re.sub(r'"time":"[^"]*"', '"time":"TIME"', text)
    return re.sub(r'"peak_memory":\d+', '"peak_memory":0', text)


def play(word, folder, library=LIBRARY, options="", path=os.environ["PATH"]):
    """Returns (result, findings, summary) of one run; findings are those of the parent process."""
    env = {"PATH": path, "SEANCE_OPTIONS": f"json={folder}/out.json:text={folder}/out.text{options}"}
    result = subprocess.run([HOST, word, str(library)], env=env, capture_output=True, text=True, timeout=60)
    lines = []
    for _ in range(100 if word == "kill" else 1):  # the renderer ends a moment after the host
        lines = [json.loads(line) for line in (folder / "out.json").read_text().splitlines()]
        if lines and lines[-1]["kind"] == "summary":
            break
        time.sleep(0.1)
    expect(lines and lines[-1]["kind"] == "summary", f"{word}: the last line is no summary")
    return result, lines[:-1], lines[-1] if lines else {}


def golden(name, text):
    path = GOLDENS / name
    if "--update" in sys.argv:
        path.write_text(text)
    expect(path.exists() and path.read_text() == text, f"{name} differs:\n{text}")


def test_fixed(folder):
    play("fixed", folder)
    golden("fixed.text", mask((folder / "out.text").read_text()))
    golden("fixed.json", mask((folder / "out.json").read_text()))
    mode = (folder / "out.json").stat().st_mode & 0o777
    expect(mode == 0o600, f"out.json has mode {mode:o}")


def check_own(word, findings):
    expect(len(findings) == 2, f"{word}: {len(findings)} findings")
    first, second = (findings + [{}, {}])[:2]
    leafs = [s["frames"][0] for s in first.get("stacks", [])]
    expect([f.get("function") for f in leafs] == ["handle", "flush"], f"{word}: leafs {leafs}")
    expect(all(f.get("file", "").endswith("host.c") and f.get("line") for f in leafs), f"{word}: no lines in {leafs}")
    callers = [f.get("function") for s in first.get("stacks", []) for f in s["frames"]]
    expect("main" in callers, f"{word}: main is not in {callers}")
    expect(first.get("location", {}).get("name") == "request_count", f"{word}: {first.get('location')}")
    expect(second.get("location", {}).get("field") == "struct stats[2].hits", f"{word}: {second.get('location')}")
    expect(first.get("confidence") == "certain", f"{word}: {first.get('confidence')}")
    expect(second.get("alignment", {}).get("natural") is False, f"{word}: {second.get('alignment')}")


def test_own(folder):
    result, findings, summary = play("own", folder)
    check_own("own", findings)
    expect(summary.get("repeats") == 1 and summary.get("errors") == 2, f"own: {summary}")
    expect(result.stdout == "2 errors\n" and result.stderr == "", f"own: {result}")


def test_kill(folder):
    _, findings, summary = play("kill", folder)
    check_own("kill", findings)
    expect(summary.get("findings") == 2, f"kill: {summary}")


def test_children(folder):
    result, findings, _ = play("children", folder)
    expect(result.returncode == 0, "children: the program saw a child of ours")
    check_own("children", findings)


def test_fork(folder):
    _, findings, _ = play("fork", folder)
    check_own("fork", findings)
    others = [p for p in folder.glob("out.json.*")]
    expect(len(others) == 1, f"fork: files {others}")
    for path in others:
        check_own("forked", [json.loads(line) for line in path.read_text().splitlines()][:-1])


def test_quiet(folder):
    result, findings, summary = play("quiet", folder)
    expect(findings == [] and summary.get("accesses") == 500, f"quiet: {findings} {summary}")
    expect((folder / "out.text").read_text() == "" and result.stderr == "", f"quiet: not quiet: {result}")


def test_no_renderer(folder):
    result, findings, _ = play("own", folder, library="/nowhere/libseance.so", path="/nowhere")
    expect(result.stderr.count("\n") == 1 and "symboliser" in result.stderr, f"no renderer: {result.stderr!r}")
    expect(len(findings) == 2, f"no renderer: {findings}")
    frames = [f for s in findings[0]["stacks"] for f in s["frames"]]
    expect(all("module" in f and "offset" in f and "function" not in f for f in frames), f"no renderer: {frames}")
    out = subprocess.run([SEANCE, "symbolize", "--format=json", folder / "out.json"], capture_output=True, text=True)
    check_own("symbolize", [json.loads(line) for line in out.stdout.splitlines()][:-1])
    text = subprocess.run([SEANCE, "symbolize", folder / "out.json"], capture_output=True, text=True).stdout
    expect("#0 handle " in text and "SUMMARY: Seance: data race " in text, f"symbolize: {text}")


def test_halt(folder):
    result, findings, summary = play("own", folder, options=":halt_on_error=1")
    expect(result.returncode == 66 and len(findings) == 1, f"halt: {result} {findings}")


def test_suppressions(folder):
    (folder / "rules").write_text("# quiet\nrace:^flush$\n")
    _, findings, summary = play("own", folder, options=f":suppressions={folder}/rules")
    expect(len(findings) == 1 and summary.get("suppressed") == 1, f"suppressions: {summary}")


def test_link(folder):
    (folder / "target").write_text("precious")
    (folder / "out.json").symlink_to(folder / "target")
    env = {"PATH": os.environ["PATH"], "SEANCE_OPTIONS": f"json={folder}/out.json:text=none"}
    result = subprocess.run([HOST, "own", str(LIBRARY)], env=env, capture_output=True, text=True, timeout=60)
    expect((folder / "target").read_text() == "precious", "link: written through a symbolic link")
    expect(result.returncode == 0 and "cannot open" in result.stderr, f"link: {result}")


def main():
    for name, test in sorted(globals().items()):
        if name.startswith("test_"):
            with tempfile.TemporaryDirectory(prefix="format-") as folder:
                test(pathlib.Path(folder))
    print(*problems or ["ok"], sep="\n")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
