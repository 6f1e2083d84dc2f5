"""Before anything else is imported: the tests' PostgreSQL takes its lock in a folder of this account's own.

Left alone it takes one that is everybody's (``/tmp/.lockfile``), and the second account of a machine cannot open it.
"""

import os
import tempfile
from pathlib import Path

_RUNTIME = Path(tempfile.gettempdir()) / f"notifier-tests-{os.getuid()}"
_RUNTIME.mkdir(mode=0o700, exist_ok=True)
(_RUNTIME / "python_PostgresServer").mkdir(exist_ok=True)
os.environ["XDG_RUNTIME_DIR"] = str(_RUNTIME)
