"""The project's files, as the house tests walk them."""

import ast
import os
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
# What tools and runs leave, and what is not ours to word.
SKIPPED = frozenset({".git", ".venv", ".venv-peers", "var", "build", "dist", "node_modules", "__pycache__", "test-leftovers"})
NOT_OURS = frozenset({"LICENSE", "requirements.lock"})
TEXTS = frozenset(
    {
        "",
        ".py",
        ".md",
        ".toml",
        ".txt",
        ".html",
        ".csv",
        ".yaml",
        ".yml",
        ".example",
        ".ini",
        ".css",
        ".js",
        ".sh",
        ".mako",
        ".typ",
    }
)


def python_files(root: Path, *folders: str) -> Iterator[Path]:
    """Every module of these folders, in a stable order."""
    for path in files(root):
        if path.suffix == ".py" and (not folders or path.relative_to(root).parts[0] in folders):
            yield path


def text_files(root: Path) -> Iterator[Path]:
    """Every text that the project ships or shows, in a stable order."""
    return (path for path in files(root) if path.suffix in TEXTS and path.name not in NOT_OURS)


def files(root: Path) -> Iterator[Path]:
    """Every file but what is left behind by tools; caches are hidden folders."""
    for folder, names, found in os.walk(root):
        names[:] = sorted(name for name in names if name not in SKIPPED and not name.endswith(("_cache", ".egg-info")))
        names[:] = [name for name in names if name != ".hypothesis"]
        yield from (Path(folder, name) for name in sorted(found) if name != ".git")  # a file, where git has several checkouts


def parse(path: Path) -> ast.Module:
    """The module's syntax tree."""
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


def nodes(path: Path) -> tuple[ast.AST, ...]:
    """Every node of the module's syntax tree, the module first; read once, since every rule looks at the same files."""
    return _nodes(path, path.stat().st_mtime_ns)


@cache
def _nodes(path: Path, _written: int) -> tuple[ast.AST, ...]:
    return tuple(ast.walk(parse(path)))


def place(path: Path, root: Path, line: int) -> str:
    """``notifier/desk/alerting.py:12``."""
    return f"{path.relative_to(root).as_posix()}:{line}"
