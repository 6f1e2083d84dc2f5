"""What builds and checks the project: pinned, whole, and the same words everywhere."""

import ast
import os
import re
import subprocess
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
from _pytest.outcomes import Failed, Skipped

from notifier import __version__
from tests.house.tree import ROOT, nodes, python_files
from tests.needs import need, need_program

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
LOCK = (ROOT / "requirements.lock").read_text(encoding="utf-8")
# Never imported by name: drivers and back ends that SQLAlchemy, Starlette and zoneinfo load themselves.
BEHIND = {"asyncpg", "greenlet", "python-multipart", "tzdata"}


def bare(requirement: str) -> str:
    """``sqlalchemy[asyncio]>=2.1`` is ``sqlalchemy``."""
    return re.split(r"[\[<>=~! ]", requirement)[0].lower().replace("_", "-")


def test_every_pinned_package_has_its_hashes() -> None:
    for block in re.split(r"\n(?=\S)", LOCK):
        if not block.startswith("#"):
            assert re.match(r"[a-z0-9.-]+==\S+ \\\n", block), block[:60]
            assert "--hash=sha256:" in block
    assert "://" not in LOCK


def test_every_dependency_is_pinned() -> None:
    pinned = set(re.findall(r"^([a-z0-9.-]+)==", LOCK, re.MULTILINE))
    wanted = [*PROJECT["dependencies"], *PROJECT["optional-dependencies"]["dev"]]
    assert [name for name in map(bare, wanted) if name not in pinned] == []


def test_every_dependency_is_used() -> None:
    found: set[str] = set()
    for path in python_files(ROOT, "notifier"):
        for node in nodes(path):
            match node:
                case ast.Import(names=names):
                    found |= {alias.name.partition(".")[0] for alias in names}
                case ast.ImportFrom(module=str(module)):
                    found.add(module.partition(".")[0])
    homes = packages_distributions()
    used = {home.lower().replace("_", "-") for module in found for home in homes.get(module, ())}
    assert {bare(line) for line in PROJECT["dependencies"]} - used - BEHIND == set()


def test_one_version_is_told_everywhere() -> None:
    assert PROJECT["version"] == __version__
    assert f"notifier:{__version__}" in (ROOT / "compose.yaml").read_text(encoding="utf-8")
    assert f"## {__version__} " in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")


def test_make_lists_every_target_by_itself() -> None:
    done = subprocess.run([need_program("make")], cwd=ROOT, capture_output=True, text=True, timeout=30, check=True)
    shown = re.findall(r"^  make (\w+)", done.stdout, re.MULTILINE)
    assert shown == ["help", "install", "demo", "test", "lint", "bench", "soak", "clean"]


def test_a_missing_program_skips_at_home(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NOTIFIER_REQUIRE", raising=False)
    need("something", found=True)
    with pytest.raises(Skipped, match="something"):
        need("something", found=False)


def test_a_missing_program_fails_in_ci(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NOTIFIER_REQUIRE", "all")
    need("something", found=True)
    with pytest.raises(Failed, match="something"):
        need("something", found=False)


SKIPPING = {
    "called": "from pytest import skip\n\n\ndef test_a_b_c():\n    skip('later')\n",
    "raised": "import unittest\n\n\ndef test_a_b_c():\n    raise unittest.SkipTest('later')\n",
    "missing": "import pytest\npytest.importorskip('no_such_library')\n",
    "marked": "import pytest\n\n\n@ pytest.mark.skip\ndef test_a_b_c(): ...\n",
}


@pytest.mark.parametrize("required", ["all", ""])
def test_no_way_of_skipping_passes_in_ci(tmp_path: Path, required: str) -> None:
    (tmp_path / "conftest.py").write_text("from tests.conftest import pytest_make_collect_report, pytest_runtest_makereport\n")
    (tmp_path / "test_sound.py").write_text("def test_that_is_sound(): ...\n")
    for name, text in SKIPPING.items():
        (tmp_path / f"test_{name}.py").write_text(text)
    options = (
        "-q",
        "-rfEs",
        "--continue-on-collection-errors",
        "-p",
        "no:cacheprovider",
        "--rootdir",
        tmp_path,
        "-c",
        os.devnull,
    )
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *options, tmp_path],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT), "NOTIFIER_REQUIRE": required},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert "1 passed" in done.stdout
    assert (done.returncode == 0) is (required == ""), done.stdout
    for name in SKIPPING:
        refused = re.search(rf"^(?:FAILED|ERROR) .*test_{name}\.py", done.stdout, re.MULTILINE)
        assert (refused is not None) is (required == "all"), name
