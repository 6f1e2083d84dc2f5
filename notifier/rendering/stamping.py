"""A pre-approval written into ``template.toml``: who, when, and the hash of exactly these files."""

import json
import re
from datetime import date
from pathlib import Path

from notifier.domain.errors import UnreadableFile
from notifier.domain.template import PreApproval
from notifier.rendering.library import Library

_OLD = re.compile(r"\n*\[preapproved\][^\[]*", re.DOTALL)


def stamp_template(library: Library, name: str, *, by: str, on: date) -> PreApproval:
    """Put the stamp in place of an older one. Raises UnknownTemplate, UnreadableFile where the folder cannot be written."""
    template = library.template(name)
    stamp = PreApproval(by, on, template.hash)
    path: Path = library.path / name / "template.toml"
    quoted = json.dumps(by, ensure_ascii=False)  # a TOML basic string is written like a JSON one
    table = f'\n\n[preapproved]\nby = {quoted}\non = {on.isoformat()}\nhash = "{stamp.hash}"\n'
    try:
        kept = _OLD.sub("\n", path.read_text(encoding="utf-8")).rstrip()
        path.write_text(kept + table, encoding="utf-8")
    except OSError as refused:
        raise UnreadableFile(str(path), "not_writable") from refused
    return stamp
