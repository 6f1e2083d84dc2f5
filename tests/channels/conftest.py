"""What several tests of rooms stand on."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that Postfix's own account may enter; pytest's are closed to it."""
    folder = Path(tempfile.mkdtemp(prefix="notifier-postfix-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)
