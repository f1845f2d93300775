"""What the check scripts share: which files there are, how problems are printed, how a check is tested.

A check is a function of the tree's root that returns problems as text.  Its self-test is a list of
plants: small trees, each with the number of problems that the check must find in it.
"""
import pathlib
import sys
import tempfile

FOLDERS = ("base", "report", "shadow", "rewrite", "preload", "cli")


def sources(root, folders=FOLDERS, suffixes=(".c", ".h", ".S", ".def")):
    """Our source files below the folders, sorted."""
    found = []
    for folder in folders:
        for path in sorted((root / folder).rglob("*")):
            if path.suffix in suffixes and path.is_file():
                found.append(path)
    return found


def plant(root, files):
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def self_test(check, plants):
    wrong = 0
    for number, (files, expected) in enumerate(plants):
        with tempfile.TemporaryDirectory() as folder:
            root = pathlib.Path(folder)
            plant(root, files)
            problems = check(root)
        if len(problems) != expected:
            wrong += 1
            print(f"plant {number}: {len(problems)} problems, {expected} expected", *problems, sep="\n  ")
    return wrong


def main(check, plants):
    """`check-x` checks this tree, `check-x ROOT` another, `check-x --self-test` the check itself."""
    if sys.argv[1:] == ["--self-test"]:
        return 1 if self_test(check, plants) else 0
    root = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else pathlib.Path(__file__).parent.parent)
    problems = check(root)
    print(*problems, sep="\n", end="\n" if problems else "")
    return 1 if problems else 0
