"""The environment, and secrets in files. Whatever cannot be read is noted as a fault; a value is never part of one."""

import stat
from collections.abc import Mapping
from pathlib import Path

from notifier.domain.errors import Fault

SECRET_CAP = 1 << 16  # octets; a certificate chain fits, a wrong file (a database, a log) does not


class Variables:
    """``NOTIFIER_*`` of one environment, taken one by one, so that what nobody asked for can be named."""

    def __init__(self, environ: Mapping[str, str], cwd: Path, faults: list[Fault]) -> None:
        self._values = {name: value for name, value in environ.items() if name.startswith("NOTIFIER_")}
        self._cwd = cwd
        self._faults = faults
        self._taken: set[str] = set()

    def take(self, name: str) -> str | None:
        """The value of ``<name>_FILE``'s file, else of ``name``, else None. Both count as taken."""
        self._taken |= {name, f"{name}_FILE"}
        if path := self._values.get(f"{name}_FILE"):
            return read_secret(self._cwd / path, f"{name}_FILE", self._faults)
        return self._values.get(name) or None

    def take_all(self, prefix: str) -> dict[str, str]:
        """Every variable with this prefix, by what follows it, in lower case and without ``_FILE``."""
        found = [name for name in self.left() if name.startswith(prefix) and len(name) > len(prefix)]
        names = {name.removesuffix("_FILE") for name in found}
        values = {name.removeprefix(prefix).lower(): self.take(name) for name in sorted(names)}
        return {key: value for key, value in values.items() if value is not None}

    def left(self) -> list[str]:
        """The names that nobody has taken."""
        return sorted(self._values.keys() - self._taken)


def read_secret(path: Path, where: str, faults: list[Fault]) -> str | None:
    """The file's text without the line end; None with a fault where it cannot be a secret's file."""
    code = ""
    try:
        mode = path.stat().st_mode
        if not stat.S_ISREG(mode) or path.stat().st_size > SECRET_CAP:
            code = "secret_not_a_file"
        elif mode & stat.S_IWOTH:
            code = "secret_writable"
        elif text := path.read_text(encoding="utf-8").strip():
            return text
        else:
            code = "secret_empty"
    except FileNotFoundError:
        code = "secret_missing"
    except (OSError, ValueError):  # ValueError: bytes that are not UTF-8, or a zero byte in the path
        code = "secret_unreadable"
    faults.append(Fault(where, code, (("path", str(path)),)))
    return None
