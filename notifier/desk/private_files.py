"""Files with names and numbers in clear: for their owner's eyes, there whole or not at all."""

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from notifier.domain.errors import UnreadableFile


@contextmanager
def private_file(out: Path) -> Iterator[BinaryIO]:
    """A file for its owner's eyes, which takes the name ``out`` once it is whole; an empty one is none."""
    if out.is_dir():
        raise UnreadableFile(path=str(out), reason="unwritable")
    draft = out.with_name(f".{out.name}-{secrets.token_hex(4)}")
    try:
        file = os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")
    except OSError:
        raise UnreadableFile(path=str(out), reason="unwritable") from None
    try:
        with file:
            yield file
            file.flush()
            os.fsync(file.fileno())
            written = file.tell()
        if written:
            draft.replace(out)
    finally:
        draft.unlink(missing_ok=True)
