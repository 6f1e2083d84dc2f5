"""The rules of the house that a syntax tree can show. Each function returns the places where its rule is broken."""

import ast
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

from tests.house.tree import nodes, parse, place, python_files

CLOCKS = frozenset(
    {f"datetime.datetime.{name}" for name in ("now", "utcnow", "today")}
    | {"datetime.date.today"}
    | {f"time.{name}{unit}" for name in ("time", "monotonic", "perf_counter", "process_time") for unit in ("", "_ns")}
    | {f"time.{name}" for name in ("localtime", "gmtime", "ctime", "clock_gettime", "clock_gettime_ns")}
)
BROAD = frozenset({"Exception", "BaseException"})
# How many places each: a lane's loop, what it packs and its room's call (one poison message harms itself alone), the sweep loop,
# the error page, the command line's main.
BROAD_ALLOWED = {"lanes": 3, "sweeps": 1, "web": 1, "cli": 1}
LINES = 500
VAGUE = frozenset({"utils", "util", "helpers", "helper", "common", "misc", "manager", "base", "core", "service"})
DOCUMENTED = ("domain", "desk", "store", "channels")
WORDS = 3
_DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
_SKIPS = frozenset({"skip", "importorskip", "xfail", "skipif"})
_SKIP = re.compile(r"pytest\.(skip|importorskip|xfail|mark\.(skip|skipif|xfail))")


def clock_readings(root: Path) -> list[str]:
    """Reads of the wall or monotonic clock outside ``notifier/clock.py``."""
    paths = (path for path in python_files(root, "notifier") if path.relative_to(root).as_posix() != "notifier/clock.py")
    return [place(path, root, line) for path in paths for line in _clock_lines(nodes(path))]


def _clock_lines(tree: Sequence[ast.AST]) -> Iterator[int]:
    names: dict[str, str] = {}
    for node in tree:
        match node:
            case ast.Import(names=aliases):
                names |= {alias.asname or alias.name: alias.name for alias in aliases}
            case ast.ImportFrom(module=str(module), names=aliases):
                names |= {alias.asname or alias.name: f"{module}.{alias.name}" for alias in aliases}
    for node in tree:
        if isinstance(node, ast.Name | ast.Attribute) and _qualified(node, names) in CLOCKS:
            yield node.lineno
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "time" and not node.args:
            owner = ast.unparse(node.func.value)
            if "loop" in owner:
                yield node.lineno


def _qualified(node: ast.expr, names: dict[str, str]) -> str:
    match node:
        case ast.Name(id=name):
            return names.get(name, name)
        case ast.Attribute(value=value, attr=attr):
            return f"{_qualified(value, names)}.{attr}"
    return ""


def broad_catches(root: Path) -> list[str]:
    """``except Exception``, bare ``except`` and ``suppress(Exception)``, beyond the places that are allowed."""
    spent: Counter[str] = Counter()
    found: list[str] = []
    for path in python_files(root, "notifier"):
        room = path.relative_to(root / "notifier").parts[0].removesuffix(".py")
        for node in nodes(path):
            if not _is_broad(node):
                continue
            spent[room] += 1
            if spent[room] > BROAD_ALLOWED.get(room, 0):
                found.append(place(path, root, getattr(node, "lineno", 0)))
    return found


def _is_broad(node: ast.AST) -> bool:
    match node:
        case ast.ExceptHandler(body=[*_, ast.Raise(exc=None)]):
            return False  # it tidies up and catches nothing
        case ast.ExceptHandler(type=None):
            return True
        case ast.ExceptHandler(type=ast.expr() as caught):
            return any(isinstance(part, ast.Name) and part.id in BROAD for part in ast.walk(caught))
        case ast.Call(func=(ast.Name(id="suppress") | ast.Attribute(attr="suppress")), args=args):
            return any(isinstance(part, ast.Name) and part.id in BROAD for part in args)
    return False


def inner_imports(root: Path) -> list[str]:
    """Imports inside functions, and those only for the type checker."""
    found: list[str] = []
    for path in python_files(root, "notifier", "tests", "benchmarks"):
        for node in nodes(path):
            guarded = isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)
            if guarded or isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
                inner = (part for part in ast.walk(node) if isinstance(part, ast.Import | ast.ImportFrom))
                found.extend(place(path, root, part.lineno) for part in inner)
    return sorted(set(found))


def long_modules(root: Path) -> list[str]:
    """Modules over 500 lines."""
    lengths = ((path, path.read_text(encoding="utf-8").count("\n")) for path in python_files(root))
    return [place(path, root, length) for path, length in lengths if length > LINES]


def vague_names(root: Path) -> list[str]:
    """Modules and packages named after nothing: utils, helpers, manager …"""
    paths = [path.relative_to(root) for path in python_files(root, "notifier", "tests", "benchmarks")]
    return [path.as_posix() for path in paths if VAGUE & {part.removesuffix(".py") for part in path.parts}]


def doubles_by_patching(root: Path) -> list[str]:
    """``unittest.mock``, ``patch`` and ``monkeypatch.setattr`` in tests: doubles speak the real protocol instead."""
    found: list[str] = []
    for path in python_files(root, "tests", "benchmarks"):
        for node in nodes(path):
            match node:
                case ast.ImportFrom(module=("unittest.mock" | "mock" | "pytest_mock")):
                    found.append(place(path, root, node.lineno))
                case ast.Import(names=aliases) if any(alias.name in ("unittest.mock", "mock") for alias in aliases):
                    found.append(place(path, root, node.lineno))
                case ast.Attribute(value=ast.Name(id="monkeypatch"), attr=("setattr" | "setitem" | "delattr")):
                    found.append(place(path, root, node.lineno))
                case ast.arg(arg="mocker"):
                    found.append(place(path, root, node.lineno))
    return found


def quiet_skips(root: Path) -> list[str]:
    """Skips that do not go through ``tests/needs.py``, which CI turns into failures."""
    found: list[str] = []
    for path in python_files(root, "tests"):
        if path.relative_to(root).as_posix() == "tests/needs.py":
            continue
        attributes = (node for node in nodes(path) if isinstance(node, ast.Attribute) and node.attr in _SKIPS)
        found.extend(place(path, root, node.lineno) for node in attributes if _SKIP.fullmatch(ast.unparse(node)))
    return found


def short_test_names(root: Path) -> list[str]:
    """Test names that are no sentence: under three words."""
    found: list[str] = []
    for path in python_files(root, "tests"):
        for node in nodes(path):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test"):
                words = [word for word in node.name.removeprefix("test").split("_") if word]
                if len(words) < WORDS:
                    found.append(place(path, root, node.lineno))
    return found


def silent_functions(root: Path) -> list[str]:
    """Public functions, and public classes with public methods, that promise nothing. Plain records may speak for themselves."""
    found: list[str] = []
    for path in python_files(root, "notifier"):
        if path.relative_to(root).parts[1].removesuffix(".py") not in DOCUMENTED or "versions" in path.parts:
            continue
        owing = (node for node in parse(path).body if isinstance(node, _DEFINITIONS) and _owes_promise(node))
        found.extend(place(path, root, node.lineno) for node in owing)
    return found


def _owes_promise(node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) -> bool:
    if node.name.startswith("_") or ast.get_docstring(node):
        return False
    if not isinstance(node, ast.ClassDef):
        return True
    methods = (part for part in node.body if isinstance(part, ast.FunctionDef | ast.AsyncFunctionDef))
    return any(not part.name.startswith("_") for part in methods)
