"""The templates read, measured and judged, and pre-approvals put on those that hold."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from notifier.desk.shipped import shipped
from notifier.domain.errors import BadTemplate, BadValue, Fault
from notifier.domain.template import PreApproval
from notifier.rendering import Length, lint_folder, read_library, stamp_template

STAMP = "words.stamp"  # the one fault that a new stamp mends


@dataclass(frozen=True, slots=True)
class Checked:
    """What ``notifier check`` shows: where the templates are, how many, every fault, and how long each text message gets."""

    path: Path
    templates: int
    faults: tuple[Fault, ...]
    lengths: tuple[Length, ...]


def check_library(path: Path | None = None) -> Checked:
    """The templates of a folder, by default those that came with the release. Raises UnreadableFile where there is none."""
    folder = path or shipped("templates")
    linted = lint_folder(folder)
    return Checked(folder, linted.templates, linted.faults, linted.lengths)


def approve_templates(
    names: Sequence[str], *, by: str, on: date, path: Path | None = None
) -> tuple[tuple[str, PreApproval], ...]:
    """Stamp these templates as they stand: from now on one person may send them unchanged.

    Raises UnknownTemplate, BadTemplate for one that has faults, BadValue where nobody signs; then no file is changed.
    """
    if not by.strip():
        raise BadValue("--by", "signature")
    checked = check_library(path)
    library, _ = read_library(checked.path)
    wanted = [library.template(name) for name in names]
    folders = ("_frame/", *(f"{template.name}/" for template in wanted))
    faults = tuple(fault for fault in checked.faults if fault.code != STAMP and fault.where.startswith(folders))
    if faults:
        raise BadTemplate(faults)
    return tuple((template.name, stamp_template(library, template.name, by=by.strip(), on=on)) for template in wanted)
