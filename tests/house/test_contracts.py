"""Who may know whom: the import contracts hold, and each of them can fail."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.house.tree import ROOT

LINTER = Path(sys.executable).with_name("lint-imports")


def lint(folder: Path) -> subprocess.CompletedProcess[str]:
    """``lint-imports`` as `make lint` runs it: without arguments."""
    return subprocess.run(
        [LINTER, "--no-cache", "--no-logo"], cwd=folder, capture_output=True, text=True, timeout=120, check=False
    )


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The house without its furniture: the same modules and imports, where a wall may be broken."""
    folder = tmp_path_factory.mktemp("house")
    shutil.copy(ROOT / "pyproject.toml", folder)
    shutil.copytree(ROOT / "notifier", folder / "notifier", ignore=shutil.ignore_patterns("__pycache__"))
    return folder


def test_the_import_contracts_hold() -> None:
    result = lint(ROOT)
    assert result.returncode == 0, result.stdout


@pytest.mark.parametrize(
    ("module", "planted", "contract"),
    [
        ("domain/people.py", "import notifier.clock", "The storeys of the house"),
        ("desk/__init__.py", "import notifier.web", "The storeys of the house"),
        ("attic.py", "", "The storeys of the house"),
        ("domain/people.py", "import asyncio", "The domain is free of I/O"),
        ("desk/__init__.py", "import sqlalchemy", "SQL is spoken in the store only"),
        ("web/__init__.py", "import telegram", "python-telegram-bot is known"),
        ("desk/__init__.py", "import notifier.channels.contract", "The desk knows no room"),
        ("cli/__init__.py", "import notifier.store", "Faces read through the desk"),
        ("web/__init__.py", "import notifier.channels.contract", "Faces know no room"),
        ("practice/__init__.py", "import notifier.domain.people", "The rehearsal network is the outside world"),
        ("channels/email.py", "import notifier.channels.telegram", "Channel rooms do not know each other"),
        ("channels/sms/ovh.py", "import notifier.channels.sms.kannel", "SMS gateways do not know each other"),
    ],
)
def test_a_broken_wall_is_seen(copy: Path, module: str, planted: str, contract: str) -> None:
    path = copy / "notifier" / module
    if not path.exists() and (path.with_suffix("") / "__init__.py").exists():
        path = path.with_suffix("") / "__init__.py"
    before = path.read_text() if path.exists() else None
    path.write_text(f"{before or ''}\n{planted}\n")
    try:
        result = lint(copy)
    finally:
        if before is None:
            path.unlink()
        else:
            path.write_text(before)
    assert result.returncode == 1
    broken = [line for line in result.stdout.splitlines() if " BROKEN" in line]
    assert any(line.startswith(contract) for line in broken), result.stdout
