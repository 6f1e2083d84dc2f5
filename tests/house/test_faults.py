"""Each fault that has to be shown has a test that is named after it, and ``tests/faults`` tells where."""

import ast
import re
from collections import defaultdict

import pytest

import tests.faults
from tests.house.tree import ROOT

WANTED = [
    *(("row", number) for number in (*range(3, 9), 10, *range(14, 21), 29, 30, 38, 39)),
    *(("threat", number) for number in (10, 12, 14, 15)),
]
_NAMED = re.compile(r"test_(row|threat)_(\d\d)_\w+")


def _shown() -> dict[tuple[str, int], set[str]]:
    """Which module has a test of which fault."""
    found: defaultdict[tuple[str, int], set[str]] = defaultdict(set)
    for path in (ROOT / "tests").rglob("test_*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and (named := _NAMED.fullmatch(node.name)):
                found[named[1], int(named[2])].add(path.stem)
    return found


def _told() -> dict[tuple[str, int], set[str]]:
    """Which module shows which fault, by the tables of ``tests/faults``."""
    found: dict[tuple[str, int], set[str]] = {}
    kind = ""
    for line in (tests.faults.__doc__ or "").splitlines():
        if heading := re.match(r"(row|threat) ", line):
            kind = heading[1]
        elif entry := re.match(r"(\d+)(?: to (\d+))? ", line):
            modules = set(re.findall(r"test_\w+", line))
            found |= {(kind, number): modules for number in range(int(entry[1]), int(entry[2] or entry[1]) + 1)}
    return found


@pytest.mark.parametrize(("kind", "number"), WANTED)
def test_each_fault_has_a_test_that_is_named_after_it(kind: str, number: int) -> None:
    assert _shown()[kind, number]


def test_the_tables_of_the_faults_tell_where_each_is_shown() -> None:
    assert _told() == _shown()
    assert _told().keys() == set(WANTED)
