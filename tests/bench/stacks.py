"""How many findings of the race programs have both stacks."""

import importlib.util
import pathlib
import tempfile

RACE = pathlib.Path(__file__).resolve().parents[1] / "race"


def race_module():
    spec = importlib.util.spec_from_file_location("race_run", RACE / "run.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def has_two_stacks(finding, context):
    sides = [stack for stack in finding.get("stacks", []) if stack.get("role") not in context]
    return len(sides) >= 2 and all(stack.get("frames") for stack in sides)


def count(bench):
    """(data races with two stacks, data races, programs that were run)"""
    race, whole, total, programs = race_module(), 0, 0, 0
    for source in sorted([*RACE.glob("*.c"), *RACE.glob("*.cpp")]):
        case, program = race.Case(source), bench.build / "tests" / "race" / source.stem
        if not program.exists() or not any(rule["kind"] == "data-race" for rule in case.expected):
            continue
        with tempfile.TemporaryDirectory(prefix="bench-") as name:
            race.run_seance(case, program, bench.build, pathlib.Path(name))
            findings = [f for f in race.read_findings(pathlib.Path(name))[0] if f.get("kind") == "data-race"]
        programs += 1
        total += len(findings)
        whole += sum(has_two_stacks(finding, race.CONTEXT_ROLES) for finding in findings)
    return whole, total, programs
